//! Faults that tests ask for: rules that hit certain calls, and chance with a seed.

use serde::{Deserialize, Serialize};

use crate::sandbox::fate::Fate;

/// What goes wrong with a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Fault {
    /// The connection ends without a byte of an answer.
    Drop {
        /// Whether the call still has its effect.
        drop: Moment,
    },
    /// The call gets an error, and usually has no effect.
    Status {
        /// The HTTP status.
        status: u16,
        /// Seconds for the `retry-after` header.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        retry_after: Option<u64>,
        /// Whether it has its effect all the same.
        #[serde(default)]
        executed: bool,
    },
    /// The call waits before anything happens.
    Delay {
        /// How long, in real milliseconds.
        delay_ms: u64,
    },
    /// The asynchronous work the call starts ends badly.
    Action {
        /// How it ends.
        action: Fate,
    },
    /// The answer's body is cut in half.
    Truncate {
        /// Always true.
        truncate: bool,
    },
}

/// When a connection is dropped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Moment {
    /// Before the call has its effect.
    Before,
    /// After it.
    After,
}

/// A fault for some of the calls of a method and a path.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// The method; any, if left out.
    #[serde(default)]
    method: Option<String>,
    /// A route as in `/v2/droplets/{droplet_id}`, a glob with `*`, or the path's beginning; a `$` at
    /// the end asks for the whole path.
    path: String,
    /// The first matching call that is hit, from 1.
    #[serde(default = "one")]
    nth: u64,
    /// How many calls are hit from there on.
    #[serde(default = "one")]
    times: u64,
    /// What happens to them.
    effect: Fault,
    /// Matching calls so far.
    #[serde(default)]
    seen: u64,
}

fn one() -> u64 {
    1
}

impl Rule {
    fn matches(&self, method: &str, path: &str, pattern: &str) -> bool {
        let method_fits = self.method.as_deref().is_none_or(|own| own.eq_ignore_ascii_case(method));
        method_fits && (self.path == pattern || path_fits(&self.path, path))
    }

    /// Counts a matching call and says whether it is hit.
    fn hits(&mut self) -> bool {
        self.seen += 1;
        self.seen >= self.nth && self.seen - self.nth < self.times
    }
}

fn path_fits(wanted: &str, path: &str) -> bool {
    if let Some(whole) = wanted.strip_suffix('$') {
        return whole == path;
    }
    if wanted.contains('*') { glob(wanted, path) } else { path.starts_with(wanted) }
}

/// Matches a glob whose stars stand for anything, slashes too.
fn glob(wanted: &str, path: &str) -> bool {
    let mut parts = wanted.split('*');
    let Some(mut rest) = parts.next().and_then(|first| path.strip_prefix(first)) else {
        return false;
    };
    let parts: Vec<&str> = parts.collect();
    let Some((last, middle)) = parts.split_last() else { return rest.is_empty() };
    for part in middle {
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
    }
    rest.ends_with(last)
}

/// Faults by chance, the same ones for the same seed and calls.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Chance {
    /// Where the sequence starts.
    seed: u64,
    /// The share of calls that are hit, from 0 to 1.
    rate: f64,
    /// What can happen to them; everything, if left out.
    #[serde(default = "all_kinds")]
    kinds: Vec<Kind>,
}

/// What chance can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    DropBefore,
    DropAfter,
    #[serde(rename = "429")]
    TooMany,
    #[serde(rename = "500")]
    Broken,
    #[serde(rename = "503")]
    Unavailable,
    Truncate,
    Errored,
}

fn all_kinds() -> Vec<Kind> {
    vec![
        Kind::DropBefore,
        Kind::DropAfter,
        Kind::TooMany,
        Kind::Broken,
        Kind::Unavailable,
        Kind::Truncate,
        Kind::Errored,
    ]
}

impl Kind {
    fn fault(self) -> Fault {
        match self {
            Self::DropBefore => Fault::Drop { drop: Moment::Before },
            Self::DropAfter => Fault::Drop { drop: Moment::After },
            Self::TooMany => Fault::Status { status: 429, retry_after: Some(1), executed: false },
            Self::Broken => Fault::Status { status: 500, retry_after: None, executed: false },
            Self::Unavailable => Fault::Status { status: 503, retry_after: None, executed: false },
            Self::Truncate => Fault::Truncate { truncate: true },
            Self::Errored => Fault::Action { action: Fate::Errored },
        }
    }
}

