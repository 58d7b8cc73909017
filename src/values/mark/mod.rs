//! The marks a stack leaves on what it owns: the account is the state.

mod adoption;
mod machine;
mod snapshot;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::values::{Address, ComponentName, Part, StackName, Tag};

/// What every mark of ours begins with.
const PREFIX: &str = "dostack:";

/// What our other tags and names begin with: hashes, debts, generations, locks.
const OTHERS: &str = "dostack-";

/// What the tag begins with that keeps hashes of what cannot be read back.
const MADE_FROM: &str = "dostack-made:";

/// The tag on everything that was taken in and not made.
const ADOPTED: &str = "dostack-adopted";

/// The tag on a snapshot that nothing prunes.
const HOLD: &str = "dostack-hold";

/// The tag on everything that a drill makes, and with a colon what another one begins with, which
/// says whose drill it is.
const DRILL: &str = "dostack-drill";

/// What the tag begins with on something that is being taken in or released.
const CLAIM: &str = "dostack-claim:";

/// What the tags begin with that speak of a droplet's reserved IP.
const RESERVED_IP: &str = "dostack-ip:";

/// What the tag begins with that keeps the digest of a machine's host key.
const HOST_KEY: &str = "dostack-host:";

/// What the tag begins with that keeps what a component's software is.
const SOFTWARE: &str = "dostack-soft:";

/// What the tag begins with that tells of alert policies.
const ALERTS: &str = "dostack-alerts:";

/// What the tag begins with that says who takes snapshots by night.
const NIGHTS: &str = "dostack-nights:";

/// What the tag begins with that tells a machine from those it replaced.
const GENERATION: &str = "dostack-gen:";

/// What the mark in an SSH key's name begins with.
const KEY_PREFIX: &str = "dostack ";

/// One stack's marks, and how to recognise them.
///
/// A component that was renamed (`was: OLD`) is recognised by its old marks too: whatever carries
/// one stands at the new address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Mark {
    stack: StackName,
    /// What components are called now, by what they were called before.
    #[serde(skip)]
    renamed: BTreeMap<ComponentName, ComponentName>,
}

impl Mark {
    /// The marks of a stack.
    pub const fn new(stack: StackName) -> Self {
        Self { stack, renamed: BTreeMap::new() }
    }

    /// The same marks where components had another name: pairs of the old name and the new one.
    pub fn renaming(
        mut self,
        names: impl IntoIterator<Item = (ComponentName, ComponentName)>,
    ) -> Self {
        self.renamed.extend(names);
        self
    }

    /// The stack whose marks these are.
    pub const fn stack(&self) -> &StackName {
        &self.stack
    }

    /// Whether a tag, a name or a description has a mark of any stack's, or another of our own.
    ///
    /// Every one begins with `dostack:` or `dostack-`; a description may have more words than that.
    pub fn is_any_in(text: &str) -> bool {
        text.split_whitespace().any(|word| {
            let word = Tag::new(word);
            word.after(PREFIX).is_some() || word.after(OTHERS).is_some()
        })
    }

    /// The stack whose mark a tag or a description has, if the mark names one.
    pub fn stack_in(text: &str) -> Option<String> {
        text.split_whitespace().find_map(|word| {
            let word = Tag::new(word);
            let rest = word.after(MADE_FROM).or_else(|| word.after(PREFIX))?;
            rest.split(':').next().map(str::to_ascii_lowercase)
        })
    }

    /// `dostack:<stack>`: on every droplet, volume and snapshot, and what a shared firewall targets.
    pub fn stack_tag(&self) -> Tag {
        Tag::new(self.text())
    }

    /// `dostack:<stack>:<address>`: which of the stack's things it is.
    pub fn address_tag(&self, address: &Address) -> Tag {
        Tag::new(self.address_text(address))
    }

    /// `dostack:<stack>`, the mark in a VPC's description.
    pub fn text(&self) -> String {
        format!("{PREFIX}{}", self.stack)
    }

