//! Projects: what belongs together in the eyes of the account's owner. One of them is the default.

use std::ops::RangeInclusive;

use axum::http::StatusCode;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::sandbox::{
    answer::{Answer, Refusal, Reply},
    call::Call,
    pages,
    routes::{Method, Route},
    stamp::Stamp,
    world::World,
};

/// The routes of this family; `default` in an id's place stands for the default project.
pub const ROUTES: &[Route] = &[
    Route::new(Method::Get, "/v2/projects", list),
    Route::new(Method::Post, "/v2/projects", create),
    Route::new(Method::Get, "/v2/projects/{project_id}", get),
    Route::new(Method::Put, "/v2/projects/{project_id}", replace),
    Route::new(Method::Patch, "/v2/projects/{project_id}", patch),
    Route::new(Method::Delete, "/v2/projects/{project_id}", delete),
];

const MAX_NAME: usize = 175;
const MAX_TEXT: usize = 255;

/// The owner of every project: the account's.
const OWNER: &str = "5a0d8b00-0000-4000-8000-000000000001";
const OWNER_NUMBER: u64 = 258_992;

/// A project of the account.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Project {
    /// The uuid requests use.
    pub id: String,
    /// The name, unique in the account.
    pub name: String,
    /// What it says about itself.
    pub description: String,
    /// What it is for.
    pub purpose: String,
    /// How serious it is.
    pub environment: Option<Environment>,
    /// Whether what is new comes here.
    pub default: bool,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was changed last.
    pub updated_at: Timestamp,
}

/// How serious a project is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Environment {
    /// Something may break.
    Development,
    /// A rehearsal.
    Staging,
    /// Nothing may break.
    Production,
}

/// Gives an account the project it begins with.
pub fn add_default(world: &mut World, now: Timestamp) {
    let id = world.ids.uuid();
    let project = Project {
        id: id.clone(),
        name: "first-project".to_owned(),
        description: "The project this account began with".to_owned(),
        purpose: "Just trying out DigitalOcean".to_owned(),
        environment: Some(Environment::Development),
        default: true,
        created_at: now,
        updated_at: now,
    };
    world.projects.insert(id, project);
}

/// The uuid of the default project.
pub fn default_id(world: &World) -> &str {
    let default = world.projects.values().find(|project| project.default);
    default.map_or("", |project| &project.id)
}

/// Finds the project whose uuid is in the path.
pub fn find<'a>(world: &'a World, call: &Call) -> Result<&'a Project, Refusal> {
    let id = match call.capture(0) {
        "default" => default_id(world),
        id => id,
    };
    world.projects.get(id).ok_or_else(Refusal::not_found)
}

#[derive(Serialize)]
struct View<'a> {
    id: &'a str,
    owner_uuid: &'static str,
    owner_id: u64,
    name: &'a str,
    description: &'a str,
    purpose: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    environment: Option<Environment>,
    is_default: bool,
    created_at: Stamp,
    updated_at: Stamp,
}

fn view(project: &Project) -> View<'_> {
    View {
        id: &project.id,
        owner_uuid: OWNER,
        owner_id: OWNER_NUMBER,
        name: &project.name,
        description: &project.description,
        purpose: &project.purpose,
        environment: project.environment,
        is_default: project.default,
        created_at: Stamp(project.created_at),
        updated_at: Stamp(project.updated_at),
    }
}

fn list(world: &mut World, call: &Call) -> Reply {
    pages::list(call, "projects", world.projects.values().collect(), view)
}

fn get(world: &mut World, call: &Call) -> Reply {
    Ok(Answer::one(StatusCode::OK, "project", view(find(world, call)?)))
}

/// The fields of a request; which of them have to be there depends on the method.
#[derive(Deserialize)]
struct Sent {
    name: Option<String>,
    description: Option<String>,
    purpose: Option<String>,
    environment: Option<Environment>,
    is_default: Option<bool>,
}

