//! Loads the stack a command is about.

use std::{
    fs::{self, File},
    io::{self, Read as _},
    path::{Path, PathBuf},
};

use crate::{
    cli::{Context, Failure, project::Project, settings::Settings},
    config::{self, Loaded, MissingKeys, SourceError, Sources},
};

/// The world as far as a stack file may ask for it.
struct World<'a> {
    root: &'a Path,
    settings: &'a Settings,
}

/// Loads the stack file of a project; warnings go to stderr.
pub fn load(context: &Context, project: &Project) -> Result<Loaded, Failure> {
    let missing_keys =
        if context.global.sandbox { MissingKeys::ThrowAway } else { MissingKeys::Refuse };
    let loaded = read_stack(context, project, missing_keys)?;
    let warnings = loaded.warnings.render(context.output.look());
    if !warnings.is_empty() {
        context.output.words(&format!("{}\n", warnings.trim_end()));
    }
    Ok(loaded)
}

/// Loads it for a command that makes nothing: key files are not needed, warnings no help.
pub fn load_quietly(context: &Context, project: &Project) -> Result<Loaded, Failure> {
    read_stack(context, project, MissingKeys::ThrowAway)
}

fn read_stack(
    context: &Context,
    project: &Project,
    missing_keys: MissingKeys,
) -> Result<Loaded, Failure> {
    let world = World { root: &project.root, settings: &context.settings };
    let file = project.file.strip_prefix(&project.root).unwrap_or(&project.file);
    config::load(&file.display().to_string(), &world, missing_keys)
        .map_err(|mistakes| Failure::mistakes(mistakes.0))
}

impl Sources for World<'_> {
    fn stack_file(&self, path: &str, limit: usize) -> Result<Vec<u8>, SourceError> {
        let path = self.root.join(path);
        let real = path.canonicalize().map_err(source_error)?;
        let root = self.root.canonicalize().map_err(source_error)?;
        if !real.starts_with(root) {
            return Err(SourceError::Outside);
        }
        read(&real, limit)
    }

    fn key_file(&self, path: &str) -> Result<Vec<u8>, SourceError> {
        // The longest key OpenSSH makes has a few thousand characters.
        read(&self.settings.own_path(path, self.root), 64 * 1024)
    }

    fn variable(&self, name: &str) -> Option<String> {
        self.settings.variables.get(name).cloned()
    }

    fn shown(&self, path: &str) -> String {
        let path: PathBuf = self.root.join(path);
        path.strip_prefix(".").unwrap_or(&path).display().to_string()
    }
}

fn read(path: &Path, limit: usize) -> Result<Vec<u8>, SourceError> {
    if fs::metadata(path).map_err(source_error)?.is_dir() {
        return Err(SourceError::Unreadable("it is a folder".to_owned()));
    }
    let file = File::open(path).map_err(source_error)?;
    let mut bytes = Vec::new();
    let most = u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(1);
    file.take(most).read_to_end(&mut bytes).map_err(source_error)?;
    Ok(bytes)
}

#[expect(clippy::needless_pass_by_value, reason = "made for `map_err`")]
fn source_error(error: io::Error) -> SourceError {
    if error.kind() == io::ErrorKind::NotFound {
        SourceError::Missing
    } else {
        SourceError::Unreadable(error.to_string())
    }
}
