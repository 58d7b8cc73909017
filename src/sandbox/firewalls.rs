//! Firewalls: rules, and the droplets they apply to by number or by tag.
//!
//! A change takes a few seconds to reach the droplets; until then the firewall is `waiting` and
//! names them under `pending_changes`.

use std::collections::BTreeSet;

use axum::http::StatusCode;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::sandbox::{
    actions,
    answer::{Answer, Refusal, Reply},
    call::{Call, Terms},
    firewall_rules::{self, RuleSet},
    pages,
    routes::{Method, Route},
    stamp::Stamp,
    tags,
    world::World,
};

/// The routes of this family.
pub const ROUTES: &[Route] = &[
    Route::new(Method::Get, "/v2/firewalls", list),
    Route::new(Method::Post, "/v2/firewalls", create),
    Route::new(Method::Get, "/v2/firewalls/{firewall_id}", get),
    Route::new(Method::Put, "/v2/firewalls/{firewall_id}", replace),
    Route::new(Method::Delete, "/v2/firewalls/{firewall_id}", delete),
    Route::new(Method::Post, "/v2/firewalls/{firewall_id}/droplets", add_droplets),
    Route::new(Method::Delete, "/v2/firewalls/{firewall_id}/droplets", remove_droplets),
    Route::new(Method::Post, "/v2/firewalls/{firewall_id}/tags", add_tags),
    Route::new(Method::Delete, "/v2/firewalls/{firewall_id}/tags", remove_tags),
    Route::new(Method::Post, "/v2/firewalls/{firewall_id}/rules", add_rules),
    Route::new(Method::Delete, "/v2/firewalls/{firewall_id}/rules", remove_rules),
];

/// Limits of docs.digitalocean.com/products/networking/firewalls/details/limits.
const MAX_DROPLETS: usize = 10;
const MAX_TAGS: usize = 5;

/// Seconds until a change has reached the droplets.
const APPLY: u32 = 3;

/// A firewall of the account.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Firewall {
    /// The uuid requests use.
    pub id: String,
    /// The name, unique in the account.
    pub name: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// What it lets through.
    pub rules: RuleSet,
    /// The droplets it names.
    pub droplets: BTreeSet<u64>,
    /// The tags it names, in canonical case.
    pub tags: Vec<String>,
    /// The droplets it applies to, by number or by tag.
    pub covered: BTreeSet<u64>,
    /// The changes that have not reached their droplets yet.
    pub changes: Vec<Change>,
    /// When the last change will have reached every droplet.
    pub ready_at: Timestamp,
}

/// A change on its way to a droplet.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Change {
    /// The droplet.
    pub droplet_id: u64,
    /// Whether the firewall leaves it.
    pub removing: bool,
}

impl Firewall {
    /// Says whether it applies to a droplet that carries some tags.
    fn covers(&self, droplet: u64, own_tags: &[String]) -> bool {
        self.droplets.contains(&droplet) || self.tags.iter().any(|tag| own_tags.contains(tag))
    }

    /// Starts to bring changes to droplets; earlier ones still on their way to others stay.
    fn bring(&mut self, terms: &Terms, changes: Vec<Change>) {
        let new: BTreeSet<u64> = changes.iter().map(|change| change.droplet_id).collect();
        let on_the_way = self.ready_at > terms.now();
        self.changes.retain(|old| on_the_way && !new.contains(&old.droplet_id));
        self.changes.extend(changes);
        self.ready_at = actions::after(terms, APPLY);
    }
}

/// Follows a droplet whose tags changed, or that has just come.
pub fn review_droplet(world: &mut World, terms: &Terms, id: u64) {
    let none = Vec::new();
    let tags = world.droplets.get(&id).map_or(&none, |droplet| &droplet.tags);
    for firewall in world.firewalls.values_mut() {
        let covers = firewall.covers(id, tags);
        let changed =
            if covers { firewall.covered.insert(id) } else { firewall.covered.remove(&id) };
        if changed {
            firewall.bring(terms, vec![Change { droplet_id: id, removing: !covers }]);
        }
    }
}

/// Forgets a droplet that is gone.
pub fn forget_droplet(world: &mut World, id: u64) {
    for firewall in world.firewalls.values_mut() {
        firewall.droplets.remove(&id);
        firewall.covered.remove(&id);
        firewall.changes.retain(|change| change.droplet_id != id);
    }
}

/// Forgets a tag that is gone.
pub fn forget_tag(world: &mut World, terms: &Terms, name: &str) {
    let naming =
        world.firewalls.values().filter(|firewall| firewall.tags.iter().any(|tag| tag == name));
    let ids: Vec<String> = naming.map(|firewall| firewall.id.clone()).collect();
    for id in ids {
        if let Some(firewall) = world.firewalls.get_mut(&id) {
            firewall.tags.retain(|tag| tag != name);
        }
        review(world, terms, &id);
    }
}