fn create(world: &mut World, call: &Call) -> Reply {
    let sent: Sent = call.json()?;
    need("name", sent.name.as_ref())?;
    need("purpose", sent.purpose.as_ref())?;
    check(world, call, &sent, None)?;
    let project = Project {
        id: world.ids.uuid(),
        name: sent.name.unwrap_or_default(),
        description: sent.description.unwrap_or_default(),
        purpose: sent.purpose.unwrap_or_default(),
        environment: sent.environment,
        default: false,
        created_at: call.terms.now(),
        updated_at: call.terms.now(),
    };
    let answer = Answer::one(StatusCode::CREATED, "project", view(&project));
    world.projects.insert(project.id.clone(), project);
    Ok(answer)
}

fn replace(world: &mut World, call: &Call) -> Reply {
    let sent: Sent = call.json()?;
    need("name", sent.name.as_ref())?;
    need("description", sent.description.as_ref())?;
    need("purpose", sent.purpose.as_ref())?;
    need("environment", sent.environment.as_ref())?;
    need("is_default", sent.is_default.as_ref())?;
    update(world, call, sent)
}

fn patch(world: &mut World, call: &Call) -> Reply {
    let sent = call.json()?;
    update(world, call, sent)
}

fn update(world: &mut World, call: &Call, sent: Sent) -> Reply {
    let old = find(world, call)?;
    if sent.is_default == Some(false) && old.default {
        return Err(Refusal::unprocessable("make another project the default one instead"));
    }
    check(world, call, &sent, Some(&old.id))?;
    let id = old.id.clone();
    if sent.is_default == Some(true) {
        for project in world.projects.values_mut() {
            project.default = project.id == id;
        }
    }
    let project = world.projects.get_mut(&id).ok_or_else(Refusal::not_found)?;
    project.name = sent.name.unwrap_or_else(|| project.name.clone());
    project.description = sent.description.unwrap_or_else(|| project.description.clone());
    project.purpose = sent.purpose.unwrap_or_else(|| project.purpose.clone());
    project.environment = sent.environment.or(project.environment);
    project.updated_at = call.terms.now();
    Ok(Answer::one(StatusCode::OK, "project", view(project)))
}

fn need<T>(field: &str, sent: Option<&T>) -> Result<(), Refusal> {
    match sent {
        Some(_) => Ok(()),
        None => Err(Refusal::unprocessable(format!("missing field `{field}`"))),
    }
}

/// Refuses texts that are blank or too long, and a name another project has.
fn check(world: &World, call: &Call, sent: &Sent, own: Option<&str>) -> Result<(), Refusal> {
    check_text("name", sent.name.as_deref(), 1..=MAX_NAME)?;
    check_text("purpose", sent.purpose.as_deref(), 1..=MAX_TEXT)?;
    check_text("description", sent.description.as_deref(), 0..=MAX_TEXT)?;
    let name = sent.name.as_deref();
    let taken = |project: &Project| {
        Some(project.name.as_str()) == name
            && Some(project.id.as_str()) != own
            && world.notices(&call.terms, project.created_at)
    };
    if world.projects.values().any(taken) {
        return Err(Refusal::conflict("a project with this name already exists"));
    }
    Ok(())
}

fn check_text(
    field: &str,
    text: Option<&str>,
    lengths: RangeInclusive<usize>,
) -> Result<(), Refusal> {
    let length = text.map(|text| text.trim().chars().count());
    if length.is_none_or(|length| lengths.contains(&length)) {
        return Ok(());
    }
    let (least, most) = lengths.into_inner();
    let message = format!("{field} must have {least} to {most} characters");
    Err(Refusal::unprocessable(message))
}

fn delete(world: &mut World, call: &Call) -> Reply {
    let project = find(world, call)?;
    if world.homes.values().any(|home| home.project == project.id) {
        let message = "cannot delete a project with resources. move or remove the resources first";
        return Err(Refusal::precondition_failed(message));
    }
    if project.default {
        return Err(Refusal::forbidden("the default project cannot be deleted"));
    }
    let id = project.id.clone();
    world.projects.remove(&id);
    Ok(Answer::no_content())
}
