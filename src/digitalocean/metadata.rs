//! What a droplet can ask about itself: the metadata service, which answers only there.

use std::iter;
use std::time::Duration;

use reqwest::{Certificate, Url};

use crate::digitalocean::client::install_cryptography;

/// Where every droplet finds it, in its own link.
pub const METADATA: &str = "http://169.254.169.254";

/// Where cloud-init keeps the id of its instance for every user of the machine, which is the
/// droplet's (cloud-init: reference, instance-id; datasource DigitalOcean).
pub const INSTANCE: &str = "/var/lib/cloud/data/instance-id";

/// How long it may take; it is one hop away.
const PATIENCE: Duration = Duration::from_secs(2);

/// Whether this program runs on a droplet, and on which.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Home {
    /// On no droplet.
    Elsewhere,
    /// On this one.
    Droplet(u64),
    /// On one that does not tell its id.
    Unknown,
}

/// Asks which droplet this is.
pub async fn home(service: &Url) -> Home {
    ask(service).await.map_or(Home::Unknown, Home::Droplet)
}

/// What the id of cloud-init's instance says, where the service answers root alone, as on the
/// machines that are made here.
pub fn instance(id: &str) -> Home {
    id.trim().parse().map_or(Home::Unknown, Home::Droplet)
}

async fn ask(service: &Url) -> Option<u64> {
    install_cryptography();
    let builder = reqwest::Client::builder().no_proxy().timeout(PATIENCE);
    let client = builder.tls_certs_only(iter::empty::<Certificate>()).build().ok()?;
    let url = service.join("/metadata/v1/id").ok()?;
    let mut answer = client.get(url).send().await.ok()?.error_for_status().ok()?;
    let first = answer.chunk().await.ok()??;
    str::from_utf8(&first).ok()?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::{Home, instance};

    #[test]
    fn an_instance_of_another_cloud_is_no_droplet_that_is_known() {
        assert_eq!(instance("3164444\n"), Home::Droplet(3_164_444));
        assert_eq!(instance("i-0abc\n"), Home::Unknown);
        assert_eq!(instance(""), Home::Unknown);
    }
}
