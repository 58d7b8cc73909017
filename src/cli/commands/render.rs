//! `dostack render`: the files machines are made from.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use crate::{
    cli::{Context, Exit, Failure, args::Render, commands::refusal, project::Project, stack},
    components::{Wanted, expand},
    engine::EngineError,
};

/// Writes them, one folder for each component.
pub fn run(context: &Context, args: &Render) -> Result<Exit, Failure> {
    let project = Project::find(context.global.stack.as_deref())?;
    let loaded = stack::load_quietly(context, &project)?;
    let wanted = expand(&loaded.stack, &project.templates()?)
        .map_err(|errors| refusal::engine(&EngineError::Stack(errors)))?;
    for (name, text) in files(&wanted) {
        let path = args.out.join(name);
        write(&path, text).map_err(|error| {
            Failure::new(Exit::Input, format!("cannot write `{}`: {error}", path.display()))
        })?;
        context.output.words(&format!("wrote {}\n", path.display()));
    }
    Ok(Exit::Done)
}

/// What there is to write, by its name in the folder.
fn files(wanted: &Wanted) -> impl Iterator<Item = (PathBuf, &str)> {
    let droplets =
        wanted.iter().filter_map(|(address, node)| Some((address, node.value.as_droplet()?)));
    droplets.map(|(address, droplet)| {
        (Path::new(&address.owner().to_string()).join("cloud-init.yaml"), &*droplet.user_data)
    })
}

fn write(path: &Path, text: &str) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(path, text)
}
