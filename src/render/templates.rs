//! The templates a stack is rendered from: ours, or the project's own in their place.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::render::{
    RenderError,
    template::{Partial, Template},
};

/// The texts of all templates.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Templates {
    /// What a droplet starts with.
    pub cloud_init: String,
    /// The script that makes a machine ready for containers; no template, taken as it is.
    pub bootstrap: String,
    /// The templates of what runs in containers by their names in the project.
    pub compose: BTreeMap<&'static str, String>,
}

impl Templates {
    /// Where a project keeps its own cloud-init.
    pub const CLOUD_INIT: &'static str = "cloud-init/droplet.yaml";

    /// Where a project keeps its own bootstrap script.
    pub const BOOTSTRAP: &'static str = "cloud-init/bootstrap.sh";

    /// Weaviate and the agents beside it.
    pub const VECTOR: &'static str = "templates/vector.yaml.hbs";

    /// The cache.
    pub const CACHE: &'static str = "templates/cache.yaml.hbs";

    /// Postgres and what uses it.
    pub const APP: &'static str = "templates/app.yaml.hbs";

    /// Nginx in front of it.
    pub const NGINX: &'static str = "templates/nginx.conf.hbs";

    /// A user's own program, as a part of the others.
    pub const RUNTIME: &'static str = "templates/runtime.yaml.hbs";

    /// What watches the stack, as a part of the application's.
    pub const MONITORING: &'static str = "templates/monitoring.yaml.hbs";

    /// What Prometheus reads.
    pub const PROMETHEUS: &'static str = "templates/prometheus.yaml.hbs";

    /// The templates of what runs in containers, in the program.
    pub const COMPOSE: [(&'static str, &'static str); 7] = [
        (Self::APP, include_str!("../../templates/app.yaml.hbs")),
        (Self::NGINX, include_str!("../../templates/nginx.conf.hbs")),
        (Self::VECTOR, include_str!("../../templates/vector.yaml.hbs")),
        (Self::CACHE, include_str!("../../templates/cache.yaml.hbs")),
        (Self::RUNTIME, include_str!("../../templates/runtime.yaml.hbs")),
        (Self::MONITORING, include_str!("../../templates/monitoring.yaml.hbs")),
        (Self::PROMETHEUS, include_str!("../../templates/prometheus.yaml.hbs")),
    ];

    /// The templates in the program.
    pub fn built_in() -> Self {
        Self {
            compose: Self::COMPOSE.map(|(name, text)| (name, text.to_owned())).into(),
            cloud_init: include_str!("../../cloud-init/droplet.yaml").to_owned(),
            bootstrap: include_str!("../../cloud-init/bootstrap.sh").to_owned(),
        }
    }

    /// A compose file from its template.
    pub fn compose(
        &self,
        name: &'static str,
        facts: &impl Serialize,
    ) -> Result<String, RenderError> {
        let runtime = Partial { name: "runtime", text: self.text(Self::RUNTIME) };
        let monitoring = Partial { name: "monitoring", text: self.text(Self::MONITORING) };
        Template::read(name, self.text(name), &[runtime, monitoring])?.yaml(facts)
    }

    /// Prometheus' settings from their template.
    pub fn prometheus(&self, facts: &impl Serialize) -> Result<String, RenderError> {
        Template::read(Self::PROMETHEUS, self.text(Self::PROMETHEUS), &[])?.yaml(facts)
    }

    /// Nginx' settings from their template.
    pub fn nginx(&self, facts: &impl Serialize) -> Result<String, RenderError> {
        Template::read(Self::NGINX, self.text(Self::NGINX), &[])?.text(facts)
    }

    fn text(&self, name: &str) -> &str {
        self.compose.get(name).map(String::as_str).unwrap_or_default()
    }
}
