//! What a Prometheus server answers (Prometheus: HTTP API, expression queries).

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;

use crate::{
    metrics::{Series, Unknown, Value},
    readings::fetch::Answer,
};

/// How far its clock may be from ours.
const SKEW: SignedDuration = SignedDuration::from_secs(30);

/// The most characters of its own words that are passed on.
const LONGEST_MESSAGE: usize = 300;

#[derive(Deserialize)]
struct Body {
    status: String,
    error: Option<String>,
    data: Option<Data>,
    #[serde(default)]
    warnings: Vec<String>,
}

#[derive(Deserialize)]
struct Data {
    #[serde(rename = "resultType")]
    kind: String,
    result: Vec<Matrix>,
}

#[derive(Deserialize)]
struct Matrix {
    #[serde(default)]
    metric: BTreeMap<String, String>,
    #[serde(default)]
    values: Vec<(f64, String)>,
    // Native histograms have no one value.
    #[serde(default)]
    histograms: Vec<serde_json::Value>,
}

/// Where a server answers queries.
pub fn address(server: &str) -> String {
    format!("{}/api/v1/query", server.trim_end_matches('/'))
}

/// The fields of a query.
pub fn form(query: &str, now: Timestamp) -> [(&'static str, String); 2] {
    [("query", query.to_owned()), ("time", seconds(now))]
}

/// Reads an answer; whatever is odd about it makes it none.
pub fn read(answer: &Answer, now: Timestamp) -> Result<Vec<Series>, Unknown> {
    let body: Body = serde_json::from_str(&answer.body).map_err(|error| {
        Unknown::Unanswered(format!("the answer was {} and no Prometheus': {error}", answer.status))
    })?;
    if body.status != "success" || answer.status != 200 {
        let said = body.error.unwrap_or_else(|| "it says no reason".to_owned());
        return Err(Unknown::Unanswered(format!("Prometheus refused: {}", short(&said))));
    }
    if let Some(warning) = body.warnings.first() {
        return Err(Unknown::Doubtful(short(warning)));
    }
    let skew = answer.date.map(|date| now.duration_since(date).abs());
    if let Some(skew) = skew.filter(|skew| *skew > SKEW) {
        return Err(Unknown::Skew(skew.as_secs()));
    }
    let data = body.data.ok_or_else(|| Unknown::Unanswered("the answer has no data".to_owned()))?;
    if data.kind != "matrix" {
        return Err(Unknown::Unanswered(format!("the answer is a {}, not a matrix", data.kind)));
    }
    data.result.into_iter().map(one).collect()
}

fn one(matrix: Matrix) -> Result<Series, Unknown> {
    if !matrix.histograms.is_empty() {
        return Err(Unknown::Buckets);
    }
    let values = matrix.values.into_iter().map(|(at, number)| {
        let number = number.parse().ok().map(Value::Exactly);
        Some((moment(at)?, number?))
    });
    let values = values.collect::<Option<Vec<_>>>();
    let values = values.ok_or_else(|| Unknown::Unanswered("a value is no number".to_owned()))?;
    Ok(Series { labels: matrix.metric, values })
}

/// Seconds since 1970, with milliseconds.
fn seconds(at: Timestamp) -> String {
    let all = at.as_millisecond();
    format!("{}.{:03}", all.div_euclid(1000), all.rem_euclid(1000))
}

#[expect(clippy::cast_possible_truncation, reason = "a time that is none is refused")]
fn moment(seconds: f64) -> Option<Timestamp> {
    Timestamp::from_millisecond((seconds * 1000.0).round() as i64).ok()
}

fn short(text: &str) -> String {
    text.chars().filter(|letter| !letter.is_control()).take(LONGEST_MESSAGE).collect()
}

#[cfg(test)]
mod tests {
    use jiff::{SignedDuration, Timestamp};

    use super::read;
    use crate::{
        metrics::{Unknown, Value},
        readings::fetch::Answer,
    };

    fn now() -> Timestamp {
        Timestamp::from_second(1_800_000_000).unwrap()
    }

    fn answer(status: u16, body: &str) -> Answer {
        Answer { status, date: Some(now()), body: body.to_owned() }
    }

    fn why(status: u16, body: &str) -> String {
        read(&answer(status, body), now()).unwrap_err().to_string()
    }

    #[test]
    fn a_matrix_is_series() {
        let body = r#"{"status":"success","data":{"resultType":"matrix","result":[
            {"metric":{"instance":"a:1"},"values":[[1799999985.5,"0.5"],[1800000000,"NaN"]]}]}}"#;
        let series = read(&answer(200, body), now()).unwrap();
        assert_eq!(series[0].labels["instance"], "a:1");
        let (at, value) = series[0].values[0];
        assert_eq!(now().duration_since(at), SignedDuration::from_millis(14_500));
        assert_eq!(value, Value::Exactly(0.5));
        assert!(series[0].values[1].1.number().is_nan());
    }

    #[test]
    fn whatever_is_odd_about_an_answer_makes_it_none() {
        let data = r#""data":{"resultType":"matrix","result":[]}"#;
        for (status, body, said) in [
            (502, "<html>".to_owned(), "the answer was 502 and no Prometheus'"),
            (
                400,
                r#"{"status":"error","errorType":"bad_data","error":"parse\u0007 error"}"#.to_owned(),
                "Prometheus refused: parse error",
            ),
            (503, format!(r#"{{"status":"success",{data}}}"#), "Prometheus refused"),
            (200, format!(r#"{{"status":"error",{data}}}"#), "Prometheus refused"),
            (200, format!(r#"{{"status":"success","warnings":["w"],{data}}}"#), "a warning: w"),
            (200, r#"{"status":"success"}"#.to_owned(), "no data"),
            (
                200,
                r#"{"status":"success","data":{"resultType":"vector","result":[]}}"#.to_owned(),
                "a vector, not a matrix",
            ),
            (
                200,
                r#"{"status":"success","data":{"resultType":"matrix","result":[{"metric":{},"values":[[1,"x"]]}]}}"#.to_owned(),
                "no number",
            ),
            (
                200,
                r#"{"status":"success","data":{"resultType":"matrix","result":[{"metric":{},"histograms":[[1,{}]]}]}}"#.to_owned(),
                "buckets",
            ),
        ] {
            let told = why(status, &body);
            assert!(told.contains(said), "{body}: {told}");
        }
    }

    #[test]
    fn a_clock_that_is_not_ours_is_not_believed() {
        let body = r#"{"status":"success","data":{"resultType":"matrix","result":[]}}"#;
        for seconds in [-31, 31] {
            let date = Some(now() + SignedDuration::from_secs(seconds));
            let answer = Answer { date, ..answer(200, body) };
            assert_eq!(read(&answer, now()), Err(Unknown::Skew(31)));
        }
    }
}
