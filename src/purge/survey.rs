//! Reads everything a stack may have left behind, from whole listings.

use futures_util::future::try_join_all;

use crate::{
    digitalocean::{
        ApiError, Client, droplets::Droplet, firewalls::Firewall, reserved_ips::ReservedIp,
        snapshots::Snapshot, volumes::Volume, vpcs::Vpc,
    },
    values::Mark,
};

/// The account, as far as things in it can be left behind.
#[derive(Clone, Debug, Default)]
pub struct Survey {
    /// Every droplet, those with GPUs too.
    pub droplets: Vec<Droplet>,
    /// Every volume.
    pub volumes: Vec<Volume>,
    /// Every snapshot of a volume or a droplet.
    pub snapshots: Vec<Snapshot>,
    /// Every reserved IP.
    pub reserved_ips: Vec<ReservedIp>,
    /// Every firewall.
    pub firewalls: Vec<Firewall>,
    /// Every private network, and how many members it has.
    pub vpcs: Vec<(Vpc, usize)>,
}

/// Reads the account; one call for each private network that could be left behind.
pub async fn survey(client: &Client) -> Result<Survey, ApiError> {
    let (mut droplets, gpu_droplets, volumes, snapshots, reserved_ips, firewalls, vpcs) = tokio::try_join!(
        client.droplets(),
        client.gpu_droplets(),
        client.all_volumes(),
        client.snapshots(),
        client.reserved_ips(),
        client.firewalls(),
        networks(client),
    )?;
    droplets.extend(gpu_droplets);
    Ok(Survey { droplets, volumes, snapshots, reserved_ips, firewalls, vpcs })
}

async fn networks(client: &Client) -> Result<Vec<(Vpc, usize)>, ApiError> {
    let vpcs = client.vpcs().await?.into_iter();
    let reads = vpcs.map(async |vpc| {
        let stays = vpc.default || Mark::is_any_in(&vpc.description);
        let members = if stays { 0 } else { client.vpc_members(&vpc.id).await?.len() };
        Ok((vpc, members))
    });
    try_join_all(reads).await
}
