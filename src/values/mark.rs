//! The marks a stack leaves on what it owns: the account is the state.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    net::Ipv4Addr,
};

use serde::{Deserialize, Serialize};

use crate::values::{Address, ComponentName, HostDigest, Part, Scheduler, StackName, Tag};

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

    /// The hashes of what made a droplet and cannot be read back.
    pub fn made_from_tag(&self, hashes: impl fmt::Display) -> Tag {
        Tag::new(format!("{MADE_FROM}{}:{hashes}", self.stack))
    }

    /// `dostack-ip:<stack>`: the reserved IP on the droplet that carries it is the stack's.
    pub fn reserved_ip_tag(&self) -> Tag {
        Tag::new(format!("{RESERVED_IP}{}", self.stack))
    }

    /// `dostack-ip:<stack>:<a-b-c-d>`: that address is being given back, wherever it is by now.
    pub fn leaving_ip_tag(&self, ip: Ipv4Addr) -> Tag {
        let [a, b, c, d] = ip.octets();
        Tag::new(format!("{RESERVED_IP}{}:{a}-{b}-{c}-{d}", self.stack))
    }

    /// The address that a tag of [`Mark::leaving_ip_tag`] names.
    pub fn leaving_ip_in(&self, tag: &Tag) -> Option<Ipv4Addr> {
        let digits = tag.after(&format!("{RESERVED_IP}{}:", self.stack))?;
        digits.replace('-', ".").parse().ok()
    }

    /// The address that any stack's tag of [`Mark::leaving_ip_tag`] names.
    pub fn any_leaving_ip_in(text: &str) -> Option<Ipv4Addr> {
        let tag = Tag::new(text);
        let (_, digits) = tag.after(RESERVED_IP)?.split_once(':')?;
        digits.replace('-', ".").parse().ok()
    }

    /// `dostack-host:<stack>:<digest>`: which host key a machine answers with.
    pub fn host_key_tag(&self, digest: &HostDigest) -> Tag {
        Tag::new(format!("{HOST_KEY}{}:{digest}", self.stack))
    }

    /// The host keys a machine may answer with, by its tags: one, or two while one replaces the other.
    pub fn host_keys_among<'a>(
        &self,
        tags: impl IntoIterator<Item = &'a Tag>,
    ) -> BTreeSet<HostDigest> {
        let prefix = format!("{HOST_KEY}{}:", self.stack);
        tags.into_iter().filter_map(|tag| HostDigest::parse(tag.after(&prefix)?)).collect()
    }

    /// Whether a tag keeps the digest of a host key of one of the stack's machines.
    pub fn is_host_key(&self, tag: &Tag) -> bool {
        tag.after(&format!("{HOST_KEY}{}:", self.stack)).is_some()
    }

    /// `dostack-soft:<stack>:<component>:<digest>`: the software a machine has of a component.
    pub fn software_tag(&self, component: &str, digest: &str) -> Tag {
        Tag::new(format!("{SOFTWARE}{}:{component}:{digest}", self.stack))
    }

    /// Whether a tag speaks of software of the stack's.
    pub fn is_software(&self, tag: &Tag) -> bool {
        tag.after(&format!("{SOFTWARE}{}:", self.stack)).is_some()
    }

    /// Whether a tag speaks of the software of one of the stack's components.
    pub fn is_software_of(&self, tag: &Tag, component: &str) -> bool {
        tag.after(&format!("{SOFTWARE}{}:{component}:", self.stack)).is_some()
    }

    /// `dostack-alerts:<stack>`: on every droplet that an alert policy watches, as a proof that there
    /// are policies to look for.
    pub fn alerts_tag(&self) -> Tag {
        Tag::new(format!("{ALERTS}{}", self.stack))
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

    /// `dostack-gen:<stack>:<n>`: of two machines of one address, the higher one replaces the other.
    pub fn generation_tag(&self, number: u32) -> Tag {
        Tag::new(format!("{GENERATION}{}:{number}", self.stack))
    }

    /// The generation among a thing's tags; one that replaced nothing has none, which is 0.
    pub fn generation_among<'a>(&self, tags: impl IntoIterator<Item = &'a Tag>) -> u32 {
        let prefix = format!("{GENERATION}{}:", self.stack);
        let numbers = tags.into_iter().filter_map(|tag| tag.after(&prefix)?.parse().ok());
        numbers.max().unwrap_or_default()
    }

    /// `dostack:<stack>`, the mark in a VPC's description.
    pub fn text(&self) -> String {
        format!("{PREFIX}{}", self.stack)
    }

    /// `dostack:<stack>:<address>`, the mark in a TXT record.
    pub fn address_text(&self, address: &Address) -> String {
        format!("{PREFIX}{}:{address}", self.stack)
    }

    /// `dostack-adopted`: on everything that was taken in, and never what a firewall targets.
    pub fn adopted_tag() -> Tag {
        Tag::new(ADOPTED)
    }

    /// `dostack-hold`: on a snapshot of a volume that stays until somebody releases it.
    pub fn hold_tag() -> Tag {
        Tag::new(HOLD)
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

    /// The hashes among a thing's tags that [`Mark::made_from_tag`] left.
    pub fn made_from_among<'a>(&self, tags: impl IntoIterator<Item = &'a Tag>) -> Option<&'a str> {
        let prefix = format!("{MADE_FROM}{}:", self.stack);
        tags.into_iter().find_map(|tag| tag.after(&prefix))
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

    /// Whether a tag speaks of a reserved IP of the stack's.
    pub fn is_of_reserved_ip(&self, tag: &Tag) -> bool {
        *tag == self.reserved_ip_tag() || self.leaving_ip_in(tag).is_some()
    }
}

