//! Volumes, firewalls and records that were there before the stack was.

use crate::{
    config::{Adopt, Component, NetworkFirewall, Otherwise, RecordSpec, Stack},
    inventory::Inventory,
    plan::{
        Asked, Plan,
        Refused::{Ambiguous, Impossible, Unsafe},
        tests::{
            built, lines, notes, plan, refusals,
            stacks::{network, small, with, with_vector, without},
            step, up, world,
        },
    },
    resources::{Former, LiveFirewall, LiveVolume, Stranger},
    values::{RecordName, Tag},
};

fn named(target: &str) -> Adopt {
    Adopt { target: target.to_owned(), otherwise: Otherwise::Refuse }
}

/// The small stack with its volume, its shared firewall and its record adopted.
fn adopting() -> Stack {
    let stack = with_vector(small(), |vector| {
        let volume = vector.volume.as_mut().unwrap();
        (volume.adopt, volume.size_gb) = (Some(named("old-data")), 120);
        let name = RecordName::parse("vector").unwrap();
        vector.records = [RecordSpec { name, adopts: true }].into();
    });
    let Component::NetworkFirewall(it) = network() else { panic!() };
    let network =
        Component::NetworkFirewall(NetworkFirewall { adopt: Some(named("old-wall")), ..it });
    with(stack, "network", network)
}

/// An account with a volume, a firewall and a record that somebody made by hand.
fn account() -> Inventory {
    let found = built(&small());
    let volume = LiveVolume {
        id: "volume-901".to_owned(),
        name: "old-data".to_owned(),
        tags: [Tag::new("web")].into(),
        droplet_ids: [].into(),
        ..found.volumes[0].clone()
    };
    let wall = found.firewalls.iter().find(|live| live.name == "core-vector").unwrap();
    let wall = LiveFirewall {
        id: "firewall-902".to_owned(),
        name: "old-wall".to_owned(),
        tags: [Tag::new("web")].into(),
        droplet_ids: [4711].into(),
        ..wall.clone()
    };
    let mut account = world::empty();
    (account.volumes, account.firewalls) = (vec![volume], vec![wall]);
    let zone = account.zone.as_mut().unwrap();
    zone.name = found.zone.unwrap().name;
    zone.others.insert("vector".to_owned());
    let held = Former { data: "198.51.100.9".to_owned(), ttl: 300 };
    zone.strangers.insert("vector".to_owned(), Stranger { id: 903, held, stack: None });
    account
}

fn adopted() -> Inventory {
    let plan = up(&adopting(), &account());
    assert_eq!(plan.refusals, []);
    world::apply_plan(&account(), &plan)
}

fn text(plan: &Plan) -> String {
    let refusals = plan.refusals.iter();
    let lines: Vec<String> =
        refusals.map(|refusal| format!("{}: {}", refusal.text, refusal.way_out)).collect();
    lines.join("\n")
}

#[test]
fn they_are_taken_in_and_in_sync_from_then_on() {
    let plan = up(&adopting(), &account());
    let lines = lines(&plan);
    for line in ["> vector:volume", "> network", "> vector:record-vector"] {
        assert!(lines.contains(&line.to_owned()), "{line}: {lines:?}");
    }
    assert_eq!(step(&plan, "network").name, "old-wall");
    assert!(notes(&plan).contains("covering tag web, droplet 4711"), "{}", notes(&plan));
    let after = adopted();
    assert!(up(&adopting(), &after).is_empty());
    assert_eq!((after.volumes[0].name.as_str(), after.volumes[0].size_gb), ("old-data", 120));
    let wall = after.firewalls.iter().find(|live| live.name == "old-wall").unwrap();
    for tag in ["web", "dostack:core", "dostack-adopted:core:network"] {
        assert!(wall.tags.contains(&Tag::new(tag)), "{:?}", wall.tags);
    }
    assert_eq!(wall.droplet_ids, [4711].into());
    let plain = with_vector(adopting(), |vector| {
        vector.volume.as_mut().unwrap().adopt = None;
    });
    assert!(up(&plain, &after).is_empty(), "with `adopt` taken out it is the stack's all the same");
}

