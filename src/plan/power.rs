//! Plans that touch nothing but a machine's power and size.

use std::collections::BTreeSet;

use crate::{
    inventory::Known,
    plan::{
        Action, DropletUpdate, Plan, PowerCycle, Reason, Step, Undo, Update, Work,
        judge::{OUTAGE, found},
    },
    resources::{Catalog, Effect, FieldChange, Kind, LiveDroplet, Status},
    values::{Address, Change, Mark, Money, SizeSlug},
};

/// A plan that does nothing but switch machines on that owe it, at the size they have.
pub fn switch_on(mark: &Mark, owing: &[(Address, LiveDroplet)]) -> Plan {
    let mut plan = empty(mark);
    for (address, live) in owing {
        let cycle = cycle(live, &live.size);
        plan.known.insert(address.clone(), found(live));
        plan.steps.push(Step { reason: Reason::Unfinished, ..step(address, live, cycle) });
    }
    plan
}

/// A plan that gives one machine another size, of a month that costs so much before.
///
/// A machine that has it already is left as it is.
pub fn resize(
    (mark, month): (&Mark, Money),
    (address, live): (&Address, &LiveDroplet),
    to: &SizeSlug,
    catalog: &Catalog,
) -> Plan {
    let mut plan = empty(mark);
    plan.known.insert(address.clone(), found(live));
    let price = |size| {
        let price = catalog.monthly(size);
        price + live.backups.surcharge(price)
    };
    let monthly = Change::new(price(&live.size), price(to));
    plan.monthly = Change::new(month, month - monthly.before + monthly.after);
    let step = step(address, live, cycle(live, to));
    plan.steps.push(if live.size == *to {
        let (action, reason, work) = (Action::Nothing, Reason::InSync, Work::Nothing);
        Step { action, reason, work, changes: Vec::new(), downtime: None, monthly, ..step }
    } else {
        Step { monthly, ..step }
    });
    plan
}

fn empty(mark: &Mark) -> Plan {
    Plan {
        mark: mark.clone(),
        steps: Vec::new(),
        known: Known::new(),
        adopted: BTreeSet::new(),
        kept: Vec::new(),
        copies: Vec::new(),
        notes: Vec::new(),
        refusals: Vec::new(),
        monthly: Change::default(),
    }
}

fn cycle(live: &LiveDroplet, to: &SizeSlug) -> PowerCycle {
    let mut superseded = live.debts();
    let debt = superseded.pop();
    PowerCycle { from: live.size.clone(), to: to.clone(), debt, superseded }
}

fn step(address: &Address, live: &LiveDroplet, cycle: PowerCycle) -> Step {
    let mut changes = Vec::new();
    if cycle.from != cycle.to {
        changes.push(FieldChange::new("size", &cycle.from, &cycle.to, Effect::PowerOff));
    }
    if live.status != Status::Active {
        changes.push(FieldChange::new("power", &live.status, &"active", Effect::PowerOff));
    }
    let update = DropletUpdate {
        id: live.id,
        add_tags: Vec::new(),
        rename: None,
        backups: None,
        power_cycle: Some(cycle),
    };
    Step {
        address: address.clone(),
        kind: Kind::Droplet,
        name: live.name.clone(),
        action: Action::Resize,
        reason: Reason::OtherSize,
        downtime: (!changes.is_empty()).then_some(OUTAGE),
        changes,
        needs: BTreeSet::new(),
        undo: Undo::Possible,
        monthly: Change::default(),
        work: Work::Update(Update::Droplet(update)),
    }
}
