//! Which handler answers which method and path.

use std::{collections::BTreeMap, sync::LazyLock};

use crate::sandbox::{
    account, actions, alerts,
    answer::{Refusal, Reply},
    associated, backups,
    call::{Call, decode},
    domains, droplet_actions, droplets, firewalls, image_actions, image_transfers, images, keys,
    project_resources, projects, records, regions, reserved_ip_actions, reserved_ips, sizes,
    snapshots, tags, volume_actions, volumes, vpcs,
    world::World,
};

/// A method of the API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Method {
    /// Reads.
    Get,
    /// Creates, or starts work.
    Post,
    /// Replaces.
    Put,
    /// Changes in part.
    Patch,
    /// Removes.
    Delete,
}

impl Method {
    /// Reads the name of a method; the API knows no others.
    pub fn parse(name: &str) -> Option<Self> {
        match name {
            "GET" => Some(Self::Get),
            "POST" => Some(Self::Post),
            "PUT" => Some(Self::Put),
            "PATCH" => Some(Self::Patch),
            "DELETE" => Some(Self::Delete),
            _ => None,
        }
    }
}

/// A handler: the world and a call in, the world changed and an answer out.
pub type Handler = fn(&mut World, &Call) -> Reply;

/// One line of the table.
#[derive(Debug)]
pub struct Route {
    /// The method it answers.
    pub method: Method,
    /// The path, with placeholders in braces.
    pub pattern: &'static str,
    /// What answers.
    pub handler: Handler,
}

impl Route {
    /// Writes one line.
    pub const fn new(method: Method, pattern: &'static str, handler: Handler) -> Self {
        Self { method, pattern, handler }
    }

    /// The values of the placeholders if the path fits.
    fn captures(&self, path: &str) -> Option<Vec<String>> {
        let mut parts = path.split('/');
        let mut captures = Vec::new();
        for expected in self.pattern.split('/') {
            let part = parts.next()?;
            if expected.starts_with('{') {
                captures.push(part);
            } else if expected != part {
                return None;
            }
        }
        match parts.next() {
            None => Some(captures.into_iter().map(decode).collect()),
            Some(_) => None,
        }
    }
}

const FAMILIES: &[&[Route]] = &[
    account::ROUTES,
    keys::ROUTES,
    actions::ROUTES,
    regions::ROUTES,
    sizes::ROUTES,
    images::ROUTES,
    image_actions::ROUTES,
    image_transfers::ROUTES,
    tags::ROUTES,
    vpcs::ROUTES,
    backups::ROUTES,
    droplets::ROUTES,
    droplet_actions::ROUTES,
    associated::ROUTES,
    volumes::ROUTES,
    volume_actions::ROUTES,
    snapshots::ROUTES,
    firewalls::ROUTES,
    domains::ROUTES,
    records::ROUTES,
    reserved_ips::ROUTES,
    reserved_ip_actions::ROUTES,
    projects::ROUTES,
    project_resources::ROUTES,
    alerts::ROUTES,
];

/// The routes by the first word behind `/v2/`, so that a look-up compares few patterns.
static TABLE: LazyLock<BTreeMap<&'static str, Vec<&'static Route>>> = LazyLock::new(|| {
    let mut table: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for route in FAMILIES.iter().copied().flatten() {
        table.entry(first_word(route.pattern)).or_default().push(route);
    }
    table
});

/// A route that was found, with the values of its placeholders.
#[derive(Debug)]
pub struct Found {
    /// The line of the table.
    pub route: &'static Route,
    /// The values of the placeholders, decoded.
    pub captures: Vec<String>,
}

/// Finds the route of a method and a path. A literal path wins over one with placeholders because
/// it stands first in its family. A slash at the end says nothing; some clients always send it.
pub fn find(method: Option<Method>, path: &str) -> Result<Found, Refusal> {
    let path = path.strip_suffix('/').unwrap_or(path);
    let mut of_other_methods = false;
    for &route in TABLE.get(first_word(path)).into_iter().flatten() {
        if let Some(captures) = route.captures(path) {
            if Some(route.method) == method {
                return Ok(Found { route, captures });
            }
            of_other_methods = true;
        }
    }
    Err(if of_other_methods { Refusal::method_not_allowed() } else { Refusal::not_found() })
}

fn first_word(path: &str) -> &str {
    path.trim_start_matches("/v2/").split('/').next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_literal_path_wins_over_a_placeholder() {
        let found = find(Some(Method::Post), "/v2/droplets/actions").unwrap();
        assert_eq!(found.route.pattern, "/v2/droplets/actions");
    }

    #[test]
    fn placeholders_are_decoded() {
        let found = find(Some(Method::Get), "/v2/tags/a%3Ab").unwrap();
        assert_eq!(found.captures, ["a:b"]);
    }

    #[test]
    fn a_slash_at_the_end_says_nothing() {
        let found = find(Some(Method::Get), "/v2/droplets/").unwrap();
        assert_eq!(found.route.pattern, "/v2/droplets");
        assert_eq!(find(Some(Method::Get), "/v2/droplets//").unwrap_err(), Refusal::not_found());
    }

    #[test]
    fn a_known_path_with_another_method_is_not_allowed() {
        assert_eq!(
            find(Some(Method::Patch), "/v2/account").unwrap_err(),
            Refusal::method_not_allowed()
        );
        assert_eq!(find(None, "/v2/account").unwrap_err(), Refusal::method_not_allowed());
        assert_eq!(find(Some(Method::Get), "/v2/nothing").unwrap_err(), Refusal::not_found());
    }
}
