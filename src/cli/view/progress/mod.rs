//! A run as it happens: live on a terminal, a line at a time elsewhere, or JSON.
//!
//! Each thing has one line when its end is known. Why something failed is told once, at the end,
//! where nobody has to scroll for it.

mod live;

use std::time::Duration;

use serde::Serialize;
use tokio::{
    sync::mpsc::UnboundedReceiver,
    time::{MissedTickBehavior, interval},
};

use crate::{
    apply::{Event, What},
    cli::{
        output::Output,
        view::{json, style},
    },
    plan::Action,
    provision,
    resources::Kind,
    values::Address,
};

use self::live::{Live, TICK};

/// Whoever watches a run.
pub struct Progress {
    output: Output,
    form: Form,
}

/// How it is shown.
enum Form {
    /// One JSON event a line, to stdout.
    Json,
    /// Plain lines, to stderr.
    Lines,
    /// A line for each step under way, to the terminal.
    Live(Live),
}

impl Progress {
    /// A watcher for this output; JSON is asked for, the rest follows from where stderr goes.
    pub fn new(output: Output, json: bool, steps: usize) -> Self {
        let form = match (json, output.terminal) {
            (true, _) => Form::Json,
            (false, true) => Form::Live(Live::new(output, steps)),
            (false, false) => Form::Lines,
        };
        Self { output, form }
    }

    /// Watches until there is nothing more to see; says how long it took where somebody looked on.
    pub async fn watch<E: Shown>(mut self, mut heard: UnboundedReceiver<E>) -> Option<Duration> {
        let mut clock = interval(TICK);
        clock.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                event = heard.recv() => match event {
                    Some(event) => self.show(&event),
                    None => return self.end(),
                },
                _ = clock.tick() => self.tick(),
            }
        }
    }

    fn show(&mut self, event: &impl Shown) {
        match &mut self.form {
            Form::Json => self.output.data(&json::line(&json::document("event", event))),
            Form::Lines => {
                if let Some(line) = event.notice().line() {
                    self.output.words(&format!("{line}\n"));
                }
            }
            Form::Live(live) => live.show(event.notice()),
        }
    }

    fn tick(&mut self) {
        match &mut self.form {
            Form::Json | Form::Lines => {}
            Form::Live(live) => live.tick(),
        }
    }

    fn end(self) -> Option<Duration> {
        match self.form {
            Form::Json | Form::Lines => None,
            Form::Live(live) => Some(live.end()),
        }
    }
}

/// Something that happened, for whoever watches.
pub trait Shown: Serialize {
    /// What a person is to see of it.
    fn notice(&self) -> Notice;
}

/// What a person is to see of something that happened.
pub struct Notice {
    /// What it happened to.
    pub address: Address,
    /// What that is called.
    pub subject: String,
    /// What happened.
    pub seen: Seen,
}

/// What happened, as far as it shows.
pub enum Seen {
    /// Work began, which usually takes so long, if that is known.
    Began(Option<Duration>),
    /// It waits, in words.
    Waits(String),
    /// It ended well, in a line.
    Done(String),
    /// It ended otherwise, in a line.
    NotDone(String),
}

impl Notice {
    /// The line for what is worth one.
    pub fn line(&self) -> Option<String> {
        match &self.seen {
            Seen::Began(_) | Seen::Waits(_) => None,
            Seen::Done(line) | Seen::NotDone(line) => Some(line.clone()),
        }
    }
}

impl Shown for Event {
    fn notice(&self) -> Notice {
        let sign = style::action(self.action, self.action.glyph());
        let subject = subject(self);
        let seen = match &self.what {
            What::Started { usually } => Seen::Began(*usually),
            What::Waiting { reason } => Seen::Waits(waits(self, reason)),
            What::Done { elapsed } => {
                let (past, took) = (past(self.action), seconds(*elapsed));
                Seen::Done(format!("{sign} {subject}  {past} in {took}"))
            }
            What::Failed { .. } => {
                Seen::NotDone(format!("{sign} {subject}  {}", style::error("failed")))
            }
            What::Skipped { because } => {
                Seen::NotDone(format!("{sign} {subject}  skipped because of {because}"))
            }
            What::Abandoned { .. } => Seen::NotDone(format!("{sign} {subject}  left alone")),
        };
        Notice { address: self.address.clone(), subject, seen }
    }
}

impl Shown for provision::Event {
    fn notice(&self) -> Notice {
        use provision::What;
        let subject = format!("{:<8} {}", "software", self.name);
        let seen = match &self.what {
            What::Started => Seen::Began(None),
            What::Working { doing } => Seen::Waits(doing.clone()),
            What::Serving { changed, elapsed_ms } => {
                let took = seconds(Duration::from_millis(*elapsed_ms));
                let sign = if changed.is_empty() { " " } else { Action::Update.glyph() };
                let sign = style::action(Action::Update, sign);
                Seen::Done(format!("{sign} {subject}  serving after {took}"))
            }
            What::Failed { .. } => {
                let sign = style::action(Action::Update, Action::Update.glyph());
                Seen::NotDone(format!("{sign} {subject}  {}", style::error("failed")))
            }
            What::Abandoned => Seen::NotDone(format!("  {subject}  left alone")),
        };
        Notice { address: self.address.clone(), subject, seen }
    }
}

/// What a step waits for; that it waits for its own thing need not be said twice.
fn waits(event: &Event, reason: &str) -> String {
    let own = reason.strip_prefix(event.kind.word());
    match own.and_then(|rest| rest.trim_start().split_once(" to ")) {
        Some((id, what)) if !id.contains(' ') => format!("waits to {what}"),
        Some(_) | None => format!("waits for {reason}"),
    }
}

fn subject(event: &Event) -> String {
    // Tags go together, and nobody chose their names.
    let name = match event.name.split(", ").count() {
        count @ 2.. if event.kind == Kind::Tag => format!("{count} tags"),
        _ => event.name.clone(),
    };
    format!("{:<8} {name}", event.kind.word())
}

/// The word for an action that is done.
pub const fn past(action: Action) -> &'static str {
    match action {
        Action::Nothing => "unchanged",
        Action::Create => "created",
        Action::Adopt => "adopted",
        Action::Update => "updated",
        Action::Resize => "resized",
        Action::Replace => "replaced",
        Action::Release => "released",
        Action::Delete => "deleted",
    }
}

/// A time as a person says it.
pub fn seconds(time: Duration) -> String {
    format!("{:.1} s", time.as_secs_f64())
}
