//! What a stack's programs find of its other components in their environment.
//!
//! A password that was made on a machine never leaves it: programs on that machine are given it, and
//! those of another machine only what a secret says.

use crate::{
    config::{Component, MicroCache, VectorDroplet},
    software::{Host, Place, Value, cache, vector},
    values::{Address, ComponentName, SecretName},
};

/// Where the first vector store and the first cache are, and what opens them.
pub fn found(place: &Place<'_>) -> Vec<(&'static str, Value)> {
    let all = place.stack.components.iter();
    let mut all = all.map(|(name, component)| (Neighbour { place, name }, component));
    let mut stores = all.clone().filter_map(|(its, component)| match component {
        Component::VectorDroplet(vector) => its.store(vector),
        Component::AppStack(_)
        | Component::MicroCache(_)
        | Component::NetworkFirewall(_)
        | Component::Droplet(_) => None,
    });
    let cache = all.find_map(|(its, component)| match component {
        Component::MicroCache(cache) => its.cache(cache),
        Component::AppStack(_)
        | Component::VectorDroplet(_)
        | Component::NetworkFirewall(_)
        | Component::Droplet(_) => None,
    });
    let url = cache.map(|url| ("REDIS_URL", url));
    stores.next().into_iter().flatten().chain(url).collect()
}

/// Another component, as a program looks for it.
#[derive(Clone)]
struct Neighbour<'a> {
    place: &'a Place<'a>,
    name: &'a ComponentName,
}

impl Neighbour<'_> {
    fn store(&self, vector: &VectorDroplet) -> Option<Vec<(&'static str, Value)>> {
        let endpoint = Value::Text(format!("http://{}:8080", self.address()?));
        let key = self.password(vector.weaviate.api_key.as_ref(), vector::KEY);
        let key = key.map(|key| ("WEAVIATE_API_KEY", key));
        Some([("WEAVIATE_ENDPOINT", endpoint)].into_iter().chain(key).collect())
    }

    fn cache(&self, cache: &MicroCache) -> Option<Value> {
        let after = Value::Text(format!("@{}:6379/0", self.address()?));
        let password = self.password(cache.password.as_ref(), cache::PASSWORD)?;
        let before = Value::text("redis://:");
        Some(Value::Joined(vec![before, Value::InUrl(Box::new(password)), after]))
    }

    /// Its address in the private network, if it is there.
    fn address(&self) -> Option<String> {
        let Host { private_ip, .. } = self.place.hosts.get(&self.component())?;
        private_ip.map(|ip| ip.to_string())
    }

    /// What opens it, where programs of this place may have it.
    fn password(&self, stated: Option<&SecretName>, made: &'static str) -> Option<Value> {
        let stack = self.place.stack;
        let own = self.place.address.component_name().map(|name| stack.host(name));
        let is_here = own == Some(stack.host(self.name));
        let borrowed = is_here.then(|| Value::Borrowed(self.component(), made));
        stated.cloned().map(Value::Secret).or(borrowed)
    }

    fn component(&self) -> Address {
        Address::component(self.name.clone())
    }
}
