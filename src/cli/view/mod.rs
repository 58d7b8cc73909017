//! Values in, text out.

#[cfg_attr(not(test), expect(dead_code, reason = "its command is being built"))]
pub mod findings;
pub mod graph;
pub mod json;
pub mod leftovers;
pub mod lines;
pub mod markdown;
pub mod picture;
pub mod plan;
pub mod progress;
pub mod said;
pub mod software;
pub mod style;
pub mod summary;
pub mod wrap;
