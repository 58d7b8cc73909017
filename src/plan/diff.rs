//! From what is wanted and what there is to a plan.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    components::Wanted,
    graph::waves,
    inventory::{Inventory, Known},
    plan::{
        Deletion, Kept, Note, Plan, Refusal, Refused, Step, Work, adoption,
        doubt::doubts,
        judge::{Bench, Index, Judged, judge},
        network,
        quota::check_quotas,
        removal::{Removals, removals},
        target,
        wait::add_waits,
    },
    resources::{Kind, Resource},
    values::{Address, Change, ComponentName, Mark, Money, Part, SecretName, did_you_mean},
};

/// What was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// Whether the stack is to stand or to go.
    pub purpose: Purpose,
    /// Volumes, by address or name, whose data may be lost.
    pub delete_data: BTreeSet<String>,
    /// Adopted things, by address or name, that may be deleted and not only released.
    pub delete_adopted: BTreeSet<String>,
    /// Whether a machine with data may go while another comes.
    pub new_data: NewData,
    /// Machines that are to be made anew.
    pub replace: BTreeSet<Address>,
    /// Only these and what they need; everything when empty.
    pub targets: BTreeSet<Address>,
    /// Digests of the addresses of Slack hooks, as far as these are known; only they are compared.
    pub hooks: BTreeMap<SecretName, String>,
    /// What the month may cost.
    pub budget: Option<Money>,
}

/// Whether the stack is to stand or to go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// As the file says.
    Stand,
    /// Not at all.
    Go,
}

/// What to think of a machine with data that goes while another with data comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NewData {
    /// It was probably renamed: refuse.
    Refuse,
    /// It is meant: `--yes-new`.
    Accept,
}

impl Asked {
    /// That the stack stands as the file says.
    pub fn stand() -> Self {
        Self {
            purpose: Purpose::Stand,
            delete_data: BTreeSet::new(),
            delete_adopted: BTreeSet::new(),
            new_data: NewData::Refuse,
            replace: BTreeSet::new(),
            targets: BTreeSet::new(),
            hooks: BTreeMap::new(),
            budget: None,
        }
    }

    /// That the stack goes, and its data stays.
    pub fn go() -> Self {
        Self { purpose: Purpose::Go, ..Self::stand() }
    }
}

/// Compares what is wanted with what there is.
///
/// Where the stack is to go, what its file says only helps to tell which thing is which.
pub fn diff(file: &Wanted, inventory: &Inventory, mark: &Mark, asked: &Asked) -> Plan {
    let (settled, nothing) = (network::settled(file, inventory), Wanted::default());
    let file = &*settled;
    let wanted = match asked.purpose {
        Purpose::Stand => file,
        Purpose::Go => &nothing,
    };
    let index = Index::of(file, inventory, mark, &asked.replace);
    let bench = Bench { file, wanted, asked, inventory, mark, index };
    let mut plan = judge_wanted(&bench);
    plan.adopted = adoption::adopted(inventory, mark);
    let markings = adoption::markings(&bench, &plan);
    plan.steps.extend(markings);
    plan.refusals.extend(doubts(&bench));
    plan.refusals.extend(misnamed(&bench));
    add_removals(&mut plan, removals(&bench, asked));
    add_waits(&bench, &mut plan.steps);
    let left_out = drop_untargeted(&mut plan, asked);
    plan.steps = ordered(plan.steps);
    plan.monthly = monthly(&plan, left_out);
    plan.refusals.extend(probably_renamed(&plan, asked));
    plan.refusals.extend(over_budget(&plan, asked));
    check_quotas(&mut plan, &inventory.quotas);
    withhold_refused(&mut plan);
    plan
}

/// Takes the work out of every step that is refused: none of it is ever done by half.
fn withhold_refused(plan: &mut Plan) {
    let refused: BTreeSet<&Address> =
        plan.refusals.iter().filter_map(|refusal| refusal.address.as_ref()).collect();
    for step in plan.steps.iter_mut().filter(|step| refused.contains(&step.address)) {
        step.work = Work::Nothing;
    }
}

fn judge_wanted(bench: &Bench) -> Plan {
    let mut plan = Plan {
        mark: bench.mark.clone(),
        steps: Vec::new(),
        known: Known::new(),
        adopted: BTreeSet::new(),
        kept: Vec::new(),
        copies: Vec::new(),
        notes: Vec::new(),
        refusals: Vec::new(),
        monthly: Change::default(),
    };
    for (address, node) in bench.wanted.iter() {
        let mut judged = judge(bench, address, &node.value);
        let about = || Some(address.clone());
        let notes = judged.notes.drain(..).map(|text| Note { address: about(), text });
        plan.notes.extend(notes);
        for (why, text, way_out) in judged.refusals.drain(..) {
            plan.refusals.push(Refusal { address: about(), why, text, way_out });
        }
        if let Some(found) = judged.found.take() {
            plan.known.insert(address.clone(), found);
        }
        plan.steps.push(step(address, &node.value, judged, node.needs.clone()));
    }
    plan
}

