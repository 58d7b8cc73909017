//! Asking the stack's machines, all of them side by side: their probes, and how they are.

use std::collections::BTreeMap;

use futures_util::future::join_all;

use crate::{
    config::Stack,
    engine::Machine,
    inventory::{Found, Id, Known},
    matrix::{Finding, Probe, probes},
    probe::{self, Asked, State},
    ssh::{Login, Session},
    values::{Address, in_full},
};

/// Connections to machines by their droplets, or why there is none.
type Sessions = BTreeMap<u64, Result<Session, String>>;

/// Every probe of machines that are there.
pub fn probes_of(stack: &Stack, machines: &[Machine]) -> Vec<Probe> {
    let known: Known = machines
        .iter()
        .map(|Machine { address, droplet, .. }| {
            let (public_ip, private_ip) = (droplet.public_ip, droplet.private_ip);
            (address.clone(), Found { id: Id::Number(droplet.id), public_ip, private_ip })
        })
        .collect();
    probes(stack, &known)
}

/// Connects to the machines that have probes and asks them; the findings come by machine.
pub async fn ask(
    stack: &Stack,
    login: &Login,
    machines: &[Machine],
    probes: Vec<Probe>,
) -> Vec<Finding> {
    let droplets: BTreeMap<&Address, u64> =
        machines.iter().map(|machine| (&machine.address, machine.droplet.id)).collect();
    let mut shared: BTreeMap<u64, Vec<Probe>> = BTreeMap::new();
    for probe in probes {
        if let Some(droplet) = droplets.get(&probe.component) {
            shared.entry(*droplet).or_default().push(probe);
        }
    }
    let asked = machines.iter().filter(|machine| shared.contains_key(&machine.droplet.id));
    let sessions = sessions(stack, login, asked).await;
    let asked: Vec<_> = sessions
        .iter()
        .map(|(droplet, session)| {
            let machine = session.as_ref().map_err(Clone::clone);
            Asked { machine, probes: shared.remove(droplet).unwrap_or_default() }
        })
        .collect();
    let mut findings = probe::run(&asked).await;
    findings.sort_by(|one, other| one.component.cmp(&other.component));
    findings
}

/// The same, and what failed is asked once more: the second answer counts.
pub async fn ask_twice(
    stack: &Stack,
    login: &Login,
    machines: &[Machine],
    probes: Vec<Probe>,
) -> Vec<Finding> {
    let mut findings = ask(stack, login, machines, probes.clone()).await;
    let has_failed = |probe: &Probe| findings.iter().any(|it| it.has_failed() && it.is_of(probe));
    let doubtful: Vec<Probe> = probes.into_iter().filter(has_failed).collect();
    if doubtful.is_empty() {
        return findings;
    }
    for again in ask(stack, login, machines, doubtful).await {
        if let Some(first) = findings.iter_mut().find(|first| first.is_same(&again)) {
            *first = again;
        }
    }
    findings
}

/// Connects to machines and asks them how they are, by their droplets; where one does not tell, why.
pub async fn states(
    stack: &Stack,
    login: &Login,
    machines: &[Machine],
) -> BTreeMap<u64, Result<State, String>> {
    let sessions = sessions(stack, login, machines.iter()).await;
    let asked: Vec<_> =
        sessions.values().map(|session| session.as_ref().map_err(Clone::clone)).collect();
    let states = probe::states(&asked).await;
    sessions.keys().copied().zip(states).collect()
}

/// One connection to each droplet, however many components are on it.
async fn sessions(
    stack: &Stack,
    login: &Login,
    machines: impl Iterator<Item = &Machine>,
) -> Sessions {
    let droplets: BTreeMap<u64, &Machine> =
        machines.map(|machine| (machine.droplet.id, machine)).collect();
    let each = droplets.into_iter().map(|(droplet, machine)| async move {
        let session = Box::pin(machine.connect(stack, login)).await;
        (droplet, session.map_err(|error| in_full(&error)))
    });
    join_all(each).await.into_iter().collect()
}
