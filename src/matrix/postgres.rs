//! What readings of Postgres mean.

use serde::{Deserialize, de::DeserializeOwned};

use crate::matrix::{
    Verdict,
    judge::{Judgement, failed, unknown},
    measured::{self, GIGABYTE},
};

/// Fewer blocks read tell nothing about a cache.
const FEW: f64 = 10_000.0;

#[derive(Deserialize)]
struct Blocks {
    hits: f64,
    reads: f64,
}

/// Enough of the blocks were in memory.
pub fn cache(body: &str, percent: u8) -> Judgement {
    let Blocks { hits, reads } = match answer(body) {
        Ok(blocks) => blocks,
        Err(bad) => return bad,
    };
    let all = hits + reads;
    if all < FEW {
        return unknown(format!("{all} blocks read so far tell nothing; {FEW} do"));
    }
    let share = measured::percent(hits / all);
    let verdict = if hits / all * 100.0 >= f64::from(percent) {
        Verdict::Passed
    } else {
        Verdict::Failed(format!("only {share} of blocks were in memory"))
    };
    (share, verdict)
}

#[derive(Deserialize)]
struct Connections {
    used: f64,
    most: f64,
}

/// Connections are left.
pub fn connections(body: &str, percent: u8) -> Judgement {
    let Connections { used, most } = match answer(body) {
        Ok(connections) => connections,
        Err(bad) => return bad,
    };
    let measured = format!("{used} of {most}");
    let verdict = if used * 100.0 <= most * f64::from(percent) {
        Verdict::Passed
    } else {
        Verdict::Failed(format!("{measured} connections are taken"))
    };
    (measured, verdict)
}

#[derive(Deserialize)]
struct Table {
    name: String,
    bytes: f64,
}

/// The largest tables, the largest first, are no larger than they may be.
pub fn tables(body: &str, most_gb: Option<u32>) -> Judgement {
    let tables: Vec<Table> = match answer(body) {
        Ok(tables) => tables,
        Err(bad) => return bad,
    };
    let each =
        tables.iter().map(|table| format!("{} {}", table.name, measured::bytes(table.bytes)));
    let measured = each.collect::<Vec<_>>().join(", ");
    let measured = if measured.is_empty() { "no tables".to_owned() } else { measured };
    let most = most_gb.map(|most| f64::from(most) * GIGABYTE);
    let large = tables.iter().find(|table| most.is_some_and(|most| table.bytes > most));
    let verdict = match large {
        Some(Table { name, bytes }) => {
            Verdict::Failed(format!("`{name}` has {}", measured::bytes(*bytes)))
        }
        None => Verdict::Passed,
    };
    (measured, verdict)
}

/// pgbench counted enough transactions a second.
pub fn load(said: &str, least: u32) -> Judgement {
    // `tps = 1547.123456 (without initial connection time)`, after two that older versions have.
    let line = said.lines().rev().find_map(|line| line.trim().strip_prefix("tps = "));
    let number = line.and_then(|rest| rest.split_whitespace().next()?.parse::<f64>().ok());
    let Some(tps) = number else { return failed("pgbench did not say how many transactions") };
    let measured = format!("{tps:.0} a second");
    let verdict = if tps > f64::from(least) {
        Verdict::Passed
    } else {
        Verdict::Failed(format!("only {tps:.0} transactions a second"))
    };
    (measured, verdict)
}

/// The JSON of psql's one line.
fn answer<T: DeserializeOwned>(body: &str) -> Result<T, Judgement> {
    serde_json::from_str(body).map_err(|_| {
        let said = body.lines().next().unwrap_or_default();
        failed(format!("psql said something else: {said}"))
    })
}
