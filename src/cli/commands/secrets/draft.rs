//! A file for an editor that nobody else may read, and that is wiped when it is done with.

use std::{
    collections::BTreeMap,
    fs::{self, DirBuilder, OpenOptions},
    io::{self, Write as _},
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _},
    path::{Path, PathBuf},
};

use uuid::Uuid;
use zeroize::Zeroizing;

/// What a file is overwritten with, a piece at a time.
const ZEROS: [u8; 4096] = [0; 4096];

/// A file in a folder of its own, where an editor keeps its copies too.
pub struct Draft(PathBuf);

impl Draft {
    /// Writes one, in memory where the system has a place for that.
    pub fn write(environment: &BTreeMap<String, String>, text: &str) -> io::Result<Self> {
        let folder = place(environment).join(format!("dostack-{}", Uuid::new_v4().simple()));
        DirBuilder::new().mode(0o700).create(&folder)?;
        let draft = Self(folder);
        let mut file =
            OpenOptions::new().write(true).create_new(true).mode(0o600).open(draft.path())?;
        file.write_all(text.as_bytes())?;
        Ok(draft)
    }

    /// The file.
    pub fn path(&self) -> PathBuf {
        self.0.join("secrets.yaml")
    }

    /// What is in it now.
    pub fn read(&self) -> io::Result<Zeroizing<String>> {
        fs::read_to_string(self.path()).map(Zeroizing::new)
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        for entry in fs::read_dir(&self.0).into_iter().flatten().flatten() {
            if let Err(error) = wipe(&entry.path()) {
                tracing::warn!(path = %entry.path().display(), %error, "could not be wiped");
            }
        }
        if let Err(error) = fs::remove_dir_all(&self.0) {
            tracing::warn!(path = %self.0.display(), %error, "could not be removed");
        }
    }
}

/// The user's own place in memory, the system's, or the usual one on disk.
fn place(environment: &BTreeMap<String, String>) -> PathBuf {
    let own = environment.get("XDG_RUNTIME_DIR").map(PathBuf::from);
    let usual = environment.get("TMPDIR").map_or(PathBuf::from("/tmp"), PathBuf::from);
    let memory = [own, Some(PathBuf::from("/dev/shm"))].into_iter().flatten();
    memory.into_iter().find(|folder| folder.is_dir()).unwrap_or(usual)
}

/// Overwrites a file, so that what was in it does not stay where it was.
fn wipe(path: &Path) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).open(path)?;
    let mut left = file.metadata()?.len();
    while left > 0 {
        let piece = usize::try_from(left).unwrap_or(ZEROS.len()).min(ZEROS.len());
        file.write_all(&ZEROS[..piece])?;
        left -= u64::try_from(piece).unwrap_or(left);
    }
    file.sync_all()
}
