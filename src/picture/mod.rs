//! The picture of a stack: one file, no tools, for a README and for the daemon's page.
//!
//! The wanted graph becomes a scene of rows (`scene`), the rows get places in four layers from left
//! to right (`layout`), and what has a place is drawn (`canvas`). The same stack gives the same
//! picture, byte for byte.

mod canvas;
mod layout;
mod scene;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use crate::{
    components::Wanted,
    picture::scene::Scene,
    resources::Catalog,
    values::{Address, Mark, SizeSlug},
};

/// A machine as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Live {
    /// `active`, say.
    pub state: String,
    /// Whether that is as it should be; else it stands out.
    pub is_well: bool,
    /// The size it has, which may be a rung above the one in the file.
    pub size: SizeSlug,
    /// Its last readings, a line each.
    pub readings: Vec<String>,
}

/// The machines as they are, by address; those that are not in it are drawn as they are to be.
pub type Lives = BTreeMap<Address, Live>;

/// The picture as SVG; without sizes and prices where the catalog does not know them.
pub fn svg(wanted: &Wanted, mark: &Mark, catalog: &Catalog, lives: &Lives) -> String {
    layout::draw(&Scene::of((wanted, mark), catalog, lives))
}
