//! What differs on machines, and how making them serve went.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::{
    cli::view::{json, style},
    engine::Deep,
    plan::Action,
    provision::{Outcome, Pending, ProvisionError, Standing},
    values::{Address, in_full},
};

/// The software that `up` would converge; nothing where all is as wanted.
pub fn pending(pending: &[Pending]) -> String {
    let mut text = String::new();
    if pending.is_empty() {
        return text;
    }
    let _ = writeln!(text, "{}", style::heading("software (converged over SSH)"));
    for Pending { component, state, .. } in pending {
        let (action, words) = match state {
            Standing::Missing => (Action::Create, "does not serve yet"),
            Standing::Differs => {
                (Action::Update, "differs; only services whose inputs changed are started anew")
            }
        };
        let _ =
            writeln!(text, "  {} {component:<24} {words}", style::action(action, action.glyph()));
    }
    text
}

/// What machines said that differs on them, or why they said nothing.
pub fn deep(deep: &Deep) -> String {
    let mut text = String::new();
    for (address, machine) in deep {
        match machine {
            Ok(changes) if changes.is_empty() => {
                let _ = writeln!(text, "{} as wanted", style::heading(&address.to_string()));
            }
            Ok(changes) => {
                let _ = writeln!(text, "{}", style::heading(&address.to_string()));
                let glyph = style::action(Action::Update, Action::Update.glyph());
                for change in changes {
                    let _ = writeln!(text, "  {glyph} {change}");
                }
            }
            Err(error) => {
                let why = in_full(&error);
                let _ = writeln!(text, "{}: {address}: {why}", style::error("not asked"));
            }
        }
    }
    text
}

/// The same for programs.
pub fn deep_document(deep: &Deep) -> Value {
    let machine = |(address, machine): (&Address, &Result<Vec<String>, ProvisionError>)| {
        let said = match machine {
            Ok(changes) => json!({ "changes": changes }),
            Err(error) => json!({ "error": in_full(&error), "help": error.help() }),
        };
        (address.to_string(), said)
    };
    deep.iter().map(machine).collect()
}

/// How it went, for a person.
pub fn text(outcome: &Outcome) -> String {
    let mut text = String::new();
    let (good, bad) = (outcome.serving.len(), outcome.failed.len() + outcome.abandoned.len());
    let headline = match (good, bad) {
        (0, 0) => return "No machine to set up.\n".to_owned(),
        (good, 0) => format!("Serving: {}.", machines(good)),
        (good, bad) => format!("{} serving, {bad} not.", machines(good)),
    };
    let _ = writeln!(text, "{}", style::heading(&headline));
    for (address, changed) in outcome.serving.iter().filter(|(_, changed)| !changed.is_empty()) {
        let _ = writeln!(text, "  {address:<24} {}", changed.join(", "));
    }
    for (address, error) in &outcome.failed {
        let _ = writeln!(text, "{}: {address}: {}", style::error("failed"), in_full(&error));
    }
    for address in &outcome.abandoned {
        let _ = writeln!(text, "left alone: {address}");
    }
    text
}

/// How it went, for programs.
pub fn document(outcome: &Outcome) -> Value {
    let failed = outcome.failed.iter().map(|(address, error)| {
        json!({ "address": address, "error": in_full(&error), "help": error.help() })
    });
    let serving = outcome
        .serving
        .iter()
        .map(|(address, changed)| json!({ "address": address, "changed": changed }));
    let content = json!({
        "serving": serving.collect::<Vec<_>>(),
        "failed": failed.collect::<Vec<_>>(),
        "abandoned": outcome.abandoned,
    });
    json::document("software", &content)
}

fn machines(count: usize) -> String {
    if count == 1 { "1 machine".to_owned() } else { format!("{count} machines") }
}
