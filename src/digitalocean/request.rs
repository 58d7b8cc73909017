//! The one way to send: through the gate, once, and again if `retry` says so.

use std::sync::atomic::Ordering;
use std::time::Duration;

use serde::de::DeserializeOwned;
use tokio::time::{Instant, sleep};

use crate::digitalocean::answer::Answer;
use crate::digitalocean::call::{Method, Request, Twice};
use crate::digitalocean::client::Client;
use crate::digitalocean::envelope::{One, Thing};
use crate::digitalocean::error::ApiError;
use crate::digitalocean::retry::{Attempt, Back, Verdict, verdict};
use crate::digitalocean::settings::bare;
use crate::digitalocean::transport::{Failure, LIMIT_MIB};

/// What became of a deletion.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gone {
    /// It was there and has been deleted.
    Deleted,
    /// It was not there any more; perhaps an earlier try whose answer was lost deleted it.
    Missing,
}

/// How long one kind of trouble has lasted for a call.
#[derive(Default)]
struct Trouble {
    number: u32,
    since: Option<Instant>,
}

impl Client {
    /// Sends a call and reads its whole answer as `T`.
    pub(in crate::digitalocean) async fn fetch<T: DeserializeOwned>(
        &self,
        request: &Request,
    ) -> Result<T, ApiError> {
        let answer = self.send(request).await?;
        answer.read().map_err(|why| self.unreadable(request, why))
    }

    /// Sends a call whose answer is one thing, and makes sure it is the one that was meant.
    pub(in crate::digitalocean) async fn fetch_one<T: Thing>(
        &self,
        request: &Request,
        is_meant: impl Fn(&T) -> bool,
    ) -> Result<T, ApiError> {
        let One(thing) = self.fetch::<One<T>>(request).await?;
        if is_meant(&thing) {
            return Ok(thing);
        }
        let why = format!("the answer is about another {}, {}", T::ONE, thing.id());
        Err(ApiError::Inconsistent { call: request.call(), why })
    }

    /// Reads one thing that may be missing.
    pub(in crate::digitalocean) async fn find<T: Thing>(
        &self,
        request: &Request,
        is_meant: impl Fn(&T) -> bool,
    ) -> Result<Option<T>, ApiError> {
        if_found(self.fetch_one(request, is_meant).await)
    }

    /// Creates one thing.
    pub(in crate::digitalocean) async fn create<T: Thing>(
        &self,
        request: &Request,
    ) -> Result<T, ApiError> {
        self.fetch_one(request, |_| true).await
    }

    /// Sends a call that is answered with its status alone.
    pub(in crate::digitalocean) async fn order(&self, request: &Request) -> Result<(), ApiError> {
        let answer = self.send(request).await?;
        answer.expect_no_page().map_err(|why| self.unreadable(request, why))
    }

    /// Deletes one thing; one that is missing is as good as deleted.
    pub(in crate::digitalocean) async fn delete(
        &self,
        request: &Request,
    ) -> Result<Gone, ApiError> {
        let done = if_found(self.order(request).await)?;
        Ok(done.map_or(Gone::Missing, |()| Gone::Deleted))
    }

