//! How a run went: what failed, what still runs, where things are, what the month costs.

use std::{collections::BTreeMap, fmt::Write as _, net::IpAddr, time::Duration};

use serde_json::json;

use crate::{
    apply::{Ending, Outcome},
    cli::view::{
        json,
        progress::{past, seconds},
        style,
    },
    inventory::Found,
    plan::{Action, Plan},
    resources::Kind,
    values::{Part, in_full},
};

/// The summary for programs.
pub fn document(plan: &Plan, outcome: &Outcome) -> serde_json::Value {
    let content = json!({
        "counts": outcome.counts(),
        "monthly": plan.monthly,
        "addresses": outcome.known,
        "kept": plan.kept,
        "still_running": outcome.still_running().collect::<Vec<_>>(),
    });
    json::document("summary", &content)
}

/// The summary for a person; how long it took is for whoever watched.
pub fn text(plan: &Plan, outcome: &Outcome, took: Option<Duration>) -> String {
    let mut text = String::new();
    let took = took.map(|took| format!(" in {}", seconds(took))).unwrap_or_default();
    let headline = format!("{}{took}.", headline(outcome));
    let _ = writeln!(text, "{}", style::heading(&headline));
    for (step, error) in outcome.failures() {
        let _ = writeln!(text, "{}: {}: {}", style::error("failed"), step.address, in_full(&error));
    }
    for step in &outcome.steps {
        if let Ending::Skipped { because } = &step.ending {
            let _ = writeln!(text, "skipped: {} (needs {because})", step.address);
        }
    }
    for running in outcome.still_running() {
        let _ = writeln!(text, "still running at DigitalOcean: {running}");
    }
    for step in plan.steps.iter().filter(|step| step.kind == Kind::Droplet) {
        let Some(found) = outcome.known.get(&step.address) else { continue };
        let reserved = outcome.known.get(&step.address.part(Part::ReservedIp));
        let reserved = reserved.and_then(|found| found.public_ip);
        let reserved = reserved.map_or(String::new(), |ip| format!("  {ip} (reserved)"));
        let _ = writeln!(text, "  {:<24} {}{reserved}", step.name, addresses(found));
    }
    if outcome.class().is_none() {
        let _ = writeln!(text, "{} a month.", plan.monthly.after);
    }
    text
}

/// What was done, by kind, and what was not.
fn headline(outcome: &Outcome) -> String {
    let mut done: BTreeMap<Action, usize> = BTreeMap::new();
    for step in outcome.steps.iter().filter(|step| matches!(step.ending, Ending::Done)) {
        *done.entry(step.action).or_default() += 1;
    }
    let counts = outcome.counts();
    let rest =
        [(counts.failed, "failed"), (counts.skipped, "skipped"), (counts.abandoned, "left alone")];
    let words: Vec<String> = done
        .into_iter()
        .map(|(action, count)| (count, past(action)))
        .chain(rest)
        .filter(|(count, _)| *count > 0)
        .map(|(count, word)| format!("{count} {word}"))
        .collect();
    words.join(", ")
}

/// Where a machine is reached: from anywhere, and in its private network.
fn addresses(found: &Found) -> String {
    let ip = |ip: Option<IpAddr>| ip.map_or("-".to_owned(), |ip| ip.to_string());
    match (found.public_ip, found.private_ip) {
        (None, None) => "no address yet".to_owned(),
        (public, private) => format!("{:<16} {}", ip(public), ip(private)),
    }
}
