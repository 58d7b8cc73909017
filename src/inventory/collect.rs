//! Reads the account: every listing at once, and one more only when a machine is missing.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::future::try_join_all;

use crate::{
    digitalocean::{ApiError, Client, account::Account, droplets::Droplet},
    inventory::{Inventory, Quota, Zone, droplet_addresses, live, zone::zone},
    resources::{
        Catalog, Debt, Kind, LiveAlert, LiveBackups, LiveDroplet, LiveKey, LiveProject,
        LiveReservedIp, LiveSnapshot,
    },
    values::{Address, DomainName, Fingerprint, Mark, ProjectName, Tag},
};

/// What to look for.
#[derive(Clone, Debug)]
pub struct Wish {
    /// The stack's marks.
    pub mark: Mark,
    /// Its domain.
    pub domain: Option<DomainName>,
    /// Its project.
    pub project: Option<ProjectName>,
    /// Whether it wants alert policies.
    pub alerts: Listing,
    /// The keys it names.
    pub keys: BTreeSet<Fingerprint>,
    /// The machines it wants: their names and, if one is to be adopted, its name or id.
    pub droplets: BTreeMap<Address, Vec<String>>,
    /// The volumes it wants.
    pub volumes: BTreeSet<Address>,
    /// The droplets that are to have a reserved IP.
    pub reserved_ips: BTreeSet<Address>,
    /// How far to look.
    pub extent: Extent,
}

/// Whether a listing is read that most stacks have no use for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Listing {
    /// It is.
    Read,
    /// It is not, unless something that was found asks for it.
    Spare,
}

/// How far to look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// As far as the stack file goes.
    File,
    /// At everything that may carry the stack's mark, for `destroy`.
    Everything,
}

/// Reads what there is; sizes are read only when they are not known.
pub async fn collect(
    client: &Client,
    wish: &Wish,
    sizes: Option<Catalog>,
) -> Result<Inventory, ApiError> {
    let claimed = at_once(wish, sizes.as_ref());
    let (
        droplets,
        volumes,
        firewalls,
        vpcs,
        keys,
        zone,
        former,
        projects,
        alerts,
        catalog,
        tags,
        snapshots,
        ips,
    ) = tokio::try_join!(
        own_droplets(client, wish, claimed),
        client.all_volumes(),
        client.firewalls(),
        client.vpcs(),
        keys(client, wish),
        stack_zone(client, wish),
        // Only now and then asked for, and large.
        Box::pin(former_zones(client, wish)),
        Box::pin(projects(client, wish)),
        alerts(client, wish),
        catalog(client, sizes),
        tags(client, wish),
        snapshots(client, wish),
        reserved_ips(client, wish),
    )?;
    let were_listed = ips.is_some();
    let mut inventory = Inventory {
        droplets,
        volumes: volumes.iter().map(live::volume).collect(),
        firewalls: firewalls.iter().map(live::firewall).collect(),
        vpcs: vpcs.iter().map(live::vpc).collect(),
        keys,
        zone,
        former,
        projects,
        alerts,
        catalog,
        tags,
        snapshots,
        reserved_ips: ips.unwrap_or_default(),
        ..Inventory::default()
    };
    look_closer(client, (wish, claimed), &mut inventory).await?;
    read_backups(client, &mut inventory).await?;
    if tells_of_alerts(&inventory, wish) {
        inventory.alerts = all_alerts(client).await?;
    }
    if !were_listed && is_any_marked(&inventory, wish) {
        inventory.reserved_ips = list_reserved_ips(client).await?;
    }
    Ok(inventory)
}

/// When the machines that a run claimed and did not come to mark are read; they are, whatever the
/// file says, for it may have adopted one when the run was killed, and speak of it no more.
///
/// With the first listings, so that nobody waits for them; but where sizes have to be read too, as at
/// the first look of a day, only once it is clear that no listing of all droplets shows them.
fn at_once(wish: &Wish, sizes: Option<&Catalog>) -> Listing {
    match (wish.extent, sizes) {
        (Extent::File, None) => Listing::Spare,
        (Extent::File, Some(_)) | (Extent::Everything, _) => Listing::Read,
    }
}

