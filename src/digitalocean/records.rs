//! The records of a domain: `/v2/domains/NAME/records`.

use serde::{Deserialize, Serialize};

use crate::digitalocean::call::Request;
use crate::digitalocean::client::Client;
use crate::digitalocean::envelope::Thing;
use crate::digitalocean::error::ApiError;
use crate::digitalocean::request::{Gone, if_found};
use crate::digitalocean::wire;

/// A DNS record. Several may be alike in everything but their id.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Record {
    /// The record's id.
    pub id: u64,
    /// `A`, `TXT`, `CNAME`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Relative to the domain; `@` for the domain itself.
    #[serde(default, deserialize_with = "wire::or_empty")]
    pub name: String,
    /// What it says; names come without their final dot.
    #[serde(default, deserialize_with = "wire::or_empty")]
    pub data: String,
    /// Its lifetime in seconds.
    #[serde(default, deserialize_with = "wire::or_empty")]
    pub ttl: u32,
    /// For MX and SRV.
    pub priority: Option<u32>,
    /// For SRV.
    pub port: Option<u32>,
    /// For SRV.
    pub weight: Option<u32>,
}

/// A DNS record as it shall be, whole.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct NewRecord {
    /// `A`, `TXT`, `CNAME`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Relative to the domain; `@` for the domain itself.
    pub name: String,
    /// What it says; names with their final dot.
    pub data: String,
    /// Its lifetime in seconds.
    pub ttl: u32,
    /// For MX and SRV.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub priority: Option<u32>,
    /// For SRV.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub port: Option<u32>,
    /// For SRV.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub weight: Option<u32>,
}

impl Thing for Record {
    const ONE: &'static str = "domain_record";
    const MANY: &'static str = "domain_records";

    fn id(&self) -> String {
        self.id.to_string()
    }
}

impl Client {
    /// All records of a domain, or none if there is no such domain.
    pub async fn records(&self, domain: &str) -> Result<Option<Vec<Record>>, ApiError> {
        if_found(self.list(Request::get(&["domains", domain, "records"])).await)
    }

    /// Creates a record.
    pub async fn create_record(&self, domain: &str, new: &NewRecord) -> Result<Record, ApiError> {
        self.create(&Request::post_once(&["domains", domain, "records"], new)).await
    }

    /// Replaces a record.
    pub async fn replace_record(
        &self,
        domain: &str,
        id: u64,
        new: &NewRecord,
    ) -> Result<Record, ApiError> {
        let request = Request::put(&["domains", domain, "records", &id.to_string()], new);
        self.fetch_one(&request, |record: &Record| record.id == id).await
    }

    /// Deletes a record.
    pub async fn delete_record(&self, domain: &str, id: u64) -> Result<Gone, ApiError> {
        self.delete(&Request::delete(&["domains", domain, "records", &id.to_string()])).await
    }
}
