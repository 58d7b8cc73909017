//! What Alertmanager posts: the webhook's body, version 4, as far as anybody here wants to know it.
//!
//! All that is taken from it is which alerts it speaks of. Whether they fire, how high a reading is,
//! which machine it was on: the daemon asks that itself. Fields that are not needed are not read, so
//! that older and newer Alertmanagers are understood alike
//! (<https://prometheus.io/docs/alerting/latest/configuration/#webhook_config>).

use std::{borrow::Cow, collections::BTreeSet};

use serde::Deserialize;

/// The version of the body that is understood; Alertmanager has sent no other since 2017.
const VERSION: &str = "4";

/// How deep a body may be nested; Alertmanager's own is three deep.
const DEEPEST: usize = 32;

/// The most alerts of one delivery.
const MOST_ALERTS: usize = 1000;

/// The most labels of one alert; Prometheus itself takes 64 at most where a limit is set.
const MOST_LABELS: usize = 64;

/// The label that names an alert.
const NAME: &str = "alertname";

/// A delivery, reduced to what it may wake.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// The names of the alerts that are in it, firing or resolved.
    pub alerts: BTreeSet<String>,
    /// Whether it was cut, so that what is not in it may fire all the same.
    pub is_truncated: bool,
}

/// Why a body is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unfit {
    /// It is no delivery of version 4.
    Malformed,
    /// It is nested too deep.
    Deep,
    /// It has too many alerts or labels.
    Large,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Body<'a> {
    #[serde(borrow)]
    version: Cow<'a, str>,
    #[serde(borrow)]
    status: Cow<'a, str>,
    #[serde(default)]
    truncated_alerts: u64,
    #[serde(borrow)]
    alerts: Vec<Alert<'a>>,
}

#[derive(Deserialize)]
struct Alert<'a> {
    #[serde(borrow)]
    status: Cow<'a, str>,
    #[serde(borrow)]
    labels: Labels<'a>,
}

/// Labels in the order they come, since nothing is looked up in them but one.
type Labels<'a> = std::collections::BTreeMap<Cow<'a, str>, Cow<'a, str>>;

impl Delivery {
    /// Reads a body.
    pub fn parse(bytes: &[u8]) -> Result<Self, Unfit> {
        if depth(bytes) > DEEPEST {
            return Err(Unfit::Deep);
        }
        let body: Body<'_> = serde_json::from_slice(bytes).map_err(|_| Unfit::Malformed)?;
        let is_known = |status: &str| ["firing", "resolved"].contains(&status);
        let statuses = body.alerts.iter().map(|alert| &alert.status).chain([&body.status]);
        if body.version != VERSION || !statuses.into_iter().all(|status| is_known(status)) {
            return Err(Unfit::Malformed);
        }
        let too_many = |alert: &Alert<'_>| alert.labels.len() > MOST_LABELS;
        if body.alerts.len() > MOST_ALERTS || body.alerts.iter().any(too_many) {
            return Err(Unfit::Large);
        }
        let name = |alert: &Alert<'_>| alert.labels.get(NAME).map(|name| name.as_ref().to_owned());
        Ok(Self {
            alerts: body.alerts.iter().filter_map(name).collect(),
            is_truncated: body.truncated_alerts > 0,
        })
    }
}

/// How deep brackets are nested, not counting those in texts.
fn depth(bytes: &[u8]) -> usize {
    let (mut depth, mut deepest) = (0_usize, 0);
    let (mut in_text, mut is_escaped) = (false, false);
    for byte in bytes {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' if in_text => is_escaped = true,
            b'"' => in_text = !in_text,
            b'{' | b'[' if !in_text => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b'}' | b']' if !in_text => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    /// As Alertmanager 0.25 sends it.
    fn body() -> Value {
        json!({
            "receiver": "dostack", "status": "firing", "version": "4", "truncatedAlerts": 0,
            "groupKey": "{}:{alertname=\"WeaviateMemoryHigh\"}",
            "groupLabels": { "alertname": "WeaviateMemoryHigh" },
            "commonLabels": { "alertname": "WeaviateMemoryHigh" }, "commonAnnotations": {},
            "externalURL": "http://am:9093",
            "alerts": [
                { "status": "firing", "labels": { "alertname": "WeaviateMemoryHigh", "job": "node" },
                  "annotations": { "summary": "a \"quoted\" } word" },
                  "startsAt": "2026-08-22T10:00:00.000Z", "endsAt": "0001-01-01T00:00:00Z",
                  "generatorURL": "http://prom:9090/graph", "fingerprint": "c1a2b3d4e5f60718" },
                { "status": "resolved", "labels": { "alertname": "DiskFull" }, "annotations": {} }
            ]
        })
    }

    fn parse(body: &Value) -> Result<Delivery, Unfit> {
        Delivery::parse(body.to_string().as_bytes())
    }

    fn changed(change: impl FnOnce(&mut Value)) -> Result<Delivery, Unfit> {
        let mut body = body();
        change(&mut body);
        parse(&body)
    }

    #[test]
    fn a_delivery_is_the_names_of_its_alerts() {
        let delivery = parse(&body()).unwrap();
        let names = ["DiskFull", "WeaviateMemoryHigh"].map(str::to_owned);
        assert_eq!(delivery, Delivery { alerts: names.into(), is_truncated: false });
    }

    #[test]
    fn fields_of_newer_versions_are_ignored() {
        let newer = changed(|body| {
            body["notification_reason"] = json!("repeat interval elapsed");
            body["routeLabels"] = json!({ "a": { "b": [1, 2, null] } });
            body["alerts"][0]["new"] = json!([[]]);
        });
        assert_eq!(newer, parse(&body()));
    }

    #[test]
    fn a_group_that_was_cut_says_so() {
        let cut = changed(|body| body["truncatedAlerts"] = json!(7)).unwrap();
        assert!(cut.is_truncated);
    }

    #[test]
    fn what_is_no_delivery_is_malformed() {
        let wrong = [
            changed(|body| body["version"] = json!("3")),
            changed(|body| body["status"] = json!("maybe")),
            changed(|body| body["alerts"][1]["status"] = json!(3)),
            changed(|body| body["alerts"] = json!({})),
            changed(|body| body["alerts"][0]["labels"] = json!({ "alertname": 3 })),
            changed(|body| drop(body.as_object_mut().unwrap().remove("version"))),
            Delivery::parse(b""),
            Delivery::parse(b"null"),
            Delivery::parse(b"{\"version\":\"4\""),
            Delivery::parse(&[0xff, 0xfe]),
        ];
        for (at, parsed) in wrong.into_iter().enumerate() {
            assert_eq!(parsed, Err(Unfit::Malformed), "{at}");
        }
    }

    #[test]
    fn depth_alerts_and_labels_have_limits() {
        let deep = format!("{}{}", "[".repeat(33), "]".repeat(33));
        assert_eq!(Delivery::parse(deep.as_bytes()), Err(Unfit::Deep));
        let in_text = changed(|body| body["externalURL"] = json!("[".repeat(100) + "\\\""));
        assert!(in_text.is_ok());
        let alert = body()["alerts"][0].clone();
        assert!(changed(|body| body["alerts"] = json!(vec![alert.clone(); 1000])).is_ok());
        let many = changed(|body| body["alerts"] = json!(vec![alert.clone(); 1001]));
        assert_eq!(many, Err(Unfit::Large));
        let labels = changed(|body| {
            for at in 0..64 {
                body["alerts"][0]["labels"][format!("l{at}")] = json!("v");
            }
        });
        assert_eq!(labels, Err(Unfit::Large));
    }
}