#[cfg(test)]
mod tests {
    use crate::values::{Address, ComponentName, HostDigest, Mark, Scheduler, StackName, Tag};

    fn mark() -> Mark {
        Mark::new(StackName::parse("core").unwrap())
    }

    #[test]
    fn an_address_is_read_back_from_its_tag() {
        let address: Address = "vector:volume".parse().unwrap();
        let tag = mark().address_tag(&address);
        assert_eq!(tag.as_str(), "dostack:core:vector:volume");
        assert_eq!(mark().address_among([&Tag::new("web"), &tag]), Some(address));
    }

    #[test]
    fn a_claim_is_ours_and_no_address_yet() {
        let address: Address = "vector".parse().unwrap();
        let claim = mark().claim_tag(&address);
        assert_eq!(claim.as_str(), "dostack-claim:core:vector");
        assert!(mark().owns_tag(&claim) && !mark().owns_tag(&Mark::adopted_tag()));
        assert_eq!(mark().claim_among([&claim]), Some(address));
        assert_eq!(mark().address_among([&claim]), None);
    }

    #[test]
    fn who_takes_snapshots_by_night_stands_in_a_tag_of_the_stack() {
        let tag = mark().nights_tag(Scheduler::Github);
        assert_eq!(tag.as_str(), "dostack-nights:core:github");
        assert_eq!(mark().scheduler_among([&tag]), Some(Scheduler::Github));
        assert!(mark().owns_tag(&tag) && mark().address_among([&tag]).is_none());
        let others = ["dostack-nights:core-dev:serve", "dostack-nights:core:nobody"].map(Tag::new);
        assert_eq!(mark().scheduler_among(&others), None);
    }

    #[test]
    fn a_drill_is_known_by_its_stack_and_by_who_is_at_it() {
        let tag = mark().own_drill_tag("1f-2");
        assert_eq!(tag.as_str(), "dostack-drill:core:1f-2");
        assert_eq!(mark().drill_claim_in(&tag), Some("1f-2"));
        assert_eq!(mark().drill_claim_in(&Tag::new("dostack-drill:core-dev:1f-2")), None);
        assert_eq!(mark().drill_claim_in(&Mark::drill_tag()), None);
        assert!(!mark().owns_tag(&tag) && mark().address_among([&tag]).is_none());
        for text in [tag.as_str(), "Dostack-Drill", "dostack-drill:core-dev:1"] {
            assert!(Mark::is_any_drill(text), "{text}");
        }
        assert!(!Mark::is_any_drill("dostack:core") && !Mark::is_any_drill("dostack-drills"));
    }

