//! `dostack init`: the files a project starts with, as flags or answers want them.

mod answers;
mod files;

use std::{
    fs,
    io::{ErrorKind, Write as _},
    path::Path,
};

use crate::cli::{Context, Exit, Failure, args::Init};

use self::answers::Answers;

/// What a project keeps out of version control.
const IGNORED: &str = ".dostack/\n.env.*\n";

/// What to do with them.
const NEXT: &str = "  dostack --sandbox --stack dev up   all of it in the box, without an account
  dostack --stack dev preview        with stacks/dev.yaml edited and a token set
";

/// Asks where there is somebody to ask, and writes; a file that is there is left as it is.
pub fn run(context: &Context, args: &Init) -> Result<Exit, Failure> {
    let answers = Answers::of(context, args)?;
    let files = [
        ("stacks/dev.yaml", files::development(&answers)),
        ("stacks/prod.yaml", files::production(&answers)),
        ("cloud-init/droplet.yaml", files::CLOUD_INIT.to_owned()),
        (".gitignore", IGNORED.to_owned()),
    ];
    for (name, content) in files {
        write(context, &args.folder.join(name), &content)?;
    }
    if !answers.key_is_there {
        context.output.words(&format!(
            "note: there is no key `{}` yet; `ssh-keygen -t ed25519` makes one\n",
            answers.key
        ));
    }
    let enter = if args.folder == Path::new(".") {
        String::new()
    } else {
        format!("  cd {}\n", args.folder.display())
    };
    context.output.words(&format!("next:\n{enter}{NEXT}"));
    Ok(Exit::Done)
}

fn write(context: &Context, path: &Path, content: &str) -> Result<(), Failure> {
    let failed = |error: std::io::Error| {
        Failure::new(Exit::Input, format!("cannot write `{}`: {error}", path.display()))
    };
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(failed)?;
    }
    match fs::OpenOptions::new().write(true).create_new(true).open(path) {
        Ok(mut file) => {
            file.write_all(content.as_bytes()).map_err(failed)?;
            context.output.words(&format!("wrote {}\n", path.display()));
            Ok(())
        }
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            context.output.words(&format!("left {} as it is\n", path.display()));
            Ok(())
        }
        Err(error) => Err(failed(error)),
    }
}
