//! What is meant by the names that were typed: pure.

use std::collections::BTreeSet;

use crate::{
    plan::{Refusal, Refused},
    purge::{Key, Standing, Thing},
    values::did_you_mean,
};

/// The orphans that are named, by name or id; or everything that is wrong with the names.
///
/// Nothing is chosen unless every name means one thing that may go.
pub fn choose<'a>(
    things: &'a [Thing],
    names: &BTreeSet<String>,
) -> Result<Vec<&'a Thing>, Vec<Refusal>> {
    let mut chosen: Vec<&Thing> = Vec::new();
    let mut refusals = Vec::new();
    for name in names {
        match meant(things, name) {
            Ok(thing) if chosen.iter().any(|other| other.key == thing.key) => {}
            Ok(thing) => chosen.push(thing),
            Err(refusal) => refusals.push(refusal),
        }
    }
    refusals.extend(chosen.iter().filter_map(|thing| still_attached(things, thing, &chosen)));
    if refusals.is_empty() { Ok(chosen) } else { Err(refusals) }
}

fn meant<'a>(things: &'a [Thing], name: &str) -> Result<&'a Thing, Refusal> {
    let found: Vec<&Thing> =
        things.iter().filter(|thing| thing.name == name || thing.key.id() == name).collect();
    match found.as_slice() {
        [] => Err(unknown(things, name)),
        [only] => allowed(only),
        [first, ..] if !found.iter().any(|thing| thing.is_orphan()) => allowed(first),
        several => {
            let ids: Vec<String> = several
                .iter()
                .map(|it| format!("{} {}", it.key.sort().word(), it.key.id()))
                .collect();
            let text = format!("`{name}` is the name of several things: {}", ids.join(", "));
            Err(refusal(Refused::Ambiguous, text, "name the one you mean by its id"))
        }
    }
}

fn unknown(things: &[Thing], name: &str) -> Refusal {
    let orphans = things.iter().filter(|thing| thing.is_orphan());
    let way_out = did_you_mean(name, orphans.map(|thing| thing.name.as_str()));
    let way_out =
        way_out.unwrap_or_else(|| "`dostack purge` without a name lists what can go".to_owned());
    let text = format!("nothing in the account has the name or id `{name}`");
    refusal(Refused::Impossible, text, way_out)
}

fn allowed(thing: &Thing) -> Result<&Thing, Refusal> {
    let (text, way_out) = match &thing.standing {
        Standing::Orphan => return Ok(thing),
        Standing::Marked(Some(stack)) => (
            format!("the {} belongs to the stack `{stack}`", thing.told()),
            format!("`dostack destroy` of `{stack}` is the way to remove it"),
        ),
        Standing::Marked(None) => (
            format!("the {} carries a mark of dostack's", thing.told()),
            "`dostack destroy` of its stack is the way to remove it".to_owned(),
        ),
        Standing::InUse(why) => (
            format!("the {} is in use: {why}", thing.told()),
            "purge only deletes what nothing needs".to_owned(),
        ),
    };
    Err(refusal(Refused::Unsafe, text, way_out))
}

/// A volume goes together with the machine that holds it, or after it was detached.
fn still_attached(things: &[Thing], thing: &Thing, chosen: &[&Thing]) -> Option<Refusal> {
    let holder = Key::Droplet(thing.held_by?);
    let is_holder = |other: &Thing| other.key == holder;
    if chosen.iter().any(|other| is_holder(other)) {
        return None;
    }
    let found = things.iter().find(|other| is_holder(other));
    let name = found.map_or_else(|| holder.id(), |other| other.name.clone());
    let text = format!("the {} is attached to the droplet `{name}`", thing.told());
    Some(refusal(Refused::Unsafe, text, "detach it first, or name the droplet too"))
}

fn refusal(why: Refused, text: String, way_out: impl Into<String>) -> Refusal {
    Refusal { address: None, why, text, way_out: way_out.into() }
}
