//! The work on a real account: what the hands do there, and how the account is shown.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

use futures_util::future::BoxFuture;
use jiff::Timestamp;
use tokio_util::sync::CancellationToken;

use crate::{
    config::Stack,
    engine::{Look, Machine, Site, look, machines_among},
    operate::serve::{
        view::{self, Debt, Tone, View},
        work::{Charge, Duty, Round, Target, Work},
    },
    picture::{self, Live, Lives},
    plan::Asked,
    resources::{Kind, Status},
    ssh::Login,
    values::{Address, ComponentName, Money},
};

/// A stack that is looked after in its account.
pub struct Keeper {
    site: Site,
    stack: Stack,
    login: Login,
    readings: Mutex<BTreeMap<ComponentName, Vec<String>>>,
}

impl Keeper {
    /// Looks after a stack, with the way to its machines.
    pub fn new(site: Site, stack: Stack, login: Login) -> Self {
        Self { site, stack, login, readings: Mutex::default() }
    }

    fn charge(&self, duty: Duty, component: &ComponentName) -> Charge {
        let resize = self.stack.components.get(component).and_then(|component| component.resize());
        let alerts = match duty {
            Duty::Size => resize.iter().flat_map(|resize| &resize.on_alerts).cloned().collect(),
            Duty::Copies => [].into(),
        };
        Charge { target: Target { duty, component: component.clone() }, alerts }
    }

    fn shown(&self, look: &Look) -> View {
        let mark = self.stack.mark();
        let machines = machines_among(&mark, &look.inventory.droplets);
        let lives: Lives =
            machines.iter().map(|one| (one.address.clone(), self.live(one))).collect();
        let catalog = &look.inventory.catalog;
        View {
            picture: picture::svg(&look.wanted, &mark, catalog, &lives),
            monthly: look.plan.steps.iter().map(|step| step.monthly.before).sum(),
            machines: self.machines(look, &machines),
            debts: machines.iter().flat_map(debts).collect(),
            ..View::default()
        }
    }

    fn live(&self, machine: &Machine) -> Live {
        Live {
            state: machine.droplet.status.to_string(),
            size: machine.droplet.size.clone(),
            readings: self.readings(&machine.address),
        }
    }

    fn readings(&self, machine: &Address) -> Vec<String> {
        let readings = self.readings.lock().unwrap_or_else(PoisonError::into_inner);
        machine.component_name().and_then(|name| readings.get(name)).cloned().unwrap_or_default()
    }

    /// The machines that are there, and those that are to be.
    fn machines(&self, look: &Look, there: &[Machine]) -> Vec<view::Machine> {
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
            readings: self.readings(&machine.address),
        });
        let mut all: Vec<view::Machine> = there.chain(missing).collect();
        all.sort_by(|one, other| one.address.cmp(&other.address));
        all
    }
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
    let debt = |debt: crate::resources::Debt| Debt {
        machine: machine.address.to_string(),
        size: debt.size.to_string(),
        deadline: Timestamp::from_second(debt.deadline).unwrap_or(Timestamp::MAX),
    };
    machine.droplet.debts().into_iter().map(debt).collect()
}

impl Work for Keeper {
    fn name(&self) -> String {
        self.stack.name.to_string()
    }

    fn charges(&self) -> Vec<Charge> {
        let components = self.stack.components.iter();
        let machines = components.clone().filter(|(_, component)| component.droplet().is_some());
        let copied = components.filter(|(_, component)| component.snapshots().is_some());
        let sizes = machines.map(|(name, _)| self.charge(Duty::Size, name));
        sizes.chain(copied.map(|(name, _)| self.charge(Duty::Copies, name))).collect()
    }

    fn see_to<'a>(
        &'a self,
        target: &'a Target,
        stop: &'a CancellationToken,
    ) -> BoxFuture<'a, Round> {
        Box::pin(async move {
            let _ = (&self.login, target, stop);
            Round::failure("not yet")
        })
    }

    fn view(&self, _now: Timestamp) -> BoxFuture<'_, Result<View, String>> {
        Box::pin(async {
            let asked = Asked::stand();
            let looked = Box::pin(look(&self.site, &self.stack, &asked)).await;
            looked.map(|look| self.shown(&look)).map_err(|error| error.to_string())
        })
    }
}
