//! Firewalls that exist already and are taken in.
//!
//! One that is taken in keeps its name and goes on covering what it covered; it gets the file's
//! rules, the stack's tag, and a tag that says it was adopted, which no droplet carries.

use crate::{
    inventory::{Found, Id, by_id},
    plan::{
        Action, Reason, Refused, Update,
        judge::{
            Bench, Judged,
            unadoptable::{self, Why},
        },
    },
    resources::{Firewall, LiveFirewall, Resource},
    values::{Address, FirewallName, Tag},
};

/// Judges a firewall that was adopted, or is to be; nothing where it is the stack's own.
pub fn judge(
    bench: &Bench,
    (address, wanted): (&Address, &Firewall),
    live: Option<&LiveFirewall>,
) -> Option<Judged> {
    if let Some(live) = live {
        let was_adopted = bench.mark.adopted_firewall_among(&live.tags).is_some();
        return was_adopted.then(|| keep(bench, (address, wanted), live));
    }
    let adopt = wanted.adopt.as_ref()?;
    let target = &adopt.target;
    let firewalls = by_id(&bench.inventory.firewalls, |live| &live.id).into_iter();
    let meant: Vec<_> = firewalls.filter(|live| adopt.means(&live.name, &live.id)).collect();
    match meant.as_slice() {
        [] if adopt.else_create => None,
        [] => {
            let what = format!("firewall `{target}`");
            Some(refused(wanted, unadoptable::not_there(&what, target)))
        }
        [live, ..] => Some(take_in(bench, (address, wanted), live)),
    }
}

fn take_in(bench: &Bench, wanted: (&Address, &Firewall), live: &LiveFirewall) -> Judged {
    if let Some(stack) = bench.mark.other_stack_among(&live.tags) {
        let text = format!("the firewall `{}` covers machines of the stack `{stack}`", live.name);
        return refused(wanted.1, unadoptable::of_another(stack, text)).named(&live.name);
    }
    let mut judged = keep(bench, wanted, live);
    (judged.action, judged.reason) = (Action::Adopt, Reason::Adopted);
    if (&wanted.1.inbound, &wanted.1.outbound) != (&live.inbound, &live.outbound) {
        let text = "its own rules are lost: once it is let go of, it keeps those of the file";
        judged.notes.push(text.to_owned());
    }
    let theirs: Vec<String> = live
        .tags
        .iter()
        .map(|tag| format!("tag {tag}"))
        .chain(live.droplet_ids.iter().map(|id| format!("droplet {id}")))
        .collect();
    if !theirs.is_empty() {
        let text = format!("it goes on covering {}, by the new rules too", theirs.join(", "));
        judged.notes.push(text);
    }
    judged
}

/// One that is adopted: the file's rules and the stack's tags, and all else as it is.
fn keep(bench: &Bench, (address, wanted): (&Address, &Firewall), live: &LiveFirewall) -> Judged {
    let Ok(name) = FirewallName::parse(&live.name) else {
        let text = format!("the firewall `{}` has a name that cannot be written back", live.name);
        let way_out = "rename it in the control panel first".to_owned();
        return refused(wanted, (Refused::Impossible, text, way_out));
    };
    let own = bench.mark.adopted_firewall_tag(address);
    let is_theirs = |tag: &&Tag| !bench.mark.is_former(tag.as_str());
    let mut tags = wanted.tags.clone();
    tags.extend(live.tags.iter().filter(is_theirs).cloned());
    tags.insert(own);
    let droplet_ids = live.droplet_ids.clone();
    let firewall = Firewall { name, tags, droplet_ids, ..wanted.clone() };
    let count = firewall.tags.len();
    let changes = firewall.diff(live);
    let update = Update::Firewall { id: live.id.clone(), firewall };
    let found = Found::id(Id::Text(live.id.clone()));
    let judged = Judged::differs(found, changes, update).named(&live.name);
    if count <= Firewall::MAX_TAGS {
        return judged;
    }
    let text = format!(
        "the firewall `{}` would cover {count} tags, and DigitalOcean takes at most {}",
        live.name,
        Firewall::MAX_TAGS
    );
    judged.refused(Refused::Impossible, text, "take a tag off it, or make one of the stack's own")
}

fn refused(wanted: &Firewall, (why, text, way_out): Why) -> Judged {
    let (action, reason) = (Action::Adopt, Reason::Adopted);
    let judged = Judged::missing(Resource::Firewall(wanted.clone()));
    Judged { action, reason, ..judged }.refused(why, text, way_out)
}
