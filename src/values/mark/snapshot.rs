//! The marks that tell who takes snapshots, which of them stay, and what tries them.

use std::{collections::BTreeSet, fmt};

use crate::values::{
    Mark, Scheduler, Tag,
    mark::{DRILL, HOLD, NIGHTS},
};

impl Mark {
    /// `dostack-hold`: on a snapshot of a volume that stays until somebody releases it.
    pub fn hold_tag() -> Tag {
        Tag::new(HOLD)
    }

    /// `dostack-nights:<stack>:<who>`: on a volume whose snapshots somebody is to take by night.
    pub fn nights_tag(&self, who: Scheduler) -> Tag {
        Tag::new(format!("{NIGHTS}{}:{who}", self.stack))
    }

    /// Who takes snapshots by night, by the tags of the stack's volumes; the first where there are
    /// several, which do no harm to each other.
    pub fn scheduler_among<'a>(
        &self,
        tags: impl IntoIterator<Item = &'a Tag>,
    ) -> Option<Scheduler> {
        let tags: BTreeSet<&Tag> = tags.into_iter().collect();
        Scheduler::ALL.into_iter().find(|who| tags.contains(&self.nights_tag(*who)))
    }

    /// `dostack-drill`: on everything that tries a snapshot and is there for no longer than that.
    pub fn drill_tag() -> Tag {
        Tag::new(DRILL)
    }

    /// `dostack-drill:<stack>:<claim>`: on everything of one drill, with who is at it.
    pub fn own_drill_tag(&self, claim: impl fmt::Display) -> Tag {
        Tag::new(format!("{DRILL}:{}:{claim}", self.stack))
    }

    /// Who is at the drill that a tag of [`Mark::own_drill_tag`] is on.
    pub fn drill_claim_in<'a>(&self, tag: &'a Tag) -> Option<&'a str> {
        tag.after(&format!("{DRILL}:{}:", self.stack))
    }

    /// Whether a tag is on what some stack's drill made.
    pub fn is_any_drill(text: &str) -> bool {
        let tag = Tag::new(text);
        tag == Self::drill_tag() || tag.after(&format!("{DRILL}:")).is_some()
    }
}