/// Follows a firewall whose targets changed; every droplet it covers gets its rules anew.
fn review(world: &mut World, terms: &Terms, id: &str) {
    let Some(firewall) = world.firewalls.get(id) else { return };
    let by_tag = firewall.tags.iter().flat_map(|tag| tags::droplets(world, tag));
    let covered: BTreeSet<u64> = firewall.droplets.iter().copied().chain(by_tag).collect();
    let change = |removing| move |droplet: &u64| Change { droplet_id: *droplet, removing };
    let left = firewall.covered.difference(&covered).map(change(true));
    let changes = covered.iter().map(change(false)).chain(left).collect();
    if let Some(firewall) = world.firewalls.get_mut(id) {
        firewall.covered = covered;
        firewall.bring(terms, changes);
    }
}

/// Lists the firewalls that apply to a droplet.
pub fn list_of_droplet(world: &World, call: &Call, droplet: u64) -> Reply {
    let covering = world.firewalls.values().filter(|firewall| firewall.covered.contains(&droplet));
    pages::list(call, "firewalls", covering.collect(), |firewall| view(firewall, call.terms.now()))
}

#[derive(Serialize)]
struct View<'a> {
    id: &'a str,
    name: &'a str,
    status: &'static str,
    #[serde(flatten)]
    rules: &'a RuleSet,
    created_at: Stamp,
    droplet_ids: &'a BTreeSet<u64>,
    tags: &'a [String],
    pending_changes: Vec<ChangeView>,
}

#[derive(Serialize)]
struct ChangeView {
    droplet_id: u64,
    removing: bool,
    status: &'static str,
}

fn view(firewall: &Firewall, now: Timestamp) -> View<'_> {
    let waiting = now < firewall.ready_at;
    let changes = firewall.changes.iter().filter(|_| waiting).map(|change| ChangeView {
        droplet_id: change.droplet_id,
        removing: change.removing,
        status: "waiting",
    });
    View {
        id: &firewall.id,
        name: &firewall.name,
        status: if waiting { "waiting" } else { "succeeded" },
        rules: &firewall.rules,
        created_at: Stamp(firewall.created_at),
        droplet_ids: &firewall.droplets,
        tags: &firewall.tags,
        pending_changes: changes.collect(),
    }
}

fn list(world: &mut World, call: &Call) -> Reply {
    let now = call.terms.now();
    pages::list(call, "firewalls", world.firewalls.values().collect(), |firewall| {
        view(firewall, now)
    })
}

fn get(world: &mut World, call: &Call) -> Reply {
    show(world, call, call.capture(0), StatusCode::OK)
}

fn show(world: &World, call: &Call, id: &str, status: StatusCode) -> Reply {
    let firewall = world.firewalls.get(id).ok_or_else(Refusal::not_found)?;
    Ok(Answer::one(status, "firewall", view(firewall, call.terms.now())))
}

/// A whole firewall as requests write it; what is left out is empty.
#[derive(Deserialize)]
struct Wanted {
    name: String,
    #[serde(flatten)]
    rules: RuleSet,
    #[serde(default)]
    droplet_ids: Option<BTreeSet<u64>>,
    #[serde(default)]
    tags: Option<Vec<String>>,
}

/// The targets of a firewall, checked, with tags in canonical case.
struct Targets {
    droplets: BTreeSet<u64>,
    tags: Vec<String>,
}

fn create(world: &mut World, call: &Call) -> Reply {
    let wanted: Wanted = call.json()?;
    check_name(world, call, &wanted.name, None)?;
    let rules = firewall_rules::check(world, wanted.rules)?;
    let targets =
        targets(world, wanted.droplet_ids.unwrap_or_default(), wanted.tags.unwrap_or_default())?;
    let id = world.ids.uuid();
    let firewall = Firewall {
        id: id.clone(),
        name: wanted.name,
        created_at: call.terms.now(),
        rules,
        droplets: targets.droplets,
        tags: targets.tags,
        covered: BTreeSet::new(),
        changes: Vec::new(),
        ready_at: call.terms.now(),
    };
    world.firewalls.insert(id.clone(), firewall);
    review(world, &call.terms, &id);
    show(world, call, &id, StatusCode::ACCEPTED)
}

fn replace(world: &mut World, call: &Call) -> Reply {
    let id = existing(world, call)?;
    let wanted: Wanted = call.json()?;
    check_name(world, call, &wanted.name, Some(&id))?;
    let rules = firewall_rules::check(world, wanted.rules)?;
    let targets =
        targets(world, wanted.droplet_ids.unwrap_or_default(), wanted.tags.unwrap_or_default())?;
    let firewall = world.firewalls.get_mut(&id).ok_or_else(Refusal::not_found)?;
    firewall.name = wanted.name;
    firewall.rules = rules;
    firewall.droplets = targets.droplets;
    firewall.tags = targets.tags;
    review(world, &call.terms, &id);
    show(world, call, &id, StatusCode::OK)
}

fn delete(world: &mut World, call: &Call) -> Reply {
    let id = existing(world, call)?;
    world.firewalls.remove(&id);
    Ok(Answer::no_content())
}

