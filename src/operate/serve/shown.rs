//! How an account is shown: a look at it, as the values of the page.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::{
    config::Stack,
    engine::{Look, Machine, machines_among},
    operate::serve::view::{self, Debt, Tone, View},
    picture::{self, Live, Lives},
    resources::{self, Kind, Status},
    values::{Address, ComponentName, Money},
};

/// The last decision about each component, with what was read for it.
pub type Decided = BTreeMap<ComponentName, String>;

/// A look, as it is shown.
pub fn view(stack: &Stack, look: &Look, decided: &Decided) -> View {
    let mark = stack.mark();
    let there = machines_among(&mark, &look.inventory.droplets);
    let lives: Lives = there.iter().map(|one| (one.address.clone(), live(one, decided))).collect();
    View {
        picture: picture::svg(&look.wanted, &mark, &look.inventory.catalog, &lives),
        monthly: look.plan.steps.iter().map(|step| step.monthly.before).sum(),
        machines: machines(look, &there, decided),
        debts: there.iter().flat_map(debts).collect(),
        ..View::default()
    }
}

fn live(machine: &Machine, decided: &Decided) -> Live {
    Live {
        state: machine.droplet.status.to_string(),
        is_well: tone(&machine.droplet.status) != Tone::Bad,
        size: machine.droplet.size.clone(),
        readings: readings(machine, decided),
    }
}

fn readings(machine: &Machine, decided: &Decided) -> Vec<String> {
    let said = machine.address.component_name().and_then(|component| decided.get(component));
    said.into_iter().cloned().collect()
}

/// The machines that are there, and those that are to be.
fn machines(look: &Look, there: &[Machine], decided: &Decided) -> Vec<view::Machine> {
    let is_there = |address: &Address| there.iter().any(|machine| machine.address == *address);
    let steps = look.plan.steps.iter().filter(|step| step.kind == Kind::Droplet);
    let missing = steps.filter(|step| !is_there(&step.address)).map(|step| view::Machine {
        address: step.address.to_string(),
        name: step.name.clone(),
        state: "not there".to_owned(),
        tone: Tone::Off,
        size: String::new(),
        monthly: Money::ZERO,
        readings: Vec::new(),
    });
    let there = there.iter().map(|machine| view::Machine {
        address: machine.address.to_string(),
        name: machine.droplet.name.clone(),
        state: machine.droplet.status.to_string(),
        tone: tone(&machine.droplet.status),
        size: machine.droplet.size.to_string(),
        monthly: monthly(look, &machine.address),
        readings: readings(machine, decided),
    });
    let mut all: Vec<view::Machine> = there.chain(missing).collect();
    all.sort_by(|one, other| one.address.cmp(&other.address));
    all
}

/// What a machine costs a month as it is, with its volume and its addresses.
fn monthly(look: &Look, address: &Address) -> Money {
    let own = look.plan.steps.iter().filter(|step| step.address.owner() == address.owner());
    own.map(|step| step.monthly.before).sum()
}

fn tone(status: &Status) -> Tone {
    match status {
        Status::Active => Tone::Good,
        Status::New => Tone::Busy,
        Status::Off | Status::Archive | Status::Other(_) => Tone::Bad,
    }
}

fn debts(machine: &Machine) -> Vec<Debt> {
    let debt = |debt: resources::Debt| Debt {
        machine: machine.address.to_string(),
        size: debt.size.to_string(),
        deadline: Timestamp::from_second(debt.deadline).unwrap_or(Timestamp::MAX),
    };
    machine.droplet.debts().into_iter().map(debt).collect()
}
