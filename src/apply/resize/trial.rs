//! Whether a token may do what a resize needs, tried before anything is switched off.

use crate::digitalocean::{ApiError, Client, droplets::DropletAction};

/// Switches a machine on that is on.
///
/// `DigitalOcean` tells nobody what a token may do, and every action on a droplet needs the same
/// scope: this one changes nothing, whether it is refused for having nothing to do or accepted.
pub async fn may_switch(client: &Client, droplet: u64) -> Result<(), ApiError> {
    match client.act_on_droplet(droplet, &DropletAction::PowerOn).await {
        Ok(_) | Err(ApiError::Refused(_) | ApiError::Ambiguous { .. }) => Ok(()),
        Err(error) => Err(error),
    }
}
