//! Probes asked of this machine, of a stand-in for Weaviate and of a real Postgres.

mod local;
mod postgres;
mod status;
mod weaviate;
mod web;

use std::time::Duration;

use crate::{
    config::Check,
    matrix::{Finding, Probe, Verdict},
    probe::{Asked, run, tests::local::Local},
    values::{Address, ComponentName},
};

/// A probe of a component that listens on loopback.
fn probe(component: &str, check: Check) -> Probe {
    let name = ComponentName::parse(component).unwrap();
    Probe {
        component: Address::component(name),
        name: "it".to_owned(),
        check,
        listens: Some([127, 0, 0, 1].into()),
        database: Some("postgres".to_owned()),
    }
}

/// What one machine answers to these probes of one component.
async fn ask(machine: &Local, component: &str, checks: Vec<Check>) -> Vec<Finding> {
    let probes = checks.into_iter().map(|check| probe(component, check)).collect();
    run(&[Asked { machine: Ok(machine), probes }]).await
}

/// What was found, a line each, without what depends on the machine.
fn lines(findings: &[Finding]) -> Vec<String> {
    let line = |finding: &Finding| match &finding.verdict {
        Verdict::Passed => "passed".to_owned(),
        Verdict::Failed(why) => format!("failed: {why}"),
        Verdict::Unknown(why) => format!("unknown: {why}"),
    };
    findings.iter().map(line).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_machine_that_cannot_be_asked_fails_all_its_probes_and_no_others() {
    let ready = || Check::WeaviateReady { within: Duration::from_secs(1) };
    let why = "cannot connect to 203.0.113.9:22".to_owned();
    let gone =
        Asked { machine: Err(why), probes: vec![probe("one", ready()), probe("one", ready())] };
    let silent = Local::default().saying("sh: cannot fork");
    let silent = Asked { machine: Ok(&silent), probes: vec![probe("two", ready())] };
    let found = run(&[gone, silent]).await;
    assert_eq!(
        lines(&found),
        [
            "failed: cannot connect to 203.0.113.9:22",
            "failed: cannot connect to 203.0.113.9:22",
            "failed: the machine said nothing about it, but: sh: cannot fork",
        ]
    );
}