impl Chance {
    /// Rolls twice for a call: whether it is hit, and by what.
    fn roll(&mut self) -> Option<Fault> {
        let hit = unit(self.next()) < self.rate;
        let kinds = u64::try_from(self.kinds.len()).unwrap_or(u64::MAX).max(1);
        let place = usize::try_from(self.next() % kinds).unwrap_or_default();
        self.kinds.get(place).filter(|_| hit).map(|kind| kind.fault())
    }

    /// `SplitMix64` (Steele, Lea, Flood 2014).
    fn next(&mut self) -> u64 {
        self.seed = self.seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.seed ^ (self.seed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

/// A number from 0 to 1 made of the upper half of the bits.
fn unit(bits: u64) -> f64 {
    f64::from(u32::try_from(bits >> 32).unwrap_or_default()) / 4_294_967_296.0
}

/// All faults that are set up.
#[derive(Debug, Default, Serialize)]
pub struct Faults {
    rules: Vec<Rule>,
    random: Option<Chance>,
}

impl Faults {
    /// How many are set up, chance as one of them.
    pub fn count(&self) -> usize {
        self.rules.len() + usize::from(self.random.is_some())
    }

    /// Adds a rule; an earlier one wins where both hit.
    pub fn add(&mut self, rule: Rule) {
        self.rules.push(rule);
    }

    /// Sets up chance, in place of an earlier one.
    pub fn set_chance(&mut self, chance: Chance) {
        self.random = Some(chance);
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        *self = Self::default();
    }

    /// What happens to a call. Every rule that matches counts it.
    pub fn strike(&mut self, method: &str, path: &str, pattern: &str) -> Option<Fault> {
        let mut struck = None;
        for rule in self.rules.iter_mut().filter(|rule| rule.matches(method, path, pattern)) {
            if rule.hits() && struck.is_none() {
                struck = Some(rule.effect);
            }
        }
        struck.or_else(|| self.random.as_mut().and_then(Chance::roll))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(text: &str) -> Rule {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn the_nth_call_is_hit_for_as_many_times_as_asked() {
        let mut faults = Faults::default();
        faults.add(rule(
            r#"{"method":"POST","path":"/v2/droplets$","nth":2,"times":2,"effect":{"status":503}}"#,
        ));
        let hits: Vec<bool> = (0..5)
            .map(|_| faults.strike("POST", "/v2/droplets", "/v2/droplets").is_some())
            .collect();
        assert_eq!(hits, [false, true, true, false, false]);
        assert_eq!(faults.strike("GET", "/v2/droplets", "/v2/droplets"), None);
    }

    #[test]
    fn paths_match_by_beginning_glob_route_or_whole() {
        assert!(path_fits("/v2/droplets", "/v2/droplets/1/actions"));
        assert!(!path_fits("/v2/droplets$", "/v2/droplets/1"));
        assert!(path_fits("/v2/droplets/*/actions", "/v2/droplets/1/actions"));
        assert!(!path_fits("/v2/droplets/*/actions", "/v2/droplets/1"));
        assert!(path_fits("*/actions", "/v2/volumes/a/actions"));
        let by_route = rule(r#"{"path":"/v2/droplets/{droplet_id}","effect":{"drop":"after"}}"#);
        assert!(by_route.matches("GET", "/v2/droplets/7", "/v2/droplets/{droplet_id}"));
        assert!(!by_route.matches(
            "GET",
            "/v2/droplets/7/actions",
            "/v2/droplets/{droplet_id}/actions"
        ));
    }

    #[test]
    fn chance_repeats_itself_for_a_seed() {
        let chance = || -> Chance { serde_json::from_str(r#"{"seed":7,"rate":0.3}"#).unwrap() };
        let rolls = |mut chance: Chance| -> Vec<_> { (0..100).map(|_| chance.roll()).collect() };
        assert_eq!(rolls(chance()), rolls(chance()));
        let hits = rolls(chance()).into_iter().flatten().count();
        assert!((10..60).contains(&hits), "{hits} of 100");
    }
}
