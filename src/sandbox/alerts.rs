//! Alert policies: when somebody is told about a metric. The sandbox has no metrics, so nobody is.

use axum::http::StatusCode;
use serde::{Deserialize, Serialize};

use crate::sandbox::{
    answer::{Answer, Refusal, Reply},
    call::Call,
    pages,
    routes::{Method, Route},
    tags,
    world::World,
};

/// The routes of this family.
pub const ROUTES: &[Route] = &[
    Route::new(Method::Get, "/v2/monitoring/alerts", list),
    Route::new(Method::Post, "/v2/monitoring/alerts", create),
    Route::new(Method::Get, "/v2/monitoring/alerts/{alert_uuid}", get),
    Route::new(Method::Put, "/v2/monitoring/alerts/{alert_uuid}", replace),
    Route::new(Method::Delete, "/v2/monitoring/alerts/{alert_uuid}", delete),
];

/// The metrics a policy may watch, by what they are of.
const METRICS: &[(&str, &[&str])] = &[
    (
        DROPLET,
        &[
            "load_1",
            "load_5",
            "load_15",
            "memory_utilization_percent",
            "disk_utilization_percent",
            "cpu",
            "disk_read",
            "disk_write",
            "public_outbound_bandwidth",
            "public_inbound_bandwidth",
            "private_outbound_bandwidth",
            "private_inbound_bandwidth",
        ],
    ),
    (
        "v1/insights/lbaas/",
        &[
            "avg_cpu_utilization_percent",
            "connection_utilization_percent",
            "droplet_health",
            "tls_connections_per_second_utilization_percent",
            "increase_in_http_error_rate_percentage_5xx",
            "increase_in_http_error_rate_percentage_4xx",
            "increase_in_http_error_rate_count_5xx",
            "increase_in_http_error_rate_count_4xx",
            "high_http_request_response_time",
            "high_http_request_response_time_50p",
            "high_http_request_response_time_95p",
            "high_http_request_response_time_99p",
        ],
    ),
    (
        "v1/dbaas/alerts/",
        &["load_15_alerts", "memory_utilization_alerts", "disk_utilization_alerts", "cpu_alerts"],
    ),
    (
        "v1/droplet/autoscale_alerts/",
        &[
            "current_instances",
            "target_instances",
            "current_cpu_utilization",
            "target_cpu_utilization",
            "current_memory_utilization",
            "target_memory_utilization",
            "scale_up",
            "scale_down",
        ],
    ),
];

/// How the metrics of droplets begin.
const DROPLET: &str = "v1/insights/droplet/";

/// An alert policy of the account, also in the form the API shows it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct AlertPolicy {
    /// The uuid requests use.
    pub uuid: String,
    /// What it watches and whom it tells.
    #[serde(flatten)]
    pub terms: AlertTerms,
}

/// What a policy watches and whom it tells; requests have to say all of it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct AlertTerms {
    /// The metric's name.
    pub r#type: String,
    /// What it says about itself.
    pub description: String,
    compare: Compare,
    value: f64,
    window: Window,
    /// The things it watches, by id; with none and no tags, all of the account's.
    entities: Vec<String>,
    /// The tags whose droplets it watches.
    tags: Vec<String>,
    alerts: Alerts,
    enabled: bool,
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
enum Compare {
    GreaterThan,
    LessThan,
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
enum Window {
    #[serde(rename = "5m")]
    FiveMinutes,
    #[serde(rename = "10m")]
    TenMinutes,
    #[serde(rename = "30m")]
    ThirtyMinutes,
    #[serde(rename = "1h")]
    Hour,
}

/// Whom a policy tells; both lists have to be there.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Alerts {
    email: Vec<String>,
    slack: Vec<Slack>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Slack {
    url: String,
    channel: String,
}

impl AlertTerms {
    fn check(&self) -> Result<(), Refusal> {
        let known = METRICS.iter().any(|(beginning, metrics)| {
            self.r#type.strip_prefix(beginning).is_some_and(|metric| metrics.contains(&metric))
        });
        if !known {
            return Err(Refusal::unprocessable(format!("invalid alert type: {}", self.r#type)));
        }
        if !self.value.is_finite() || self.value < 0.0 {
            return Err(Refusal::unprocessable("value must not be negative"));
        }
        let of_droplets = self.r#type.starts_with(DROPLET);
        let strange = |entity: &&String| of_droplets && entity.parse::<u64>().is_err();
        if let Some(entity) = self.entities.iter().find(strange) {
            return Err(Refusal::unprocessable(format!("invalid entity: {entity}")));
        }
        tags::check(&self.tags)?;
        self.alerts.check()
    }
}

impl Alerts {
    fn check(&self) -> Result<(), Refusal> {
        if let Some(email) = self.email.iter().find(|email| !is_email(email)) {
            return Err(Refusal::unprocessable(format!("invalid email address: {email}")));
        }
        let strange = |slack: &&Slack| !slack.url.starts_with("https://");
        if let Some(slack) = self.slack.iter().find(strange) {
            return Err(Refusal::unprocessable(format!("invalid slack url: {}", slack.url)));
        }
        if self.slack.iter().any(|slack| slack.channel.is_empty()) {
            return Err(Refusal::unprocessable("a slack channel can't be blank"));
        }
        Ok(())
    }
}

/// One `@` between a name and a domain of two labels or more.
fn is_email(text: &str) -> bool {
    let Some((name, domain)) = text.split_once('@') else { return false };
    let plain = |text: &str| !text.contains(|letter: char| letter.is_whitespace() || letter == '@');
    let labels = domain.split('.').all(|label| !label.is_empty());
    !name.is_empty() && domain.contains('.') && labels && plain(name) && plain(domain)
}

fn find<'a>(world: &'a World, call: &Call) -> Result<&'a AlertPolicy, Refusal> {
    world.alerts.get(call.capture(0)).ok_or_else(Refusal::not_found)
}

fn list(world: &mut World, call: &Call) -> Reply {
    pages::list(call, "policies", world.alerts.values().collect(), |policy| policy)
}

fn get(world: &mut World, call: &Call) -> Reply {
    Ok(Answer::one(StatusCode::OK, "policy", find(world, call)?))
}

/// Creates a policy; unlike other kinds it is answered with 200.
fn create(world: &mut World, call: &Call) -> Reply {
    let terms: AlertTerms = call.json()?;
    terms.check()?;
    let uuid = world.ids.uuid();
    Ok(keep(world, AlertPolicy { uuid, terms }))
}

fn replace(world: &mut World, call: &Call) -> Reply {
    let uuid = find(world, call)?.uuid.clone();
    let terms: AlertTerms = call.json()?;
    terms.check()?;
    Ok(keep(world, AlertPolicy { uuid, terms }))
}

fn keep(world: &mut World, policy: AlertPolicy) -> Answer {
    let answer = Answer::one(StatusCode::OK, "policy", &policy);
    world.alerts.insert(policy.uuid.clone(), policy);
    answer
}

fn delete(world: &mut World, call: &Call) -> Reply {
    let uuid = find(world, call)?.uuid.clone();
    world.alerts.remove(&uuid);
    Ok(Answer::no_content())
}
