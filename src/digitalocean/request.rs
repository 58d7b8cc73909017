//! The one way to send: through the gate, once, and again if `retry` says so.

use std::error::Error;
use std::io;
use std::sync::atomic::Ordering;
use std::time::Duration;

use reqwest::header::{CONTENT_TYPE, HeaderMap};
use reqwest::{Response, Url};
use serde::de::DeserializeOwned;
use tokio::time::Instant;

use crate::digitalocean::answer::{Answer, pause};
use crate::digitalocean::call::{Method, Request};
use crate::digitalocean::client::Client;
use crate::digitalocean::envelope::{One, Thing};
use crate::digitalocean::error::ApiError;
use crate::digitalocean::retry::{Attempt, Back, Verdict, verdict};
use crate::digitalocean::settings::{Exchange, bare};

/// The most that is read of an answer, unpacked; a page of 200 droplets is below 1 MiB.
const LIMIT: usize = 16 * MIB;

const MIB: usize = 1024 * 1024;

/// What became of a deletion.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gone {
    /// It was there and has been deleted.
    Deleted,
    /// It was not there any more; perhaps an earlier try whose answer was lost deleted it.
    Missing,
}

/// Why a try has no answer.
enum Failure {
    /// No connection stood, so nothing was sent.
    NotSent(reqwest::Error),
    /// The certificate is not to be trusted, so nothing was sent.
    Untrusted(reqwest::Error),
    /// Something was sent, no whole answer came.
    Lost(reqwest::Error),
    /// The answer was larger than is read.
    TooLarge,
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
            let back = back_of(&result);
            let trouble = match back {
                Back::Throttled { .. } => &mut throttled,
                Back::Answer { .. }
                | Back::NotSent
                | Back::Untrusted
                | Back::Lost
                | Back::TooLarge => &mut failing,
            };
            let attempt = trouble.attempt(request.method, started, self.inner().dice.throw());
            match verdict(&attempt, back, &self.inner().pace) {
                Verdict::Take => return self.taken(request, result, attempt.tried_for),
                Verdict::GiveUp => return Err(self.error(request, result, attempt.tried_for)),
                Verdict::Ambiguous => {
                    let source = Box::new(self.error(request, result, attempt.tried_for));
                    return Err(ApiError::Ambiguous { call: request.call(), source });
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

    /// A throttled call shuts the gate for all; the others wait for themselves.
    async fn wait(&self, back: Back, wait: Duration) {
        match back {
            Back::Throttled { .. } => self.inner().gate.shut(wait),
            Back::Answer { .. } | Back::NotSent | Back::Untrusted | Back::Lost | Back::TooLarge => {
                tokio::time::sleep(wait).await
            }
        }
    }

    /// One try.
    async fn once(&self, request: &Request, url: Url) -> Result<Answer, Failure> {
        let inner = self.inner();
        inner.sent.fetch_add(1, Ordering::Relaxed);
        let started = Instant::now();
        let (method, timeout) = match request.method {
            Method::Get => (reqwest::Method::GET, inner.pace.read_timeout),
            Method::Post => (reqwest::Method::POST, inner.pace.write_timeout),
            Method::Put => (reqwest::Method::PUT, inner.pace.write_timeout),
            Method::Delete => (reqwest::Method::DELETE, inner.pace.write_timeout),
        };
        let mut outgoing = inner.http.request(method, url).timeout(timeout);
        if let Some(body) = &request.body {
            outgoing = outgoing.json(body);
        }
        let response = outgoing.send().await.map_err(|error| failure(error.without_url()))?;
        let answer = whole(response).await?;
        self.note(request, &answer, started.elapsed());
        Ok(answer)
    }

    /// Logs a call without its bodies; a recorder gets the bodies too.
    fn note(&self, request: &Request, answer: &Answer, took: Duration) {
        let Request { method, query, body, .. } = request;
        let path = request.call().path;
        tracing::debug!(
            method = method.as_str(),
            path,
            status = answer.status,
            ms = took.as_millis(),
            request_id = answer.request_id,
            "call"
        );
        if let Some(recorder) = &self.inner().recorder {
            recorder(&Exchange {
                method: method.as_str(),
                path,
                query: query
                    .iter()
                    .map(|(name, value)| ((*name).to_owned(), value.clone()))
                    .collect(),
                request: body.clone(),
                status: answer.status,
                answer: serde_json::from_slice(&answer.body).ok(),
            });
        }
    }

    /// The full address of a call. An id that is empty or walks up would turn it into a call on something else.
    fn url(&self, request: &Request) -> Result<Url, ApiError> {
        if request.path.iter().any(|part| matches!(part.as_str(), "" | "." | "..")) {
            let why = "an id is empty or made of dots, so nothing was sent".to_owned();
            return Err(ApiError::Inconsistent { call: request.call(), why });
        }
        let mut url = self.inner().base.clone();
        url.path_segments_mut()
            .expect("http addresses have paths")
            .pop_if_empty()
            .push("v2")
            .extend(&request.path);
        for (name, value) in &request.query {
            url.query_pairs_mut().append_pair(name, value);
        }
        Ok(url)
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
            Err(Failure::TooLarge) => ApiError::TooLarge { call, limit_mib: LIMIT / MIB },
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
    fn attempt(&mut self, method: Method, started: Instant, dice: f64) -> Attempt {
        self.number += 1;
        let since = *self.since.get_or_insert(started);
        Attempt { method, number: self.number, tried_for: since.elapsed(), dice }
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

fn failure(error: reqwest::Error) -> Failure {
    if has_bad_certificate(&error) {
        Failure::Untrusted(error)
    } else if error.is_connect() || error.is_builder() {
        Failure::NotSent(error)
    } else {
        Failure::Lost(error)
    }
}

fn has_bad_certificate(error: &reqwest::Error) -> bool {
    let mut next = error.source();
    while let Some(cause) = next {
        let inner = cause.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        let tls = inner.and_then(|inner| inner.downcast_ref::<rustls::Error>());
        if matches!(tls, Some(rustls::Error::InvalidCertificate(_))) {
            return true;
        }
        next = cause.source();
    }
    false
}

/// Reads an answer to its end, or to the limit.
async fn whole(mut response: Response) -> Result<Answer, Failure> {
    let mut body = Vec::new();
    while let Some(chunk) =
        response.chunk().await.map_err(|error| Failure::Lost(error.without_url()))?
    {
        if body.len() + chunk.len() > LIMIT {
            return Err(Failure::TooLarge);
        }
        body.extend_from_slice(&chunk);
    }
    let headers = response.headers();
    Ok(Answer {
        status: response.status().as_u16(),
        request_id: header(headers, "x-request-id"),
        pause: pause(headers),
        location: header(headers, "location"),
        content_type: header(headers, CONTENT_TYPE.as_str()),
        body,
    })
}

fn header(headers: &HeaderMap, name: &str) -> Option<String> {
    headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned)
}
