//! Reads metrics: from a Prometheus server, or from pages that programs show.
//!
//! A server remembers, so a span of time is one question and nothing is kept here. Pages tell the
//! moment only: what they told before is kept in [`Scrapes`], which is lost with the process, and
//! until it reaches as far back as is asked the reading is unknown. A command that reads pages once
//! therefore decides nothing; the daemon does, after it has watched for long enough.

mod fetch;
mod prometheus;
mod question;

#[cfg(test)]
mod tests;

use futures_util::future::join_all;
use jiff::Timestamp;

use crate::{
    config::Metrics,
    metrics::{Page, Reading, Scrapes, Unknown},
};

pub use self::question::{Question, What};

use self::fetch::{Answer, Fetcher};

/// Where readings come from.
#[derive(Clone, Debug)]
pub struct Source {
    from: Option<Metrics>,
    fetcher: Fetcher,
}

impl Source {
    /// The source of a stack; without one every reading is unknown.
    pub fn new(metrics: Option<&Metrics>) -> Self {
        Self { from: metrics.cloned(), fetcher: Fetcher::new() }
    }

    /// Answers questions, in their order. Pages are read once for all of them, and added to what is
    /// kept for just these questions.
    pub async fn read(
        &self,
        questions: &[Question<'_>],
        scrapes: &mut Scrapes,
        now: Timestamp,
    ) -> Vec<Reading> {
        match &self.from {
            None => vec![Reading::Unknown(Unknown::NoSource); questions.len()],
            Some(Metrics::Prometheus(server)) => {
                let each = questions.iter().map(|question| self.ask(server, question, now));
                join_all(each).await
            }
            Some(Metrics::Scrape(pages)) => {
                let names = questions.iter().flat_map(Question::names).collect();
                scrapes.add(now, &self.pages(pages).await, names);
                questions.iter().map(|question| question.answer(scrapes, now)).collect()
            }
        }
    }

    /// Asks a server: for the metric of that name, and where it knows none for the quantile that
    /// the name may mean.
    async fn ask(&self, server: &str, question: &Question<'_>, now: Timestamp) -> Reading {
        let mut reading = Reading::Unknown(Unknown::NoSeries);
        for query in question.queries() {
            let series = prometheus::series(&self.fetcher, server, &query, now).await;
            reading = match series {
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
    async fn pages(&self, addresses: &[String]) -> Vec<(String, Result<Page, Unknown>)> {
        let each = addresses.iter().map(|address| async move {
            let page = self.fetcher.get(address, &[]).await.and_then(Answer::text);
            let page = page.and_then(|text| {
                Page::parse(&text).map_err(|error| Unknown::Unanswered(error.to_string()))
            });
            (instance(address), page)
        });
        join_all(each).await
    }
}

/// What Prometheus would call the page's program: its host and port.
fn instance(address: &str) -> String {
    let rest = address.split_once("://").map_or(address, |(_, rest)| rest);
    rest.split(['/', '?', '#']).next().unwrap_or_default().to_owned()
}