#[test]
fn they_are_let_go_of_as_they_were() {
    for (stack, asked) in [(adopting(), Asked::go()), (without(small(), "network"), Asked::stand())]
    {
        let stack = if asked == Asked::go() { stack } else { without(stack, "vector") };
        let plan = plan(&stack, &adopted(), &asked);
        assert_eq!(plan.refusals, []);
        let told = lines(&plan);
        for line in ["< vector:volume", "< network", "< vector:record-vector"] {
            assert!(told.contains(&line.to_owned()), "{line}: {told:?}");
        }
        assert!(plan.kept.is_empty(), "{:?}", plan.kept);
        let after = world::apply_plan(&adopted(), &plan);
        let wall = &after.firewalls[0];
        assert_eq!((&wall.tags, wall.droplet_ids.len()), (&[Tag::new("web")].into(), 1));
        assert_eq!(after.volumes[0].tags, [Tag::new("web")].into());
        let (zone, before) = (after.zone.unwrap(), account().zone.unwrap());
        assert_eq!((zone.strangers, zone.others), (before.strangers, before.others));
    }
}

#[test]
fn only_what_is_named_as_adopted_is_deleted() {
    let named = ["old-data", "network", "vector:record-vector"].map(str::to_owned);
    let asked = Asked { delete_adopted: named.into(), ..Asked::go() };
    let told = lines(&plan(&adopting(), &adopted(), &asked));
    for line in ["- vector:volume", "- network", "- vector:record-vector"] {
        assert!(told.contains(&line.to_owned()), "{line}: {told:?}");
    }
    let asked = Asked { delete_data: ["old-data".to_owned()].into(), ..Asked::go() };
    let refused = plan(&adopting(), &adopted(), &asked);
    assert_eq!(refusals(&refused), [(Unsafe, "vector:volume".to_owned())]);
}

#[test]
fn what_cannot_be_taken_in_is_refused() {
    let refused = |change: &dyn Fn(&mut Inventory)| {
        let mut inventory = account();
        change(&mut inventory);
        up(&adopting(), &inventory)
    };
    let plan = refused(&|it| it.volumes.clear());
    assert_eq!(refusals(&plan), [(Impossible, "vector:volume".to_owned())]);
    let plan = refused(&|it| it.volumes[0].size_gb = 500);
    assert_eq!(refusals(&plan), [(Impossible, "vector:volume".to_owned())]);
    assert!(text(&plan).ends_with("write `size_gb: 500`"), "{}", text(&plan));
    let plan = refused(&|it| {
        it.volumes[0].droplet_ids.insert(4711);
    });
    assert_eq!(refusals(&plan), [(Unsafe, "vector:attachment".to_owned())]);
    assert!(text(&plan).contains("attached to droplet 4711"), "{}", text(&plan));
    let plan = refused(&|it| {
        it.volumes[0].tags.insert(Tag::new("dostack:other:app:volume"));
    });
    assert_eq!(refusals(&plan), [(Unsafe, "vector:volume".to_owned())]);
    let plan = refused(&|it| {
        it.firewalls[0].tags.insert(Tag::new("dostack:other"));
    });
    assert_eq!(refusals(&plan), [(Unsafe, "network".to_owned())]);
    let plan = refused(&|it| {
        it.firewalls[0].tags = ["a", "b", "c", "d"].map(Tag::new).into();
    });
    assert_eq!(refusals(&plan), [(Impossible, "network".to_owned())]);
    assert!(text(&plan).contains("would cover 6 tags"), "{}", text(&plan));
    let plan = refused(&|it| it.zone.as_mut().unwrap().strangers.clear());
    assert_eq!(refusals(&plan), [(Ambiguous, "vector:record-vector".to_owned())]);
    let plan = refused(&|it| {
        let zone = it.zone.as_mut().unwrap();
        zone.strangers.get_mut("vector").unwrap().stack = Some("other".to_owned());
    });
    assert_eq!(refusals(&plan), [(Unsafe, "vector:record-vector".to_owned())]);
}

#[test]
fn a_volume_half_let_go_of_is_let_go_of_the_rest_of_the_way() {
    for tags in [
        &["web", "dostack-claim:core:vector:volume", "dostack:core"][..],
        &["web", "dostack-claim:core:vector:volume"],
    ] {
        let mut inventory = adopted();
        inventory.volumes[0].tags = tags.iter().map(|tag| Tag::new(*tag)).collect();
        let plan = plan(&adopting(), &inventory, &Asked::go());
        assert!(lines(&plan).contains(&"< vector:volume".to_owned()), "{:?}", lines(&plan));
        // And where it is wanted again, it is taken in again.
        let again = up(&adopting(), &inventory);
        assert!(lines(&again).contains(&"> vector:volume".to_owned()), "{:?}", lines(&again));
        assert!(up(&adopting(), &world::apply_plan(&inventory, &again)).is_empty());
    }
}
