//! The templates a stack is rendered from: ours, or the project's own in their place.

/// The texts of all templates.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Templates {
    /// What a droplet starts with.
    pub cloud_init: String,
    /// The script that makes a machine ready for containers; no template, taken as it is.
    pub bootstrap: String,
}

impl Templates {
    /// Where a project keeps its own cloud-init.
    pub const CLOUD_INIT: &'static str = "cloud-init/droplet.yaml";

    /// Where a project keeps its own bootstrap script.
    pub const BOOTSTRAP: &'static str = "cloud-init/bootstrap.sh";

    /// The templates in the program.
    pub fn built_in() -> Self {
        Self {
            cloud_init: include_str!("../../cloud-init/droplet.yaml").to_owned(),
            bootstrap: include_str!("../../cloud-init/bootstrap.sh").to_owned(),
        }
    }
}
