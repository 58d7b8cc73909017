//! One copy of a volume: made once, whatever becomes of the answer, and looked at before it counts.

use std::time::Duration;

use jiff::SignedDuration;
use tokio::time::{Instant, sleep, timeout};

use crate::{
    apply::Timing,
    calendar::{Copy, Slot},
    config::Stack,
    digitalocean::{ApiError, Client, snapshots::NewSnapshot},
    journal::Via,
    operate::snapshots::{TakeError, Watched, diary::Diary, survey::copies},
    values::{Mark, Tag},
};

/// How many snapshots a volume may have, and how far apart two of them have to be
/// (docs.digitalocean.com/products/snapshots/details/limits).
const MOST: usize = 25;
const APART: SignedDuration = SignedDuration::from_mins(10);

/// How often a creation whose answer is lost is sent at most.
const TRIES: u32 = 2;

/// How long the call may take: a filesystem may stand still meanwhile.
const CALL: Duration = Duration::from_secs(10);

/// A copy to take.
pub struct Taking<'a> {
    /// The account.
    pub client: &'a Client,
    /// Of which volume.
    pub watched: &'a Watched,
    /// For which night.
    pub slot: Slot,
    /// With which marks.
    pub mark: Mark,
}

impl<'a> Taking<'a> {
    /// A copy of a volume for a night.
    pub fn new(client: &'a Client, stack: &Stack, watched: &'a Watched, slot: Slot) -> Self {
        Self { client, watched, slot, mark: stack.mark() }
    }

    /// Says why there can be no copy, before anything is done for it.
    pub fn check(&self) -> Result<(), TakeError> {
        let count = self.watched.copies.len();
        if count >= MOST { Err(TakeError::Full { count }) } else { Ok(()) }
    }

    /// Makes it: the one call that has to be short.
    pub async fn make(&self, diary: &mut Diary<'_>) -> Result<(), TakeError> {
        let address = &self.watched.address;
        let name = self.slot.name(&self.watched.volume.name);
        diary.intend(address, &name, "create").await?;
        let mut tries = 0;
        loop {
            let lost = match self.post(&name).await {
                Ok(id) => return Ok(diary.acknowledge(address, &id, Via::Answer).await?),
                Err(Some(error)) if error.is_too_soon() => return Err(self.too_soon()),
                Err(Some(error)) if !error.is_taken() && !error.is_ambiguous() => {
                    return Err(error.into());
                }
                Err(lost) => lost,
            };
            if let Some(id) = self.look(&name, lost.as_ref()).await? {
                return Ok(diary.acknowledge(address, &id, Via::Lookup).await?);
            }
            tries += 1;
            if tries == TRIES {
                return Err(TakeError::Lost(lost.map(|error| Box::new(error.of_repeatable()))));
            }
        }
    }

    /// The volume's snapshots once the new one is good: ours by name, of this volume, as large as the
    /// volume was, and with a size of its own.
    pub async fn until_good(&self) -> Result<Vec<Copy>, TakeError> {
        let timing = Timing::at(self.client.pace());
        let (began, volume) = (Instant::now(), &self.watched.volume);
        loop {
            let copies = copies(self.client, &self.mark, volume).await?;
            let new = copies.iter().find(|copy| copy.slot == Some(self.slot));
            if new.is_some_and(|copy| copy.is_good() && copy.volume_gb >= volume.size_gigabytes) {
                return Ok(copies);
            }
            if began.elapsed() > timing.action * 6 {
                return Err(TakeError::NotGood { name: self.slot.name(&volume.name) });
            }
            sleep(timing.interval(began.elapsed())).await;
        }
    }

    /// Sends it and returns its id; no error where no answer came in time.
    async fn post(&self, name: &str) -> Result<String, Option<ApiError>> {
        let new = NewSnapshot { name: name.to_owned(), tags: self.tags() };
        match timeout(CALL, self.client.snapshot_volume(&self.watched.volume.id, &new)).await {
            Ok(made) => made.map(|made| made.id).map_err(Some),
            Err(_) => Err(None),
        }
    }

    /// Looks for one whose answer was lost, a little later if it may still come.
    async fn look(&self, name: &str, lost: Option<&ApiError>) -> Result<Option<String>, TakeError> {
        let is_told = lost.is_some_and(|error| error.is_taken() || error.is_put_off());
        for wait in Timing::at(self.client.pace()).lost_named() {
            if !is_told {
                sleep(wait).await;
            }
            let all = self.client.snapshots_of(&self.watched.volume.id).await?;
            if let Some(found) = all.into_iter().find(|snapshot| snapshot.name == name) {
                return Ok(Some(found.id));
            }
        }
        Ok(None)
    }

    /// The marks of the volume: the stack's and the address's.
    fn tags(&self) -> Vec<String> {
        let address = self.mark.address_tag(&self.watched.address);
        [self.mark.stack_tag(), address].iter().map(Tag::to_string).collect()
    }

    /// DigitalOcean counts from the newest snapshot, whoever took it.
    fn too_soon(&self) -> TakeError {
        let newest = self.watched.copies.iter().map(|copy| copy.taken).max();
        TakeError::too_soon(newest.and_then(|newest| newest.checked_add(APART).ok()))
    }
}
