//! The list of regions.

use crate::sandbox::{
    answer::Reply,
    call::Call,
    catalog, pages,
    routes::{Method, Route},
    world::World,
};

/// The routes of this family.
pub const ROUTES: &[Route] = &[Route::new(Method::Get, "/v2/regions", list)];

fn list(_: &mut World, call: &Call) -> Reply {
    pages::list(call, "regions", catalog::regions().collect(), |region| region)
}
