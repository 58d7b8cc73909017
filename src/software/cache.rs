//! Dragonfly as a cache.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::{
    config::MicroCache,
    render::{RenderError, Templates},
    software::{Bundle, File, Place, Service, Value},
};

/// What the password is called that is made on the machine.
pub const PASSWORD: &str = "dragonfly-password";

/// MiB Dragonfly wants at least for each of its threads; it does not start with less
/// (`dfly_main.cc` of version 1.40).
const THREAD_MB: u32 = 256;

/// MiB of a machine that are the system's.
const SYSTEM_MB: u32 = 224;

/// What the template may use.
#[derive(Serialize)]
struct Facts {
    project: String,
    dragonfly: DragonflyFacts,
}

#[derive(Serialize)]
struct DragonflyFacts {
    image: String,
    threads: u32,
    memory_mb: u32,
    limit_mb: u32,
}

/// The component's software.
pub fn bundle(place: &Place<'_>, cache: &MicroCache) -> Result<Bundle, RenderError> {
    let facts = Facts { project: place.project(), dragonfly: sized(place) };
    let compose = place.templates.compose(Templates::CACHE, &facts)?;
    let password = Value::secret_or(cache.password.as_ref(), PASSWORD);
    let variables = BTreeMap::from([("DFLY_requirepass".to_owned(), password)]);
    let files = BTreeMap::from([
        ("compose.yaml".to_owned(), File::text(compose)),
        (".env".to_owned(), place.addresses()),
        ("dragonfly.env".to_owned(), File::environment(variables)),
    ]);
    let inputs = BTreeSet::from(["dragonfly.env".to_owned()]);
    let services = BTreeMap::from([("dragonfly".to_owned(), Service::own(inputs))]);
    Ok(Bundle { component: place.address.clone(), files, services, data: BTreeSet::new() })
}

/// Three quarters of what the system leaves are for the cache, the rest for Dragonfly itself.
fn sized(place: &Place<'_>) -> DragonflyFacts {
    let limit_mb = place.host.memory_mb.saturating_sub(SYSTEM_MB).max(THREAD_MB * 4 / 3);
    let memory_mb = limit_mb * 3 / 4;
    let threads = (memory_mb / THREAD_MB).clamp(1, place.host.vcpus.max(1));
    DragonflyFacts { image: place.stack.images.dragonfly(), threads, memory_mb, limit_mb }
}
