//! Files for a machine, many in one round trip.
//!
//! Each arrives under another name beside its own, is checked against its hash and written to the
//! disk; only when all of them are there, each takes its name. A connection that breaks leaves
//! every file as it was.

use std::io::Write as _;

use secrecy::zeroize::Zeroizing;
use sha2::{Digest as _, Sha256};

use crate::ssh::Command;

/// A file for a machine.
pub struct Upload {
    /// Its whole path; folders that are missing are made.
    pub path: String,
    /// Its mode.
    pub mode: u32,
    /// The numbers of the user and of the group it belongs to.
    pub owner: (u32, u32),
    /// What is in it.
    pub content: Zeroizing<Vec<u8>>,
}

/// What the machine does with what it reads: for each file a line, its path and its content, whose
/// lengths are in the line.
const SCRIPT: &str = include_str!("upload.sh");

/// The command that puts files in their places, all of them or none.
pub fn upload(files: &[Upload]) -> Command {
    let size: usize = files.iter().map(|file| file.content.len() + file.path.len() + 128).sum();
    // A buffer that grows would leave copies of secrets behind.
    let mut archive = Zeroizing::new(Vec::with_capacity(size));
    for file in files {
        let (user, group) = file.owner;
        let head = format!(
            "{:o} {user}:{group} {} {} {}\n",
            file.mode,
            hexadecimal(&Sha256::digest(&*file.content)),
            file.path.len(),
            file.content.len(),
        );
        for part in [head.as_bytes(), file.path.as_bytes(), &file.content] {
            archive.write_all(part).expect("memory takes what is written to it");
        }
    }
    Command::new(SCRIPT.replace("@count@", &files.len().to_string())).with_stdin(archive)
}

fn hexadecimal(bytes: &[u8]) -> String {
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits.filter_map(|digit| char::from_digit(digit.into(), 16)).collect()
}

#[cfg(test)]
mod tests {
    use std::{
        fs,
        io::Write as _,
        os::unix::fs::{MetadataExt as _, PermissionsExt as _},
        path::Path,
        process,
    };

    use secrecy::zeroize::Zeroizing;

    use super::{Upload, upload};
    use crate::ssh::Command;

    fn file(path: &Path, mode: u32, content: &[u8]) -> Upload {
        let own = fs::metadata("/proc/self").unwrap();
        Upload {
            path: path.to_str().unwrap().to_owned(),
            mode,
            owner: (own.uid(), own.gid()),
            content: Zeroizing::new(content.to_vec()),
        }
    }

    /// Runs a command here; its exit code and what it complained of.
    fn run_here(command: &Command) -> (i32, String) {
        let mut child = process::Command::new("sh")
            .args(["-c", &command.script])
            .stdin(process::Stdio::piped())
            .stderr(process::Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(command.stdin.bytes()).unwrap();
        let ended = child.wait_with_output().unwrap();
        (ended.status.code().unwrap(), String::from_utf8(ended.stderr).unwrap())
    }

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap();
        let mut names: Vec<String> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn files_arrive_whole_with_their_modes_and_leave_nothing_beside_them() {
        let folder = tempfile::tempdir().unwrap();
        let odd = folder.path().join("new folder/it's $HOME \n`odd` \\ name");
        let env = folder.path().join("app.env");
        fs::write(&env, "old").unwrap();
        let bytes: Vec<u8> = (0..=255).cycle().take(100_000).collect();
        let command = upload(&[file(&odd, 0o755, &bytes), file(&env, 0o600, b"")]);
        assert_eq!(run_here(&command), (0, String::new()));
        assert_eq!(fs::read(&odd).unwrap(), bytes);
        assert_eq!(fs::read(&env).unwrap(), b"");
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o7777;
        assert_eq!((mode(&odd), mode(&env), mode(odd.parent().unwrap())), (0o755, 0o600, 0o755));
        assert_eq!(names(folder.path()), ["app.env", "new folder"]);
    }

    #[test]
    fn what_arrives_by_half_changes_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let (one, two) = (folder.path().join("one"), folder.path().join("two"));
        fs::write(&one, "old").unwrap();
        let whole = upload(&[file(&one, 0o644, b"new"), file(&two, 0o644, b"content")]);
        let all = whole.stdin.bytes();
        for end in 0..all.len() {
            let cut = Command::new(&whole.script).with_stdin(all[..end].to_vec());
            let (code, said) = run_here(&cut);
            assert_ne!(code, 0, "cut at {end}");
            assert!(said.contains("dostack: "), "cut at {end}: {said}");
            assert_eq!(fs::read(&one).unwrap(), b"old", "cut at {end}");
            assert_eq!(names(folder.path()), ["one"], "cut at {end}");
        }
    }

    #[test]
    fn a_byte_that_changed_on_the_way_is_noticed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("one");
        let whole = upload(&[file(&path, 0o644, b"content")]);
        let mut bytes = whole.stdin.bytes().to_vec();
        *bytes.last_mut().unwrap() ^= 1;
        let (code, said) = run_here(&Command::new(&whole.script).with_stdin(bytes));
        assert_eq!(code, 1);
        assert!(said.contains("one: arrived damaged"), "{said}");
        assert!(names(folder.path()).is_empty());
    }

    #[test]
    fn a_folder_in_the_place_of_a_file_is_refused_by_its_name() {
        let folder = tempfile::tempdir().unwrap();
        let (one, taken) = (folder.path().join("one"), folder.path().join("taken"));
        fs::create_dir(&taken).unwrap();
        let command = upload(&[file(&one, 0o644, b"new"), file(&taken, 0o644, b"new")]);
        let (code, said) = run_here(&command);
        assert_eq!(code, 1);
        assert!(said.contains("taken: is a folder"), "{said}");
        assert_eq!(names(folder.path()), ["taken"]);
    }
}