    /// `dostack:<stack>:<address>`, the mark in a TXT record.
    pub fn address_text(&self, address: &Address) -> String {
        format!("{PREFIX}{}:{address}", self.stack)
    }

    /// The name of an SSH key this stack registered: `dostack <stack> <digits>`.
    pub fn key_name(&self, digits: &str) -> String {
        format!("{KEY_PREFIX}{} {digits}", self.stack)
    }

    /// Whether an SSH key's name carries this stack's mark.
    pub fn owns_key_named(&self, name: &str) -> bool {
        let rest = name.strip_prefix(KEY_PREFIX).and_then(|rest| rest.split_once(' '));
        rest.is_some_and(|(stack, _)| stack == self.stack.as_str())
    }

    /// The address a tag or a TXT mark names, if it is this stack's.
    ///
    /// DigitalOcean keeps a tag in the spelling it first saw; addresses have no capitals.
    pub fn address_in(&self, text: &str) -> Option<Address> {
        Some(self.as_now(self.written(text)?))
    }

    /// An address with the name that its component has now.
    fn as_now(&self, written: Address) -> Address {
        match written.component_name().and_then(|name| self.renamed.get(name)) {
            Some(now) => written.renamed(now.clone()),
            None => written,
        }
    }

    /// Whether a mark still says the name that a component had before it was renamed.
    pub fn is_former(&self, text: &str) -> bool {
        let written = self.written(text);
        let name = written.as_ref().and_then(Address::component_name);
        name.is_some_and(|name| self.renamed.contains_key(name))
    }

    /// What a component was called before it was renamed.
    pub fn former_name(&self, now: &ComponentName) -> Option<&ComponentName> {
        self.renamed.iter().find(|(_, new)| *new == now).map(|(old, _)| old)
    }

    /// A tag with the name that its component has now.
    pub fn now(&self, tag: &Tag) -> Tag {
        let is_former = self.is_former(tag.as_str());
        let address = self.address_in(tag.as_str()).filter(|_| is_former);
        address.map_or_else(|| tag.clone(), |address| self.address_tag(&address))
    }

    fn written(&self, text: &str) -> Option<Address> {
        let rest = Tag::new(text).after(&format!("{PREFIX}{}:", self.stack))?.to_ascii_lowercase();
        rest.parse().ok()
    }

    /// The address among a thing's tags, if it is this stack's.
    ///
    /// A tag that several machines share, to be targeted by a firewall, is nobody's address.
    pub fn address_among<'a>(&self, tags: impl IntoIterator<Item = &'a Tag>) -> Option<Address> {
        let mut addresses = tags.into_iter().filter_map(|tag| self.address_in(tag.as_str()));
        addresses.find(|address| *address.which() != Part::Tag)
    }

    /// Every address among a thing's tags that is this stack's; more than one is a mistake.
    pub fn addresses_among<'a>(
        &self,
        tags: impl IntoIterator<Item = &'a Tag>,
    ) -> BTreeSet<Address> {
        let addresses = tags.into_iter().filter_map(|tag| self.address_in(tag.as_str()));
        addresses.filter(|address| *address.which() != Part::Tag).collect()
    }

    /// Whether a tag is one of this stack's, of any of the forms above.
    pub fn owns_tag(&self, tag: &Tag) -> bool {
        *tag == self.stack_tag()
            || *tag == self.alerts_tag()
            || tag.after(&format!("{NIGHTS}{}:", self.stack)).is_some()
            || tag.after(&format!("{PREFIX}{}:", self.stack)).is_some()
            || tag.after(&format!("{MADE_FROM}{}:", self.stack)).is_some()
            || tag.after(&format!("{GENERATION}{}:", self.stack)).is_some()
            || tag.after(&format!("{CLAIM}{}:", self.stack)).is_some()
            || tag.after(&format!("{ADOPTED}:{}:", self.stack)).is_some()
            || self.is_host_key(tag)
            || self.is_software(tag)
            || self.is_of_reserved_ip(tag)
    }
}

#[cfg(test)]
mod tests;
