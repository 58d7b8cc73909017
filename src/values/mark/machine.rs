//! What a machine's tags tell of it besides whose it is.

use std::{collections::BTreeSet, fmt, net::Ipv4Addr};

use crate::values::{
    HostDigest, Mark, Tag,
    mark::{ALERTS, GENERATION, HOST_KEY, MADE_FROM, RESERVED_IP, SOFTWARE},
};

impl Mark {
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

    /// The hashes among a thing's tags that [`Mark::made_from_tag`] left.
    pub fn made_from_among<'a>(&self, tags: impl IntoIterator<Item = &'a Tag>) -> Option<&'a str> {
        let prefix = format!("{MADE_FROM}{}:", self.stack);
        tags.into_iter().find_map(|tag| tag.after(&prefix))
    }

    /// Whether a tag speaks of a reserved IP of the stack's.
    pub fn is_of_reserved_ip(&self, tag: &Tag) -> bool {
        *tag == self.reserved_ip_tag() || self.leaving_ip_in(tag).is_some()
    }
}
