//! What belongs to no stack, as a table, or for programs.

use std::{collections::BTreeMap, fmt::Write as _};

use jiff::Timestamp;
use serde_json::{Value, json};
use unicode_width::UnicodeWidthStr;

use crate::{
    cli::view::style,
    purge::{Group, Sort, Thing},
    values::Money,
};

/// The widest a line is made: a price far from its name is hard to read.
const WIDEST: usize = 100;

/// The room for an age and a price, with blanks before them.
const FIGURES: usize = 24;

/// Things in their groups, and what it takes to lay them out.
pub struct Table<'a> {
    /// The groups.
    pub groups: &'a [Group<'a>],
    /// Ages are counted until then.
    pub now: Timestamp,
    /// How wide the terminal is.
    pub width: usize,
}

/// The document for programs; money in cents.
pub fn document(groups: &[Group<'_>]) -> Value {
    json!({ "groups": groups, "monthly": sum(groups) })
}

/// Everything that belongs to no stack.
pub fn list(table: &Table<'_>) -> String {
    let count: usize = table.groups.iter().map(|group| group.things.len()).sum();
    if count == 0 {
        return "Everything in the account belongs to a stack or is in use.\n".to_owned();
    }
    let mut text = rows(table);
    let (things, monthly) = (counted(count, "thing"), sum(table.groups));
    let belong = if count == 1 { "belongs" } else { "belong" };
    let _ = writeln!(text, "{things} {belong} to no stack: {monthly} a month.");
    let help = "`dostack purge NAME` deletes what you name, and nothing else";
    let _ = writeln!(text, "{}: {help}", style::hint("help"));
    text
}

/// What was named, and what is lost with it.
pub fn chosen(table: &Table<'_>) -> String {
    let mut text = rows(table);
    for (sort, what) in
        [(Sort::Droplet, "local disk"), (Sort::Volume, "data"), (Sort::Snapshot, "data")]
    {
        let gone = table.groups.iter().filter(|group| group.sort == sort);
        for group in gone {
            let things = counted(group.things.len(), sort.word());
            let lost = format!("the {what} of {things} is lost for good");
            let _ = writeln!(text, "{}: {lost}", style::warning("warning"));
        }
    }
    let count: usize = table.groups.iter().map(|group| group.things.len()).sum();
    let things = counted(count, "thing");
    let _ = writeln!(text, "{things} to delete: {} a month saved.", sum(table.groups));
    text
}

fn sum(groups: &[Group<'_>]) -> Money {
    groups.iter().map(|group| group.monthly).sum()
}

fn counted(count: usize, word: &str) -> String {
    if count == 1 { format!("1 {word}") } else { format!("{count} {word}s") }
}

fn rows(table: &Table<'_>) -> String {
    let labels = labels(table.groups);
    let longest = labels.values().map(|label| label.width()).max().unwrap_or_default();
    let width = table.width.min(WIDEST);
    let name = longest.min(width / 2);
    let about = width.saturating_sub(name + FIGURES + 4);
    let mut text = String::new();
    for group in table.groups {
        let title = format!("{}, {} a month", plural(group.sort), group.monthly);
        let _ = writeln!(text, "{}", style::heading(&title));
        for thing in &group.things {
            let label = fit(&labels[&thing.key.id()], name);
            let (told, age) = (fit(&thing.about, about), age(thing, table.now));
            let price = thing.monthly.to_string();
            let line = format!("  {label}  {told}  {age:>10}  {price:>10}");
            let _ = writeln!(text, "{}", line.trim_end());
        }
    }
    text
}

const fn plural(sort: Sort) -> &'static str {
    match sort {
        Sort::Droplet => "droplets",
        Sort::Volume => "volumes",
        Sort::Snapshot => "snapshots",
        Sort::ReservedIp => "reserved IPs",
        Sort::Firewall => "firewalls",
        Sort::Vpc => "VPCs",
    }
}

/// What to type to name each thing, by its id: the name, and the id where the name is not enough.
fn labels(groups: &[Group<'_>]) -> BTreeMap<String, String> {
    let things = || groups.iter().flat_map(|group| &group.things);
    let mut names: BTreeMap<&str, usize> = BTreeMap::new();
    for thing in things() {
        *names.entry(&thing.name).or_default() += 1;
    }
    things()
        .map(|thing| {
            let (id, name) = (thing.key.id(), thing.name.as_str());
            let is_enough = !name.is_empty() && names[name] == 1;
            let label = if is_enough { name.to_owned() } else { format!("{name} {id}") };
            (id, label.trim_start().to_owned())
        })
        .collect()
}

/// A text in exactly so many columns, unless it is a name that is wider.
fn fit(text: &str, width: usize) -> String {
    format!("{text}{}", " ".repeat(width.saturating_sub(text.width())))
}

/// How old something is, in the largest unit of which it has more than one.
fn age(thing: &Thing, now: Timestamp) -> String {
    let Some(created) = thing.created_at else { return "-".to_owned() };
    let hours = now.duration_since(created).as_hours().max(0);
    match hours {
        ..1 => "just now".to_owned(),
        1..48 => format!("{hours} h"),
        _ => format!("{} days", hours / 24),
    }
}
