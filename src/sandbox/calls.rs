//! What was called, how often, and what ran at the same time.

use std::collections::{BTreeMap, VecDeque};

use serde::Serialize;

/// How many calls the log keeps.
const KEPT: usize = 5000;

/// Counters by route, and the last calls in their order.
#[derive(Debug, Default, Serialize)]
pub struct Calls {
    total: u64,
    routes: BTreeMap<String, u64>,
    log: VecDeque<Entry>,
    #[serde(skip)]
    serial: u64,
    #[serde(skip)]
    tick: u64,
}

/// One call. Of two calls, one came after the other if it began after the other's end.
#[derive(Debug, Serialize)]
struct Entry {
    nth: u64,
    method: String,
    path: String,
    route: &'static str,
    /// None while it runs, 0 if the caller got no answer.
    status: Option<u16>,
    began: u64,
    ended: Option<u64>,
}

impl Calls {
    /// Notes that a call began, and gives its number.
    pub fn begin(&mut self, method: &str, path: String, route: &'static str) -> u64 {
        self.total += 1;
        *self.routes.entry(format!("{method} {route}")).or_default() += 1;
        if self.log.len() == KEPT {
            self.log.pop_front();
        }
        let began = self.tick();
        self.serial += 1;
        let nth = self.serial;
        let method = method.to_owned();
        self.log.push_back(Entry { nth, method, path, route, status: None, began, ended: None });
        nth
    }

    /// Notes how a call ended.
    pub fn end(&mut self, nth: u64, status: u16) {
        let ended = self.tick();
        let first = self.log.front().map_or(nth, |entry| entry.nth);
        let place = nth.checked_sub(first).and_then(|place| usize::try_from(place).ok());
        if let Some(entry) = place.and_then(|place| self.log.get_mut(place)) {
            entry.status = Some(status);
            entry.ended = Some(ended);
        }
    }

    /// Forgets the calls so far; those under way are no longer noted.
    pub fn reset(&mut self) {
        self.total = 0;
        self.routes.clear();
        self.log.clear();
    }

    /// How many calls there were.
    pub fn total(&self) -> u64 {
        self.total
    }

    /// Method, path and status of the calls in the log, newest first.
    pub fn latest(&self) -> impl Iterator<Item = (&str, &str, Option<u16>)> {
        self.log.iter().rev().map(|call| (call.method.as_str(), call.path.as_str(), call.status))
    }

    fn tick(&mut self) -> u64 {
        self.tick += 1;
        self.tick
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_log_tells_what_ran_at_the_same_time() {
        let mut calls = Calls::default();
        let first = calls.begin("GET", "/v2/sizes".to_owned(), "/v2/sizes");
        let second = calls.begin("GET", "/v2/account".to_owned(), "/v2/account");
        calls.end(second, 200);
        calls.end(first, 200);
        let third = calls.begin("GET", "/v2/sizes".to_owned(), "/v2/sizes");
        calls.end(third, 200);
        let times: Vec<_> = calls.log.iter().map(|entry| (entry.began, entry.ended)).collect();
        assert_eq!(times, [(1, Some(4)), (2, Some(3)), (5, Some(6))]);
        assert_eq!(calls.routes["GET /v2/sizes"], 2);
    }
}
