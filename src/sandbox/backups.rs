//! Backups of droplets: when they would be taken. The sandbox never takes one.

use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::sandbox::{
    answer::{Answer, Refusal, Reply},
    call::Call,
    droplets::{self, Droplet, Feature},
    pages,
    routes::{Method, Route},
    world::World,
};

/// The routes of this family.
pub const ROUTES: &[Route] = &[
    Route::new(Method::Get, "/v2/droplets/backups/policies", list_policies),
    Route::new(Method::Get, "/v2/droplets/backups/supported_policies", supported),
    Route::new(Method::Get, "/v2/droplets/{droplet_id}/backups", list),
    Route::new(Method::Get, "/v2/droplets/{droplet_id}/backups/policy", policy),
];

/// The hours of UTC a window may start at, and its length.
const HOURS: &[u8] = &[0, 4, 8, 12, 16, 20];
const WINDOW: u8 = 4;

/// When a droplet is backed up.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct BackupPolicy {
    plan: Plan,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    weekday: Option<Weekday>,
    #[serde(default)]
    hour: u8,
}

/// How often a droplet is backed up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Plan {
    Daily,
    Weekly,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
enum Weekday {
    Sun,
    Mon,
    Tue,
    Wed,
    Thu,
    Fri,
    Sat,
}

impl Default for BackupPolicy {
    /// What a droplet gets that asks for backups and says no more.
    fn default() -> Self {
        Self { plan: Plan::Weekly, weekday: Some(Weekday::Sun), hour: 0 }
    }
}

impl BackupPolicy {
    /// What backups cost, as a part of the droplet's price
    /// (docs.digitalocean.com/products/backups/details/pricing).
    pub fn share(&self) -> f64 {
        match self.plan {
            Plan::Daily => 0.3,
            Plan::Weekly => 0.2,
        }
    }

    /// Refuses hours at which no window starts, and weeks without a day.
    pub fn check(&self) -> Result<(), Refusal> {
        if !HOURS.contains(&self.hour) {
            return Err(Refusal::unprocessable("hour must be 0, 4, 8, 12, 16 or 20"));
        }
        match (self.plan, self.weekday) {
            (Plan::Weekly, None) => {
                Err(Refusal::unprocessable("weekday is required for a weekly plan"))
            }
            (Plan::Weekly, Some(_)) | (Plan::Daily, _) => Ok(()),
        }
    }

    fn retention_days(&self) -> u8 {
        match self.plan {
            Plan::Daily => 7,
            Plan::Weekly => 28,
        }
    }

    fn view(&self) -> Value {
        let mut view = json!({
            "plan": self.plan,
            "hour": self.hour,
            "window_length_hours": WINDOW,
            "retention_period_days": self.retention_days(),
        });
        if let Some(weekday) = self.weekday {
            view["weekday"] = json!(weekday);
        }
        view
    }
}

fn view(droplet: &Droplet) -> Value {
    let enabled = droplet.features.contains(&Feature::Backups);
    let mut view = json!({ "droplet_id": droplet.id, "backup_enabled": enabled });
    if let Some(policy) = &droplet.backup_policy {
        view["backup_policy"] = policy.view();
        view["next_backup_window"] = Value::Null;
    }
    view
}

fn list(world: &mut World, call: &Call) -> Reply {
    droplets::find(world, call)?;
    pages::list(call, "backups", Vec::<()>::new(), |none| none)
}

fn policy(world: &mut World, call: &Call) -> Reply {
    Ok(Answer::one(StatusCode::OK, "policy", view(droplets::find(world, call)?)))
}

/// Lists policies by droplet: an object, not an array, and so on one page.
#[expect(clippy::unnecessary_wraps, reason = "a handler's form")]
fn list_policies(world: &mut World, _: &Call) -> Reply {
    let backed = world.droplets.values().filter(|droplet| droplet.backup_policy.is_some());
    let policies: Map<_, _> =
        backed.map(|droplet| (droplet.id.to_string(), view(droplet))).collect();
    let total = policies.len();
    let body = json!({ "policies": policies, "links": {}, "meta": { "total": total } });
    Ok(Answer::json(StatusCode::OK, &body))
}

#[expect(clippy::unnecessary_wraps, reason = "a handler's form")]
fn supported(_: &mut World, _: &Call) -> Reply {
    let of = |name: &str, days: &[Weekday], retention: u8| {
        json!({
            "name": name,
            "possible_window_starts": HOURS,
            "window_length_hours": WINDOW,
            "retention_period_days": retention,
            "possible_days": days,
        })
    };
    let week = [
        Weekday::Sun,
        Weekday::Mon,
        Weekday::Tue,
        Weekday::Wed,
        Weekday::Thu,
        Weekday::Fri,
        Weekday::Sat,
    ];
    let policies = [of("weekly", &week, 28), of("daily", &[], 7)];
    Ok(Answer::one(StatusCode::OK, "supported_policies", policies))
}
