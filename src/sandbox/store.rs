//! The state file: read at the start, written soon after every change.
//!
//! It is written whole beside its place and then moved there, so a reader finds the old state or
//! the new one, never half of one.

use std::{
    fs::{self, File},
    io::{self, ErrorKind, Write},
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::sandbox::{
    clock::Clock,
    world::{Flaw, World},
};

/// The form of the file; another number is another form.
const VERSION: u32 = 2;

/// Why a state file cannot be used.
#[derive(Debug, Error)]
pub enum StoreError {
    /// The file is there but cannot be read.
    #[error("cannot read the sandbox's state {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The file is no state of a sandbox.
    #[error("{} is not a sandbox's state", path.display())]
    Form {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: serde_json::Error,
    },
    /// The file comes from another version.
    #[error("{} has form {found} of a sandbox's state, not {VERSION}", path.display())]
    Version {
        /// The file.
        path: PathBuf,
        /// The form it has.
        found: u32,
    },
    /// The file contradicts itself.
    #[error("the sandbox's state {} contradicts itself", path.display())]
    Flaw {
        /// The file.
        path: PathBuf,
        /// Where.
        source: Flaw,
    },
    /// The file cannot be written.
    #[error("cannot write the sandbox's state {}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

#[derive(Deserialize)]
struct Loaded {
    clock: Clock,
    world: World,
}

#[derive(Deserialize)]
struct Header {
    version: u32,
}

#[derive(Serialize)]
struct Kept<'a> {
    version: u32,
    clock: Clock,
    world: &'a World,
}

/// Reads a state; none if there is no file yet.
pub fn load(path: &Path) -> Result<Option<(World, Clock)>, StoreError> {
    let text = match fs::read(path) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(source) => return Err(StoreError::Read { path: path.to_owned(), source }),
    };
    let form = |source| StoreError::Form { path: path.to_owned(), source };
    let header: Header = serde_json::from_slice(&text).map_err(form)?;
    if header.version != VERSION {
        return Err(StoreError::Version { path: path.to_owned(), found: header.version });
    }
    let Loaded { clock, mut world } = serde_json::from_slice(&text).map_err(form)?;
    world.restore().map_err(|source| StoreError::Flaw { path: path.to_owned(), source })?;
    Ok(Some((world, clock)))
}

/// Writes a state as text.
pub fn text(world: &World, clock: Clock) -> Vec<u8> {
    let kept = Kept { version: VERSION, clock, world };
    serde_json::to_vec(&kept).expect("the world has text keys and finite numbers")
}

/// Puts a text in the file's place, whole or not at all.
pub fn write(path: &Path, text: &[u8]) -> Result<(), StoreError> {
    replace(path, text).map_err(|source| StoreError::Write { path: path.to_owned(), source })
}

fn replace(path: &Path, text: &[u8]) -> io::Result<()> {
    let folder = match path.parent() {
        Some(parent) if parent != Path::new("") => parent,
        Some(_) | None => Path::new("."),
    };
    fs::create_dir_all(folder)?;
    let mut beside = path.as_os_str().to_owned();
    beside.push(".new");
    let mut file = File::create(&beside)?;
    file.write_all(text)?;
    file.sync_all()?;
    drop(file);
    fs::rename(&beside, path)?;
    File::open(folder)?.sync_all()
}
