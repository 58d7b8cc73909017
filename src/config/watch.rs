//! One machine of a stack watches the others: what follows from that for the rest of the file.

use std::collections::BTreeMap;

use crate::{
    config::{
        kinds::Component,
        reader::Reader,
        report::{Diagnostic, Severity},
        sections::{condition, metrics::Metrics, monitoring::FIELD, resize, snapshots},
        sharing::host,
        source::Place,
        tree::{Entry, Node},
    },
    values::ComponentName,
};

/// What to do about a machine that the daemon cannot resize.
const ELSEWHERE: &str = "leave `resize` out and change `droplet.size` when it is time: the `up` of \
the deploy job resizes it, from elsewhere";

/// How else than on the machine itself readings are had.
const READ_FROM: &str = "to have them here too, add `metrics: { prometheus: \
\"http://127.0.0.1:9090\" }` and open a tunnel: `ssh -L 9090:127.0.0.1:9090` to that machine";

/// Tells a second component that watches, machines that would have to switch themselves off, and
/// rules that are read on one machine only.
pub fn check(
    root: &Node,
    (components, metrics): (&BTreeMap<ComponentName, Component>, Option<&Metrics>),
    reader: &mut Reader<'_>,
) {
    let mut watching = components.iter().filter(|(_, component)| component.monitoring().is_some());
    let Some((watcher, _)) = watching.next() else { return };
    let Some(place) = place_of(root, watcher) else { return };
    for (second, _) in watching {
        if let Some(at) = place_of(root, second) {
            let message = format!("`{watcher}` watches the whole stack already");
            reader.tell(Diagnostic::error(at, message).also(place, "the other one"));
        }
    }
    let own = host(components, watcher);
    for entry in root.get("components").map(Node::entries).unwrap_or_default() {
        let name = ComponentName::parse(&entry.key).ok();
        let is_there = name.is_some_and(|name| host(components, &name) == own);
        if let Some(ladder) = entry.value.entry(resize::FIELD.name).filter(|_| is_there) {
            let message = format!(
                "`{watcher}` runs `dostack serve` here, and a daemon cannot switch off the \
                 machine it is on"
            );
            let told = Diagnostic::error(ladder.place, message).help(ELSEWHERE.to_owned());
            reader.tell(told.also(place, "it is put there here"));
        }
    }
    for entry in root.get("components").map(Node::entries).unwrap_or_default() {
        still_copies(entry, watcher, reader);
    }
    if metrics.is_none() && has_rules(root) {
        let message = format!(
            "rules are read from the Prometheus of `{watcher}`, which only its own machine can ask: \
             `dostack serve` does, and for commands here readings are unknown"
        );
        let note = Diagnostic::new(Severity::Note, Some(place), message);
        reader.tell(note.help(READ_FROM.to_owned()));
    }
}

/// Warns of copies that want something done on the machine first: no key lies where the daemon is.
fn still_copies(entry: &Entry, watcher: &ComponentName, reader: &mut Reader<'_>) {
    let how = entry.value.get(snapshots::FIELD.name).and_then(|it| it.get("consistency"));
    if let Some(how) = how.filter(|how| how.text() != Some("crash")) {
        let message = format!(
            "`dostack serve` on the machine of `{watcher}` has no SSH key: what it copies is as after \
             a power cut, and with a `hook` it copies nothing"
        );
        reader.warn(how.place, message);
    }
}

/// Where a component's word of it stands.
fn place_of(root: &Node, name: &ComponentName) -> Option<Place> {
    let component = root.get("components")?.get(name.as_str())?;
    component.entry(FIELD.name).map(|entry| entry.place)
}

/// Whether anything hangs on readings.
fn has_rules(root: &Node) -> bool {
    let components = root.get("components").map(Node::entries).unwrap_or_default();
    components.iter().any(|entry| {
        let rule = entry.value.get(resize::FIELD.name);
        let resize = rule.is_some_and(|it| it.get("when").is_some() || it.get("down").is_some());
        resize || entry.value.get(condition::WHEN.name).is_some()
    })
}
