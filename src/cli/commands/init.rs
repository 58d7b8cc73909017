//! `dostack init`: the files a project starts with.

use std::{fs, io::Write as _, path::Path};

use crate::cli::{Context, Exit, Failure, args::Init};

/// The files and what is in them.
const FILES: [(&str, &str); 3] = [
    ("stacks/dev.yaml", include_str!("../../../stacks/dev.yaml")),
    ("stacks/prod.yaml", include_str!("../../../stacks/prod.yaml")),
    ("cloud-init/droplet.yaml", include_str!("../../../cloud-init/droplet.yaml")),
];

/// What a project keeps out of version control.
const IGNORED: &str = ".dostack/\n";

/// What to do with them.
const NEXT: &str = "  dostack --sandbox --stack dev up   all of it in the box, without an account
  dostack --stack dev preview        with stacks/dev.yaml edited and DIGITALOCEAN_TOKEN set
";

/// Writes them; a file that is there is left as it is.
pub fn run(context: &Context, args: &Init) -> Result<Exit, Failure> {
    for (name, content) in FILES {
        write(context, &args.folder, name, content)?;
    }
    write(context, &args.folder, ".gitignore", IGNORED)?;
    let enter = if args.folder == Path::new(".") {
        String::new()
    } else {
        format!("  cd {}\n", args.folder.display())
    };
    context.output.words(&format!("next:\n{enter}{NEXT}"));
    Ok(Exit::Done)
}

fn write(context: &Context, folder: &Path, name: &str, content: &str) -> Result<(), Failure> {
    let path = folder.join(name);
    let failed = |error: std::io::Error| {
        Failure::new(Exit::Input, format!("cannot write `{}`: {error}", path.display()))
    };
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(failed)?;
    }
    match fs::OpenOptions::new().write(true).create_new(true).open(&path) {
        Ok(mut file) => {
            file.write_all(content.as_bytes()).map_err(failed)?;
            context.output.words(&format!("wrote {}\n", path.display()));
            Ok(())
        }
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
            context.output.words(&format!("left {} as it is\n", path.display()));
            Ok(())
        }
        Err(error) => Err(failed(error)),
    }
}
