//! A run as it happens: live on a terminal, a line at a time elsewhere, or JSON.
//!
//! Each thing has one line when its end is known. Why something failed is told once, at the end,
//! where nobody has to scroll for it.

mod live;

use std::time::Duration;

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
    plan::{Action, Plan},
    resources::Kind,
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
    pub fn new(output: Output, json: bool, plan: &Plan) -> Self {
        let form = match (json, output.terminal) {
            (true, _) => Form::Json,
            (false, true) => Form::Live(Live::new(output, plan.changes().count())),
            (false, false) => Form::Lines,
        };
        Self { output, form }
    }

    /// Watches until there is nothing more to see; says how long it took where somebody looked on.
    pub async fn watch(mut self, mut heard: UnboundedReceiver<Event>) -> Option<Duration> {
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

    fn show(&mut self, event: &Event) {
        match &mut self.form {
            Form::Json => self.output.data(&json::line(&json::document("event", event))),
            Form::Lines => {
                if let Some(line) = line(event) {
                    self.output.words(&format!("{line}\n"));
                }
            }
            Form::Live(live) => live.show(event),
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

/// The line for an event that is worth one.
fn line(event: &Event) -> Option<String> {
    let sign = style::action(event.action, event.action.glyph());
    let subject = subject(event);
    match &event.what {
        What::Started { .. } | What::Waiting { .. } => None,
        What::Done { elapsed } => {
            Some(format!("{sign} {subject}  {} in {}", past(event.action), seconds(*elapsed)))
        }
        What::Failed { .. } => Some(format!("{sign} {subject}  {}", style::error("failed"))),
        What::Skipped { because } => {
            Some(format!("{sign} {subject}  skipped because of {because}"))
        }
        What::Abandoned { .. } => Some(format!("{sign} {subject}  left alone")),
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
