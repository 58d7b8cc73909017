//! Machines that exist already and are taken in, never made anew.
//!
//! A machine is taken in by what closes none of its ports: a claim, its size, its volume, its
//! records. The marks by which firewalls cover it come last (`plan::adoption`).

use std::collections::BTreeMap;

use crate::{
    components::Wanted,
    inventory::{Inventory, by_id, droplet_addresses},
    plan::{
        Action, DropletUpdate, Reason, Refused, Update,
        judge::{
            Bench, Judged,
            droplet::{
                found, notes, power_cycle, prices, refuse_size, refuse_unknown_status, resized,
            },
            exposure,
            unadoptable::{self, Why, refused},
        },
        network,
    },
    resources::{Adopt, Droplet, Effect, FieldChange, LiveDroplet, Status},
    values::{Address, Mark, Tag},
};

/// The machines that the file adopts and that are not the stack's yet, where it is clear which.
pub fn candidates<'a>(
    file: &Wanted,
    inventory: &'a Inventory,
    mark: &Mark,
) -> BTreeMap<Address, &'a LiveDroplet> {
    let adopting = file
        .iter()
        .filter_map(|(address, node)| Some((address, node.value.as_droplet()?.adopt.as_ref()?)));
    adopting
        .filter_map(|(address, adopt)| match meant(inventory, mark, adopt).as_slice() {
            [only] => Some((address.clone(), *only)),
            _ => None,
        })
        .collect()
}

/// Judges a machine that is not there and that the file adopts; nothing where it is to be made.
pub fn judge(bench: &Bench, address: &Address, wanted: &Droplet) -> Option<Judged> {
    let adopt = wanted.adopt.as_ref()?;
    match meant(bench.inventory, bench.mark, adopt).as_slice() {
        [] => missing(bench, adopt),
        [live] => Some(take_in(bench, address, (wanted, live))),
        several => {
            let ids: Vec<String> = several.iter().map(|live| live.id.to_string()).collect();
            let text = format!(
                "`adopt` names `{}`, and there are {} droplets of that name: {}",
                adopt.target,
                several.len(),
                ids.join(", ")
            );
            Some(refused(unadoptable::several(text, &ids[0])))
        }
    }
}

/// Judges a machine that is to be taken in, or that an earlier run began to take in.
pub fn take_in(bench: &Bench, address: &Address, both: (&Droplet, &LiveDroplet)) -> Judged {
    let (wanted, live) = both;
    let claim = [Mark::adopted_tag(), bench.mark.claim_tag(address)];
    let add_tags: Vec<Tag> = claim.into_iter().filter(|tag| !live.tags.contains(tag)).collect();
    let mut changes = Vec::new();
    if !add_tags.is_empty() {
        let tags: Vec<&str> = add_tags.iter().map(Tag::as_str).collect();
        changes.push(FieldChange::new("tags", &"", &tags.join(", "), Effect::InPlace));
    }
    changes.extend(wanted.backups_diff(live));
    let cycle = power_cycle(bench, wanted, live);
    let update = DropletUpdate {
        id: live.id,
        add_tags,
        rename: None,
        backups: wanted.backups.change(live.backups),
        power_cycle: cycle.clone(),
    };
    let to = cycle.as_ref().map_or(&live.size, |cycle| &cycle.to);
    let mut judged = Judged::differs(found(live), changes, Update::Droplet(update.clone()));
    if let Some(cycle) = &cycle {
        judged = resized(judged, live, update, cycle);
    }
    let (before, after) = prices(bench, (wanted, live), to);
    judged = judged.costing(before, after).named(&live.name);
    judged.reason =
        if is_claimed(bench, address, live) { Reason::Unfinished } else { Reason::Adopted };
    if judged.action != Action::Nothing {
        judged.action = Action::Adopt;
    }
    judged = refuse_size(judged, bench, wanted, (live, to));
    judged = refuse_unknown_status(judged, live);
    if let Some((why, text, way_out)) = obstacle(bench, wanted, live) {
        judged.action = Action::Adopt;
        judged = judged.refused(why, text, way_out);
    }
    judged.notes.push(exposure::words(bench, wanted, live));
    judged.notes.push(what_stays(wanted, live));
    judged.notes.extend(notes(bench, wanted, live));
    judged
}

/// Whether a machine carries the stack's claim for this address: it is neither a stranger's nor
/// yet, or no longer, wholly the stack's.
pub fn is_claimed(bench: &Bench, address: &Address, live: &LiveDroplet) -> bool {
    bench.mark.claim_among(&live.tags).as_ref() == Some(address)
}

