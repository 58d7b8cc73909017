//! What a night came to, volume by volume.

use std::fmt::Write as _;

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::{
    calendar::{Slot, Wait},
    cli::view::style,
    operate::snapshots::{Night, Pruned, Took},
    values::in_full,
};

/// The text for a person.
pub fn text(nights: &[Night], now: Timestamp) -> String {
    if nights.is_empty() {
        return "no volume of the stack has a snapshot policy\n".to_owned();
    }
    let mut text = String::new();
    for night in nights {
        let volume = night.watched.address.owner();
        let _ = writeln!(text, "{volume}: {}", told(night, now));
        if let Ok(Took::Copy { calm, .. }) = &night.took
            && let Some(why) = &calm.short
        {
            let less = format!("only as consistent as `{}`: {why}", calm.reached);
            let _ = writeln!(text, "{}: {volume}: {less}", style::warning("warning"));
        }
        if !night.missed.is_empty() {
            let missed = slots(&night.missed);
            let _ = writeln!(text, "{}: {volume}: missed {missed}", style::warning("warning"));
        }
        text.extend(night.pruned.iter().map(|pruned| prunings(&volume.to_string(), pruned)));
    }
    text
}

fn told(night: &Night, now: Timestamp) -> String {
    match &night.took {
        Ok(Took::Copy { name, calm }) => format!("took {name} ({})", calm.reached),
        Ok(Took::Nothing) => {
            let next = night.next.map_or_else(|| "never".to_owned(), when);
            let last = night.last_good(now).map(|slot| format!(", the last is of {}", when(slot)));
            format!("nothing is due before {next}{}", last.unwrap_or_default())
        }
        Err(error) => format!("{}: {}", style::error("no copy"), in_full(error)),
    }
}

fn prunings(volume: &str, pruned: &Pruned) -> String {
    let mut text = String::new();
    for copy in &pruned.gone {
        let _ = writeln!(text, "{volume}: deleted {}", copy.name);
    }
    if let Some(Wait::LastNight(slot)) = pruned.wait {
        let _ = writeln!(text, "{volume}: not pruned, for want of a good copy of {}", when(slot));
    }
    if let Some(error) = &pruned.error {
        let _ = writeln!(text, "{volume}: {}: {}", style::error("not pruned"), in_full(error));
    }
    text
}

/// The documents for programs.
pub fn documents(nights: &[Night]) -> Vec<Value> {
    let pruned = |pruned: &Pruned| {
        let gone: Vec<&str> = pruned.gone.iter().map(|copy| copy.name.as_str()).collect();
        json!({ "gone": gone, "error": pruned.error.as_ref().map(|error| in_full(error)) })
    };
    let document = |night: &Night| {
        let (name, calm, error) = match &night.took {
            Ok(Took::Copy { name, calm }) => (Some(name), Some(calm), None),
            Ok(Took::Nothing) => (None, None, None),
            Err(error) => (None, None, Some(in_full(error))),
        };
        json!({
            "address": night.watched.address,
            "volume": night.watched.volume.name,
            "took": name,
            "consistency": calm.map(|calm| calm.reached),
            "short": calm.and_then(|calm| calm.short.as_ref()),
            "error": error,
            "missed": night.missed.iter().map(|slot| slot.moment()).collect::<Vec<_>>(),
            "next": night.next.map(Slot::moment),
            "pruned": night.pruned.as_ref().map(pruned),
        })
    };
    nights.iter().map(document).collect()
}

/// A slot as a person reads it.
pub fn when(slot: Slot) -> String {
    slot.moment().strftime("%Y-%m-%d %H:%M UTC").to_string()
}

/// Several of them: the newest few, and how many there are.
pub fn slots(slots: &[Slot]) -> String {
    const SHOWN: usize = 3;
    let newest: Vec<String> = slots.iter().rev().take(SHOWN).map(|slot| when(*slot)).collect();
    let rest = slots.len().saturating_sub(SHOWN);
    let rest = if rest > 0 { format!(" and {rest} before") } else { String::new() };
    format!("{}{rest}", newest.join(", "))
}
