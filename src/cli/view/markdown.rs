//! A plan for a pull request.

use std::fmt::Write as _;

use crate::{
    cli::view::plan::{about, in_words, minutes, summary},
    plan::{Plan, Step},
    provision::{Pending, Standing},
    values::Money,
};

/// The largest comment GitHub takes, in characters, less room for what surrounds it.
const MOST: usize = 60_000;

/// The software that is not as wanted, as Markdown.
pub fn software(pending: &[Pending]) -> String {
    let one = |it: &Pending| {
        let words = match it.state {
            Standing::Missing => "does not serve yet",
            Standing::Differs => "differs",
        };
        format!("\n> software of `{}` {words}; converged over SSH\n", it.component)
    };
    pending.iter().map(one).collect()
}

/// The plan as Markdown, summary first; what does not fit is counted.
pub fn plan(plan: &Plan) -> String {
    let mut text = format!("### dostack: `{}`\n\n{}\n", plan.mark.stack(), summary(plan));
    let steps: Vec<&Step> = plan.changes().collect();
    if !steps.is_empty() {
        text.push_str(
            "\n| | address | kind | name | what changes | $ a month |\n|---|---|---|---|---|---|\n",
        );
    }
    for (place, step) in steps.iter().enumerate() {
        let row = row(step);
        if text.len() + row.len() > MOST {
            let _ = writeln!(text, "\nand {} more steps", steps.len() - place);
            break;
        }
        text.push_str(&row);
    }
    for refusal in &plan.refusals {
        let _ = writeln!(
            text,
            "\n> **refused**: {} ({})",
            escape(&refusal.text),
            escape(&refusal.way_out)
        );
    }
    for note in &plan.notes {
        let _ = writeln!(text, "\n> note: {}", escape(&note.text));
    }
    for kept in &plan.kept {
        let _ = writeln!(text, "\n> kept: {} `{}`, {} a month", kept.kind, kept.name, kept.monthly);
    }
    text
}

fn row(step: &Step) -> String {
    let changes: Vec<String> = step
        .changes
        .iter()
        .map(|change| {
            format!("{}: {} → {}", change.field, change.change.before, change.change.after)
        })
        .chain(Some(about(step)).filter(|about| !about.is_empty()))
        .chain(in_words(step).iter().enumerate().map(|(n, words)| format!("{}. {words}", n + 1)))
        .chain(step.downtime.map(|time| format!("**off for {}**", minutes(time))))
        .collect();
    let difference = step.monthly.after - step.monthly.before;
    let price = if difference == Money::ZERO { String::new() } else { difference.signed() };
    format!(
        "| {} | `{}` | {} | `{}` | {} | {price} |\n",
        step.action,
        step.address,
        step.kind,
        escape(&step.name),
        escape(&changes.join("; ")),
    )
}

fn escape(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ")
}
