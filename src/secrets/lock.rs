//! One writer at a time.

use std::{
    fs::{File, TryLockError},
    path::Path,
    thread,
    time::{Duration, Instant},
};

use crate::secrets::SecretsError;

/// How long another writer is waited for; writing takes milliseconds.
const PATIENCE: Duration = Duration::from_secs(5);

/// How often it is tried again.
const LOOK: Duration = Duration::from_millis(20);

/// Keeps other writers from a file until it is dropped.
///
/// The folder is locked, and not the file: that is replaced, and no lock file is left behind.
pub fn hold(path: &Path) -> Result<File, SecretsError> {
    let unwritable = |source| SecretsError::Write { path: path.to_owned(), source };
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = File::open(folder.unwrap_or(Path::new("."))).map_err(unwritable)?;
    let until = Instant::now() + PATIENCE;
    loop {
        match folder.try_lock() {
            Ok(()) => return Ok(folder),
            Err(TryLockError::WouldBlock) if Instant::now() < until => thread::sleep(LOOK),
            Err(TryLockError::WouldBlock) => return Err(SecretsError::Busy(path.to_owned())),
            Err(TryLockError::Error(error)) => return Err(unwritable(error)),
        }
    }
}
