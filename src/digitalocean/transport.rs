//! One try: a request out, a whole answer in, or the reason why there is none.

use std::error::Error;
use std::io;
use std::sync::atomic::Ordering;
use std::time::Duration;

use reqwest::header::{CONTENT_TYPE, HeaderMap};
use reqwest::{Response, Url};
use tokio::time::Instant;

use crate::digitalocean::answer::{Answer, date, pause, room};
use crate::digitalocean::call::{Method, Request};
use crate::digitalocean::client::Client;
use crate::digitalocean::error::ApiError;
use crate::digitalocean::settings::Exchange;

/// The most that is read of an answer, unpacked, in MiB; a page of 200 droplets is below one.
pub const LIMIT_MIB: usize = 16;

/// Why a try has no answer.
pub enum Failure {
    /// No connection stood, so nothing was sent.
    NotSent(reqwest::Error),
    /// The certificate is not to be trusted, so nothing was sent.
    Untrusted(reqwest::Error),
    /// Something was sent, no whole answer came.
    Lost(reqwest::Error),
    /// The answer was larger than is read.
    TooLarge,
}

impl Client {
    /// The full address of a call.
    ///
    /// An id that is empty or walks up would turn it into a call on something else.
    pub(in crate::digitalocean) fn url(&self, request: &Request) -> Result<Url, ApiError> {
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

    /// One try.
    pub(in crate::digitalocean) async fn once(
        &self,
        request: &Request,
        url: Url,
    ) -> Result<Answer, Failure> {
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

/// An `io::Error` names as its source what lies below the error it wraps, so that has to be opened.
fn has_bad_certificate(error: &(dyn Error + 'static)) -> bool {
    let mut next = Some(error);
    while let Some(cause) = next {
        if let Some(rustls::Error::InvalidCertificate(_)) = cause.downcast_ref() {
            return true;
        }
        let wrapped = cause.downcast_ref().and_then(io::Error::get_ref);
        next =
            wrapped.map_or_else(|| cause.source(), |inner| Some(inner as &(dyn Error + 'static)));
    }
    false
}

/// Reads an answer to its end, or to the limit.
async fn whole(mut response: Response) -> Result<Answer, Failure> {
    let mut body = Vec::new();
    while let Some(chunk) =
        response.chunk().await.map_err(|error| Failure::Lost(error.without_url()))?
    {
        if body.len() + chunk.len() > LIMIT_MIB * 1024 * 1024 {
            return Err(Failure::TooLarge);
        }
        body.extend_from_slice(&chunk);
    }
    let headers = response.headers();
    Ok(Answer {
        status: response.status().as_u16(),
        request_id: header(headers, "x-request-id"),
        pause: pause(headers),
        room: room(headers),
        date: date(headers),
        location: header(headers, "location"),
        content_type: header(headers, CONTENT_TYPE.as_str()),
        body,
    })
}

fn header(headers: &HeaderMap, name: &str) -> Option<String> {
    headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use rustls::CertificateError;

    use super::*;

    #[test]
    fn a_bad_certificate_is_found_below_other_errors() {
        let tls = rustls::Error::InvalidCertificate(CertificateError::Expired);
        let wrapped = io::Error::other(io::Error::new(io::ErrorKind::InvalidData, tls));
        assert!(has_bad_certificate(&wrapped));
        assert!(!has_bad_certificate(&io::Error::other("reset")));
        let broken = rustls::Error::DecryptError;
        assert!(!has_bad_certificate(&io::Error::other(broken)));
    }
}
