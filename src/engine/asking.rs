//! Asking the stack's machines, all of them side by side: their probes, and how they are.

use std::collections::{BTreeMap, BTreeSet};

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
    twice(probes, async |probes| Box::pin(ask(stack, login, machines, probes)).await).await
}

async fn twice(probes: Vec<Probe>, ask: impl AsyncFn(Vec<Probe>) -> Vec<Finding>) -> Vec<Finding> {
    let mut findings = ask(probes.clone()).await;
    let failed: BTreeSet<_> =
        findings.iter().filter(|it| it.has_failed()).map(Finding::key).collect();
    let is_doubtful = |probe: &Probe| failed.contains(&(&probe.component, probe.name.as_str()));
    let doubtful: Vec<Probe> = probes.into_iter().filter(is_doubtful).collect();
    if doubtful.is_empty() {
        return findings;
    }
    for again in ask(doubtful).await {
        if let Some(first) = findings.iter_mut().find(|first| first.key() == again.key()) {
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

#[cfg(test)]
mod tests {
    use std::{cell::RefCell, time::Duration};

    use super::twice;
    use crate::{
        config::Check,
        matrix::{Finding, Probe, Verdict},
    };

    fn probe(component: &str, name: &str) -> Probe {
        let check = Check::WeaviateReady { within: Duration::from_secs(1) };
        let component = component.parse().unwrap();
        Probe { component, name: name.to_owned(), check, listens: None, database: None }
    }

    fn found(probe: &Probe, verdict: Verdict) -> Finding {
        Finding {
            component: probe.component.clone(),
            probe: probe.name.clone(),
            wanted: String::new(),
            measured: String::new(),
            took: Duration::ZERO,
            verdict,
        }
    }

    #[tokio::test]
    async fn only_what_failed_is_asked_again_and_its_second_answer_counts() {
        let probes =
            [probe("app", "web"), probe("app", "slow"), probe("one", "web"), probe("one", "slow")];
        let asked = RefCell::new(Vec::new());
        let findings = twice(probes.to_vec(), async |probes| {
            let keys = |probe: &Probe| format!("{} {}", probe.component, probe.name);
            asked.borrow_mut().push(probes.iter().map(keys).collect::<Vec<_>>());
            let is_first = asked.borrow().len() == 1;
            let verdict = |probe: &Probe| match (probe.name.as_str(), is_first) {
                ("web", _) => Verdict::Passed,
                (_, true) => Verdict::Failed("slow".to_owned()),
                (_, false) if probe.component.to_string() == "app" => Verdict::Passed,
                (_, false) => Verdict::Failed("down".to_owned()),
            };
            probes.iter().map(|probe| found(probe, verdict(probe))).collect()
        })
        .await;
        assert_eq!(asked.into_inner()[1..], [["app slow", "one slow"]]);
        let failed: Vec<_> = findings.iter().filter(|it| it.has_failed()).collect();
        assert_eq!(failed, [&found(&probes[3], Verdict::Failed("down".to_owned()))]);
        assert_eq!(findings.len(), 4);
    }
}
