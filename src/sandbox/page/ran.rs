//! What ran: the last actions and the last calls, newest first.

use jiff::Timestamp;
use serde::Serialize;

use crate::sandbox::{
    actions::{Action, ActionStatus, Held},
    calls,
    page::{Look, Tone},
    world::World,
};

/// How many actions are shown.
const ACTIONS: usize = 20;

/// How many calls are shown.
const CALLS: usize = 30;

/// The last actions.
#[derive(Debug, Serialize)]
pub struct Ran {
    count: usize,
    actions: Vec<Done>,
}

/// One action.
#[derive(Debug, Serialize)]
struct Done {
    what: String,
    on: String,
    state: Look,
    began: String,
    took: Option<String>,
    running: bool,
    /// How far it is.
    percent: u8,
}

impl Ran {
    /// The actions of a world.
    pub fn of(world: &World, now: Timestamp) -> Self {
        let last = world.actions.values().rev().take(ACTIONS);
        let actions = last.map(|action| done(world, action, now)).collect();
        Self { count: world.actions.len(), actions }
    }
}

fn done(world: &World, action: &Action, now: Timestamp) -> Done {
    let took = action.completed_at.map(|end| seconds(action.started_at, end));
    Done {
        what: action.kind.replace('_', " "),
        on: subject(world, action),
        state: state(action),
        began: action.started_at.strftime("%T").to_string(),
        took: took.map(|took| format!("{took:.1} s")),
        running: action.is_under_way(),
        percent: percent(action, now),
    }
}

/// What an action is about, by name as long as it is there.
fn subject(world: &World, action: &Action) -> String {
    let Held { droplet, volume, reserved_ip, image } = &action.held;
    let volume = volume.as_ref();
    let volume = volume.and_then(|id| world.volumes.get(id)).map(|volume| volume.name.clone());
    let droplet = droplet.map(|id| {
        world.droplets.get(&id).map_or_else(|| format!("droplet {id}"), |it| it.name.clone())
    });
    let address = reserved_ip.map(|address| address.to_string());
    let image = image.and_then(|id| world.images.get(&id)).map(|image| image.name.clone());
    let names: Vec<String> = [volume, address, image, droplet].into_iter().flatten().collect();
    names.join(" on ")
}

fn state(action: &Action) -> Look {
    let (word, tone) = match action.status {
        ActionStatus::InProgress if action.ends_at.is_none() => ("stuck", Tone::Bad),
        ActionStatus::InProgress => ("in progress", Tone::Busy),
        ActionStatus::Completed => ("completed", Tone::Good),
        ActionStatus::Errored => ("errored", Tone::Bad),
    };
    Look { word: word.to_owned(), tone }
}

fn seconds(from: Timestamp, to: Timestamp) -> f64 {
    to.duration_since(from).as_secs_f64()
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "clamped to a percentage before the cast"
)]
fn percent(action: &Action, now: Timestamp) -> u8 {
    let Some(end) = action.ends_at else { return 0 };
    let whole = seconds(action.started_at, end);
    let gone = seconds(action.started_at, now);
    if whole > 0.0 { (100.0 * gone / whole).clamp(0.0, 100.0) as u8 } else { 100 }
}

/// The last calls.
#[derive(Debug, Serialize)]
pub struct Calls {
    count: u64,
    last: Vec<Made>,
}

/// One call.
#[derive(Debug, Serialize)]
struct Made {
    method: String,
    path: String,
    status: String,
    tone: Tone,
}

impl Calls {
    /// The calls of a log.
    pub fn of(calls: &calls::Calls) -> Self {
        let last = calls.latest().take(CALLS).map(|(method, path, status)| {
            let (status, tone) = match status {
                None => ("…".to_owned(), Tone::Busy),
                Some(0) => ("cut off".to_owned(), Tone::Bad),
                Some(status @ ..400) => (status.to_string(), Tone::Good),
                Some(status) => (status.to_string(), Tone::Bad),
            };
            Made { method: method.to_owned(), path: path.to_owned(), status, tone }
        });
        Self { count: calls.total(), last: last.collect() }
    }
}
