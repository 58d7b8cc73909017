//! What a machine says of a volume that was made from a snapshot.

use std::time::Duration;

use jiff::Timestamp;

use crate::{
    ssh::{Command, Output, Remote},
    values::in_full,
};

const LOOK: &str = include_str!("look.sh");

/// What the script ends with where a file system is not whole.
const BROKEN: i32 = 10;

/// How long a whole file system may take to check.
const PATIENCE: Duration = Duration::from_hours(1);

/// What came of a snapshot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Its file system is whole.
    Whole(Found),
    /// It is not, or cannot be mounted.
    Broken {
        /// What was found all the same.
        found: Found,
        /// What is wrong, a line or a few.
        why: String,
    },
    /// No machine could look, and why.
    Untold(String),
}

/// What is in a file system.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// Its kind: `ext4` or `xfs`.
    pub filesystem: Option<String>,
    /// How many files.
    pub files: u64,
    /// How many bytes they have.
    pub bytes: u64,
    /// When the newest of them was written.
    pub newest: Option<Timestamp>,
}

/// Has a machine look at a volume that is attached to it.
pub async fn look<M: Remote>(machine: &M, volume: &str) -> Verdict {
    let command = command("look", volume).within(PATIENCE);
    match machine.run(&command).await {
        Ok(output) => verdict(&output),
        Err(error) => Verdict::Untold(in_full(&error)),
    }
}

/// Has a machine let go of a volume. One that does not answer has nothing mounted that could be lost.
pub async fn leave<M: Remote>(machine: &M, volume: &str) {
    drop(machine.run(&command("leave", volume)).await);
}

fn command(verb: &str, volume: &str) -> Command {
    Command::new(LOOK).with_stdin(format!("{verb} {volume}\n").into_bytes())
}

fn verdict(output: &Output) -> Verdict {
    let text = output.text();
    let found = found(&text);
    match output.code {
        0 => Verdict::Whole(found),
        BROKEN => Verdict::Broken { found, why: output.complaint() },
        _ => Verdict::Untold(output.complaint()),
    }
}

/// Reads the lines of the script; what it did not come to say is nothing.
fn found(text: &str) -> Found {
    let said =
        |name: &str| text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    let number = |name| said(name).and_then(|digits| digits.parse().ok()).unwrap_or_default();
    let newest = said("newest").and_then(|digits| digits.parse().ok()).filter(|second| *second > 0);
    Found {
        filesystem: said("filesystem").map(str::to_owned),
        files: number("files"),
        bytes: number("bytes"),
        newest: newest.and_then(|second| Timestamp::from_second(second).ok()),
    }
}

#[cfg(test)]
mod tests {
    use super::{Found, Verdict, verdict};
    use crate::ssh::Output;

    fn said(code: i32, stdout: &str, stderr: &str) -> Verdict {
        verdict(&Output { code, stdout: stdout.into(), stderr: stderr.into() })
    }

    #[test]
    fn a_whole_file_system_is_told_with_what_is_in_it() {
        let text = "filesystem xfs\nfiles 3\nbytes 4096\nnewest 1795222860\n";
        let found = Found {
            filesystem: Some("xfs".to_owned()),
            files: 3,
            bytes: 4096,
            newest: "2026-11-21T01:01:00Z".parse().ok(),
        };
        assert_eq!(said(0, text, ""), Verdict::Whole(found));
    }

    #[test]
    fn an_empty_file_system_has_no_newest_file() {
        let Verdict::Whole(found) = said(0, "filesystem ext4\nfiles 0\nbytes 0\nnewest 0\n", "")
        else {
            panic!("it is whole");
        };
        assert_eq!((found.files, found.newest), (0, None));
    }

    #[test]
    fn what_is_broken_is_not_what_could_not_be_looked_at() {
        let broken = said(10, "", "there is no file system of ours on it, but nothing\n");
        assert!(matches!(&broken, Verdict::Broken { why, .. } if why.ends_with("but nothing")));
        let gone = said(1, "", "there is no /dev/disk/by-id/scsi-0DO_Volume_x\n");
        assert!(matches!(gone, Verdict::Untold(_)));
        assert!(matches!(said(137, "", ""), Verdict::Untold(_)));
    }
}
