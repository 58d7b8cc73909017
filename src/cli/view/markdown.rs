//! A plan for a pull request.

use std::fmt::Write as _;

use crate::{
    cli::view::plan::{about, copies, in_words, minutes, summary},
    plan::{Plan, Step},
    provision::{Pending, Standing},
    values::Money,
};

/// How many bytes of rows are shown. With `WORDS`, and the software, it stays below the largest comment
/// GitHub takes: 65,536 characters.
const ROWS: usize = 40_000;

/// How many bytes of refusals and notes are shown.
const WORDS: usize = 20_000;

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
    let rows: Vec<String> = plan.changes().map(row).collect();
    if !rows.is_empty() {
        text.push_str(
            "\n| | address | kind | name | what changes | $ a month |\n|---|---|---|---|---|---|\n",
        );
    }
    text + &fitted(&rows, ROWS, "steps") + &fitted(&words(plan), WORDS, "refusals and notes")
}

/// What stands below the steps, a line each, what stops the plan first.
fn words(plan: &Plan) -> Vec<String> {
    let refusals = plan.refusals.iter().map(|refusal| {
        format!("\n> **refused**: {} ({})\n", escape(&refusal.text), escape(&refusal.way_out))
    });
    let notes = plan.notes.iter().map(|note| format!("\n> note: {}\n", escape(&note.text)));
    let kept = plan
        .kept
        .iter()
        .map(|kept| format!("\n> kept: {} `{}`, {} a month\n", kept.kind, kept.name, kept.monthly));
    let copies = copies(plan).map(|copies| format!("\n> snapshots: {copies}\n"));
    refusals.chain(copies).chain(notes).chain(kept).collect()
}

/// As many lines as fit, and how many do not.
fn fitted(lines: &[String], most: usize, what: &str) -> String {
    let mut text = String::new();
    for (place, line) in lines.iter().enumerate() {
        if text.len() + line.len() > most {
            let _ = writeln!(text, "\nand {} more {what}", lines.len() - place);
            break;
        }
        text.push_str(line);
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
