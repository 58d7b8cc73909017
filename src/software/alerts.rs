//! The alerts that `on_alerts` of a stack file speaks of, from the conditions beside it.
//!
//! They only wake the daemon, which then reads for itself: so a rule is as wide as its condition,
//! and says nothing that the stack file does not.

use std::{collections::BTreeMap, net::IpAddr};

use serde::Serialize;

use crate::{
    config::{Bound, Condition, Resize, Signal, written},
    software::{Place, targets::NODE},
    values::{ComponentName, MetricName},
};

/// The label by which Alertmanager knows what goes to the daemon.
const WAKE: (&str, &str) = ("dostack", "wake");

/// What node exporters tell is of their machine alone.
const OF_A_MACHINE: &str = "node_";

/// A file of rules (prometheus.io: Defining alerting rules).
#[derive(Serialize)]
struct Rules {
    groups: Vec<Group>,
}

#[derive(Serialize)]
struct Group {
    name: &'static str,
    rules: Vec<Rule>,
}

#[derive(Serialize)]
struct Rule {
    alert: String,
    expr: String,
    #[serde(rename = "for")]
    held_for: String,
    labels: BTreeMap<&'static str, String>,
    annotations: BTreeMap<&'static str, String>,
}

/// The file of rules of a stack: one for each alert that a `resize` with a condition names.
pub fn rules(place: &Place<'_>) -> String {
    let components = place.stack.components.iter();
    let ladders = components.filter_map(|(name, component)| Some((name, component.resize()?)));
    let rules = ladders.flat_map(|(name, resize)| of(place, name, resize)).collect();
    let file = Rules { groups: vec![Group { name: "dostack-resize", rules }] };
    serde_yaml::to_string(&file).expect("rules are plain data")
}

fn of(place: &Place<'_>, name: &ComponentName, resize: &Resize) -> Vec<Rule> {
    let Some(when) = &resize.when else { return Vec::new() };
    let machines = machines(place, name);
    let one = |alert: &String| Rule {
        alert: alert.clone(),
        expr: expression(when, &machines),
        held_for: written(when.held_for),
        labels: [(WAKE.0, WAKE.1.to_owned()), ("component", name.to_string())].into(),
        annotations: [("summary", format!("`{name}` may be due for its next size."))].into(),
    };
    resize.on_alerts.iter().map(one).collect()
}

/// The node exporters of a component's machines, as a regular expression.
fn machines(place: &Place<'_>, name: &ComponentName) -> String {
    let own = place.hosts.iter().filter(|(address, _)| address.component_name() == Some(name));
    let one = |ip: IpAddr| format!("{}:{NODE}", ip.to_string().replace('.', "[.]"));
    own.filter_map(|(_, host)| host.private_ip.map(one)).collect::<Vec<_>>().join("|")
}

fn expression(when: &Condition, machines: &str) -> String {
    let (sign, bound) = match when.bound {
        Bound::Above(bound) => ('>', bound),
        Bound::Below(bound) => ('<', bound),
    };
    let read = match &when.signal {
        // A query may end with a comment.
        Signal::Query(query) => format!("({query}\n)"),
        Signal::Metric(name) => metric(name, machines),
    };
    format!("{read} {sign} {bound}")
}

fn metric(name: &MetricName, machines: &str) -> String {
    if name.as_str().starts_with(OF_A_MACHINE) {
        return format!("{name}{{instance=~\"{machines}\"}}");
    }
    match name.quantile() {
        None => name.to_string(),
        Some((part, histogram)) => format!(
            "({name} or histogram_quantile({part}, sum by (le) (rate({histogram}_bucket[5m]))))"
        ),
    }
}
