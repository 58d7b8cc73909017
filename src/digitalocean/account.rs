//! The account the token belongs to: `/v2/account`.

use serde::Deserialize;

use crate::digitalocean::call::Request;
use crate::digitalocean::client::Client;
use crate::digitalocean::envelope::Thing;
use crate::digitalocean::error::ApiError;
use crate::digitalocean::wire::words;

/// The account and its limits.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Account {
    /// The account's id.
    pub uuid: String,
    /// The address of whoever made the token.
    pub email: String,
    /// How many droplets may exist at once.
    pub droplet_limit: u32,
    /// How many volumes may exist at once; not every account is told.
    #[serde(default)]
    pub volume_limit: Option<u32>,
    /// How many reserved addresses may exist at once.
    #[serde(default)]
    pub floating_ip_limit: u32,
    /// Whether it may create anything.
    pub status: AccountStatus,
    /// Why it may not.
    #[serde(default)]
    pub status_message: String,
}

words! {
    /// Whether an account may create anything.
    AccountStatus {
        /// It may.
        Active = "active",
        /// It may, for now.
        Warning = "warning",
        /// It may not.
        Locked = "locked",
    }
}

impl Thing for Account {
    const ONE: &'static str = "account";
    const MANY: &'static str = "accounts";

    fn id(&self) -> String {
        self.uuid.clone()
    }
}

impl Client {
    /// The account the token belongs to.
    pub async fn account(&self) -> Result<Account, ApiError> {
        self.fetch_one(&Request::get(&["account"]), |_| true).await
    }
}
