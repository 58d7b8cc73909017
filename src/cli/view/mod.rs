//! Values in, text out.

pub mod copies;
pub mod drill;
pub mod findings;
pub mod graph;
pub mod json;
pub mod leftovers;
pub mod lines;
pub mod markdown;
pub mod night;
pub mod nodes;
pub mod plan;
pub mod progress;
pub mod said;
pub mod software;
pub mod style;
pub mod summary;
pub mod wrap;
