//! Where a stack file is, and the folder that belongs to it.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
};

use crate::{
    cli::{Exit, Failure},
    render::Templates,
};

/// What the name of a file of encrypted values ends with.
const VAULT: &str = ".secrets.yaml";

/// A stack file in its project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Project {
    /// The folder that holds `stacks/`, or the file itself.
    pub root: PathBuf,
    /// The file, as it is shown to a person.
    pub file: PathBuf,
}

impl Project {
    /// Finds the stack file that is meant.
    pub fn find(named: Option<&str>) -> Result<Self, Failure> {
        match named {
            Some(named) if is_file_name(named) => named_file(PathBuf::from(named)),
            Some(name) => {
                let file = Path::new("stacks").join(format!("{name}.yaml"));
                if file.exists() { Ok(Self::at(file)) } else { Err(no_such_stack(name)) }
            }
            None => match stack_files().as_slice() {
                [only] => Ok(Self::at(only.clone())),
                [] => Err(Failure::new(Exit::Input, "there is no stack file in `stacks/`")
                    .hint("`dostack init` writes one; `--stack FILE` names one elsewhere")),
                several => {
                    let names: Vec<String> = several.iter().filter_map(|file| stem(file)).collect();
                    Err(Failure::new(Exit::Input, "there are several stack files in `stacks/`")
                        .hint(format!("say which one: `--stack {}`", names.join("` or `--stack "))))
                }
            },
        }
    }

    /// The project that is meant, or this folder, for a command that needs no stack file.
    pub fn find_or_here(named: Option<&str>) -> Result<Self, Failure> {
        if named.is_some() {
            return Self::find(named);
        }
        Ok(Self { root: PathBuf::from("."), file: PathBuf::new() })
    }

    fn at(file: PathBuf) -> Self {
        let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
        let folder = folder.unwrap_or(Path::new("."));
        let in_stacks = folder.file_name().is_some_and(|name| name == "stacks");
        let root = if in_stacks { folder.parent().unwrap_or(folder) } else { folder };
        let root = if root.as_os_str().is_empty() { Path::new(".") } else { root };
        Self { root: root.to_owned(), file }
    }

    /// The project's own templates where it has any, and ours.
    pub fn templates(&self) -> Result<Templates, Failure> {
        let ours = Templates::built_in();
        Ok(Templates {
            cloud_init: self.own(Templates::CLOUD_INIT)?.unwrap_or(ours.cloud_init),
            bootstrap: self.own(Templates::BOOTSTRAP)?.unwrap_or(ours.bootstrap),
            compose: self.compose()?,
        })
    }

    fn compose(&self) -> Result<BTreeMap<&'static str, String>, Failure> {
        let own = |(name, text): (&'static str, &str)| {
            Ok((name, self.own(name)?.unwrap_or_else(|| text.to_owned())))
        };
        Templates::COMPOSE.into_iter().map(own).collect()
    }

    fn own(&self, template: &str) -> Result<Option<String>, Failure> {
        let path = self.root.join(template);
        match fs::read_to_string(&path) {
            Ok(text) => Ok(Some(text)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => {
                let text = format!("cannot read the template `{}`: {error}", path.display());
                Err(Failure::new(Exit::Input, text))
            }
        }
    }

    /// The stack's name as `--stack` takes it: the file's, without its end.
    fn name(&self) -> String {
        stem(&self.file).unwrap_or_default()
    }

    /// Where a person may keep variables for this stack alone.
    pub fn dotenv(&self) -> PathBuf {
        let root = self.root.strip_prefix(".").unwrap_or(&self.root);
        root.join(format!(".env.{}", self.name()))
    }

    /// Where the stack's encrypted values are: beside its file.
    pub fn vault(&self) -> PathBuf {
        self.file.with_file_name(format!("{}{VAULT}", self.name()))
    }

    /// Where journals, caches and the sandbox's world are kept.
    pub fn state(&self) -> PathBuf {
        if self.root == Path::new(".") {
            PathBuf::from(".dostack")
        } else {
            self.root.join(".dostack")
        }
    }
}

/// Makes a folder that only its owner may look into.
pub fn private_folder(folder: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

fn is_file_name(named: &str) -> bool {
    let path = Path::new(named);
    named.contains('/') || path.extension().is_some_and(|end| end == "yaml" || end == "yml")
}

/// A file that is named; one that is not there, or a folder, is told with what may be meant.
fn named_file(file: PathBuf) -> Result<Project, Failure> {
    let shown = file.display();
    let refuse = |text: String| Err(with_names(Failure::new(Exit::Input, text)));
    if file.is_dir() {
        refuse(format!("`{shown}` is a folder, and a stack is a file"))
    } else if file.exists() {
        Ok(Project::at(file))
    } else {
        refuse(format!("there is no stack file `{shown}`"))
    }
}

fn no_such_stack(name: &str) -> Failure {
    with_names(Failure::new(Exit::Input, format!("there is no stack file `stacks/{name}.yaml`")))
}

fn with_names(failure: Failure) -> Failure {
    let names = names();
    if names.is_empty() {
        failure.hint("`dostack init` writes `stacks/dev.yaml`")
    } else {
        failure.hint(format!("there is `--stack {}`", names.join("`, `--stack ")))
    }
}

/// The names of the stacks in `stacks/`.
pub fn names() -> Vec<String> {
    stack_files().iter().filter_map(|file| stem(file)).collect()
}

fn stack_files() -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir("stacks") else { return Vec::new() };
    let mut files: Vec<PathBuf> = entries
        .filter_map(Result::ok)
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|end| end == "yaml"))
        .filter(|path| path.to_str().is_none_or(|path| !path.ends_with(VAULT)))
        .collect();
    files.sort();
    files
}

fn stem(file: &Path) -> Option<String> {
    Some(file.file_stem()?.to_str()?.to_owned())
}
