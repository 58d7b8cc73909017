//! How many are there: a listener's connections, and how many of them one caller has.
//!
//! One caller that takes all the places would keep Alertmanager out, so that each gets a few. It is
//! known by its address, and in IPv6 by the network it is in, of which it has all the addresses.

use std::{
    collections::BTreeMap,
    net::{IpAddr, Ipv6Addr},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// The most connections of one listener.
const PLACES: usize = 256;

/// The most connections of one caller; Alertmanager keeps one or two.
const PLACES_OF_ONE: usize = 50;

/// The part of an IPv6 address that its owner cannot choose.
const NETWORK: u128 = !0 << 64;

/// Who calls, as far as limits go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Origin(IpAddr);

impl Origin {
    /// Where an address belongs.
    pub const fn of(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V4(address) => Self(IpAddr::V4(address)),
            IpAddr::V6(address) => {
                Self(IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & NETWORK)))
            }
        }
    }
}

/// Who has connections to a listener, and how many; clones share it.
#[derive(Clone, Debug, Default)]
pub struct Crowd {
    there: Arc<Mutex<BTreeMap<Origin, usize>>>,
}

/// A connection's place, which is free again when this is dropped.
#[derive(Debug)]
pub struct Place {
    crowd: Crowd,
    origin: Origin,
}

impl Crowd {
    /// A place, if there is one for this caller.
    pub fn enter(&self, origin: Origin) -> Option<Place> {
        let mut there = self.guard();
        let (all, own) = (there.values().sum::<usize>(), there.get(&origin).copied());
        if all >= PLACES || own.unwrap_or_default() >= PLACES_OF_ONE {
            return None;
        }
        *there.entry(origin).or_default() += 1;
        Some(Place { crowd: self.clone(), origin })
    }

    /// Whoever panicked left nothing half done.
    fn guard(&self) -> MutexGuard<'_, BTreeMap<Origin, usize>> {
        self.there.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut there = self.crowd.guard();
        let left = there.get(&self.origin).map_or(0, |own| own.saturating_sub(1));
        if left == 0 {
            there.remove(&self.origin);
        } else {
            there.insert(self.origin, left);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin(text: &str) -> Origin {
        Origin::of(text.parse().unwrap())
    }

    #[test]
    fn a_caller_of_ipv6_is_its_network() {
        assert_eq!(origin("2001:db8:1:2::1"), origin("2001:db8:1:2:ffff::9"));
        assert_ne!(origin("2001:db8:1:2::1"), origin("2001:db8:1:3::1"));
        assert_eq!(origin("::ffff:10.0.0.1"), origin("10.0.0.1"));
        assert_ne!(origin("10.0.0.2"), origin("10.0.0.1"));
    }

    #[test]
    fn one_caller_has_fifty_places_and_all_have_256() {
        let crowd = Crowd::default();
        let places = |text: &str| -> Vec<Place> {
            std::iter::from_fn(|| crowd.enter(origin(text))).collect()
        };
        let mut taken: Vec<Vec<Place>> =
            ["10.0.0.1", "10.0.0.2", "::1", "10.0.0.4", "10.0.0.5", "10.0.0.6"].map(places).into();
        assert_eq!(taken.iter().map(Vec::len).collect::<Vec<_>>(), [50, 50, 50, 50, 50, 6]);
        assert_eq!(places("10.0.0.7").len(), 0);
        drop(taken.pop());
        drop(taken.pop());
        assert_eq!(places("10.0.0.7").len(), 50);
        drop(taken);
        assert!(crowd.guard().is_empty(), "who has left is forgotten");
    }
}
