//! A run as it happens: live on a terminal, a line at a time elsewhere, or JSON.

use std::{collections::BTreeMap, time::Duration};

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

use crate::{
    apply::{Event, What},
    cli::{
        output::Output,
        view::{json, style},
    },
    plan::Action,
    resources::Kind,
    values::Address,
};

/// The most steps shown at once on a terminal; the others run all the same.
const MOST: usize = 12;

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
    Live { all: MultiProgress, bars: BTreeMap<Address, ProgressBar> },
}

impl Progress {
    /// A watcher for this output; JSON is asked for, the rest follows from where stderr goes.
    pub fn new(output: Output, json: bool) -> Self {
        let form = match (json, output.terminal) {
            (true, _) => Form::Json,
            (false, true) => Form::Live { all: MultiProgress::new(), bars: BTreeMap::new() },
            (false, false) => Form::Lines,
        };
        Self { output, form }
    }

    /// Shows what happened.
    pub fn show(&mut self, event: &Event) {
        match &mut self.form {
            Form::Json => self.output.data(&json::line(&json::document("event", event))),
            Form::Lines => {
                if let Some(line) = line(event) {
                    self.output.words(&format!("{line}\n"));
                }
            }
            Form::Live { all, bars } => live(all, bars, event),
        }
    }

    /// Clears what is still under way.
    pub fn end(&mut self) {
        if let Form::Live { all, bars } = &mut self.form {
            bars.clear();
            // The terminal is gone; there is nobody left to show anything to.
            let _ = all.clear();
        }
    }
}

fn live(all: &MultiProgress, bars: &mut BTreeMap<Address, ProgressBar>, event: &Event) {
    match &event.what {
        What::Started if bars.len() < MOST => {
            let bar = all.add(ProgressBar::new_spinner().with_style(spinner()));
            bar.set_message(subject(event));
            bar.enable_steady_tick(Duration::from_millis(120));
            bars.insert(event.address.clone(), bar);
        }
        What::Started => {}
        What::Waiting { reason } => {
            if let Some(bar) = bars.get(&event.address) {
                bar.set_message(format!("{}  waits for {reason}", subject(event)));
            }
        }
        What::Done { .. } | What::Failed { .. } | What::Skipped { .. } | What::Abandoned { .. } => {
            if let Some(bar) = bars.remove(&event.address) {
                bar.finish_and_clear();
            }
            if let Some(line) = line(event) {
                // As above: a terminal that is gone is told nothing.
                let _ = all.println(line);
            }
        }
    }
}

fn spinner() -> ProgressStyle {
    ProgressStyle::with_template("  {spinner} {msg}  {elapsed}")
        .unwrap_or_else(|_| ProgressStyle::default_spinner())
}

/// The line for an event that is worth one.
fn line(event: &Event) -> Option<String> {
    let sign = style::action(event.action, event.action.glyph());
    let subject = subject(event);
    match &event.what {
        What::Started | What::Waiting { .. } => None,
        What::Done { elapsed } => {
            Some(format!("{sign} {subject}  {} in {}", past(event.action), seconds(*elapsed)))
        }
        What::Failed { error } => {
            Some(format!("{sign} {subject}  {}: {error}", style::error("failed")))
        }
        What::Skipped { because } => {
            Some(format!("{sign} {subject}  skipped because of {because}"))
        }
        What::Abandoned { running: Some(running) } => {
            Some(format!("{sign} {subject}  left alone; still running: {running}"))
        }
        What::Abandoned { running: None } => Some(format!("{sign} {subject}  left alone")),
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
