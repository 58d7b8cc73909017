//! The validation matrix: what has to be true of the stack's software, and what makes it so.
//!
//! A probe is a value: which component, under which name, what has to be true. It is asked on the
//! component's own machine (`probe`), and what comes back, a [`Reading`], is judged here.

mod defaults;
mod finding;
mod judge;
mod measured;
mod postgres;
mod reading;
mod wanted;
mod weaviate;

use std::net::IpAddr;

use crate::{
    config::{Check, Component, Fragment, HttpCheck, Stack, Template},
    inventory::{Found, Known},
    values::Address,
};

pub use self::{
    finding::{Finding, Verdict},
    judge::judge,
    reading::{NOTHING_YET, Reading, Request},
};

/// Something that has to be true of a component on one machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Probe {
    /// The component, or one of several: the machine it is asked on too.
    pub component: Address,
    /// Its name among the component's.
    pub name: String,
    /// What has to be true; addresses of other machines are filled in.
    pub check: Check,
    /// Where the component's services listen, if the machine has an address in the private network.
    pub listens: Option<IpAddr>,
    /// The component's database, if it has one.
    pub database: Option<String>,
}

/// Every probe of the machines that are there, by component and name.
pub fn probes(stack: &Stack, machines: &Known) -> Vec<Probe> {
    let own = machines.iter().filter_map(|(address, machine)| {
        let component = stack.components.get(address.component_name()?)?;
        Some((address, machine, component))
    });
    let each = own.flat_map(|(address, machine, component)| {
        checks(component).into_iter().map(move |(name, check)| Probe {
            component: address.clone(),
            name,
            check: filled(check, machines),
            listens: machine.private_ip,
            database: database(component),
        })
    });
    each.collect()
}

impl Probe {
    /// Whether it puts a load on the machine, and so is asked only where that is wished.
    pub const fn is_load(&self) -> bool {
        match self.check {
            Check::PostgresLoad { .. } => true,
            Check::Http(_)
            | Check::WeaviateReady { .. }
            | Check::WeaviateKey
            | Check::WeaviateNodes
            | Check::WeaviateShare { .. }
            | Check::WeaviateSearch { .. }
            | Check::WeaviateQuestion { .. }
            | Check::PostgresCache { .. }
            | Check::PostgresConnections { .. }
            | Check::PostgresTables { .. }
            | Check::CachePing => false,
        }
    }
}

/// What has to be true of a component: the defaults, and over them what its file says.
fn checks(component: &Component) -> Vec<(String, Check)> {
    let own = component.probes();
    let default = defaults::of(component).into_iter();
    let kept = default.filter(|(name, _)| own.is_none_or(|own| !own.contains_key(*name)));
    let kept = kept.map(|(name, check)| (name.to_owned(), check));
    let stated = own.into_iter().flatten();
    let stated = stated.filter_map(|(name, check)| Some((name.clone(), check.clone()?)));
    let mut all: Vec<_> = kept.chain(stated).collect();
    all.sort_by(|(one, _), (other, _)| one.cmp(other));
    all
}

fn database(component: &Component) -> Option<String> {
    match component {
        Component::AppStack(app) => Some(app.postgres.database.clone()),
        Component::VectorDroplet(_)
        | Component::MicroCache(_)
        | Component::NetworkFirewall(_)
        | Component::Droplet(_) => None,
    }
}

/// A check with the addresses that it asks for; one that is not known yet is left empty.
fn filled(check: Check, machines: &Known) -> Check {
    let Check::Http(http) = check else { return check };
    let url = http.url.filled(|output| {
        let Found { id, public_ip, private_ip } = machines.get(&output.address())?;
        output.field.of(id, [*public_ip, *private_ip])
    });
    Check::Http(HttpCheck { url: Template(vec![Fragment::Text(url)]), ..http })
}

#[cfg(test)]
mod tests;
