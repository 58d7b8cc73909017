//! Volumes.

use crate::{
    inventory::{Found, Id},
    plan::{
        Action, Refused, Undo, Update, VolumeUpdate,
        judge::{Bench, Judged, fields, replaces, several_way_out, volume_adoption},
    },
    resources::{Effect, FieldChange, LiveVolume, Naming, Resource, Volume},
    values::{Address, Money, Tag},
};

/// Judges a volume: ours by its tag, or made where its name is free.
pub fn judge(bench: &Bench, address: &Address, wanted: &Volume) -> Judged {
    match bench.index.volumes.get(address).map(Vec::as_slice) {
        None | Some([]) => {
            volume_adoption::judge(bench, wanted).unwrap_or_else(|| missing(bench, address, wanted))
        }
        Some([live]) if bench.mark.claim_among(&live.tags).is_some() => {
            volume_adoption::take_in(bench, (wanted, live))
        }
        Some([live]) => compare(bench, wanted, live),
        Some([first, second, ..]) => {
            let text = format!("volumes {} and {} both carry this mark", first.id, second.id);
            Judged::in_sync(None).refused(
                Refused::Ambiguous,
                text,
                several_way_out(bench, address, "take the tag off the one that is not the stack's"),
            )
        }
    }
}

fn missing(bench: &Bench, address: &Address, wanted: &Volume) -> Judged {
    let judged =
        Judged::missing(Resource::Volume(wanted.clone())).costing(Money::ZERO, wanted.monthly());
    let mut others = bench.inventory.volumes.iter();
    let is_namesake =
        |other: &&LiveVolume| other.name == wanted.name.as_str() && other.region == wanted.region;
    match others.find(is_namesake) {
        Some(other) => {
            let text = format!(
                "a volume named `{}` exists in {} ({}) and does not carry the mark of `{address}`",
                other.name, other.region, other.id
            );
            let way_out = "adopt it, or give this one another name: `volume: { adopt: … }`, `volume: { name: … }`";
            judged.refused(Refused::Ambiguous, text, way_out)
        }
        None => judged,
    }
}

fn compare(bench: &Bench, wanted: &Volume, live: &LiveVolume) -> Judged {
    let (changes, update) = difference(bench, wanted, live);
    let judged = judged((wanted, live), changes, update);
    if live.is_adopted() { judged.named(&live.name) } else { judged }
}

/// What differs, and what is to be done about it.
pub fn difference(
    bench: &Bench,
    wanted: &Volume,
    live: &LiveVolume,
) -> (Vec<FieldChange>, VolumeUpdate) {
    let mut changes = wanted.diff(live);
    let former = |tag: &&Tag| bench.mark.is_former(tag.as_str());
    let remove_tags: Vec<Tag> = live.tags.iter().filter(former).cloned().collect();
    if !remove_tags.is_empty() {
        let marks: Vec<&str> = remove_tags.iter().map(Tag::as_str).collect();
        changes.push(FieldChange::new("tags", &marks.join(", "), &"", Effect::InPlace));
    }
    let update = VolumeUpdate {
        id: live.id.clone(),
        region: live.region.to_string(),
        grow_to: (live.size_gb < wanted.size_gb).then_some(wanted.size_gb),
        add_tags: wanted.tags.difference(&live.tags).cloned().collect(),
        remove_tags,
    };
    (changes, update)
}

/// The judgement on a volume that differs so.
pub fn judged(
    (wanted, live): (&Volume, &LiveVolume),
    changes: Vec<FieldChange>,
    update: VolumeUpdate,
) -> Judged {
    let found = Found::id(Id::Text(live.id.clone()));
    let (grows, shrinks) = (update.grow_to.is_some(), live.size_gb > wanted.size_gb);
    let replaced = replaces(&changes).then(|| fields(&changes, Effect::Replace));
    let mut judged = Judged::differs(found, changes, Update::Volume(update))
        .costing(live.monthly(), live.monthly().max(wanted.monthly()));
    if wanted.naming == Naming::Made && live.name != wanted.name.as_str() {
        judged.notes.push(format!(
            "DigitalOcean renames no volume, so it stays `{0}`; write `volume: {{ name: {0} }}`, so that a machine that is made anew finds it",
            live.name
        ));
    }
    if grows {
        judged.undo = Undo::Never;
    }
    if shrinks {
        let text = format!(
            "the volume has {} GiB and the file says {}; DigitalOcean cannot shrink a volume",
            live.size_gb, wanted.size_gb
        );
        let way_out = format!("write `size_gb: {}`", live.size_gb);
        judged = judged.refused(Refused::Impossible, text, way_out);
    }
    if let Some(fields) = replaced {
        judged.action = Action::Replace;
        let text = format!("{fields} of a volume cannot be changed, and its data would be lost");
        judged = judged.refused(Refused::Unsafe, text, "change it back");
    }
    judged
}
