//! Numbers and uuids, given out in order.
//!
//! They follow from a counter, so two sandboxes that get the same calls give the same ids, and
//! uuids sort by age: a list that is ordered by id is ordered by creation, as the API's lists are.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use uuid::Builder;

/// The counters behind all ids of a world.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Ids {
    droplet: u64,
    action: u64,
    key: u64,
    image: u64,
    record: u64,
    transfer: u64,
    uuid: u32,
    address: u32,
    reserved: u32,
}

/// The kinds of things that have a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Numbered {
    /// A droplet.
    Droplet,
    /// An action.
    Action,
    /// An SSH key.
    Key,
    /// An image.
    Image,
    /// A domain record.
    Record,
    /// An image on offer to another account.
    Transfer,
}

impl Default for Ids {
    /// Starts where an account of 2026 might be: numbers as long as the real ones.
    fn default() -> Self {
        Self {
            droplet: 530_000_000,
            action: 2_800_000_000,
            key: 52_000_000,
            image: 210_000_000,
            record: 1_830_000_000,
            transfer: 70_000,
            uuid: 0x3f00_0000,
            address: 0,
            reserved: 0,
        }
    }
}

impl Ids {
    /// The next number of a kind.
    pub fn number(&mut self, kind: Numbered) -> u64 {
        let counter = match kind {
            Numbered::Droplet => &mut self.droplet,
            Numbered::Action => &mut self.action,
            Numbered::Key => &mut self.key,
            Numbered::Image => &mut self.image,
            Numbered::Record => &mut self.record,
            Numbered::Transfer => &mut self.transfer,
        };
        *counter += 1;
        *counter
    }

    /// The next uuid.
    pub fn uuid(&mut self) -> String {
        self.uuid = self.uuid.wrapping_add(1);
        uuid(self.uuid)
    }

    /// The next place in the pool of public addresses, from 0.
    pub fn address(&mut self) -> u32 {
        let place = self.address;
        self.address = self.address.wrapping_add(1);
        place
    }

    /// The next place in the pool of reserved IPs, from 0.
    pub fn reserved(&mut self) -> u32 {
        let place = self.reserved;
        self.reserved = self.reserved.wrapping_add(1);
        place
    }
}

/// A version 4 uuid that starts with the counter.
fn uuid(counter: u32) -> String {
    let digest = Sha256::digest(counter.to_be_bytes());
    let mut bytes = [0; 16];
    for (byte, from) in bytes.iter_mut().zip(counter.to_be_bytes().into_iter().chain(digest)) {
        *byte = from;
    }
    Builder::from_random_bytes(bytes).into_uuid().hyphenated().to_string()
}

/// The id of the nth request, for `x-request-id`.
pub fn request_id(nth: u64) -> String {
    let digest = Sha256::digest(nth.to_be_bytes());
    let mut bytes = [0; 16];
    for (byte, from) in bytes.iter_mut().zip(digest) {
        *byte = from;
    }
    Builder::from_random_bytes(bytes).into_uuid().hyphenated().to_string()
}