    /// Sends a call until there is an answer to take; good answers only are returned.
    async fn send(&self, request: &Request) -> Result<Answer, ApiError> {
        let url = self.url(request)?;
        let mut failing = Trouble::default();
        let mut throttled = Trouble::default();
        loop {
            self.inner().gate.pass().await;
            let started = Instant::now();
            let result = self.once(request, url.clone()).await;
            self.remember(&result);
            let back = back_of(&result);
            let trouble = match back {
                Back::Throttled { .. } => &mut throttled,
                Back::Answer { .. }
                | Back::NotSent
                | Back::Untrusted
                | Back::Lost
                | Back::TooLarge => &mut failing,
            };
            let attempt = trouble.attempt(request.twice, started, self.inner().dice.throw());
            match verdict(&attempt, back, &self.inner().pace) {
                Verdict::Take => return self.taken(request, result, attempt.tried_for),
                Verdict::GiveUp => return Err(self.error(request, result, attempt.tried_for)),
                Verdict::Ambiguous => {
                    return Err(self.ambiguous(request, result, attempt.tried_for));
                }
                Verdict::Look(wait) => {
                    self.wait(back, wait).await;
                    return Err(self.ambiguous(request, result, attempt.tried_for));
                }
                Verdict::Wait(wait) => {
                    let (call, ms) = (request.call(), wait.as_millis());
                    tracing::debug!(%call, number = attempt.number, ms, ?back, "trying again");
                    self.wait(back, wait).await;
                }
            }
            self.inner().repeated.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Remembers how many calls are left and what time it is there, where an answer tells.
    fn remember(&self, result: &Result<Answer, Failure>) {
        let Ok(answer) = result else { return };
        if let Some(room) = answer.room {
            self.inner().room.store(room, Ordering::Relaxed);
        }
        if let Some(date) = answer.date {
            self.inner().date.store(date.as_second(), Ordering::Relaxed);
        }
    }

    /// A throttled call shuts the gate for all; the others wait for themselves.
    async fn wait(&self, back: Back, wait: Duration) {
        match back {
            Back::Throttled { .. } => self.inner().gate.shut(wait),
            Back::Answer { .. } | Back::NotSent | Back::Untrusted | Back::Lost | Back::TooLarge => {
                sleep(wait).await;
            }
        }
    }

    /// A good answer, or the error that a bad one means.
    fn taken(
        &self,
        request: &Request,
        result: Result<Answer, Failure>,
        tried_for: Duration,
    ) -> Result<Answer, ApiError> {
        match result {
            Ok(answer) if answer.is_good() => Ok(answer),
            Ok(_) | Err(_) => Err(self.error(request, result, tried_for)),
        }
    }

    /// The error of a create of which nobody knows whether it happened.
    fn ambiguous(
        &self,
        request: &Request,
        result: Result<Answer, Failure>,
        tried_for: Duration,
    ) -> ApiError {
        let source = Box::new(self.error(request, result, tried_for));
        ApiError::Ambiguous { call: request.call(), source }
    }

    /// The error that a try means once no other follows.
    fn error(
        &self,
        request: &Request,
        result: Result<Answer, Failure>,
        tried_for: Duration,
    ) -> ApiError {
        let call = request.call();
        let address = bare(&self.inner().base);
        match result {
            Ok(answer) => match answer.other_service() {
                Some(why) => ApiError::NotDigitalOcean { call, address, why },
                None => answer.error(call, tried_for, &self.inner().token),
            },
            Err(Failure::TooLarge) => ApiError::TooLarge { call, limit_mib: LIMIT_MIB },
            Err(Failure::NotSent(source) | Failure::Untrusted(source) | Failure::Lost(source)) => {
                ApiError::Unreachable { call, address, tried_for, source }
            }
        }
    }

    /// An answer that makes no sense: for a create, one more way to lose it.
    fn unreadable(&self, request: &Request, why: String) -> ApiError {
        let (call, address) = (request.call(), bare(&self.inner().base));
        let error = ApiError::NotDigitalOcean { call: call.clone(), address, why };
        match request.method {
            Method::Post => ApiError::Ambiguous { call, source: Box::new(error) },
            Method::Get | Method::Put | Method::Delete => error,
        }
    }
}

impl Trouble {
    /// Counts one more try that began at `started`.
    fn attempt(&mut self, twice: Twice, started: Instant, dice: f64) -> Attempt {
        self.number += 1;
        let since = *self.since.get_or_insert(started);
        Attempt { twice, number: self.number, tried_for: since.elapsed(), dice }
    }
}

/// None for what is not there.
pub fn if_found<T>(result: Result<T, ApiError>) -> Result<Option<T>, ApiError> {
    match result {
        Ok(thing) => Ok(Some(thing)),
        Err(error) if error.is_not_found() => Ok(None),
        Err(error) => Err(error),
    }
}

fn back_of(result: &Result<Answer, Failure>) -> Back {
    match result {
        Ok(answer) if answer.is_throttled() => Back::Throttled { wait: answer.pause },
        Ok(answer) => Back::Answer { status: answer.status, wait: answer.pause },
        Err(Failure::NotSent(_)) => Back::NotSent,
        Err(Failure::Untrusted(_)) => Back::Untrusted,
        Err(Failure::Lost(_)) => Back::Lost,
        Err(Failure::TooLarge) => Back::TooLarge,
    }
}
