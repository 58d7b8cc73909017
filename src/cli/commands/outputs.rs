//! `dostack outputs`: addresses and names of what is there.

use std::{collections::BTreeMap, fmt::Write as _, net::IpAddr};

use serde_json::{Value, json};

use crate::{
    cli::{
        Context, Exit, Failure, args::Outputs, commands::refusal, connect::Connection,
        project::Project, stack, view::json,
    },
    config::{Component, Stack},
    engine::{Look, look},
    inventory::Found,
    plan::Asked,
    resources::Kind,
    software::database_port,
    values::{Address, ComponentName, Part},
};

/// Prints them.
pub async fn run(context: &Context, args: &Outputs) -> Result<Exit, Failure> {
    let project = Project::find(context.global.stack.as_deref())?;
    let loaded = stack::load_quietly(context, &project)?;
    let connection = Connection::open(context, &project).await?;
    let looked = look(&connection.site, &loaded.stack, &Asked::stand()).await;
    let looked = looked.map_err(|error| refusal::engine(&error));
    let look = connection.close_after(looked).await?;
    let text = if args.env {
        variables(&look.stack, &look)
    } else if context.global.json {
        json::text(&json::document("outputs", &machines(&look)))
    } else {
        table(&look)
    };
    context.output.data(&text);
    if found(&look).is_empty() {
        context.output.words("no droplet is there yet; `dostack up` makes what the file says\n");
    }
    Ok(Exit::Done)
}

/// A machine that is there, under the address of each component on it.
struct There<'a> {
    address: Address,
    machine: &'a Address,
    name: &'a str,
    found: &'a Found,
}

fn found(look: &Look) -> Vec<There<'_>> {
    let droplets = look.plan.steps.iter().filter(|step| step.kind == Kind::Droplet);
    let each = droplets.filter_map(|step| {
        let (machine, name) = (&step.address, step.name.as_str());
        let found = look.plan.known.get(machine)?;
        let guests = look.wanted.get(machine).and_then(|node| node.value.as_droplet());
        let guests = guests.into_iter().flat_map(|droplet| droplet.guests.iter().cloned());
        let addresses = guests.map(Address::component).chain([machine.clone()]);
        Some(addresses.map(move |address| There { address, machine, name, found }))
    });
    let mut all: Vec<There<'_>> = each.flatten().collect();
    all.sort_by(|one, other| one.address.cmp(&other.address));
    all
}

/// The address that outlives a machine, if it has one.
fn reserved_ip(look: &Look, address: &Address) -> Option<IpAddr> {
    look.plan.known.get(&address.part(Part::ReservedIp)).and_then(|found| found.public_ip)
}

fn machines(look: &Look) -> BTreeMap<String, Value> {
    found(look)
        .into_iter()
        .map(|There { address, machine, name, found }| {
            let told = json!({
                "name": name,
                "id": found.id,
                "public_ip": found.public_ip,
                "private_ip": found.private_ip,
                "reserved_ip": reserved_ip(look, machine),
            });
            (address.to_string(), told)
        })
        .collect()
}

fn table(look: &Look) -> String {
    let mut text = String::new();
    for There { address, machine, name, found } in found(look) {
        let ip = |ip: Option<IpAddr>| ip.map_or("-".to_owned(), |ip| ip.to_string());
        let (public, private) = (ip(found.public_ip), ip(found.private_ip));
        let reserved = reserved_ip(look, machine).map_or(String::new(), |ip| format!("  {ip}"));
        let _ = writeln!(text, "{address:<16} {name:<28} {public:<16} {private}{reserved}");
    }
    text
}

/// What programs that use the stack want in their environment; never a secret.
fn variables(stack: &Stack, look: &Look) -> String {
    let mut text = String::new();
    let private = |name: &ComponentName| {
        let found = look.plan.known.get(&Address::component(stack.host(name).clone()))?;
        found.private_ip
    };
    let mut cache = false;
    for (name, component) in &stack.components {
        let ip = private(name).filter(|_| component.is_wanted());
        match (component, ip) {
            (Component::VectorDroplet(_), Some(ip)) => {
                let _ = writeln!(text, "WEAVIATE_ENDPOINT=http://{ip}:8080");
            }
            (Component::AppStack(app), Some(ip)) => {
                let (database, port) = (&app.postgres.database, database_port(app));
                let _ =
                    writeln!(text, "POSTGRES_DSN=postgresql://{database}@{ip}:{port}/{database}");
            }
            (Component::MicroCache(_), ip) => cache |= ip.is_some(),
            (Component::VectorDroplet(_) | Component::AppStack(_), None)
            | (Component::NetworkFirewall(_) | Component::Droplet(_), _) => {}
        }
    }
    let _ = writeln!(text, "ENABLE_MICRO_CACHE={cache}");
    text
}
