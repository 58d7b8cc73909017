//! Deletes what was chosen, machines first and networks last.

use std::collections::BTreeSet;

use futures_util::stream::{self, StreamExt};
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

use crate::{
    apply::Timing,
    digitalocean::{ApiError, Client},
    purge::{Key, PurgeError, Sort, Thing},
};

/// How many things are deleted at once.
const AT_ONCE: usize = 10;

/// What became of one thing.
pub struct Ending<'a> {
    /// The thing.
    pub thing: &'a Thing,
    /// That it is gone, or why it is not.
    pub result: Result<(), PurgeError>,
}

/// Deletes things; what fails keeps nothing else from going.
///
/// `tell` hears of each as it ends. Once `stop` is cancelled nothing new is begun.
pub async fn remove<'a>(
    client: &Client,
    chosen: &[&'a Thing],
    stop: &CancellationToken,
    mut tell: impl FnMut(&Ending<'a>),
) -> Vec<Ending<'a>> {
    let timing = Timing::at(client.pace());
    let removal = Removal { client, timing, stop };
    let mut endings: Vec<Ending<'_>> = Vec::new();
    for wave in waves(chosen) {
        let left = left(&endings);
        let removals = wave.into_iter().map(|thing| removal.remove(thing, &left));
        let mut removals = stream::iter(removals).buffer_unordered(AT_ONCE);
        while let Some(ending) = removals.next().await {
            tell(&ending);
            endings.push(ending);
        }
    }
    endings
}

/// What may go at once: a volume leaves with its machine, a network with its last member.
fn waves<'a>(chosen: &[&'a Thing]) -> [Vec<&'a Thing>; 3] {
    let of = |sorts: &[Sort]| {
        chosen.iter().copied().filter(|thing| sorts.contains(&thing.key.sort())).collect()
    };
    [
        of(&[Sort::Droplet]),
        of(&[Sort::Volume, Sort::Snapshot, Sort::ReservedIp, Sort::Firewall]),
        of(&[Sort::Vpc]),
    ]
}

/// The machines that should be gone and are not.
fn left(endings: &[Ending<'_>]) -> BTreeSet<u64> {
    let failed = endings.iter().filter(|ending| ending.result.is_err());
    let droplets = failed.filter_map(|ending| match ending.thing.key {
        Key::Droplet(id) => Some(id),
        Key::Volume(_) | Key::Snapshot(_) | Key::ReservedIp(_) | Key::Firewall(_) | Key::Vpc(_) => {
            None
        }
    });
    droplets.collect()
}

struct Removal<'c> {
    client: &'c Client,
    timing: Timing,
    stop: &'c CancellationToken,
}

impl Removal<'_> {
    async fn remove<'a>(&self, thing: &'a Thing, left: &BTreeSet<u64>) -> Ending<'a> {
        if thing.held_by.is_some_and(|droplet| left.contains(&droplet)) {
            return Ending { thing, result: Err(PurgeError::Held) };
        }
        let result = tokio::select! {
            biased;
            () = self.stopped() => Err(PurgeError::Stopped),
            done = self.until_gone(thing) => done,
        };
        Ending { thing, result }
    }

    /// A call on its way is given a moment.
    async fn stopped(&self) {
        self.stop.cancelled().await;
        sleep(self.timing.grace).await;
    }

    async fn until_gone(&self, thing: &Thing) -> Result<(), PurgeError> {
        self.until_let(&thing.key).await?;
        match thing.key {
            Key::Droplet(id) => self.until_missing(id).await,
            Key::Volume(_)
            | Key::Snapshot(_)
            | Key::ReservedIp(_)
            | Key::Firewall(_)
            | Key::Vpc(_) => Ok(()),
        }
    }

    /// Asks for the deletion until nothing is in its way: a machine's other action, a volume that
    /// is just leaving its machine, the last member of a network.
    async fn until_let(&self, key: &Key) -> Result<(), PurgeError> {
        let began = Instant::now();
        loop {
            if self.stop.is_cancelled() {
                return Err(PurgeError::Stopped);
            }
            match self.delete(key).await {
                Ok(()) => return Ok(()),
                Err(error) if error.is_conflict() || error.is_pending_event() => {
                    if began.elapsed() > self.timing.release {
                        return Err(error.into());
                    }
                }
                Err(error) => return Err(error.into()),
            }
            sleep(self.timing.interval(began.elapsed())).await;
        }
    }

    async fn delete(&self, key: &Key) -> Result<(), ApiError> {
        match key {
            Key::Droplet(id) => self.client.delete_droplet(*id).await,
            Key::Volume(id) => self.client.delete_volume(id).await,
            Key::Snapshot(id) => self.client.delete_snapshot(id).await,
            Key::ReservedIp(ip) => self.client.delete_reserved_ip(*ip).await,
            Key::Firewall(id) => self.client.delete_firewall(id).await,
            Key::Vpc(id) => self.client.delete_vpc(id).await,
        }
        .map(|_| ())
    }

    async fn until_missing(&self, droplet: u64) -> Result<(), PurgeError> {
        let began = Instant::now();
        while self.client.droplet(droplet).await?.is_some() {
            let waited = began.elapsed();
            if waited > self.timing.delete_droplet {
                return Err(PurgeError::Late { waited });
            }
            sleep(self.timing.interval(waited)).await;
        }
        Ok(())
    }
}