/// The machine that is being taken in at an address, if one is.
pub fn adopting<'a>(bench: &'a Bench, address: &Address) -> Option<&'a LiveDroplet> {
    match bench.index.droplets.get(address).map(Vec::as_slice) {
        None | Some([]) => bench.index.candidates.get(address).copied(),
        Some([live]) => is_claimed(bench, address, live).then_some(*live),
        Some([_, _, ..]) => None,
    }
}

/// Every machine an `adopt` means that is not the stack's at some address.
fn meant<'a>(inventory: &'a Inventory, mark: &Mark, adopt: &Adopt) -> Vec<&'a LiveDroplet> {
    let strangers = by_id(&inventory.strangers, |live| &live.id).into_iter();
    let droplets = by_id(&inventory.droplets, |live| &live.id).into_iter();
    let unplaced = droplets.filter(|live| droplet_addresses(mark, live).is_empty());
    let mut meant: Vec<&LiveDroplet> =
        strangers.chain(unplaced).filter(|live| adopt.means_droplet(live)).collect();
    meant.sort_by_key(|live| live.id);
    meant
}

fn missing(bench: &Bench, adopt: &Adopt) -> Option<Judged> {
    let target = &adopt.target;
    let taken = bench.index.droplets.iter().find_map(|(address, found)| {
        found.iter().find(|live| adopt.means_droplet(live)).map(|live| (address, live.id))
    });
    if let Some((place, id)) = taken {
        let text = format!("the droplet `{target}` ({id}) is this stack's `{place}` already");
        let way_out =
            format!("leave it there, or take `{place}` out of the file and run `up` first");
        return Some(refused((Refused::Impossible, text, way_out)));
    }
    if adopt.else_create {
        return None;
    }
    Some(refused(unadoptable::not_there(&format!("droplet `{target}`"), target)))
}

/// Why a machine cannot be taken in as it is.
fn obstacle(bench: &Bench, wanted: &Droplet, live: &LiveDroplet) -> Option<Why> {
    let (name, id) = (&live.name, live.id);
    if let Some(stack) = bench.mark.other_stack_among(&live.tags) {
        let text = format!("the droplet `{name}` ({id}) carries the mark of the stack `{stack}`");
        return Some(unadoptable::of_another(stack, text));
    }
    if live.region != wanted.region {
        let text = format!(
            "the droplet `{name}` ({id}) is in {}, the stack in {}; a droplet cannot move",
            live.region, wanted.region
        );
        let way_out = "adopt one of the stack's region, or take `adopt` out".to_owned();
        return Some((Refused::Impossible, text, way_out));
    }
    if live.status == Status::New {
        let text = format!("the droplet `{name}` ({id}) is still being built");
        return Some((Refused::Impossible, text, "run again when it is on".to_owned()));
    }
    outside(bench, live)
}

/// A droplet never leaves its network, so the stack has to move in with it.
fn outside(bench: &Bench, live: &LiveDroplet) -> Option<Why> {
    let homes = network::of(bench.file, bench.inventory, bench.mark);
    let lives_there = homes.iter().any(|home| Some(&home.id) == live.vpc_id.as_ref());
    if lives_there || network::is_in_doubt(bench.file, bench.inventory) {
        return None;
    }
    let home = homes
        .first()
        .map_or("one that is still to be made".to_owned(), |home| format!("`{}`", home.name));
    let vpcs = bench.inventory.vpcs.iter();
    let own = vpcs.filter(|vpc| Some(&vpc.id) == live.vpc_id.as_ref()).map(|vpc| &vpc.name).next();
    let own = own.or(live.vpc_id.as_ref()).map_or("none", String::as_str);
    let text = format!(
        "the droplet `{}` ({}) lives in the VPC `{own}`, the stack in {home}; a droplet never leaves its VPC",
        live.name, live.id
    );
    let way_out = format!("adopt that VPC too, with `vpc: {{ adopt: {own} }}`");
    Some((Refused::Impossible, text, way_out))
}

/// What of the file is not put on a machine that exists.
fn what_stays(wanted: &Droplet, live: &LiveDroplet) -> String {
    let image = if live.image == wanted.image.as_str() {
        format!("its image `{}`", live.image)
    } else {
        format!("its image `{}` (the file says `{}`)", live.image, wanted.image)
    };
    format!(
        "it keeps its name `{}`, its region and {image}: what the file says of those is for the next rebuild; keys and what machines start with come over SSH",
        live.name
    )
}
