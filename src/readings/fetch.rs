//! One answer over HTTP, with an end to its size and its time.

use std::time::Duration;

use jiff::{Timestamp, fmt::rfc2822::DateTimeParser};
use reqwest::{Client, header::DATE, redirect::Policy};

use crate::{digitalocean::install_cryptography, metrics::Unknown, values::in_full};

/// How long a connection may take, and an answer with it.
const CONNECT: Duration = Duration::from_secs(3);
const ANSWER: Duration = Duration::from_secs(10);

/// The most that is read of an answer, unpacked, in MiB; a day of values every few seconds is one.
const LIMIT_MIB: usize = 8;

/// Asks for pages.
#[derive(Clone, Debug)]
pub struct Fetcher(Result<Client, Unknown>);

/// An answer, read to its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// When it was given, by the clock of who gave it.
    pub date: Option<Timestamp>,
    /// Its body.
    pub body: String,
}

impl Fetcher {
    /// A way to ask. Where there is none, every question is answered with the reason.
    pub fn new() -> Self {
        install_cryptography();
        let client = Client::builder()
            .user_agent(concat!("dostack/", env!("CARGO_PKG_VERSION")))
            .redirect(Policy::none())
            .connect_timeout(CONNECT)
            .timeout(ANSWER)
            // Who is asked stands beside the machines; a proxy does not.
            .no_proxy()
            .build();
        Self(client.map_err(|error| unanswered(&error)))
    }

    /// Asks for a page, with the fields of a form if there are any.
    pub async fn get(&self, address: &str, form: &[(&str, String)]) -> Result<Answer, Unknown> {
        let client = self.0.as_ref().map_err(Clone::clone)?;
        let mut response =
            client.get(address).query(form).send().await.map_err(|error| unanswered(&error))?;
        let date = response.headers().get(DATE).and_then(|date| moment(date.as_bytes()));
        let status = response.status().as_u16();
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| unanswered(&error))? {
            if body.len() + chunk.len() > LIMIT_MIB * 1024 * 1024 {
                let text = format!("the answer is larger than {LIMIT_MIB} MiB");
                return Err(Unknown::Unanswered(text));
            }
            body.extend_from_slice(&chunk);
        }
        let body = String::from_utf8(body)
            .map_err(|_| Unknown::Unanswered("the answer is no text".to_owned()))?;
        Ok(Answer { status, date, body })
    }
}

impl Answer {
    /// The body of a good answer.
    pub fn text(self) -> Result<String, Unknown> {
        match self.status {
            200 => Ok(self.body),
            status => Err(Unknown::Unanswered(format!("the answer was {status}"))),
        }
    }
}

/// When an answer was given, as its `Date` has it.
pub fn moment(date: &[u8]) -> Option<Timestamp> {
    let text = str::from_utf8(date).ok()?;
    DateTimeParser::new().parse_timestamp(text).ok()
}

/// Addresses of metrics are no secrets, but what stands after them may be one.
fn unanswered(error: &reqwest::Error) -> Unknown {
    let mut text = in_full(error);
    if let Some(url) = error.url() {
        let mut plain = url.clone();
        plain.set_query(None);
        text = text.replace(url.as_str(), plain.as_str());
    }
    Unknown::Unanswered(text)
}
