//! Firewalls.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    components::Wanted,
    inventory::{Found, Id},
    plan::{
        Refused, Update,
        judge::{Bench, Judged, firewall_adoption},
    },
    resources::{Firewall, LiveFirewall, Resource},
    values::{Address, Mark, Part, Tag},
};

/// Judges a firewall: ours by what it covers, or made where its name is free.
pub fn judge(bench: &Bench, address: &Address, wanted: &Firewall) -> Judged {
    let live = bench.index.firewalls.get(address).copied();
    if let Some(judged) = firewall_adoption::judge(bench, (address, wanted), live) {
        return judged;
    }
    let judged = match live {
        Some(live) => {
            let update = Update::Firewall { id: live.id.clone(), firewall: wanted.clone() };
            let found = Found::id(Id::Text(live.id.clone()));
            Judged::differs(found, wanted.diff(live), update)
        }
        None => Judged::missing(Resource::Firewall(wanted.clone())),
    };
    let mut others = bench.inventory.firewalls.iter();
    let is_another = |other: &&LiveFirewall| live.is_none_or(|live| live.id != other.id);
    match others.find(|other| other.name == wanted.name.as_str() && is_another(other)) {
        Some(other) => {
            let text = format!(
                "a firewall named `{}` exists ({}) and covers none of this stack's tags",
                other.name, other.id
            );
            let way_out = if *address.which() == Part::Main {
                "adopt it with `adopt: …`, rename or delete it, or give this one another name"
            } else {
                "rename or delete it, or give this one another name"
            };
            judged.refused(Refused::Ambiguous, text, way_out)
        }
        None => judged,
    }
}

/// Whether a firewall on our tags is the stack's: it has a name the stack makes, or the file gives.
pub fn is_ours(file: &Wanted, mark: &Mark, live: &LiveFirewall) -> bool {
    let is_made = live.name.starts_with(&format!("{}-", mark.stack()));
    is_made
        || mark.adopted_firewall_among(&live.tags).is_some()
        || wanted(file).any(|(_, firewall)| firewall.name.as_str() == live.name)
}

/// Which of our live firewalls is which wanted one: by its name, or the one that was made of its
/// component's former name; else the only one left that covers the same machines was renamed.
pub fn claims<'a>(
    file: &Wanted,
    mark: &Mark,
    ours: &[&'a LiveFirewall],
) -> BTreeMap<Address, &'a LiveFirewall> {
    let wanted: Vec<(&Address, &Firewall)> = wanted(file).collect();
    let mut claims: BTreeMap<Address, &LiveFirewall> = wanted
        .iter()
        .filter_map(|(address, firewall)| {
            let adopted = ours
                .iter()
                .find(|live| mark.adopted_firewall_among(&live.tags).as_ref() == Some(*address));
            let named = |name: &str| ours.iter().find(|live| live.name == name);
            let formerly = || named(&former_name(mark, address)?);
            let by_name = || named(firewall.name.as_str()).or_else(formerly);
            let found = adopted.or_else(by_name)?;
            Some(((*address).clone(), *found))
        })
        .collect();
    let taken: BTreeSet<&str> = claims.values().map(|live| live.id.as_str()).collect();
    let left: Vec<&LiveFirewall> =
        ours.iter().copied().filter(|live| !taken.contains(live.id.as_str())).collect();
    let open: Vec<&(&Address, &Firewall)> =
        wanted.iter().filter(|(address, _)| !claims.contains_key(*address)).collect();
    for (address, firewall) in &open {
        let rivals = open.iter().filter(|(_, rival)| rival.tags == firewall.tags).count();
        let alike: Vec<&&LiveFirewall> =
            left.iter().filter(|live| covered_now(mark, live) == firewall.tags).collect();
        if let ([only], 1) = (alike.as_slice(), rivals) {
            claims.insert((*address).clone(), **only);
        }
    }
    claims
}

/// The name that was made for a firewall before its component was renamed.
fn former_name(mark: &Mark, address: &Address) -> Option<String> {
    let before = mark.former_name(address.component_name()?)?;
    Some(format!("{}-{before}", mark.stack()))
}

/// The tags a firewall covers, by the names that components have now.
fn covered_now(mark: &Mark, live: &LiveFirewall) -> BTreeSet<Tag> {
    live.tags.iter().map(|tag| mark.now(tag)).collect()
}

/// The firewalls the stack file asks for.
fn wanted(file: &Wanted) -> impl Iterator<Item = (&Address, &Firewall)> {
    file.iter().filter_map(|(address, node)| Some((address, node.value.as_firewall()?)))
}