    #[test]
    fn another_stack_is_told_from_this_one_and_from_none() {
        let other = |text: &str| mark().other_stack_among([&Tag::new(text)]).map(str::to_owned);
        assert_eq!(other("dostack:core-dev:app").as_deref(), Some("core-dev"));
        assert_eq!(other("DOSTACK-claim:next:app").as_deref(), Some("next"));
        for text in ["dostack:core", "dostack-claim:core:app", "dostack-adopted", "web"] {
            assert_eq!(other(text), None, "{text}");
        }
    }

    #[test]
    fn an_old_name_of_a_component_is_read_as_the_new_one() {
        let name = |text| ComponentName::parse(text).unwrap();
        let mark = mark().renaming([(name("vector"), name("search"))]);
        let address = |text: &str| text.parse::<Address>().unwrap();
        for (old, new) in [("vector-2:volume", "search-2:volume"), ("vector", "search")] {
            let tag = Tag::new(format!("dostack:core:{old}"));
            assert_eq!(mark.address_in(tag.as_str()), Some(address(new)));
            assert!(mark.is_former(tag.as_str()));
            assert_eq!(mark.now(&tag), mark.address_tag(&address(new)));
        }
        assert!(!mark.is_former("dostack:core:search"));
        assert_eq!(mark.now(&Tag::new("web")), Tag::new("web"));
        assert_eq!(mark.former_name(&name("search")), Some(&name("vector")));
    }

    #[test]
    fn any_stack_s_mark_is_recognised_and_its_stack_named() {
        for (text, stack) in [
            ("dostack:core-dev:app", Some("core-dev")),
            ("DOSTACK:core", Some("core")),
            ("a network of dostack:core", Some("core")),
            ("dostack-made:core:0a1b", Some("core")),
            ("dostack-lock-core", None),
        ] {
            assert!(Mark::is_any_in(text), "{text}");
            assert_eq!(Mark::stack_in(text).as_deref(), stack, "{text}");
        }
        for text in ["", "web", "my dostacks", "mydostack:core"] {
            assert!(!Mark::is_any_in(text) && Mark::stack_in(text).is_none(), "{text}");
        }
    }

    #[test]
    fn another_stack_whose_name_begins_alike_is_not_ours() {
        for text in
            ["dostack:core-dev", "dostack:core-dev:app", "dostack-made:core2:x", "dostack-ip:core2"]
        {
            assert!(!mark().owns_tag(&Tag::new(text)), "{text}");
        }
        let own = [
            "dostack:core",
            "DOSTACK:core:app",
            "dostack-made:core:x",
            "dostack-ip:core",
            "dostack-alerts:core",
        ];
        for text in own {
            assert!(mark().owns_tag(&Tag::new(text)), "{text}");
        }
        assert!(mark().owns_key_named(&mark().key_name("0a1b")));
        assert!(!mark().owns_key_named("dostack core-dev 0a1b"));
    }

    #[test]
    fn an_address_that_leaves_is_read_back_from_its_tag() {
        let ip = "203.0.113.9".parse().unwrap();
        let tag = mark().leaving_ip_tag(ip);
        assert_eq!(tag.as_str(), "dostack-ip:core:203-0-113-9");
        assert_eq!(mark().leaving_ip_in(&tag), Some(ip));
        assert_eq!(Mark::any_leaving_ip_in(tag.as_str()), Some(ip));
        assert!(mark().owns_tag(&tag) && mark().is_of_reserved_ip(&mark().reserved_ip_tag()));
        for text in ["dostack-ip:core", "dostack-ip:core2:203-0-113-9", "dostack-ip:core:app"] {
            assert_eq!(mark().leaving_ip_in(&Tag::new(text)), None, "{text}");
        }
    }

    #[test]
    fn the_digests_of_host_keys_are_read_back_from_their_tags() {
        let digests = [HostDigest::of(b"old"), HostDigest::of(b"new")];
        let other = Mark::new(StackName::parse("core-dev").unwrap());
        let mut tags: Vec<Tag> = digests.iter().map(|it| mark().host_key_tag(it)).collect();
        tags.extend([
            other.host_key_tag(&HostDigest::of(b"other")),
            Tag::new("dostack-host:core:x"),
        ]);
        assert_eq!(mark().host_keys_among(&tags), digests.into());
    }
}
