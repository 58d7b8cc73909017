//! From what a machine said to the readings of its probes.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::{matrix::Reading, ssh::plain};

/// The line in front of what was said.
#[derive(Deserialize)]
struct Head {
    probe: usize,
    bytes: usize,
    #[serde(flatten)]
    reading: Reading,
}

/// The readings by the number of their probe; what does not belong to any ends the reading.
pub fn readings(mut said: &[u8]) -> BTreeMap<usize, Reading> {
    let mut all = BTreeMap::new();
    while let Some((head, body, rest)) = next(said) {
        let body = plain(body);
        all.insert(head.probe, Reading { body, ..head.reading });
        said = rest;
    }
    all
}

/// The next answer: its line, its body, and what follows.
fn next(said: &[u8]) -> Option<(Head, &[u8], &[u8])> {
    let end = said.iter().position(|byte| *byte == b'\n')?;
    let head: Head = serde_json::from_slice(&said[..end]).ok()?;
    let rest = &said[end + 1..];
    let body = rest.get(..head.bytes)?;
    let after = rest.get(head.bytes + 1..).unwrap_or_default();
    Some((head, body, after))
}

#[cfg(test)]
mod tests {
    use super::readings;

    #[test]
    fn what_was_said_may_hold_anything() {
        let said = b"{\"probe\":1,\"exit\":0,\"requests\":[{\"status\":200,\"seconds\":0.01}],\"bytes\":6}\n{\"a\"}\n\n\
            {\"probe\":0,\"exit\":75,\"requests\":[],\"bytes\":0}\n\nrubbish";
        let all = readings(said);
        assert_eq!(all.len(), 2);
        assert_eq!(all[&1].body, "{\"a\"}\n");
        assert_eq!(all[&1].requests[0].status, 200);
        assert_eq!((all[&0].exit, all[&0].body.as_str()), (75, ""));
    }

    #[test]
    fn an_answer_that_was_cut_off_is_none() {
        for said in ["", "{", "{}\n", "{\"probe\":0,\"exit\":0,\"bytes\":9}\nshort"] {
            assert!(readings(said.as_bytes()).is_empty(), "{said}");
        }
    }
}
