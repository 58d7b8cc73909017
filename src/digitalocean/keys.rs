//! SSH keys: `/v2/account/keys`. Asked for one by one, since their list is limited to ten calls a
//! minute.

use serde::{Deserialize, Serialize};

use crate::digitalocean::call::Request;
use crate::digitalocean::client::Client;
use crate::digitalocean::envelope::Thing;
use crate::digitalocean::error::ApiError;
use crate::digitalocean::request::Gone;

/// A public key in the account.
#[expect(clippy::struct_field_names, reason = "the fields are called as in the API")]
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Key {
    /// The key's id.
    pub id: u64,
    /// The key's name.
    pub name: String,
    /// MD5, as sixteen pairs of hex digits with colons between.
    pub fingerprint: String,
    /// The line of an `authorized_keys` file.
    pub public_key: String,
}

/// A public key to register.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NewKey {
    /// The key's name.
    pub name: String,
    /// The line of an `authorized_keys` file.
    pub public_key: String,
}

impl Thing for Key {
    const ONE: &'static str = "ssh_key";
    const MANY: &'static str = "ssh_keys";

    fn id(&self) -> String {
        self.id.to_string()
    }
}

impl Client {
    /// All keys of the account; waits when it is called more than ten times a minute.
    pub async fn keys(&self) -> Result<Vec<Key>, ApiError> {
        self.inner().key_gate.pass().await;
        self.list(Request::get(&["account", "keys"])).await
    }

    /// The key with this MD5 fingerprint.
    pub async fn key(&self, fingerprint: &str) -> Result<Option<Key>, ApiError> {
        let request = Request::get(&["account", "keys", fingerprint]);
        self.find(&request, |key: &Key| key.fingerprint.eq_ignore_ascii_case(fingerprint)).await
    }

    /// Registers a key.
    pub async fn create_key(&self, new: &NewKey) -> Result<Key, ApiError> {
        self.create(&Request::post(&["account", "keys"], new)).await
    }

    /// Forgets a key; droplets that have it keep it.
    pub async fn delete_key(&self, id: u64) -> Result<Gone, ApiError> {
        self.delete(&Request::delete(&["account", "keys", &id.to_string()])).await
    }
}
