//! Weaviate, and the agents' runtime beside it.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::{
    config::{VectorDroplet, Weaviate},
    render::{RenderError, Templates},
    software::{Bundle, DataFolder, File, Place, Service, Value, runtime},
};

/// What of a machine's memory Weaviate may have, in percent: the rest is for the agents, the engine
/// and the file cache.
const MEMORY_PERCENT: u32 = 80;

/// What the key is called that is made on the machine.
pub const KEY: &str = "weaviate-api-key";

/// What the template may use.
#[derive(Serialize)]
struct Facts {
    project: String,
    weaviate: WeaviateFacts,
    agents: Option<runtime::Facts>,
}

#[derive(Serialize)]
struct WeaviateFacts {
    image: String,
    modules: String,
    acorn: bool,
    data: String,
    memory: String,
    node: String,
}

/// The component's software.
pub fn bundle(place: &Place<'_>, vector: &VectorDroplet) -> Result<Bundle, RenderError> {
    let weaviate = &vector.weaviate;
    let data = place.data("weaviate");
    let runtime = |agents| runtime::runtime(place, "agents", agents, for_agents(weaviate));
    let agents = vector.agents.as_ref().map(runtime);
    let (agents, agents_files) = agents.unzip();
    let facts = Facts {
        project: place.project(),
        weaviate: WeaviateFacts {
            image: place.stack.images.weaviate(&weaviate.version),
            modules: weaviate.modules.join(","),
            acorn: weaviate.acorn,
            data: data.clone(),
            memory: format!("{}m", place.host.memory_mb * MEMORY_PERCENT / 100),
            node: weaviate.node.clone(),
        },
        agents,
    };
    let compose = place.templates.compose(Templates::VECTOR, &facts)?;
    let mut files = BTreeMap::from([
        ("compose.yaml".to_owned(), File::text(compose)),
        (".env".to_owned(), place.addresses()),
        ("weaviate.env".to_owned(), File::environment(environment(weaviate))),
    ]);
    let inputs = BTreeSet::from(["weaviate.env".to_owned()]);
    let mut services = BTreeMap::from([("weaviate".to_owned(), Service::own(inputs))]);
    if let Some(own) = agents_files {
        services.insert("agents".to_owned(), runtime::service(&own));
        files.extend(own);
    }
    let data = [DataFolder { path: data, owner: (0, 0), mode: 0o700 }].into();
    Ok(Bundle { component: place.address.clone(), files, services, data })
}

fn environment(weaviate: &Weaviate) -> BTreeMap<String, Value> {
    let key = key(weaviate);
    let openai = weaviate.openai_api_key.clone().map(Value::Secret);
    [("AUTHENTICATION_APIKEY_ALLOWED_KEYS", Some(key)), ("OPENAI_APIKEY", openai)]
        .into_iter()
        .filter_map(|(name, value)| Some((name.to_owned(), value?)))
        .collect()
}

/// Where the agents find the store beside them, and what opens it.
fn for_agents(weaviate: &Weaviate) -> BTreeMap<String, Value> {
    [
        ("WEAVIATE_ENDPOINT", Value::text("http://weaviate:8080")),
        ("WEAVIATE_API_KEY", key(weaviate)),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into()
}

fn key(weaviate: &Weaviate) -> Value {
    Value::secret_or(weaviate.api_key.as_ref(), KEY)
}
