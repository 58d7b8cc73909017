//! `${output:…}` across components: each must exist, and none may wait for itself.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    config::{
        kinds::Component,
        reader::Reader,
        report::Diagnostic,
        sections::probes,
        sharing::host,
        source::Place,
        template::{Output, Piece},
        tree::Node,
    },
    values::{ComponentName, meant_or_known},
};

/// Tells outputs of nothing, and circles.
pub fn check(
    root: &Node,
    components: &BTreeMap<ComponentName, Component>,
    reader: &mut Reader<'_>,
) {
    let mut waits: BTreeMap<ComponentName, BTreeMap<ComponentName, Place>> = BTreeMap::new();
    for entry in root.get("components").map(Node::entries).unwrap_or_default() {
        let Ok(name) = ComponentName::parse(&entry.key) else { continue };
        // A probe is asked when everything is there, and waits for nothing.
        let probes = entry.value.get(probes::FIELD.name).map(outputs).unwrap_or_default();
        let asked: Vec<Place> = probes.into_iter().map(|(_, place)| place).collect();
        for (output, place) in outputs(&entry.value) {
            match missing(output, root, components) {
                Some(message) => {
                    let machines = components.iter().filter(|(_, it)| it.has_machine());
                    let names = machines.map(|(name, _)| name.as_str());
                    let help = meant_or_known(output.component.as_str(), names);
                    reader.tell(Diagnostic::error(place, message).help(help));
                }
                None if asked.contains(&place) => {}
                None => {
                    // Components on one machine do not wait for each other.
                    let [own, other] = [&name, &output.component].map(|it| host(components, it));
                    if own != other {
                        let others = waits.entry(own.clone()).or_default();
                        others.entry(other.clone()).or_insert(place);
                    }
                }
            }
        }
    }
    circles(&waits, reader);
}

/// Every output below a node, with the place of its text.
fn outputs(node: &Node) -> Vec<(&Output, Place)> {
    let own = node.scalar().map(|scalar| scalar.pieces.as_slice()).unwrap_or_default();
    let own = own.iter().filter_map(|piece| match piece {
        Piece::Output(output) => Some((output, node.place)),
        Piece::Text(_) | Piece::Secret(_) => None,
    });
    let below = node.items().iter().chain(node.entries().iter().map(|entry| &entry.value));
    own.chain(below.flat_map(outputs)).collect()
}

/// Why an output will never be known, if it will not.
fn missing(
    output: &Output,
    root: &Node,
    components: &BTreeMap<ComponentName, Component>,
) -> Option<String> {
    let name = &output.component;
    let Some(component) = components.get(name) else {
        let unread = root.get("components").is_some_and(|all| all.get(name.as_str()).is_some());
        return (!unread).then(|| format!("there is no component `{name}`"));
    };
    match (component.has_machine(), component.count(), output.instance) {
        (false, ..) => Some(format!("`{name}` has no machine, so no outputs")),
        (true, Some(count), Some(number)) if (1..=count).contains(&number) => None,
        (true, Some(count), _) => Some(format!(
            "`{name}` is several machines: name one of `{name}-1` to `{name}-{count}`"
        )),
        (true, None, Some(_)) => Some(format!("`{name}` is one machine, without a number")),
        (true, None, None) => None,
    }
}

/// Tells every circle once, at the text that closes it.
fn circles(
    waits: &BTreeMap<ComponentName, BTreeMap<ComponentName, Place>>,
    reader: &mut Reader<'_>,
) {
    let mut done = BTreeSet::new();
    for start in waits.keys() {
        let mut path = vec![start];
        walk(waits, &mut path, &mut done, reader);
    }
}

/// Goes on from the end of a path of components that wait for each other.
fn walk<'a>(
    waits: &'a BTreeMap<ComponentName, BTreeMap<ComponentName, Place>>,
    path: &mut Vec<&'a ComponentName>,
    done: &mut BTreeSet<&'a ComponentName>,
    reader: &mut Reader<'_>,
) {
    let Some(here) = path.last().copied().filter(|here| !done.contains(here)) else { return };
    for (next, place) in waits.get(here).into_iter().flatten() {
        if let Some(start) = path.iter().position(|seen| *seen == next) {
            let names = path[start..].iter().copied().chain([next]);
            let circle: Vec<_> = names.map(ComponentName::as_str).collect();
            let message = format!("components wait for each other: `{}`", circle.join("` -> `"));
            reader.mistake(*place, message);
        } else {
            path.push(next);
            walk(waits, path, done, reader);
            path.pop();
        }
    }
    done.insert(here);
}
