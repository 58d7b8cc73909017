//! What a snapshot that was tried is worth.

use serde_json::{Value, json};

use crate::{
    cli::view::style,
    operate::snapshots::{Found, Verdict},
};

/// The text for a person.
pub fn text(name: &str, verdict: &Verdict) -> String {
    match verdict {
        Verdict::Whole(found) => format!("{name} is whole: {}\n", told(found)),
        Verdict::Broken { found, why } => {
            let broken = style::error("not whole");
            let found = told(found);
            format!("{name} is {broken}: {why}\nin it there is {found}\n")
        }
        Verdict::Untold(why) => format!("{name} was not looked at: {why}\n"),
    }
}

/// The document for programs.
pub fn document(verdict: &Verdict) -> Value {
    let document = |word: &str, found: &Found, why: Option<&String>| {
        json!({
            "verdict": word,
            "filesystem": found.filesystem,
            "files": found.files,
            "bytes": found.bytes,
            "newest": found.newest,
            "why": why,
        })
    };
    match verdict {
        Verdict::Whole(found) => document("whole", found, None),
        Verdict::Broken { found, why } => document("broken", found, Some(why)),
        Verdict::Untold(why) => document("untold", &Found::default(), Some(why)),
    }
}

fn told(found: &Found) -> String {
    let Found { filesystem, files, bytes, newest } = found;
    let kind = filesystem.as_deref().unwrap_or("no file system");
    let files = if *files == 1 { "1 file".to_owned() } else { format!("{files} files") };
    let newest = newest.map(|newest| format!(", the newest of {}", newest.strftime("%F %R UTC")));
    format!("{kind}, {files}, {}{}", size(*bytes), newest.unwrap_or_default())
}

/// Bytes as a person reads them.
fn size(bytes: u64) -> String {
    let units = [(1_u64 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")];
    match units.into_iter().find(|(unit, _)| bytes >= *unit) {
        Some((unit, word)) => {
            format!("{}.{} {word}", bytes / unit, bytes % unit * 10 / unit)
        }
        None => format!("{bytes} bytes"),
    }
}

#[cfg(test)]
mod tests {
    use super::{size, text};
    use crate::operate::snapshots::{Found, Verdict};

    #[test]
    fn bytes_are_told_in_the_largest_unit_that_fits() {
        let all = [0, 1023, 1024, 1536, 5 << 30, u64::MAX].map(size);
        let told = ["0 bytes", "1023 bytes", "1.0 KiB", "1.5 KiB", "5.0 GiB", "17179869183.9 GiB"];
        assert_eq!(all, told);
    }

    #[test]
    fn a_whole_one_is_told_with_what_is_in_it() {
        let found = Found {
            filesystem: Some("ext4".to_owned()),
            files: 1,
            bytes: 6,
            newest: "2026-11-21T01:01:00Z".parse().ok(),
        };
        let told = text("core-store-data-20261121T0300Z", &Verdict::Whole(found));
        let expected = "core-store-data-20261121T0300Z is whole: ext4, 1 file, 6 bytes, the newest \
                        of 2026-11-21 01:01 UTC\n";
        assert_eq!(told, expected);
    }
}
