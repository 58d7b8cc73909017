//! What readings of Weaviate mean.

use std::time::Duration;

use serde::Deserialize;

use crate::{
    config::Collection,
    matrix::{
        Reading, Request, Verdict,
        judge::{Judgement, failed, in_time, unknown},
        measured,
    },
    metrics::{Page, Quantile},
};

/// The histogram of its queries, in milliseconds (`usecases/monitoring/prometheus.go`). It counts
/// searches over gRPC too, and the time of the module that makes a vector of words.
const QUERIES: &str = "queries_durations_ms";

/// Fewer queries tell nothing about the share of fast ones.
const FEW: f64 = 20.0;

/// Whoever has no key is turned away, and nobody else.
pub fn key(requests: &[Request]) -> Judgement {
    let [without, with] = requests else { return failed("two requests were not made") };
    let measured = format!("{}, {}", without.status, with.status);
    let verdict = match (without.status, with.status) {
        (401, 200) => Verdict::Passed,
        (401, status) => Verdict::Failed(format!("its own key is answered {status}, not 200")),
        (status, _) => Verdict::Failed(format!("without a key it answers {status}, not 401")),
    };
    (measured, verdict)
}

/// What `/v1/nodes` answers, as far as it is asked.
#[derive(Deserialize)]
struct Nodes {
    nodes: Vec<Node>,
}

#[derive(Deserialize)]
struct Node {
    name: String,
    status: String,
    #[serde(default)]
    version: String,
}

/// Every node is healthy, and there is one.
pub fn nodes(body: &str) -> Judgement {
    let Ok(Nodes { nodes }) = serde_json::from_str(body) else {
        return failed("what it says of its nodes is no JSON of theirs");
    };
    let line = |node: &Node| format!("{} {} {}", node.name, node.version, node.status);
    let measured = nodes.iter().map(line).collect::<Vec<_>>().join(", ");
    let bad = nodes.iter().find(|node| node.status != "HEALTHY");
    let verdict = match bad {
        Some(Node { name, status, .. }) => Verdict::Failed(format!("the node {name} is {status}")),
        None if nodes.is_empty() => Verdict::Failed("there is no node".to_owned()),
        None => Verdict::Passed,
    };
    (measured, verdict)
}

/// Enough of its queries were answered in time.
pub fn share(page: &str, at_most: Duration, percent: u8) -> Judgement {
    let page = match Page::parse(page) {
        Ok(page) => page,
        Err(error) => return failed(error.to_string()),
    };
    let Some(queries) = page.histogram(QUERIES) else { return unknown("no query was made yet") };
    let count = queries.count();
    if count < FEW {
        return unknown(format!("{count} queries so far tell nothing; {FEW} do"));
    }
    let Some(share) = queries.share_at_most(at_most.as_secs_f64() * 1000.0) else {
        let bounds: Vec<_> = queries.bounds().map(|bound| format!("{bound}ms")).collect();
        return failed(format!("its metrics tell only what took {}", bounds.join(", ")));
    };
    let p95 = queries.quantile(0.95).map(|p95| match p95 {
        Quantile::About(value) => format!(", p95 about {value:.0} ms"),
        Quantile::Above(bound) => format!(", p95 above {bound} ms"),
    });
    let p95 = p95.unwrap_or_default();
    let measured = format!("{} of {count}{p95}", measured::percent(share));
    let enough = share * 100.0 >= f64::from(percent);
    let verdict = if enough {
        Verdict::Passed
    } else {
        let share = measured::percent(share);
        Verdict::Failed(format!("only {share} of {count} queries were fast enough"))
    };
    (measured, verdict)
}

/// What GraphQL answers, as far as it says what is wrong.
#[derive(Deserialize)]
struct Answer {
    #[serde(default)]
    errors: Vec<Mistake>,
}

#[derive(Deserialize)]
struct Mistake {
    message: String,
}

/// Of searches that were sent, 95 in a hundred are answered in time.
///
/// What cannot be searched is a failure where the stack file says what to search, for then it is
/// meant; a class that the probe came upon may well have no vectors.
pub fn search(place: &Collection, reading: &Reading, within: Duration) -> Judgement {
    let cannot = |why: String| match place.class {
        Some(_) => failed(why),
        None => unknown(why),
    };
    if let Some(bad) = reading.requests.iter().find(|request| request.status != 200) {
        return failed(format!("a search was answered {}, not 200", bad.status));
    }
    match serde_json::from_str::<Answer>(&reading.body) {
        Ok(Answer { errors }) => {
            if let Some(first) = errors.into_iter().next() {
                return cannot(format!("it cannot be searched: {}", first.message));
            }
        }
        Err(_) => return failed("the answer to a search is no JSON"),
    }
    let Some(p95) = p95(&reading.requests) else { return failed("no search was made") };
    (measured::seconds(p95), in_time(p95, within))
}

/// The time below which 95 of a hundred requests stay, by the nearest rank.
fn p95(requests: &[Request]) -> Option<f64> {
    let mut times: Vec<f64> = requests.iter().map(|request| request.seconds).collect();
    times.sort_by(f64::total_cmp);
    let rank = (times.len() * 95).div_ceil(100);
    times.get(rank.checked_sub(1)?).copied()
}

#[cfg(test)]
mod tests {
    use super::p95;
    use crate::matrix::Request;

    #[test]
    fn of_twenty_the_slowest_may_be_slow() {
        let request = |seconds| Request { status: 200, seconds };
        let mut requests = vec![request(0.01); 19];
        requests.insert(3, request(9.0));
        assert_eq!(p95(&requests), Some(0.01));
        assert_eq!(p95(&requests[3..4]), Some(9.0));
        assert_eq!(p95(&[]), None);
    }
}
