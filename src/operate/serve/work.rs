//! What the daemon does, apart from when: the rest of `serve` knows no account.

use std::{collections::BTreeSet, fmt};

use futures_util::future::BoxFuture;
use jiff::Timestamp;
use tokio_util::sync::CancellationToken;

use crate::{operate::serve::view::View, values::ComponentName};

/// Something that is seen to again and again.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Target {
    /// What is done for it.
    pub duty: Duty,
    /// Whose.
    pub component: ComponentName,
}

/// What is done for a component.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Duty {
    /// Its machine is kept on, and at the size its readings call for.
    Size,
    /// Its volume is copied by night.
    Copies,
}

impl Duty {
    /// Every one; each has a hand of its own, so that a long night keeps no machine off.
    pub const ALL: [Self; 2] = [Self::Size, Self::Copies];

    /// Its word in metrics and in the audit log.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Size => "size",
            Self::Copies => "snapshots",
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} of {}", self.duty.word(), self.component)
    }
}

/// A target, and the alerts that wake it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Charge {
    /// What is seen to.
    pub target: Target,
    /// The names of alerts upon which it is seen to at once.
    pub alerts: BTreeSet<String>,
}

/// What became of seeing to a target once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Round {
    /// In general.
    pub verdict: Verdict,
    /// In a word or two out of a closed list, as `hold` or `grow`.
    pub decision: String,
    /// In a sentence.
    pub reason: String,
    /// How many machines of the component must be on again and may not be, where that was seen.
    pub debts: Option<usize>,
    /// Its volumes, where they were looked at.
    pub copied: Vec<Copied>,
}

/// What is known of a volume's copies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Copied {
    /// The volume's name.
    pub volume: String,
    /// How many copies there are.
    pub count: usize,
    /// The night of the newest good one.
    pub newest: Option<Timestamp>,
    /// How many nights since have none and get none.
    pub missed: usize,
}

impl Round {
    /// A round that came to this, with nothing else to tell.
    pub fn new(verdict: Verdict, decision: &str, reason: impl Into<String>) -> Self {
        let decision = decision.to_owned();
        Self { verdict, decision, reason: reason.into(), debts: None, copied: Vec::new() }
    }

    /// A round that did not work out.
    pub fn failure(reason: impl Into<String>) -> Self {
        Self::new(Verdict::Failed, "error", reason)
    }

    /// Whether it is worth a line after the one before it: every minute of holding is not, and
    /// neither is another number in the same reason.
    pub fn is_news_after(&self, before: &Self) -> bool {
        match self.verdict {
            Verdict::Acted => true,
            Verdict::Held | Verdict::Failed => self.gist() != before.gist(),
        }
    }

    /// What it says apart from readings, times and the numbers of requests.
    fn gist(&self) -> (Verdict, &str, Vec<&str>) {
        let is_plain = |word: &&str| !word.bytes().any(|byte| byte.is_ascii_digit());
        let words = self.reason.split_whitespace().filter(is_plain).collect();
        (self.verdict, &self.decision, words)
    }

    /// Whether it did not work out.
    pub fn failed(&self) -> bool {
        self.verdict == Verdict::Failed
    }
}

/// What became of it, in general.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// Nothing was to be done.
    Held,
    /// Something was done.
    Acted,
    /// It did not work out; the next round tries again.
    Failed,
}

impl Verdict {
    /// Its word in metrics and in the audit log.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Held => "held",
            Self::Acted => "acted",
            Self::Failed => "failed",
        }
    }
}

/// A stack that is looked after.
pub trait Work: Send + Sync {
    /// The stack's name.
    fn name(&self) -> String;

    /// What there is to see to.
    fn charges(&self) -> Vec<Charge>;

    /// Sees to a target once: reads what it needs itself, decides, acts.
    ///
    /// Nothing of what woke the daemon comes in. When the token is cancelled it winds down and
    /// leaves every machine on.
    fn see_to<'a>(
        &'a self,
        target: &'a Target,
        stop: &'a CancellationToken,
    ) -> BoxFuture<'a, Round>;

    /// How the stack is, for people; or why that cannot be told.
    fn view(&self, now: Timestamp) -> BoxFuture<'_, Result<View, String>>;
}