/// The stack's machines, and those it only claimed.
async fn own_droplets(
    client: &Client,
    wish: &Wish,
    claimed: Listing,
) -> Result<Vec<LiveDroplet>, ApiError> {
    let stack = wish.mark.stack_tag();
    let (marked, claimed) = tokio::try_join!(
        client.droplets_tagged(stack.as_str()),
        claimed_droplets(client, wish, claimed),
    )?;
    let mut droplets = marked.iter().map(live::droplet).collect();
    add_unknown(&mut droplets, claimed);
    Ok(droplets)
}

async fn claimed_droplets(
    client: &Client,
    wish: &Wish,
    listing: Listing,
) -> Result<Vec<LiveDroplet>, ApiError> {
    if listing == Listing::Spare {
        return Ok(Vec::new());
    }
    let adopted = client.droplets_tagged(Mark::adopted_tag().as_str()).await?;
    let droplets = adopted.iter().map(live::droplet);
    Ok(droplets.filter(|droplet| wish.mark.claim_among(&droplet.tags).is_some()).collect())
}

fn add_unknown(droplets: &mut Vec<LiveDroplet>, found: Vec<LiveDroplet>) {
    let known: BTreeSet<u64> = droplets.iter().map(|droplet| droplet.id).collect();
    droplets.extend(found.into_iter().filter(|droplet| !known.contains(&droplet.id)));
}

/// Reads the droplets with a stack's tag and nothing else, for those who only look for machines.
pub async fn tagged_droplets(client: &Client, mark: &Mark) -> Result<Vec<LiveDroplet>, ApiError> {
    let droplets = client.droplets_tagged(mark.stack_tag().as_str()).await?;
    Ok(droplets.iter().map(live::droplet).collect())
}

/// Reads the account's droplets that must be on again, whatever stack they belong to.
///
/// From the listing of all: one of those with a tag may lag behind a tag that is fresh.
pub async fn indebted_droplets(client: &Client) -> Result<Vec<LiveDroplet>, ApiError> {
    let droplets = client.droplets().await?;
    let droplets = droplets.iter().map(live::droplet);
    Ok(droplets.filter(|droplet| droplet.debt().is_some()).collect())
}

/// Reads what only matters when something is missing that may have to be made, and the machines
/// that are only claimed if they were not read yet.
async fn look_closer(
    client: &Client,
    (wish, claimed): (&Wish, Listing),
    inventory: &mut Inventory,
) -> Result<(), ApiError> {
    if is_machine_missing(inventory, wish) {
        let (all, account) = tokio::try_join!(client.droplets(), account(client, wish))?;
        sort_in(inventory, wish, &all);
        inventory.quotas = quotas(account.as_ref(), Some(all.len()), (inventory, wish));
        return Ok(());
    }
    let later = match claimed {
        Listing::Read => Listing::Spare,
        Listing::Spare => Listing::Read,
    };
    let counts = is_volume_missing(inventory, wish) || is_address_missing(inventory, wish);
    let (claimed, account) = tokio::try_join!(claimed_droplets(client, wish, later), async {
        if counts { account(client, wish).await } else { Ok(None) }
    })?;
    add_unknown(&mut inventory.droplets, claimed);
    inventory.quotas = quotas(account.as_ref(), None, (inventory, wish));
    Ok(())
}

/// The account's limits; none where nothing will be made, and for a token that may not read them,
/// which is no reason to stop.
async fn account(client: &Client, wish: &Wish) -> Result<Option<Account>, ApiError> {
    if wish.extent == Extent::Everything {
        return Ok(None);
    }
    match client.account().await {
        Ok(account) => Ok(Some(account)),
        Err(ApiError::Forbidden(_)) => Ok(None),
        Err(error) => Err(error),
    }
}

