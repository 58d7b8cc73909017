//! Whether a token may do what a resize needs, tried before anything is switched off.

use crate::digitalocean::{ApiError, Client, droplets::DropletAction};

/// A tag that nobody makes.
const NO_TAG: &str = "dostack-trial";

/// Switches a machine on that is on, and deletes a tag that is not there.
///
/// `DigitalOcean` tells nobody what a token may do, and every action on a droplet needs the same
/// scope: this one changes nothing, whether it is refused for having nothing to do or accepted.
/// Whether tags may be made is found out by the debt, which is written before anything is off;
/// without a right to delete them it could never be closed.
pub async fn may_switch(client: &Client, droplet: u64) -> Result<(), ApiError> {
    match client.act_on_droplet(droplet, &DropletAction::PowerOn).await {
        Ok(_) | Err(ApiError::Refused(_) | ApiError::Ambiguous { .. }) => {}
        Err(error) => return Err(error),
    }
    client.delete_tag(NO_TAG).await.map(drop)
}
