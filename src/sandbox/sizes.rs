//! The list of sizes.

use crate::sandbox::{
    answer::Reply,
    call::Call,
    catalog, pages,
    routes::{Method, Route},
    world::World,
};

/// The routes of this family.
pub const ROUTES: &[Route] = &[Route::new(Method::Get, "/v2/sizes", list)];

fn list(_: &mut World, call: &Call) -> Reply {
    pages::list(call, "sizes", catalog::sizes().collect(), |size| size)
}
