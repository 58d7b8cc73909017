//! Components that share a machine: whose it is, and what two of them cannot both have.

use std::collections::BTreeMap;

use crate::{
    config::{
        kinds::{Component, Switch},
        ports::{self, Port},
        reader::Reader,
        report::Diagnostic,
        sections::{home::ON, orchestrator},
        source::Place,
        tree::Node,
    },
    values::{ComponentName, meant_or_known},
};

/// The component whose machine another one is on: itself, where it has its own.
pub fn host<'a>(
    components: &'a BTreeMap<ComponentName, Component>,
    name: &'a ComponentName,
) -> &'a ComponentName {
    components.get(name).and_then(Component::host).unwrap_or(name)
}

/// Tells machines that cannot be shared, and ports that two services of a machine would take.
pub fn check(
    root: &Node,
    components: &BTreeMap<ComponentName, Component>,
    reader: &mut Reader<'_>,
) {
    let all = root.get("components").map(Node::entries).unwrap_or_default();
    let mut taken: BTreeMap<&ComponentName, Vec<Taken<'_>>> = BTreeMap::new();
    for entry in all {
        let Some((name, component)) =
            ComponentName::parse(&entry.key).ok().and_then(|name| components.get_key_value(&name))
        else {
            continue;
        };
        let on = entry.value.get(ON.name);
        if let Some((on, host)) = on.zip(component.host())
            && let Some(diagnostic) = cannot_host(on.place, (name, host), (root, components))
        {
            reader.tell(diagnostic);
            continue;
        }
        let place = on.map_or(entry.place, |on| on.place);
        let host = host(components, name);
        let own = taken.entry(host).or_insert_with(|| {
            ports::of_machines().into_iter().map(|port| Taken { port, by: None }).collect()
        });
        for port in component.ports() {
            let stated = orchestrator::port_of(&entry.value, &port.service);
            let place = stated.map_or(place, |stated| stated.place);
            if let Some(other) = own.iter().find(|other| other.port.clashes(&port)) {
                reader.tell(clash(host, other, (&port, name, place)));
            }
            own.push(Taken { port, by: Some((name, place)) });
        }
    }
}

/// Why a component's machine cannot be shared, if it cannot.
fn cannot_host(
    place: Place,
    (guest, host): (&ComponentName, &ComponentName),
    (root, components): (&Node, &BTreeMap<ComponentName, Component>),
) -> Option<Diagnostic> {
    let Some(component) = components.get(host) else {
        let unread = root.get("components").is_some_and(|all| all.get(host.as_str()).is_some());
        let owners = components.iter().filter(|(_, it)| it.droplet().is_some());
        let meant = meant_or_known(host.as_str(), owners.map(|(name, _)| name.as_str()));
        let missing = format!("there is no component `{host}`");
        return (!unread).then(|| Diagnostic::error(place, missing).help(meant));
    };
    let (message, help) = match component {
        _ if guest == host => (
            format!("`{guest}` cannot be on its own machine"),
            "name another component, or give it a `droplet`".to_owned(),
        ),
        _ if component.host().is_some() => (
            format!("`{host}` has no machine of its own"),
            component.host().map(|whose| format!("write `on: {whose}`")).unwrap_or_default(),
        ),
        Component::NetworkFirewall(_) => {
            (format!("`{host}` has no machine"), "name a component that has a `droplet`".to_owned())
        }
        Component::Droplet(plain) if plain.count.is_some() => (
            format!("`{host}` is several machines, and a component is on one"),
            "name a component without `count`".to_owned(),
        ),
        Component::MicroCache(cache) if cache.enabled != Switch::On => (
            format!("`{host}` is not always there: its `enabled` is not true"),
            format!("put `{host}` on the machine of `{guest}` instead"),
        ),
        Component::VectorDroplet(_)
        | Component::AppStack(_)
        | Component::MicroCache(_)
        | Component::Droplet(_) => return None,
    };
    Some(Diagnostic::error(place, message).help(help))
}

/// A port, and the component that takes it; none where it is the machine's own.
struct Taken<'a> {
    port: Port,
    by: Option<(&'a ComponentName, Place)>,
}

fn clash(
    host: &ComponentName,
    first: &Taken<'_>,
    (port, name, place): (&Port, &ComponentName, Place),
) -> Diagnostic {
    let other = match first.by {
        Some((other, _)) => format!("{} of `{other}`", first.port.service),
        None => first.port.service.clone(),
    };
    let message = format!(
        "{other} and {} of `{name}` would both have port {} of the machine of `{host}`",
        port.service, port.number
    );
    let help = "give one of them another machine, or another port where it has a choice".to_owned();
    let told = Diagnostic::error(place, message).help(help);
    match first.by.filter(|(_, first)| *first != place) {
        Some((_, first)) => told.also(first, "the other one"),
        None => told,
    }
}
