//! Domains: `/v2/domains`.

use serde::{Deserialize, Serialize};

use crate::digitalocean::call::Request;
use crate::digitalocean::client::Client;
use crate::digitalocean::envelope::Thing;
use crate::digitalocean::error::ApiError;

/// A domain DigitalOcean answers for.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Domain {
    /// The domain: `example.com`.
    pub name: String,
    /// The lifetime of its SOA in seconds.
    pub ttl: Option<u32>,
}

#[derive(Serialize)]
struct NewDomain<'a> {
    name: &'a str,
}

impl Thing for Domain {
    const ONE: &'static str = "domain";
    const MANY: &'static str = "domains";

    fn id(&self) -> String {
        self.name.clone()
    }
}

impl Client {
    /// All domains of the account.
    pub async fn domains(&self) -> Result<Vec<Domain>, ApiError> {
        self.list(Request::get(&["domains"])).await
    }

    /// One domain.
    pub async fn domain(&self, name: &str) -> Result<Option<Domain>, ApiError> {
        let request = Request::get(&["domains", name]);
        self.find(&request, |domain: &Domain| domain.name.eq_ignore_ascii_case(name)).await
    }

    /// Creates a domain, with nothing but DigitalOcean's own records.
    pub async fn create_domain(&self, name: &str) -> Result<Domain, ApiError> {
        self.create(&Request::post(&["domains"], &NewDomain { name })).await
    }
}
