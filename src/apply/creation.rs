//! Making something once, whatever becomes of the answer.
//!
//! DigitalOcean has no idempotency keys. A creation whose answer is lost, or that is refused
//! because the thing is there, is followed by a search for the thing by its name and mark: what
//! carries our mark is ours, what has only our name is not. Only when the search has found nothing
//! for long enough is it tried once more.
//!
//! A creation that is put off by the rate limit was most likely not carried out. So one look is
//! enough, by which time the limit has let go again.

use std::time::Duration;

use tokio::time::Instant;

use crate::{
    apply::{StepError, What, job::Job},
    digitalocean::ApiError,
    journal::{Record, Via},
};

/// How often a creation whose answer is lost is sent at most.
const TRIES: u32 = 2;

/// Something to make.
pub trait Creation {
    /// What comes of it.
    type Thing;

    /// What it is, as `the volume dev-app-data`.
    fn what(&self) -> String;

    /// A short hash of what is sent, where that cannot be read back.
    fn body(&self) -> Option<String> {
        None
    }

    /// What keeps a second one from being made.
    fn guard(&self) -> Guard;

    /// Whether its name may be refused for a while after another thing has given it up.
    fn name_lingers(&self) -> bool {
        false
    }

    /// Makes it.
    fn make(&self) -> impl Future<Output = Result<Self::Thing, ApiError>>;

    /// Looks for it.
    fn find(&self) -> impl Future<Output = Result<Match<Self::Thing>, StepError>>;

    /// The id of what was made or found.
    fn id(thing: &Self::Thing) -> String;
}

/// What keeps a second one from being made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Guard {
    /// DigitalOcean itself, which refuses a second one of the name.
    Name,
    /// Nothing but our own care.
    Care,
}

/// What a search found.
pub enum Match<T> {
    /// Nothing.
    Nothing,
    /// It, and it is ours.
    Ours(T),
    /// Several that are ours.
    Several(Vec<String>),
    /// Something of that name that is not ours.
    Others(String),
    /// Something that may become ours: it has the name and not yet any tag.
    Unmarked,
}

impl<T> Match<T> {
    /// What a search came to that found these, all of them ours.
    pub fn of(mut ours: Vec<T>, id: impl Fn(&T) -> String) -> Self {
        match (ours.len(), ours.pop()) {
            (_, None) => Self::Nothing,
            (1, Some(only)) => Self::Ours(only),
            (_, Some(last)) => Self::Several(ours.iter().chain([&last]).map(id).collect()),
        }
    }
}

/// Looks for something before it is made: an earlier run may have been killed after asking for it.
///
/// The first look is content with a listing that all steps of the run share.
pub async fn already_there<T>(
    job: &Job<'_>,
    what: &str,
    look: impl AsyncFn(Instant) -> Result<Match<T>, StepError>,
) -> Result<Option<T>, StepError> {
    let began = Instant::now();
    let mut since = job.run.began;
    loop {
        match look(since).await? {
            Match::Ours(thing) => return Ok(Some(thing)),
            Match::Several(ids) => {
                let (what, ids) = (what.to_owned(), ids.join(", "));
                return Err(StepError::Several { what, ids });
            }
            Match::Unmarked if began.elapsed() < job.timing().untagged => {}
            Match::Unmarked | Match::Others(_) | Match::Nothing => return Ok(None),
        }
        job.pause(job.timing().interval(began.elapsed())).await?;
        since = Instant::now();
    }
}

/// Makes it, or finds that it is made.
pub async fn create<C: Creation>(job: &Job<'_>, creation: &C) -> Result<C::Thing, StepError> {
    job.intend(&creation.what(), creation.body()).await?;
    job.starts(format!("DigitalOcean may be creating {}", creation.what()));
    let made = create_once(job, creation).await;
    if !matches!(made, Err(StepError::Stopped)) {
        job.settled();
    }
    made
}

async fn create_once<C: Creation>(job: &Job<'_>, creation: &C) -> Result<C::Thing, StepError> {
    let began = Instant::now();
    let mut tries = 0;
    loop {
        let error = match creation.make().await {
            Ok(thing) => {
                job.acknowledge(C::id(&thing), Via::Answer).await?;
                return Ok(thing);
            }
            Err(error) if error.is_ambiguous() || error.is_taken() => error,
            Err(error) => return Err(StepError::api(format!("create {}", creation.what()))(error)),
        };
        if error.is_ambiguous() {
            job.record(Record::Ambiguous { address: job.step.address.clone() }).await?;
        }
        if let Some(thing) = search(job, creation, &error).await? {
            job.acknowledge(C::id(&thing), Via::Lookup).await?;
            return Ok(thing);
        }
        if !error.is_ambiguous() {
            if creation.name_lingers() && began.elapsed() < job.timing().release {
                job.tell(What::Waiting { reason: "DigitalOcean to free the name".to_owned() });
                continue;
            }
            return Err(StepError::api(format!("create {}", creation.what()))(error));
        }
        if error.is_put_off() {
            if began.elapsed() < job.client().pace().throttle_patience {
                continue;
            }
            let doing = format!("create {}", creation.what());
            return Err(StepError::api(doing)(error.of_repeatable()));
        }
        tries += 1;
        if tries == TRIES {
            return Err(StepError::NotMade { what: creation.what(), source: Box::new(error) });
        }
    }
}

/// Looks for it, again and again while it may still appear: at once when it was refused for being
/// there or put off, after a wait when its answer was lost.
async fn search<C: Creation>(
    job: &Job<'_>,
    creation: &C,
    error: &ApiError,
) -> Result<Option<C::Thing>, StepError> {
    let waits: Vec<Duration> = match creation.guard() {
        Guard::Name => job.timing().lost_named().collect(),
        Guard::Care => job.timing().lost().collect(),
    };
    let was_lost = error.is_ambiguous() && !error.is_put_off();
    let mut unmarked = false;
    for wait in waits {
        if was_lost {
            job.pause(wait).await?;
        }
        match creation.find().await? {
            Match::Ours(thing) => return Ok(Some(thing)),
            Match::Several(ids) => {
                let (what, ids) = (creation.what(), ids.join(", "));
                return Err(StepError::Several { what, ids });
            }
            Match::Others(id) if creation.guard() == Guard::Name => {
                return Err(StepError::Taken { what: creation.what(), id });
            }
            Match::Others(_) | Match::Nothing if error.is_put_off() => return Ok(None),
            Match::Others(_) | Match::Nothing => unmarked = false,
            Match::Unmarked => unmarked = true,
        }
        if !was_lost {
            job.pause(wait).await?;
        }
    }
    if unmarked { Err(StepError::Lost { what: creation.what() }) } else { Ok(None) }
}
