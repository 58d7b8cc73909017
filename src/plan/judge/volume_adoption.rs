//! Volumes that exist already and are taken in, with what is on them.

use std::collections::BTreeMap;

use crate::{
    components::Wanted,
    inventory::{Inventory, by_id, volume_addresses},
    plan::{
        Action, Reason,
        judge::{
            Bench, Judged,
            unadoptable::{self, refused},
            volume,
        },
    },
    resources::{Adopt, Effect, FieldChange, LiveVolume, Resource, Volume},
    values::{Address, Mark, Tag},
};

/// The volumes that the file adopts and that are not the stack's yet, where it is clear which.
pub fn candidates<'a>(
    file: &Wanted,
    inventory: &'a Inventory,
    mark: &Mark,
) -> BTreeMap<Address, &'a LiveVolume> {
    let adopting = file.iter().filter_map(|(address, node)| {
        let Resource::Volume(volume) = &node.value else { return None };
        Some((address, volume, volume.adopt.as_ref()?))
    });
    adopting
        .filter_map(|(address, volume, adopt)| {
            match meant(inventory, mark, (volume, adopt)).as_slice() {
                [only] => Some((address.clone(), *only)),
                _ => None,
            }
        })
        .collect()
}

/// Judges a volume that is not there and that the file adopts; nothing where it is to be made.
pub fn judge(bench: &Bench, wanted: &Volume) -> Option<Judged> {
    let adopt = wanted.adopt.as_ref()?;
    let target = &adopt.target;
    match meant(bench.inventory, bench.mark, (wanted, adopt)).as_slice() {
        [] if adopt.else_create => None,
        [] => {
            let what = format!("volume `{target}` in {}", wanted.region);
            Some(refused(unadoptable::not_there(&what, target)))
        }
        [live] => Some(take_in(bench, (wanted, live))),
        several => {
            let ids: Vec<&str> = several.iter().map(|live| live.id.as_str()).collect();
            let text = format!("`adopt` names `{target}`, and that is several: {}", ids.join(", "));
            Some(refused(unadoptable::several(text, ids[0])))
        }
    }
}

/// Judges a volume that is to be taken in, or that an earlier run half let go of.
pub fn take_in(bench: &Bench, (wanted, live): (&Volume, &LiveVolume)) -> Judged {
    if let Some(stack) = bench.mark.other_stack_among(&live.tags) {
        let text = format!("the volume `{}` carries the mark of the stack `{stack}`", live.name);
        return refused(unadoptable::of_another(stack, text)).named(&live.name);
    }
    let (mut changes, mut update) = volume::difference(bench, wanted, live);
    // Its own mark comes before the stack's, which alone would not say where it belongs.
    update.add_tags.reverse();
    if !live.is_adopted() {
        update.add_tags.insert(0, Mark::adopted_tag());
        let adopted = Mark::adopted_tag();
        changes.push(FieldChange::new("tags", &"", &adopted, Effect::InPlace));
    }
    let claims = live.tags.iter().filter(|tag| bench.mark.is_claim(tag));
    let claims: Vec<Tag> = claims.cloned().collect();
    for claim in &claims {
        changes.push(FieldChange::new("tags", claim, &"", Effect::InPlace));
    }
    update.remove_tags.extend(claims);
    // It keeps its name, and what is on it.
    changes.retain(|change| change.field != "name");
    let judged = volume::judged((wanted, live), changes, update).named(&live.name);
    let reason = if bench.mark.claim_among(&live.tags).is_some() {
        Reason::Unfinished
    } else {
        Reason::Adopted
    };
    Judged { action: Action::Adopt, reason, ..judged }
}

/// Every volume of the region an `adopt` means that is not the stack's at some address.
fn meant<'a>(
    inventory: &'a Inventory,
    mark: &Mark,
    (wanted, adopt): (&Volume, &Adopt),
) -> Vec<&'a LiveVolume> {
    let volumes = by_id(&inventory.volumes, |live| &live.id).into_iter();
    let here = volumes.filter(|live| live.region == wanted.region);
    let free = here.filter(|live| volume_addresses(mark, live).is_empty());
    free.filter(|live| adopt.means(&live.name, &live.id)).collect()
}
