//! The decision about a machine's size.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::{
    config::{Condition, Resize},
    metrics::Reading,
    policy::{
        Because, Decision, Held, History, Hold,
        decision::Step,
        held, room,
        window::{Hours, hours},
    },
    resources::{Catalog, Size},
    values::{Money, SizeSlug},
};

/// What a machine may become.
#[derive(Clone, Copy, Debug)]
pub struct Rule<'a> {
    /// What the stack file says.
    pub resize: &'a Resize,
    /// The size the file gives the machine; it never goes below.
    pub base: &'a SizeSlug,
    /// What sizes have and cost.
    pub catalog: &'a Catalog,
    /// What the stack's budget leaves a month; none without a budget.
    pub spare: Option<Money>,
}

/// What is known of a machine now.
#[derive(Clone, Debug, PartialEq)]
pub struct Known {
    /// The size it has.
    pub size: SizeSlug,
    /// GiB of its local disk.
    pub disk_gb: u32,
    /// What the rule's `when` asks for, over the time it is to hold for.
    pub when: Reading,
    /// What the rule's `down` asks for, over the time it is to hold for.
    pub down: Reading,
    /// Bytes of memory its load needed, over the time `down` is to hold for.
    pub memory: Reading,
    /// Bytes of its disk that are used.
    pub disk: Reading,
    /// The snapshots of its volume.
    pub copies: Copies,
}

/// What is known of the snapshots of a machine's volume.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Copies {
    /// The file asks for none, or nobody has looked.
    Unasked,
    /// There is no good one.
    None,
    /// The last good one was taken then.
    Last(Timestamp),
}

/// Which way a machine is to go.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    Up,
    Down,
}

/// How far two clocks may be apart before neither is believed.
const SKEW: SignedDuration = SignedDuration::from_mins(5);

/// A day and a month, in which changes are counted, and the most a month may see.
const DAY: Duration = Duration::from_hours(24);
const MONTH: Duration = Duration::from_hours(30 * 24);
const MAX_PER_MONTH: usize = 10;

/// Decides what is to be done about a machine's size.
pub fn decide(rule: &Rule<'_>, known: &Known, history: &History, now: Timestamp) -> Decision {
    match judge(rule, known, history, now) {
        Ok(decision) => decision,
        Err(hold) => Decision::Stay(hold),
    }
}

fn judge(
    rule: &Rule<'_>,
    known: &Known,
    history: &History,
    now: Timestamp,
) -> Result<Decision, Hold> {
    let (way, because) = wish(rule.resize, known)?;
    let to = next(rule, &known.size, way)?;
    let size = rule.catalog.size(to).ok_or_else(|| Hold::UnknownSize(to.clone()))?;
    if size.disk_gb < known.disk_gb {
        return Err(Hold::SmallerDisk(to.clone()));
    }
    rested(rule.resize, way, history, now)?;
    match way {
        Way::Up => affordable(rule, known, to, size)?,
        Way::Down => {
            room::fits(&known.memory, to, size)?;
            room::copied(known.copies, now)?;
        }
    }
    timely(rule.resize, known, now)?;
    let step = Step { from: known.size.clone(), to: to.clone(), because };
    Ok(match way {
        Way::Up => Decision::Grow(step),
        Way::Down => Decision::Shrink(step),
    })
}

/// Which way the readings point. Growing comes first; a machine whose load may be too much for it
/// does not shrink.
fn wish(resize: &Resize, known: &Known) -> Result<(Way, Because), Hold> {
    let up = resize.when.as_ref().map(|when| verdict(when, &known.when));
    let down = resize.down.as_ref().map(|down| verdict(down, &known.down));
    match (up, down) {
        (None, None) => Err(Hold::NoRule),
        (Some(Ok(because)), _) => Ok((Way::Up, because)),
        (Some(Err(Hold::Calm(_))) | None, Some(Ok(because))) => Ok((Way::Down, because)),
        (None, Some(Err(hold))) | (Some(Err(hold)), _) => Err(hold),
    }
}

/// What a condition says: it holds, or why it does not.
fn verdict(condition: &Condition, reading: &Reading) -> Result<Because, Hold> {
    let because = |value| Because::new(condition, value);
    match held(condition, reading) {
        Held::Long(value) => Ok(because(value)),
        Held::Briefly(value) => Err(Hold::Briefly(because(value))),
        Held::Not(value) => Err(Hold::Calm(because(value))),
        Held::Unsure(value) => Err(Hold::BeyondBuckets(because(value))),
        Held::Unknown(why) => Err(Hold::Unknown(condition.signal.clone(), why)),
    }
}

/// The rung above or below, not below the size the file gives.
fn next<'a>(rule: &Rule<'a>, size: &SizeSlug, way: Way) -> Result<&'a SizeSlug, Hold> {
    let ladder = &rule.resize.ladder;
    let place = |rung: &SizeSlug| ladder.iter().position(|other| other == rung);
    let (Some(at), Some(base)) = (place(size), place(rule.base)) else {
        return Err(Hold::OffLadder(size.clone()));
    };
    match way {
        Way::Up => ladder.get(at + 1).ok_or_else(|| Hold::Top(size.clone())),
        Way::Down if at > base => Ok(&ladder[at - 1]),
        Way::Down => Err(Hold::Bottom(size.clone())),
    }
}

/// Whether the machine has rested, and is not resized again and again.
///
/// A month counts too: whoever wants more does it by hand.
fn rested(resize: &Resize, way: Way, history: &History, now: Timestamp) -> Result<(), Hold> {
    let skew = history.skew(now);
    if skew > SKEW {
        return Err(Hold::Clock(skew.as_secs()));
    }
    let rest = match way {
        Way::Up => resize.cooldown.up,
        Way::Down => resize.cooldown.down,
    };
    if let Some(until) = history.last().and_then(|last| last.checked_add(rest).ok())
        && now < until
    {
        return Err(Hold::Resting(until));
    }
    let per_day = usize::try_from(resize.max_per_day).unwrap_or(usize::MAX);
    for (span, most) in [(DAY, per_day), (MONTH, MAX_PER_MONTH)] {
        let signed = SignedDuration::try_from(span).unwrap_or(SignedDuration::MAX);
        let count = history.since(now, signed);
        if count >= most {
            return Err(Hold::TooOften(count, span));
        }
    }
    Ok(())
}

/// Whether the machine and the stack may cost so much.
fn affordable(rule: &Rule<'_>, known: &Known, to: &SizeSlug, size: &Size) -> Result<(), Hold> {
    if let Some(limit) = rule.resize.max_monthly
        && size.monthly > limit
    {
        return Err(Hold::TooDear(to.clone(), limit));
    }
    let more = size.monthly - rule.catalog.monthly(&known.size);
    match rule.spare {
        Some(spare) if more > spare => Err(Hold::OverBudget(to.clone(), more - spare)),
        Some(_) | None => Ok(()),
    }
}

/// Whether the machine may be off now, for as long as it might be.
fn timely(resize: &Resize, known: &Known, now: Timestamp) -> Result<(), Hold> {
    let off = room::outage(&known.disk, known.disk_gb);
    if resize.max_outage.is_some_and(|most| off > most) {
        return Err(Hold::TooLong(off));
    }
    let Some(window) = &resize.window else { return Ok(()) };
    match hours(window, now) {
        Hours::Closed(opens) => Err(Hold::Closed(opens)),
        Hours::Open(left) if left.unsigned_abs() < off => Err(Hold::Closing(off)),
        Hours::Open(_) => Ok(()),
    }
}
