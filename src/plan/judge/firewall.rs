//! Firewalls.

use crate::{
    inventory::{Found, Id},
    plan::{
        Refused, Update,
        judge::{Bench, Judged},
    },
    resources::{Firewall, LiveFirewall, Resource},
    values::{Address, Part},
};

/// Judges a firewall: ours by what it targets, or made where its name is free.
pub fn judge(bench: &Bench, address: &Address, wanted: &Firewall) -> Judged {
    if let Some(live) = find(bench, address, wanted) {
        let update = Update::Firewall { id: live.id.clone(), firewall: wanted.clone() };
        let found = Found::id(Id::Text(live.id.clone()));
        return Judged::differs(found, wanted.diff(live), update);
    }
    let judged = Judged::missing(Resource::Firewall(wanted.clone()));
    let mut others = bench.inventory.firewalls.iter();
    match others.find(|other| other.name == wanted.name.as_str()) {
        Some(other) => {
            let text = format!(
                "a firewall named `{}` exists ({}) and targets none of this stack's tags",
                other.name, other.id
            );
            let way_out = "rename or delete it, or rename the component";
            judged.refused(Refused::Ambiguous, text, way_out)
        }
        None => judged,
    }
}

/// The one of ours with the name; else the one that targets the same machines under another name.
fn find<'a>(bench: &'a Bench, address: &Address, wanted: &Firewall) -> Option<&'a LiveFirewall> {
    let ours: Vec<&LiveFirewall> = bench.inventory.firewalls_of(bench.mark).collect();
    let named = ours.iter().find(|live| live.name == wanted.name.as_str());
    let renamed = || {
        let own = *address.which() == Part::Firewall;
        ours.iter().find(|live| own && live.tags == wanted.tags)
    };
    named.or_else(renamed).copied()
}
