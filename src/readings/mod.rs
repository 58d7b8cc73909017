//! Reads metrics: from a Prometheus server, or from pages that programs show.
//!
//! A server remembers, so a span of time is one question and nothing is kept here. Pages tell the
//! moment only: what they told before is kept in [`Scrapes`], which is lost with the process, and
//! until it reaches as far back as is asked the reading is unknown. A command that reads pages once
//! therefore decides nothing; the daemon does, after it has watched for long enough.

mod fetch;
mod over_ssh;
mod prometheus;
mod question;

#[cfg(test)]
mod tests;

use futures_util::future::join_all;
use jiff::Timestamp;

use crate::{
    config::Metrics,
    metrics::{Page, Reading, Scrapes, Unknown},
    ssh::{Remote, Session},
};

pub use self::question::{Question, What};

use self::fetch::{Answer, Fetcher};

/// Where readings come from.
#[derive(Debug)]
pub enum Source<M = Session> {
    /// Nowhere, for that reason: every reading is unknown.
    Nowhere(Unknown),
    /// What the stack file names, which is asked from here.
    Here(Metrics, Fetcher),
    /// A Prometheus server that only a machine of the stack can ask, at that address there.
    On(M, &'static str),
}

impl Source {
    /// What a stack file names; without it every reading is unknown.
    pub fn new(metrics: Option<&Metrics>) -> Self {
        match metrics {
            Some(metrics) => Self::Here(metrics.clone(), Fetcher::new()),
            None => Self::Nowhere(Unknown::NoSource),
        }
    }
}

impl<M: Remote> Source<M> {
    /// Answers questions, in their order. Pages are read once for all of them, and added to what is
    /// kept for just these questions.
    pub async fn read(
        &self,
        questions: &[Question<'_>],
        scrapes: &mut Scrapes,
        now: Timestamp,
    ) -> Vec<Reading> {
        match self {
            Self::Nowhere(why) => vec![Reading::Unknown(why.clone()); questions.len()],
            Self::Here(Metrics::Prometheus(server), fetcher) => {
                let fetch = async |query: &str| {
                    let form = prometheus::form(query, now);
                    fetcher.get(&prometheus::address(server), &form).await
                };
                join_all(questions.iter().map(|question| ask(&fetch, question, now))).await
            }
            Self::Here(Metrics::Scrape(addresses), fetcher) => {
                let names = questions.iter().flat_map(Question::names).collect();
                scrapes.add(now, &pages(fetcher, addresses).await, names);
                questions.iter().map(|question| question.answer(scrapes, now)).collect()
            }
            Self::On(machine, server) => {
                let fetch = async |query: &str| {
                    let form = prometheus::form(query, now);
                    over_ssh::get(machine, &prometheus::address(server), &form).await
                };
                join_all(questions.iter().map(|question| ask(&fetch, question, now))).await
            }
        }
    }
}

/// Asks a server: for the metric of that name, and where it knows none for the quantile that the
/// name may mean.
async fn ask(
    fetch: &impl AsyncFn(&str) -> Result<Answer, Unknown>,
    question: &Question<'_>,
    now: Timestamp,
) -> Reading {
    let mut reading = Reading::Unknown(Unknown::NoSeries);
    for query in question.queries() {
        let answer = fetch(&query).await;
        reading = match answer.and_then(|answer| prometheus::read(&answer, now)) {
            Ok(series) => question.pick(&series, now),
            Err(why) => Reading::Unknown(why),
        };
        if reading != Reading::Unknown(Unknown::NoSeries) {
            break;
        }
    }
    reading
}

/// Every page, by the program that shows it.
async fn pages(fetcher: &Fetcher, addresses: &[String]) -> Vec<(String, Result<Page, Unknown>)> {
    let each = addresses.iter().map(|address| async move {
        let page = fetcher.get(address, &[]).await.and_then(Answer::text);
        let page = page.and_then(|text| {
            Page::parse(&text).map_err(|error| Unknown::Unanswered(error.to_string()))
        });
        (instance(address), page)
    });
    join_all(each).await
}

/// What Prometheus would call the page's program: its host and port.
fn instance(address: &str) -> String {
    let rest = address.split_once("://").map_or(address, |(_, rest)| rest);
    rest.split(['/', '?', '#']).next().unwrap_or_default().to_owned()
}
