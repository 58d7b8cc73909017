//! One machine of a stack watches the others: what follows from that for the rest of the file.

use std::collections::BTreeMap;

use crate::{
    config::{
        kinds::Component,
        reader::Reader,
        report::{Diagnostic, Severity},
        sections::{
            condition,
            metrics::Metrics,
            monitoring::FIELD,
            resize::{self, By},
            snapshots,
        },
        sharing::host,
        source::Place,
        tree::{Entry, Node},
    },
    values::ComponentName,
};

/// What to do about a machine that the daemon cannot resize.
const ELSEWHERE: &str = "write `by: schedule` into it, without `on_alerts`: then a job that runs \
`dostack resize` elsewhere obeys it, as `resize` of the deploy workflow does every hour";

/// How else than on the machine itself readings are had.
const READ_FROM: &str = "to have them here too, add `metrics: { prometheus: \
\"http://127.0.0.1:9090\" }` and open a tunnel wherever commands run: `ssh -L 9090:127.0.0.1:9090` to \
that machine";

/// Tells a second component that watches, machines that would have to switch themselves off, what
/// cannot be done without a key, and rules that are read on one machine only.
pub fn check(
    root: &Node,
    (components, metrics): (&BTreeMap<ComponentName, Component>, Option<&Metrics>),
    reader: &mut Reader<'_>,
) {
    let mut watching = components.iter().filter(|(_, component)| component.monitoring().is_some());
    let Some((watcher, _)) = watching.next() else { return };
    let Some(place) = place_of(root, watcher) else { return };
    for (second, _) in watching {
        second_watcher(root, (watcher, place), second, reader);
    }
    let own = host(components, watcher);
    for entry in root.get("components").map(Node::entries).unwrap_or_default() {
        let name = ComponentName::parse(&entry.key).ok();
        if name.is_some_and(|name| host(components, &name) == own) {
            own_ladder(entry, (watcher, place), reader);
        }
        still_copies(entry, watcher, reader);
        software_to_fit(entry, watcher, reader);
    }
    if metrics.is_none() && has_rules(root) {
        unread_rules((watcher, place), reader);
    }
}

/// Refuses a second component that watches.
fn second_watcher(
    root: &Node,
    (watcher, place): (&ComponentName, Place),
    second: &ComponentName,
    reader: &mut Reader<'_>,
) {
    let Some(at) = place_of(root, second) else { return };
    let message = format!("`{watcher}` watches the whole stack already");
    reader.tell(Diagnostic::error(at, message).also(place, "the other one"));
}

/// Refuses a ladder for the machine that the daemon is on.
fn own_ladder(entry: &Entry, (watcher, place): (&ComponentName, Place), reader: &mut Reader<'_>) {
    let Some(ladder) = entry.value.entry(resize::FIELD.name) else { return };
    if resize::by(&ladder.value) == By::Schedule {
        return;
    }
    let message = format!(
        "`{watcher}` runs `dostack serve` here, and a daemon cannot switch off the machine it is on"
    );
    let told = Diagnostic::error(ladder.place, message).help(ELSEWHERE.to_owned());
    reader.tell(told.also(place, "it is put there here"));
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

/// Tells that a machine which the daemon resizes keeps the memory limits it had: no key lies there.
fn software_to_fit(entry: &Entry, watcher: &ComponentName, reader: &mut Reader<'_>) {
    let rule = entry.value.get(resize::FIELD.name);
    let by_the_daemon = |rule: &&Node| is_read(rule) && resize::by(rule) == By::Serve;
    let Some(rule) = rule.filter(by_the_daemon) else { return };
    let message = format!(
        "`dostack serve` on the machine of `{watcher}` has no SSH key: after a resize the software \
         keeps the memory it had until the next `dostack up`"
    );
    reader.tell(Diagnostic::new(Severity::Note, Some(rule.place), message));
}

/// Tells that commands elsewhere have no readings of what is there only sometimes.
fn unread_rules((watcher, place): (&ComponentName, Place), reader: &mut Reader<'_>) {
    let message = format!(
        "`when` is read from the Prometheus of `{watcher}`, which only its own machine can ask: for \
         `preview` and `up` here readings are unknown, and what hangs on them stays as it is"
    );
    let note = Diagnostic::new(Severity::Note, Some(place), message);
    reader.tell(note.help(READ_FROM.to_owned()));
}

/// Where a component's word of it stands.
fn place_of(root: &Node, name: &ComponentName) -> Option<Place> {
    let component = root.get("components")?.get(name.as_str())?;
    component.entry(FIELD.name).map(|entry| entry.place)
}

/// Whether a component's being there hangs on readings; `resize` goes to that machine to ask.
fn has_rules(root: &Node) -> bool {
    let components = root.get("components").map(Node::entries).unwrap_or_default();
    components.iter().any(|entry| entry.value.get(condition::WHEN.name).is_some())
}

/// Whether a rule of a ladder hangs on readings.
fn is_read(rule: &Node) -> bool {
    rule.get("when").is_some() || rule.get("down").is_some()
}
