//! A claim, and its form as addresses.
//!
//! Each field is one address of `2001:db8::/32`, the range that documentation uses and nobody has:
//! `2001:db8:<field>:<version>:<64 bits of value>`. The fields are numbered, since DigitalOcean
//! keeps no order among the sources of a rule. Where there is room for a word only, the numbers of
//! it stand there in hexadecimal digits, in the same order.

use std::{collections::BTreeMap, fmt, net::Ipv6Addr};

use jiff::Timestamp;

use crate::lock::{
    holder::{Holder, hash},
    verdict::{Verdict, verdict},
};

/// The first two groups of every address.
const RANGE: [u16; 2] = [0x2001, 0xdb8];

/// The version of this form.
const VERSION: u16 = 1;

/// How many addresses hold the host's name, eight bytes each; longer names are cut.
const HOST_FIELDS: u16 = 4;

/// What a lock says about its holder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// A hash of the machine's id.
    pub machine: u64,
    /// A hash of the id of its boot.
    pub boot: u64,
    /// The process.
    pub pid: u32,
    /// When the process began, in the machine's own count.
    pub began: u64,
    /// A number drawn for this run alone.
    pub nonce: u64,
    /// When the lock was taken, in seconds since 1970.
    pub since: u64,
    /// When the lease ends, in seconds since 1970.
    pub until: u64,
    /// The first bytes of the machine's name, for people.
    pub host: String,
}

impl Claim {
    /// The claim of a holder over a span of time.
    pub fn new(holder: &Holder, since: Timestamp, until: Timestamp) -> Self {
        let host = holder.host.bytes().filter(u8::is_ascii_graphic).take(host_bytes());
        Self {
            machine: hash(&holder.machine),
            boot: hash(&holder.boot),
            pid: holder.pid,
            began: holder.began,
            nonce: holder.nonce,
            since: seconds(since),
            until: seconds(until),
            host: host.map(char::from).collect(),
        }
    }

    /// The same claim with a later end.
    pub fn until(&self, until: Timestamp) -> Self {
        Self { until: seconds(until), ..self.clone() }
    }

    /// The claim as addresses.
    pub fn addresses(&self) -> Vec<Ipv6Addr> {
        let numbers = self.numbers();
        let mut host = self.host.as_bytes().to_vec();
        host.resize(host_bytes(), 0);
        let words = host
            .chunks_exact(8)
            .map(|word| word.iter().fold(0_u64, |number, byte| (number << 8) | u64::from(*byte)));
        let values = numbers.into_iter().chain(words);
        (1..).zip(values).map(|(field, value)| address(field, value)).collect()
    }

    /// The claim as a word of digits, letters and dashes, without the machine's name.
    pub fn word(&self) -> String {
        self.numbers().map(|number| format!("{number:x}")).join("-")
    }

    /// Reads a claim from a word, if it is one of this form.
    pub fn from_word(word: &str) -> Option<Self> {
        let number = |digits| u64::from_str_radix(digits, 16).ok();
        let numbers: Vec<u64> = word.split('-').map(number).collect::<Option<_>>()?;
        let [machine, boot, pid, began, nonce, since, until] = numbers.try_into().ok()?;
        let pid = u32::try_from(pid).ok()?;
        Some(Self { machine, boot, pid, began, nonce, since, until, host: String::new() })
    }

    /// Whether whoever made it is surely not at work any more; `is_alive` knows this machine's
    /// processes by number and beginning.
    pub fn is_over(
        &self,
        me: &Holder,
        now: Timestamp,
        is_alive: &(dyn Fn(u32, u64) -> bool + Sync),
    ) -> bool {
        verdict(self, me, seconds(now), is_alive) == Verdict::Stale
    }

    fn numbers(&self) -> [u64; 7] {
        let Self { machine, boot, pid, began, nonce, since, until, host: _ } = self;
        [*machine, *boot, u64::from(*pid), *began, *nonce, *since, *until]
    }

    /// Reads a claim from addresses, if they are one of this version's.
    pub fn from_addresses(addresses: impl IntoIterator<Item = Ipv6Addr>) -> Option<Self> {
        let fields: BTreeMap<u16, u64> = addresses.into_iter().filter_map(value).collect();
        let field = |number: u16| fields.get(&number).copied();
        let mut host = Vec::new();
        for word in 0..HOST_FIELDS {
            host.extend(field(8 + word)?.to_be_bytes());
        }
        let host = host.into_iter().filter(u8::is_ascii_graphic).map(char::from).collect();
        Some(Self {
            machine: field(1)?,
            boot: field(2)?,
            pid: u32::try_from(field(3)?).ok()?,
            began: field(4)?,
            nonce: field(5)?,
            since: field(6)?,
            until: field(7)?,
            host,
        })
    }
}

impl fmt::Display for Claim {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "process {} on {}", self.pid, self.host)?;
        match i64::try_from(self.since).ok().and_then(|second| Timestamp::from_second(second).ok())
        {
            Some(since) => write!(out, ", since {since}"),
            None => Ok(()),
        }
    }
}

fn host_bytes() -> usize {
    usize::from(HOST_FIELDS) * 8
}

fn address(field: u16, value: u64) -> Ipv6Addr {
    let [first, second] = RANGE.map(u128::from);
    let head = (first << 48) | (second << 32) | (u128::from(field) << 16) | u128::from(VERSION);
    Ipv6Addr::from_bits((head << 64) | u128::from(value))
}

/// The field and value of an address, if it is one of ours.
fn value(address: Ipv6Addr) -> Option<(u16, u64)> {
    let [first, second, field, version, ..] = address.segments();
    let low = u64::try_from(address.to_bits() & u128::from(u64::MAX)).ok()?;
    ([first, second] == RANGE && version == VERSION).then_some((field, low))
}

fn seconds(time: Timestamp) -> u64 {
    u64::try_from(time.as_second()).unwrap_or_default()
}
