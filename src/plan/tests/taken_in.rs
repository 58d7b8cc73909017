//! What holds for every stack that takes things in, whatever they were like.

use std::collections::BTreeMap;

use proptest::prelude::*;

use crate::{
    config::{Adopt, Component, DropletSpec, Otherwise, Stack, VolumeSpec},
    inventory::Inventory,
    plan::{
        Asked, NewData, check, diff,
        tests::{
            any_stack::{NAMES, SIZES, stacks},
            wanted, world,
        },
    },
    resources::{LiveBackups, LiveDroplet, LiveVolume, LiveVpc, Status},
    values::{Region, SizeSlug, Tag},
};

/// A machine that somebody made by hand, and what of it the stack takes in.
#[derive(Clone, Copy, Debug)]
struct Old {
    size: &'static str,
    taken: Taken,
}

/// What is taken in, and where the volume is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Taken {
    Nothing,
    Machine,
    Volume,
    Apart,
    Together,
}

impl Old {
    fn is_machine_taken(self) -> bool {
        matches!(self.taken, Taken::Machine | Taken::Apart | Taken::Together)
    }

    fn is_volume_taken(self) -> bool {
        matches!(self.taken, Taken::Volume | Taken::Apart | Taken::Together)
    }
}

fn old() -> impl Strategy<Value = Old> {
    let taken = prop::sample::select(vec![
        Taken::Nothing,
        Taken::Machine,
        Taken::Volume,
        Taken::Apart,
        Taken::Together,
    ]);
    (prop::sample::select(SIZES.to_vec()), taken).prop_map(|(size, taken)| Old { size, taken })
}

/// Stacks of which some machines and volumes were there before, and the account in which they were.
fn adoptions() -> impl Strategy<Value = (Stack, Inventory)> {
    (stacks(), prop::collection::vec(old(), NAMES.len())).prop_map(|(mut stack, olds)| {
        stack.vpc.adopt = Some(named("old-net".to_owned()));
        stack.vpc.ip_range = None;
        let mut account = Inventory { vpcs: vec![network()], ..world::empty() };
        for ((id, old), (name, component)) in (900..).zip(olds).zip(&mut stack.components) {
            if let Some(specs) = specs(component) {
                take_in(&mut account, (id, &format!("old-{name}")), old, specs);
            }
        }
        (stack, account)
    })
}

fn named(target: String) -> Adopt {
    Adopt { target, otherwise: Otherwise::Refuse }
}

/// The machine of a component that has exactly one, and its data.
fn specs(component: &mut Component) -> Option<(&mut DropletSpec, Option<&mut VolumeSpec>)> {
    match component {
        Component::VectorDroplet(it) => Some((it.home.own_mut()?, it.volume.as_mut())),
        Component::AppStack(it) => Some((it.home.own_mut()?, it.volume.as_mut())),
        Component::MicroCache(it) => Some((it.home.own_mut()?, None)),
        Component::Droplet(it) if it.count.is_none() => Some((&mut it.droplet, it.volume.as_mut())),
        Component::Droplet(_) | Component::NetworkFirewall(_) => None,
    }
}

fn network() -> LiveVpc {
    LiveVpc {
        id: "vpc-old".to_owned(),
        name: "old-net".to_owned(),
        region: Region::new("sfo2"),
        ip_range: Some("10.9.0.0/16".parse().unwrap()),
        description: String::new(),
        default: true,
    }
}

fn take_in(
    account: &mut Inventory,
    (id, name): (u64, &str),
    old: Old,
    (droplet, volume): (&mut DropletSpec, Option<&mut VolumeSpec>),
) {
    let mut machine = machine(account, (id, name), old.size);
    if let Some(volume) = volume.filter(|_| old.is_volume_taken()) {
        volume.adopt = Some(named(format!("{name}-data")));
        let attached = old.taken == Taken::Together;
        let live = LiveVolume {
            id: format!("volume-{}", id + 50),
            name: format!("{name}-data"),
            region: Region::new("sfo2"),
            size_gb: 10,
            tags: [Tag::new("web")].into(),
            droplet_ids: attached.then_some(id).into_iter().collect(),
        };
        machine.volume_ids = attached.then(|| live.id.clone()).into_iter().collect();
        account.volumes.push(live);
    }
    if old.is_machine_taken() {
        droplet.adopt = Some(named(name.to_owned()));
        account.strangers.push(machine);
    }
}

fn machine(account: &Inventory, (id, name): (u64, &str), size: &str) -> LiveDroplet {
    let size = SizeSlug::new(size);
    LiveDroplet {
        id,
        name: name.to_owned(),
        region: Region::new("sfo2"),
        disk_gb: account.catalog.size(&size).unwrap().disk_gb,
        size,
        image: "debian-12-x64".to_owned(),
        status: Status::Active,
        backups: LiveBackups::Off,
        locked: false,
        vpc_id: Some("vpc-old".to_owned()),
        tags: [Tag::new("web")].into(),
        volume_ids: [].into(),
        public_ip: Some(world::address_of(id)),
        private_ip: None,
        created_at: String::new(),
    }
}

/// Every machine, and every volume that was there before: its name and its tags.
fn things(now: &Inventory, before: &Inventory) -> BTreeMap<String, (String, Vec<Tag>)> {
    let droplets = now.droplets.iter().chain(&now.strangers);
    let droplets = droplets.map(|it| (it.id.to_string(), &it.name, &it.tags));
    let was_there = |it: &&LiveVolume| before.volumes.iter().any(|other| other.id == it.id);
    let volumes =
        now.volumes.iter().filter(was_there).map(|it| (it.id.clone(), &it.name, &it.tags));
    let all = droplets.chain(volumes);
    all.map(|(id, name, tags)| (id, (name.clone(), tags.iter().cloned().collect()))).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_taken_in_is_never_made_anew_and_let_go_of_as_it_was(
        (stack, account) in adoptions(),
    ) {
        let stand = Asked { new_data: NewData::Accept, ..Asked::stand() };
        let planned = |stack: &Stack, found: &Inventory, asked: &Asked| {
            diff(&wanted(stack), found, &stack.mark(), asked)
        };
        let plan = planned(&stack, &account, &stand);
        prop_assert_eq!(check(&plan, &stand), []);
        if !plan.refusals.is_empty() {
            return Ok(());
        }
        let stands = world::apply_plan(&account, &plan);
        let next = planned(&stack, &stands, &stand);
        prop_assert!(next.is_empty(), "{:?}", next.changes().collect::<Vec<_>>());
        prop_assert_eq!(next.refusals, []);
        for wanted in wanted(&stack).iter().filter_map(|(_, node)| node.value.as_droplet()) {
            let target = wanted.adopt.as_ref().map(|adopt| &adopt.target);
            let is_it = |it: &LiveDroplet| Some(&it.name) == target;
            let old = account.strangers.iter().find(|it| is_it(it));
            let now = stands.droplets.iter().find(|it| is_it(it));
            prop_assert_eq!(old.map(|it| it.id), now.map(|it| it.id));
        }
        let nothing = Stack { components: BTreeMap::new(), ..stack.clone() };
        for (stack, asked) in [(&stack, Asked::go()), (&nothing, stand)] {
            let plan = planned(stack, &stands, &asked);
            prop_assert_eq!(check(&plan, &asked), []);
            prop_assert_eq!(&plan.refusals, &[]);
            let left = world::apply_plan(&stands, &plan);
            prop_assert_eq!(things(&left, &account), things(&account, &account));
            let next = planned(stack, &left, &asked);
            prop_assert!(next.is_empty(), "{:?}", next.changes().collect::<Vec<_>>());
        }
    }
}
