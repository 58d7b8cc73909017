//! The marks on what was taken in, and on what is between the account's hands and ours.

use crate::values::{
    Address, Mark, Tag,
    mark::{ADOPTED, CLAIM, PREFIX},
};

impl Mark {
    /// `dostack-adopted`: on everything that was taken in, and never what a firewall targets.
    pub fn adopted_tag() -> Tag {
        Tag::new(ADOPTED)
    }

    /// `dostack-adopted:<stack>:<address>`: covered by a firewall that was taken in, and by nothing
    /// else; no droplet carries it.
    pub fn adopted_firewall_tag(&self, address: &Address) -> Tag {
        Tag::new(format!("{ADOPTED}:{}:{address}", self.stack))
    }

    /// The address of a firewall that was taken in, by the tags it covers.
    pub fn adopted_firewall_among<'a>(
        &self,
        tags: impl IntoIterator<Item = &'a Tag>,
    ) -> Option<Address> {
        let prefix = format!("{ADOPTED}:{}:", self.stack);
        let written = |tag: &Tag| -> Option<Address> {
            tag.after(&prefix)?.to_ascii_lowercase().parse().ok()
        };
        tags.into_iter().find_map(|tag| Some(self.as_now(written(tag)?)))
    }

    /// `dostack-claim:<stack>:<address>`: on something between the account's hands and ours.
    ///
    /// No firewall targets it, so that it closes no port.
    pub fn claim_tag(&self, address: &Address) -> Tag {
        Tag::new(format!("{CLAIM}{}:{address}", self.stack))
    }

    /// The address a claim among a thing's tags is for, if it is this stack's.
    pub fn claim_among<'a>(&self, tags: impl IntoIterator<Item = &'a Tag>) -> Option<Address> {
        tags.into_iter().find_map(|tag| Some(self.as_now(self.claimed(tag)?)))
    }

    /// Whether a tag is a claim of this stack's.
    pub fn is_claim(&self, tag: &Tag) -> bool {
        self.claimed(tag).is_some()
    }

    fn claimed(&self, tag: &Tag) -> Option<Address> {
        let rest = tag.after(&format!("{CLAIM}{}:", self.stack))?;
        rest.to_ascii_lowercase().parse().ok()
    }

    /// Another stack whose mark or claim is among a thing's tags.
    pub fn other_stack_among<'a>(
        &self,
        tags: impl IntoIterator<Item = &'a Tag>,
    ) -> Option<&'a str> {
        let adopted = format!("{ADOPTED}:");
        let rest = |tag: &'a Tag| {
            tag.after(PREFIX).or_else(|| tag.after(CLAIM)).or_else(|| tag.after(&adopted))
        };
        let stacks = tags.into_iter().filter_map(rest);
        stacks
            .filter_map(|rest| rest.split(':').next())
            .find(|stack| !stack.eq_ignore_ascii_case(self.stack.as_str()))
    }
}