fn step(address: &Address, resource: &Resource, judged: Judged, needs: BTreeSet<Address>) -> Step {
    Step {
        address: address.clone(),
        kind: resource.kind(),
        name: judged.name.unwrap_or_else(|| resource.name()),
        action: judged.action,
        reason: judged.reason,
        changes: judged.changes,
        needs,
        undo: judged.undo,
        downtime: judged.downtime,
        monthly: judged.monthly,
        work: judged.work,
    }
}

/// Adds what goes, unless something else stands at its address already.
fn add_removals(plan: &mut Plan, removals: Removals) {
    let removed: BTreeSet<&Address> = removals.steps.iter().map(|step| &step.address).collect();
    let mut taken: BTreeSet<Address> = plan
        .steps
        .iter()
        .map(|step| &step.address)
        .filter(|address| removed.contains(address))
        .cloned()
        .collect();
    for step in removals.steps {
        if taken.insert(step.address.clone()) {
            plan.steps.push(step);
        } else {
            plan.refusals.push(marked_twice(&step));
        }
    }
    plan.kept.extend(removals.kept);
    plan.notes.extend(removals.notes);
    plan.refusals.extend(removals.refusals);
}

fn marked_twice(step: &Step) -> Refusal {
    let id = match &step.work {
        Work::Delete(deletion) => deletion.id().map(|id| format!(" ({id})")).unwrap_or_default(),
        Work::Release(release) => release.id().map(|id| format!(" ({id})")).unwrap_or_default(),
        Work::Nothing | Work::Create(_) | Work::Update(_) | Work::Replace(_) => String::new(),
    };
    Refusal {
        address: Some(step.address.clone()),
        why: Refused::Ambiguous,
        text: format!("the {} `{}`{id} is a second one with this mark", step.kind, step.name),
        way_out: "delete the one you do not want, or take the mark off it".to_owned(),
    }
}

/// What `--replace` names and is no machine.
fn misnamed(bench: &Bench) -> Vec<Refusal> {
    let droplets = || bench.wanted.iter().filter(|(_, node)| node.value.as_droplet().is_some());
    let refusal = |address: &Address| {
        let text = match bench.wanted.get(address) {
            Some(node) if node.value.as_droplet().is_some() => return None,
            Some(node) => format!(
                "`--replace {address}` names a {}; only a droplet is replaced",
                node.value.kind()
            ),
            None => format!("`--replace {address}` names nothing in this stack"),
        };
        let known: Vec<String> = droplets().map(|(known, _)| known.to_string()).collect();
        let own = Address::part(address, Part::Main).to_string();
        let meant = known.contains(&own).then(|| format!("did you mean `{own}`?"));
        let meant = meant
            .or_else(|| did_you_mean(&address.to_string(), known.iter().map(String::as_str)))
            .unwrap_or_else(|| "`dostack graph` lists the addresses".to_owned());
        Some(Refusal { address: None, why: Refused::Impossible, text, way_out: meant })
    };
    bench.asked.replace.iter().filter_map(refusal).collect()
}

/// Leaves out what no target needs; it costs what it costs, before and after.
fn drop_untargeted(plan: &mut Plan, asked: &Asked) -> Money {
    if asked.targets.is_empty() {
        return Money::ZERO;
    }
    let chosen = target::chosen(&plan.steps, &asked.targets);
    let known: Vec<String> = plan.steps.iter().map(|step| step.address.to_string()).collect();
    for unknown in &chosen.unknown {
        let meant = did_you_mean(&unknown.to_string(), known.iter().map(String::as_str));
        plan.refusals.push(Refusal {
            address: None,
            why: Refused::Impossible,
            text: format!("`--target {unknown}` names nothing in this stack"),
            way_out: meant.unwrap_or_else(|| "`dostack graph` lists the addresses".to_owned()),
        });
    }
    let is_chosen = |address: &Address| chosen.addresses.contains(address);
    let known: BTreeSet<&Address> = plan.steps.iter().map(|step| &step.address).collect();
    let outside = |address: &&Address| known.contains(address) && !is_chosen(address);
    let outside = asked.replace.iter().filter(outside).map(|address| Refusal {
        address: None,
        why: Refused::Impossible,
        text: format!("`--replace {address}` names what `--target` leaves out"),
        way_out: format!("pass `--target {address}` too"),
    });
    plan.refusals.extend(outside);
    let left_out = plan.steps.iter().filter(|step| !is_chosen(&step.address));
    let left_out = left_out.map(|step| step.monthly.before).sum();
    plan.steps.retain(|step| is_chosen(&step.address));
    // A target may have no step and something the matter with it all the same.
    let about = |address: &Option<Address>| {
        address
            .as_ref()
            .is_none_or(|address| is_chosen(address) || chosen.unknown.contains(address))
    };
    plan.notes.retain(|note| about(&note.address));
    plan.refusals.retain(|refusal| about(&refusal.address));
    left_out
}

