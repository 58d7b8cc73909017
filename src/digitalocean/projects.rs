//! Projects and what is in them: `/v2/projects`.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::digitalocean::call::Request;
use crate::digitalocean::client::Client;
use crate::digitalocean::envelope::Thing;
use crate::digitalocean::error::ApiError;
use crate::digitalocean::request::Gone;
use crate::digitalocean::wire::{self, words};

/// A project.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Project {
    /// The project's id.
    pub id: String,
    /// Its name, unique in the account.
    pub name: String,
    /// For people, and for marks.
    #[serde(default, deserialize_with = "wire::or_empty")]
    pub description: String,
    /// What it is for.
    #[serde(default, deserialize_with = "wire::or_empty")]
    pub purpose: String,
    /// `Development`, `Staging` or `Production`.
    #[serde(default, deserialize_with = "wire::or_empty")]
    pub environment: String,
    /// Whether what is new comes here.
    #[serde(default)]
    pub is_default: bool,
    /// When it was made.
    pub created_at: Option<Timestamp>,
}

/// A project to create.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NewProject {
    /// At most 175 characters.
    pub name: String,
    /// At most 255 characters.
    pub description: String,
    /// At most 255 characters.
    pub purpose: String,
    /// `Development`, `Staging` or `Production`; it may be left open at first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub environment: Option<String>,
}

/// A project as it shall be, whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ProjectUpdate {
    /// All that a new one has.
    #[serde(flatten)]
    pub project: NewProject,
    /// Whether what is new comes here.
    pub is_default: bool,
}

/// Something in a project.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct ProjectResource {
    /// What it is: `do:droplet:12345`.
    pub urn: String,
    /// What became of it when it was put there.
    #[serde(default = "fine")]
    pub status: Placed,
}

words! {
    /// What became of something that was to be put into a project.
    Placed {
        /// It is in it.
        Fine = "ok",
        /// It is in it now.
        Now = "assigned",
        /// It was in it before.
        Before = "already_assigned",
        /// It does not exist, or not yet.
        NotFound = "not_found",
        /// Whoever knows about it cannot be asked.
        ServiceDown = "service_down",
    }
}

const fn fine() -> Placed {
    Placed::Fine
}

impl Placed {
    /// Whether it is where it was to be.
    pub fn is_there(&self) -> bool {
        match self {
            Self::Fine | Self::Now | Self::Before => true,
            Self::NotFound | Self::ServiceDown | Self::Other(_) => false,
        }
    }
}

#[derive(Serialize)]
struct Placing<'a> {
    resources: &'a [String],
}

#[derive(Deserialize)]
struct PlacedList {
    #[serde(default, deserialize_with = "wire::or_empty")]
    resources: Vec<ProjectResource>,
}

impl Thing for Project {
    const ONE: &'static str = "project";
    const MANY: &'static str = "projects";

    fn id(&self) -> String {
        self.id.clone()
    }
}

impl Thing for ProjectResource {
    const ONE: &'static str = "resource";
    const MANY: &'static str = "resources";

    fn id(&self) -> String {
        self.urn.clone()
    }
}

impl Client {
    /// All projects of the account.
    pub async fn projects(&self) -> Result<Vec<Project>, ApiError> {
        self.list(Request::get(&["projects"])).await
    }

    /// What is in a project.
    pub async fn project_resources(&self, id: &str) -> Result<Vec<ProjectResource>, ApiError> {
        self.list(Request::get(&["projects", id, "resources"])).await
    }

    /// Creates a project, with nothing in it.
    pub async fn create_project(&self, new: &NewProject) -> Result<Project, ApiError> {
        self.create(&Request::post(&["projects"], new)).await
    }

    /// Replaces what a project says about itself.
    pub async fn update_project(
        &self,
        id: &str,
        update: &ProjectUpdate,
    ) -> Result<Project, ApiError> {
        let request = Request::put(&["projects", id], update);
        self.fetch_one(&request, |project: &Project| project.id == id).await
    }

    /// Puts things into a project, out of the one each was in; `default` stands for the default
    /// project. Doing it twice is as good as once.
    ///
    /// Things that could not be put there are told one by one, in an answer that is good.
    pub async fn put_into_project(
        &self,
        id: &str,
        urns: &[String],
    ) -> Result<Vec<ProjectResource>, ApiError> {
        let request = Request::post(&["projects", id, "resources"], &Placing { resources: urns });
        let PlacedList { resources } = self.fetch(&request).await?;
        Ok(resources)
    }

    /// Deletes a project; refused while anything is in it (`ApiError::is_conflict`).
    pub async fn delete_project(&self, id: &str) -> Result<Gone, ApiError> {
        self.delete(&Request::delete(&["projects", id])).await
    }
}
