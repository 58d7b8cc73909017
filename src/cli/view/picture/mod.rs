//! The picture of a stack: one file, no tools, for a README.
//!
//! The wanted graph becomes a scene of rows (`scene`), the rows get places in four layers from left
//! to right (`layout`), and what has a place is drawn (`canvas`). The same stack gives the same
//! picture, byte for byte.

mod canvas;
mod layout;
mod scene;
#[cfg(test)]
mod tests;

use crate::{components::Wanted, resources::Catalog, values::Mark};

use self::scene::Scene;

/// The picture as SVG; without sizes and prices where the catalog does not know them.
pub fn svg(wanted: &Wanted, mark: &Mark, catalog: &Catalog) -> String {
    layout::draw(&Scene::of(wanted, mark, catalog))
}