/// The steps so that each comes after all it needs; needs of what is not in the plan are dropped.
fn ordered(mut steps: Vec<Step>) -> Vec<Step> {
    steps.sort_by(|one, other| one.address.cmp(&other.address));
    let here: Vec<Address> = steps.iter().map(|step| step.address.clone()).collect();
    let mut needs = Vec::with_capacity(steps.len());
    for step in &mut steps {
        let places = step.needs.iter().filter_map(|need| here.binary_search(need).ok());
        let places: Vec<usize> = places.collect();
        if places.len() < step.needs.len() {
            step.needs.retain(|need| here.binary_search(need).is_ok());
        }
        needs.push(places);
    }
    let named =
        |circle: Vec<usize>| circle.into_iter().map(|place| &here[place]).collect::<Vec<_>>();
    let waves = waves(&needs).map_err(named);
    let waves = waves.expect("a checked graph and removals by kind have an order");
    let mut steps: Vec<Option<Step>> = steps.into_iter().map(Some).collect();
    waves.into_iter().flatten().filter_map(|place| steps[place].take()).collect()
}

fn monthly(plan: &Plan, left_out: Money) -> Change<Money> {
    let kept: Money = plan.kept.iter().map(|kept| kept.monthly).sum();
    let before: Money = plan.steps.iter().map(|step| step.monthly.before).sum();
    let after: Money = plan.steps.iter().map(|step| step.monthly.after).sum();
    Change::new(before + kept + left_out, after + kept + left_out)
}

/// A machine with data that goes while another comes with an empty volume was probably renamed.
///
/// Whoever renamed it says so with `was`, unless the old name is still a component.
fn probably_renamed(plan: &Plan, asked: &Asked) -> Option<Refusal> {
    let made = plan.steps.iter().find(|step| starts_empty(plan, step))?;
    let gone = plan.steps.iter().find(|step| leaves_data(plan, step))?;
    (asked.new_data == NewData::Refuse).then(|| Refusal {
        address: Some(made.address.clone()),
        why: Refused::Unsafe,
        text: format!(
            "the plan deletes `{}`, which has data, and creates `{}`: that looks like a rename, and the data would stay behind",
            gone.address, made.address
        ),
        way_out: match renaming(plan, gone, made) {
            Some((before, now)) => format!(
                "write `was: {before}` in `{now}`; if the new machine really is to start empty, pass `--yes-new`"
            ),
            None => "if the new machine really is to start empty, pass `--yes-new`".to_owned(),
        },
    })
}

/// The old and the new name, where one thing may be the other under a new name.
fn renaming<'p>(
    plan: &Plan,
    gone: &'p Step,
    made: &'p Step,
) -> Option<(&'p ComponentName, &'p ComponentName)> {
    let (before, now) = (gone.address.component_name()?, made.address.component_name()?);
    let stays = |step: &Step| {
        step.address.component_name() == Some(before) && !matches!(step.work, Work::Delete(_))
    };
    (before != now && !plan.steps.iter().any(stays)).then_some((before, now))
}

fn starts_empty(plan: &Plan, step: &Step) -> bool {
    let Work::Create(resource) = &step.work else { return false };
    let Some(droplet) = resource.as_droplet() else { return false };
    let is_made = |step: &Step| matches!(step.work, Work::Create(_));
    plan.steps.iter().any(|step| droplet.volumes.contains(&step.address) && is_made(step))
}

fn leaves_data(plan: &Plan, step: &Step) -> bool {
    let is_its =
        |kept: &Kept| kept.kind == Kind::Volume && kept.address.owner() == step.address.owner();
    matches!(step.work, Work::Delete(Deletion::Droplet { .. })) && plan.kept.iter().any(is_its)
}

fn over_budget(plan: &Plan, asked: &Asked) -> Option<Refusal> {
    let budget = asked.budget.filter(|budget| plan.monthly.after > *budget)?;
    let grows = plan.monthly.after > plan.monthly.before;
    (grows && asked.purpose == Purpose::Stand).then(|| Refusal {
        address: None,
        why: Refused::Unsafe,
        text: format!(
            "the month would cost {}, which is above the budget of {budget}",
            plan.monthly.after
        ),
        way_out: "raise `budget.monthly_usd`, or ask for less".to_owned(),
    })
}
