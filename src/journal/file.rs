//! The file itself: where it lies, who may read it, who holds it.

use std::{
    fs::{self, DirBuilder, File, OpenOptions, TryLockError},
    io,
    os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt},
    path::{Path, PathBuf},
    sync::Arc,
};

use crate::journal::{FILE, JournalError};

/// Whether a file could be locked.
pub enum Grip {
    /// It is ours until it is closed.
    Ours,
    /// Another process holds it.
    Others,
}

/// Opens the journal in a folder for appending, makes both if they are missing.
pub fn open(folder: &Path) -> Result<(File, PathBuf), JournalError> {
    make_folder(folder)?;
    let path = folder.join(FILE);
    let is_new = !is_there(&path)?;
    let mut options = OpenOptions::new();
    options.read(true).append(true).create(true).mode(0o600);
    let file = options.open(&path).map_err(failed("open", &path))?;
    check_own_file(&file, &path)?;
    if is_new {
        sync_folder(folder)?;
    }
    Ok((file, path))
}

/// Opens the journal in a folder for reading, if there is one.
pub fn open_to_read(folder: &Path) -> Result<Option<(File, PathBuf)>, JournalError> {
    let path = folder.join(FILE);
    if !is_there(&path)? {
        return Ok(None);
    }
    let file = File::open(&path).map_err(failed("open", &path))?;
    check_own_file(&file, &path)?;
    Ok(Some((file, path)))
}

/// Takes the lock that keeps a second run out.
pub fn lock(file: &File, path: &Path) -> Result<Grip, JournalError> {
    match file.try_lock() {
        Ok(()) => Ok(Grip::Ours),
        Err(TryLockError::WouldBlock) => Ok(Grip::Others),
        Err(TryLockError::Error(source)) => Err(failed("lock", path)(source)),
    }
}

/// The error of a call to the system.
pub fn failed(doing: &'static str, path: &Path) -> impl Fn(io::Error) -> JournalError {
    let path = path.to_owned();
    move |source| JournalError::Io { doing, path: path.clone(), source: Arc::new(source) }
}

fn make_folder(folder: &Path) -> Result<(), JournalError> {
    match fs::symlink_metadata(folder) {
        Ok(found) if found.is_dir() => Ok(()),
        Ok(_) => Err(JournalError::WrongKind { path: folder.to_owned(), expected: "a folder" }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let mut builder = DirBuilder::new();
            builder.recursive(true).mode(0o700).create(folder).map_err(failed("make", folder))?;
            folder.parent().map_or(Ok(()), sync_folder)
        }
        Err(error) => Err(failed("look at", folder)(error)),
    }
}

/// Refuses a link, however it came to be there.
fn check_own_file(file: &File, path: &Path) -> Result<(), JournalError> {
    let opened = file.metadata().map_err(failed("look at", path))?;
    let named = fs::symlink_metadata(path).map_err(failed("look at", path))?;
    let same = opened.ino() == named.ino() && opened.dev() == named.dev();
    if same && named.is_file() {
        return Ok(());
    }
    Err(JournalError::WrongKind { path: path.to_owned(), expected: "a file" })
}

/// Whether something stands there; a link does not count as what it points to.
fn is_there(path: &Path) -> Result<bool, JournalError> {
    match fs::symlink_metadata(path) {
        Ok(found) if found.is_file() => Ok(true),
        Ok(_) => Err(JournalError::WrongKind { path: path.to_owned(), expected: "a file" }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(failed("look at", path)(error)),
    }
}

/// Makes a new name in a folder survive a power failure.
fn sync_folder(folder: &Path) -> Result<(), JournalError> {
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let open = File::open(folder).map_err(failed("open", folder))?;
    open.sync_all().map_err(failed("write to disk", folder))
}