fn existing(world: &World, call: &Call) -> Result<String, Refusal> {
    let firewall = world.firewalls.get(call.capture(0)).ok_or_else(Refusal::not_found)?;
    Ok(firewall.id.clone())
}

fn check_name(world: &World, call: &Call, name: &str, own: Option<&str>) -> Result<(), Refusal> {
    let mut bytes = name.bytes();
    let starts = bytes.next().is_some_and(|first| first.is_ascii_alphanumeric());
    let goes_on = bytes.all(|byte| byte.is_ascii_alphanumeric() || b".-".contains(&byte));
    if !starts || !goes_on || name.len() < 2 || name.len() > 255 {
        return Err(Refusal::unprocessable("invalid firewall name"));
    }
    let taken = |firewall: &Firewall| {
        firewall.name == name
            && Some(firewall.id.as_str()) != own
            && world.notices(&call.terms, firewall.created_at)
    };
    if world.firewalls.values().any(taken) {
        return Err(Refusal::conflict("duplicate name"));
    }
    Ok(())
}

fn targets(world: &World, droplets: BTreeSet<u64>, tags: Vec<String>) -> Result<Targets, Refusal> {
    if let Some(missing) = droplets.iter().find(|id| !world.droplets.contains_key(id)) {
        return Err(Refusal::unprocessable(format!("droplet {missing} does not exist")));
    }
    let mut canonical = Vec::new();
    for name in tags {
        let tag = tags::find(world, &name)
            .ok_or_else(|| Refusal::unprocessable(format!("tag {name} does not exist")))?;
        if !canonical.contains(&tag.name) {
            canonical.push(tag.name.clone());
        }
    }
    if droplets.len() > MAX_DROPLETS {
        return Err(Refusal::unprocessable(format!(
            "a firewall can have at most {MAX_DROPLETS} droplets"
        )));
    }
    if canonical.len() > MAX_TAGS {
        return Err(Refusal::unprocessable(format!("a firewall can have at most {MAX_TAGS} tags")));
    }
    Ok(Targets { droplets, tags: canonical })
}

#[derive(Deserialize)]
struct DropletIds {
    droplet_ids: BTreeSet<u64>,
}

fn add_droplets(world: &mut World, call: &Call) -> Reply {
    let body: DropletIds = call.json()?;
    retarget(world, call, |mut old| {
        old.droplets.extend(body.droplet_ids);
        old
    })
}

fn remove_droplets(world: &mut World, call: &Call) -> Reply {
    let body: DropletIds = call.json()?;
    retarget(world, call, |mut old| {
        old.droplets.retain(|id| !body.droplet_ids.contains(id));
        old
    })
}

#[derive(Deserialize)]
struct TagNames {
    tags: Vec<String>,
}

fn add_tags(world: &mut World, call: &Call) -> Reply {
    let body: TagNames = call.json()?;
    retarget(world, call, |mut old| {
        old.tags.extend(body.tags);
        old
    })
}

fn remove_tags(world: &mut World, call: &Call) -> Reply {
    let body: TagNames = call.json()?;
    retarget(world, call, |mut old| {
        old.tags.retain(|tag| !body.tags.iter().any(|gone| gone.eq_ignore_ascii_case(tag)));
        old
    })
}

fn retarget(world: &mut World, call: &Call, change: impl FnOnce(Targets) -> Targets) -> Reply {
    let id = existing(world, call)?;
    let firewall = world.firewalls.get(&id).ok_or_else(Refusal::not_found)?;
    let old = Targets { droplets: firewall.droplets.clone(), tags: firewall.tags.clone() };
    let changed = change(old);
    let new = targets(world, changed.droplets, changed.tags)?;
    let firewall = world.firewalls.get_mut(&id).ok_or_else(Refusal::not_found)?;
    firewall.droplets = new.droplets;
    firewall.tags = new.tags;
    review(world, &call.terms, &id);
    Ok(Answer::no_content())
}

fn add_rules(world: &mut World, call: &Call) -> Reply {
    let id = existing(world, call)?;
    let added = firewall_rules::check(world, call.json()?)?;
    let old = world.firewalls.get(&id).ok_or_else(Refusal::not_found)?.rules.clone();
    let rules = firewall_rules::check(world, old.with(added))?;
    set_rules(world, call, &id, rules)
}

fn remove_rules(world: &mut World, call: &Call) -> Reply {
    let id = existing(world, call)?;
    let gone = firewall_rules::check(world, call.json()?)?;
    let old = world.firewalls.get(&id).ok_or_else(Refusal::not_found)?.rules.clone();
    let rules = firewall_rules::check(world, old.without(&gone))?;
    set_rules(world, call, &id, rules)
}

fn set_rules(world: &mut World, call: &Call, id: &str, rules: RuleSet) -> Reply {
    let firewall = world.firewalls.get_mut(id).ok_or_else(Refusal::not_found)?;
    firewall.rules = rules;
    review(world, &call.terms, id);
    Ok(Answer::no_content())
}
