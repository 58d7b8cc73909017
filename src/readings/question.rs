//! What is asked, in a server's language and of pages.

use std::{collections::BTreeSet, time::Duration};

use jiff::Timestamp;

use crate::{
    config::{Signal, written},
    metrics::{Host, Reading, Scrapes, Series, Unknown, Whose, pick},
};

/// Something to be read over a span of time that ends now.
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    /// What.
    pub what: What<'a>,
    /// How far back.
    pub over: Duration,
}

/// What is to be read.
#[derive(Clone, Copy, Debug)]
pub enum What<'a> {
    /// A signal of the stack file, of no machine in particular.
    Signal(&'a Signal),
    /// A signal of the stack file, of a machine where it is read from several.
    SignalOf(&'a Signal, &'a Host),
    /// Bytes of a machine's memory that are in use, as its node exporter tells.
    Memory(&'a Host),
    /// Bytes of a machine's own disk that are in use, as its node exporter tells.
    Disk(&'a Host),
}

/// What node exporters tell is of their machine, so it is never taken for another's.
const OF_A_MACHINE: &str = "node_";

const MEMORY: [&str; 2] = ["node_memory_MemTotal_bytes", "node_memory_MemAvailable_bytes"];
const DISK: [&str; 2] = ["node_filesystem_size_bytes", "node_filesystem_free_bytes"];

/// The root of a machine's own disk; volumes are mounted elsewhere.
const ROOT: (&str, &str) = ("mountpoint", "/");

/// How many values a server is asked for, and how near to each other they may be.
const VALUES: u32 = 60;
const NEAREST: Duration = Duration::from_secs(15);
const FARTHEST: Duration = Duration::from_mins(5);

impl<'a> Question<'a> {
    /// The questions for a server; what comes first is asked first.
    ///
    /// A metric's own values are asked for as they were scraped: their times are true, and nothing
    /// fills gaps between them. What has to be worked out is worked out again and again.
    pub fn queries(&self) -> Vec<String> {
        let over = written(self.over);
        let step = (self.over / VALUES).clamp(NEAREST, FARTHEST).min(self.over);
        let step = written(Duration::from_secs(step.as_secs()));
        // A query may end with a comment.
        let again = |query: &str| format!("({query}\n)[{over}:{step}]");
        match self.what {
            What::Signal(Signal::Query(query)) | What::SignalOf(Signal::Query(query), _) => {
                vec![again(query)]
            }
            What::Signal(Signal::Metric(name)) | What::SignalOf(Signal::Metric(name), _) => {
                let quantile = name.quantile().map(|(part, histogram)| {
                    again(&format!(
                        "histogram_quantile({part}, sum by (le) (rate({histogram}_bucket[5m])))"
                    ))
                });
                [format!("{name}[{over}]")].into_iter().chain(quantile).collect()
            }
            What::Memory(_) => {
                let [total, free] = MEMORY;
                vec![again(&format!("{total} - {free}"))]
            }
            What::Disk(_) => {
                let ([size, free], (label, root)) = (DISK, ROOT);
                vec![again(&format!("{size}{{{label}=\"{root}\"}} - {free}{{{label}=\"{root}\"}}"))]
            }
        }
    }

    /// The one series of an answer that is meant, over the time that is asked about.
    pub fn pick(&self, series: &[Series], now: Timestamp) -> Reading {
        match pick(series, self.whose()) {
            Ok(series) => series.reading(self.over, now),
            Err(why) => Reading::Unknown(why),
        }
    }

    /// The answer of what pages have told.
    pub fn answer(&self, scrapes: &Scrapes, now: Timestamp) -> Reading {
        let series = match self.what {
            What::Signal(Signal::Query(_)) | What::SignalOf(Signal::Query(_), _) => {
                return Reading::Unknown(Unknown::Unanswered(
                    "a page of metrics answers no query".to_owned(),
                ));
            }
            What::Signal(Signal::Metric(name)) | What::SignalOf(Signal::Metric(name), _) => {
                let own = scrapes.series(name.as_str());
                match name.quantile() {
                    Some((part, histogram)) if own.is_empty() => {
                        match scrapes.quantiles(histogram.as_str(), part) {
                            Ok(series) => vec![series],
                            Err(why) => return Reading::Unknown(why),
                        }
                    }
                    Some(_) | None => own,
                }
            }
            What::Memory(_) => scrapes.difference(MEMORY),
            What::Disk(_) => {
                let (label, root) = ROOT;
                let mut all = scrapes.difference(DISK);
                all.retain(|series| series.labels.get(label).is_some_and(|at| at == root));
                all
            }
        };
        self.pick(&series, now)
    }

    /// The names that pages are searched for.
    pub fn names(&self) -> BTreeSet<String> {
        match self.what {
            What::Signal(Signal::Query(_)) | What::SignalOf(Signal::Query(_), _) => BTreeSet::new(),
            What::Signal(Signal::Metric(name)) | What::SignalOf(Signal::Metric(name), _) => {
                let histogram = name.quantile().map(|(_, histogram)| histogram);
                [Some(name.clone()), histogram]
                    .into_iter()
                    .flatten()
                    .map(|name| name.to_string())
                    .collect()
            }
            What::Memory(_) => MEMORY.map(str::to_owned).into(),
            What::Disk(_) => DISK.map(str::to_owned).into(),
        }
    }

    fn whose(&self) -> Whose<'a> {
        match self.what {
            What::Signal(_) => Whose::Only,
            What::SignalOf(Signal::Metric(name), host)
                if name.as_str().starts_with(OF_A_MACHINE) =>
            {
                Whose::Own(host)
            }
            // Whoever writes a query says there whose it is.
            What::SignalOf(Signal::Query(_) | Signal::Metric(_), host) => Whose::OwnFirst(host),
            What::Memory(host) | What::Disk(host) => Whose::Own(host),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Question, What};
    use crate::{config::Signal, metrics::Host, values::MetricName};

    fn queries(what: What<'_>) -> Vec<String> {
        Question { what, over: Duration::from_mins(10) }.queries()
    }

    #[test]
    fn a_server_is_asked_for_a_span_of_time() {
        let (host, name) = (Host::new(), |name| Signal::Metric(MetricName::parse(name).unwrap()));
        let plain = name("node_load1");
        assert_eq!(queries(What::SignalOf(&plain, &host)), ["node_load1[10m]"]);
        assert_eq!(
            queries(What::Signal(&name("chat_latency_p95_ms"))),
            [
                "chat_latency_p95_ms[10m]",
                "(histogram_quantile(0.95, sum by (le) (rate(chat_latency_ms_bucket[5m])))\n)[10m:15s]",
            ]
        );
        let query = Signal::Query("max(a) # of all".to_owned());
        assert_eq!(queries(What::Signal(&query)), ["(max(a) # of all\n)[10m:15s]"]);
    }

    #[test]
    fn a_day_is_asked_for_in_minutes() {
        let host = Host::new();
        let question = Question { what: What::Memory(&host), over: Duration::from_hours(24) };
        assert_eq!(
            question.queries(),
            ["(node_memory_MemTotal_bytes - node_memory_MemAvailable_bytes\n)[24h:5m]"]
        );
    }
}
