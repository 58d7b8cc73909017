//! From a reading to a finding.

use std::time::Duration;

use crate::{
    config::{Check, HttpCheck},
    matrix::{
        Finding, NOTHING_YET, Probe, Reading, Request, Verdict,
        measured::{self, limit},
        postgres, weaviate,
    },
};

/// What was measured, and what that means.
pub type Judgement = (String, Verdict);

/// Judges what a machine answered to a probe.
pub fn judge(probe: &Probe, reading: &Reading) -> Finding {
    let judgement = match reading.exit {
        0 => judged(&probe.check, reading),
        NOTHING_YET => unknown(reading.last_line()),
        _ => failed(reading.last_line()),
    };
    Finding::of(probe, judgement, reading.took())
}

fn judged(check: &Check, reading: &Reading) -> Judgement {
    match check {
        Check::Http(check) => http(check, reading),
        Check::WeaviateReady { within } => answered(reading, (200, *within)),
        Check::WeaviateKey => weaviate::key(&reading.requests),
        Check::WeaviateNodes => weaviate::nodes(&reading.body),
        Check::WeaviateShare { at_most, percent } => {
            weaviate::share(&reading.body, *at_most, *percent)
        }
        Check::WeaviateSearch { place, within, .. }
        | Check::WeaviateQuestion { place, within, .. } => {
            weaviate::search(place, reading, *within)
        }
        Check::PostgresCache { percent } => postgres::cache(&reading.body, *percent),
        Check::PostgresConnections { percent } => postgres::connections(&reading.body, *percent),
        Check::PostgresTables { most_gb } => postgres::tables(&reading.body, *most_gb),
        Check::PostgresLoad { least, .. } => postgres::load(&reading.body, *least),
        Check::CachePing => ping(reading),
    }
}

fn http(check: &HttpCheck, reading: &Reading) -> Judgement {
    let judgement = answered(reading, (check.status, check.within));
    match &check.body {
        Some(text) if judgement.1 == Verdict::Passed && !reading.body.contains(text) => {
            (judgement.0, Verdict::Failed(format!("`{text}` is not in the answer")))
        }
        Some(_) | None => judgement,
    }
}

/// One answer with the right status, in time.
fn answered(reading: &Reading, (status, within): (u16, Duration)) -> Judgement {
    let Some(Request { status: given, seconds }) = reading.requests.last().copied() else {
        return failed("no request was made");
    };
    let measured = measured::seconds(seconds);
    if given != status {
        return (measured, Verdict::Failed(format!("the answer was {given}, not {status}")));
    }
    (measured, in_time(seconds, within))
}

/// Whether so many seconds are below a limit.
pub fn in_time(seconds: f64, within: Duration) -> Verdict {
    if seconds < within.as_secs_f64() {
        Verdict::Passed
    } else {
        let (took, within) = (measured::seconds(seconds), limit(within));
        Verdict::Failed(format!("took {took}, and {within} is the limit"))
    }
}

fn ping(reading: &Reading) -> Judgement {
    match reading.last_line() {
        "PONG" => ("PONG".to_owned(), Verdict::Passed),
        other => failed(other),
    }
}

/// A failure without a measure.
pub fn failed(why: impl Into<String>) -> Judgement {
    (String::new(), Verdict::Failed(why.into()))
}

/// Nothing to measure yet.
pub fn unknown(why: impl Into<String>) -> Judgement {
    (String::new(), Verdict::Unknown(why.into()))
}