/// The limits that are known, each with what counts against it, where that is known too.
fn quotas(
    account: Option<&Account>,
    droplets: Option<usize>,
    (inventory, wish): (&Inventory, &Wish),
) -> Vec<Quota> {
    let Some(account) = account else { return Vec::new() };
    let were_listed = !wish.reserved_ips.is_empty();
    let reserved_ips = were_listed.then_some(inventory.reserved_ips.len());
    let quota = |kind, limit: Option<u32>, in_use: Option<usize>| {
        let limit = usize::try_from(limit?).unwrap_or(usize::MAX);
        Some(Quota { kind, limit, in_use: in_use? })
    };
    [
        quota(Kind::Droplet, Some(account.droplet_limit), droplets),
        quota(Kind::Volume, account.volume_limit, Some(inventory.volumes.len())),
        quota(Kind::ReservedIp, reserved_ip_limit(account), reserved_ips),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// An account that is not told has a limit all the same, which is not 0.
fn reserved_ip_limit(account: &Account) -> Option<u32> {
    Some(account.floating_ip_limit).filter(|limit| *limit > 0)
}

async fn keys(client: &Client, wish: &Wish) -> Result<BTreeMap<Fingerprint, LiveKey>, ApiError> {
    let found = match wish.extent {
        Extent::File => {
            let reads = wish.keys.iter().map(|fingerprint| client.key(fingerprint.as_str()));
            try_join_all(reads).await?.into_iter().flatten().collect()
        }
        Extent::Everything => client.keys().await?,
    };
    Ok(found.iter().map(live::key).map(|key| (key.fingerprint.clone(), key)).collect())
}

async fn stack_zone(client: &Client, wish: &Wish) -> Result<Option<Zone>, ApiError> {
    match &wish.domain {
        Some(domain) => Ok(Some(read_zone(client, wish, domain).await?)),
        None => Ok(None),
    }
}

/// The domains besides the stack's that have records with its mark.
///
/// A name that no stack file may say was never the stack's domain.
async fn former_zones(client: &Client, wish: &Wish) -> Result<Vec<Zone>, ApiError> {
    let domains = match wish.extent {
        Extent::File => Vec::new(),
        Extent::Everything => client.domains().await?,
    };
    let names: BTreeSet<DomainName> = domains
        .iter()
        .filter_map(|domain| DomainName::parse(&domain.name.to_ascii_lowercase()).ok())
        .filter(|name| wish.domain.as_ref() != Some(name))
        .collect();
    let reads = names.iter().map(|name| read_zone(client, wish, name));
    let zones = try_join_all(reads).await?.into_iter();
    Ok(zones.filter(|zone| !zone.ours.is_empty()).collect())
}

/// The projects the stack may be in, with what is in them.
async fn projects(client: &Client, wish: &Wish) -> Result<Vec<LiveProject>, ApiError> {
    if wish.project.is_none() && wish.extent == Extent::File {
        return Ok(Vec::new());
    }
    let mark = wish.mark.text();
    let name = wish.project.as_ref().map(ProjectName::as_str);
    let mut all = client.projects().await?;
    all.retain(|project| project.description == mark || Some(project.name.as_str()) == name);
    let reads = all.iter().map(async |project| {
        let members = client.project_resources(&project.id).await?;
        Ok(live::project(project, &members))
    });
    try_join_all(reads).await
}

async fn alerts(client: &Client, wish: &Wish) -> Result<Vec<LiveAlert>, ApiError> {
    match (wish.alerts, wish.extent) {
        (Listing::Spare, Extent::File) => Ok(Vec::new()),
        (Listing::Read, _) | (_, Extent::Everything) => all_alerts(client).await,
    }
}

async fn all_alerts(client: &Client) -> Result<Vec<LiveAlert>, ApiError> {
    Ok(client.alert_policies().await?.iter().map(live::alert).collect())
}

/// Whether a machine tells of alert policies that were not looked for; one that is only claimed may
/// have some before it can tell.
fn tells_of_alerts(inventory: &Inventory, wish: &Wish) -> bool {
    let tag = wish.mark.alerts_tag();
    let tells = |droplet: &LiveDroplet| {
        droplet.tags.contains(&tag) || wish.mark.claim_among(&droplet.tags).is_some()
    };
    wish.alerts == Listing::Spare
        && wish.extent == Extent::File
        && inventory.droplets.iter().any(tells)
}

async fn read_zone(client: &Client, wish: &Wish, domain: &DomainName) -> Result<Zone, ApiError> {
    let records = client.records(domain.as_str()).await?;
    Ok(zone(domain, records.as_deref(), &wish.mark))
}

/// Sizes and prices as the account says.
pub async fn read_catalog(client: &Client) -> Result<Catalog, ApiError> {
    Ok(Catalog::new(client.sizes().await?.iter().map(live::size)))
}

async fn catalog(client: &Client, known: Option<Catalog>) -> Result<Catalog, ApiError> {
    match known {
        Some(catalog) => Ok(catalog),
        None => read_catalog(client).await,
    }
}

async fn tags(client: &Client, wish: &Wish) -> Result<BTreeSet<Tag>, ApiError> {
    match wish.extent {
        Extent::File => Ok(BTreeSet::new()),
        Extent::Everything => {
            let tags = client.tags().await?.into_iter().map(|tag| Tag::new(tag.name));
            let is_debt = |tag: &Tag| Debt::from_tag(tag).is_some();
            Ok(tags.filter(|tag| wish.mark.owns_tag(tag) || is_debt(tag)).collect())
        }
    }
}

async fn snapshots(client: &Client, wish: &Wish) -> Result<Vec<LiveSnapshot>, ApiError> {
    match wish.extent {
        Extent::File => Ok(Vec::new()),
        Extent::Everything => Ok(client.snapshots().await?.iter().map(live::snapshot).collect()),
    }
}

/// The reserved IPs, where the file or `destroy` asks for them.
async fn reserved_ips(
    client: &Client,
    wish: &Wish,
) -> Result<Option<Vec<LiveReservedIp>>, ApiError> {
    if wish.reserved_ips.is_empty() && wish.extent == Extent::File {
        return Ok(None);
    }
    Ok(Some(list_reserved_ips(client).await?))
}

async fn list_reserved_ips(client: &Client) -> Result<Vec<LiveReservedIp>, ApiError> {
    Ok(client.reserved_ips().await?.iter().map(live::reserved_ip).collect())
}

/// Reads when the stack's droplets are backed up, if any is.
async fn read_backups(client: &Client, inventory: &mut Inventory) -> Result<(), ApiError> {
    let mut machines = inventory.droplets.iter().chain(&inventory.strangers);
    if machines.all(|droplet| droplet.backups == LiveBackups::Off) {
        return Ok(());
    }
    let policies = client.backup_policies().await?;
    let policies: BTreeMap<u64, LiveBackups> =
        policies.iter().map(|found| (found.droplet_id, live::backups(found))).collect();
    for droplet in inventory.droplets.iter_mut().chain(&mut inventory.strangers) {
        if let Some(found) = policies.get(&droplet.id) {
            droplet.backups = *found;
        }
    }
    Ok(())
}

/// Whether a droplet has, or had, a reserved IP of the stack's.
fn is_any_marked(inventory: &Inventory, wish: &Wish) -> bool {
    let mut tags = inventory.droplets.iter().flat_map(|droplet| &droplet.tags);
    tags.any(|tag| wish.mark.is_of_reserved_ip(tag))
}

/// Whether a machine is missing, or one is claimed that may not carry the stack's tag.
fn is_machine_missing(inventory: &Inventory, wish: &Wish) -> bool {
    let there = inventory.droplets_of(&wish.mark);
    wish.droplets.keys().any(|address| !there.contains_key(address))
        || inventory.tags.iter().any(|tag| wish.mark.claim_among([tag]).is_some())
}

fn is_volume_missing(inventory: &Inventory, wish: &Wish) -> bool {
    let there = inventory.volumes_of(&wish.mark);
    wish.volumes.iter().any(|address| !there.contains_key(address))
}

fn is_address_missing(inventory: &Inventory, wish: &Wish) -> bool {
    let there = inventory.droplets_of(&wish.mark);
    let has_one =
        |droplet: &&LiveDroplet| droplet.tags.iter().any(|tag| wish.mark.is_of_reserved_ip(tag));
    let is_there = |address| there.get(address).is_some_and(|found| found.iter().any(has_one));
    !wish.reserved_ips.iter().all(is_there)
}

/// Sorts a listing of all droplets: ours that a listing by tag did not show yet, and strangers
/// with a name we would give.
fn sort_in(inventory: &mut Inventory, wish: &Wish, all: &[Droplet]) {
    let known: BTreeSet<u64> = inventory.droplets.iter().map(|droplet| droplet.id).collect();
    let names: BTreeSet<&str> = wish.droplets.values().flatten().map(String::as_str).collect();
    let is_ours = |droplet: &LiveDroplet| !droplet_addresses(&wish.mark, droplet).is_empty();
    let is_called = |droplet: &LiveDroplet| {
        names.contains(droplet.name.as_str()) || names.contains(droplet.id.to_string().as_str())
    };
    let others = all.iter().map(live::droplet).filter(|droplet| !known.contains(&droplet.id));
    for droplet in others {
        if is_ours(&droplet) {
            inventory.droplets.push(droplet);
        } else if is_called(&droplet) {
            inventory.strangers.push(droplet);
        }
    }
}
