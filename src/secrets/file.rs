//! Files that nobody else may read, and files that are never half written.

use std::{
    fs::{self, DirBuilder, File, OpenOptions},
    io::{self, Write as _},
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _},
    path::Path,
    process,
};

/// Makes a folder that only its owner may look into; one that is there stays as it is.
pub fn private_folder(folder: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

/// Makes a file that only its owner may read; one that is there is never written over.
pub fn create_private(path: &Path, content: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(content)?;
    file.sync_all()
}

/// Puts a whole new file in the place of an old one: a reader, and whoever comes after a crash, sees
/// the one or the other.
pub fn replace(path: &Path, content: &[u8]) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut beside = path.as_os_str().to_owned();
    beside.push(format!(".{}.new", process::id()));
    let beside = Path::new(&beside);
    // What a process of this number left behind when it was killed.
    let _ = fs::remove_file(beside);
    let written = create_private(beside, content).and_then(|()| fs::rename(beside, path));
    if written.is_err() {
        let _ = fs::remove_file(beside);
    }
    written?;
    File::open(folder)?.sync_all()
}
