//! `dostack render`: the files machines are made from.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
};

use crate::{
    cli::{Context, Exit, Failure, args::Render, commands::refusal, project::Project, stack},
    components::{Wanted, expand},
    engine::EngineError,
    resources::Droplet,
    software::{Bundle, Content, File, Value, bundles, rehearsed},
    values::Address,
};

/// Writes them, one folder for each component.
pub fn run(context: &Context, args: &Render) -> Result<Exit, Failure> {
    let project = Project::find(context.global.stack.as_deref())?;
    let loaded = stack::load_quietly(context, &project)?;
    let templates = project.templates()?;
    let wanted = expand(&loaded.stack, &templates)
        .map_err(|errors| refusal::engine(&EngineError::Stack(errors)))?;
    let bundles = bundles(&loaded.stack, &templates, &rehearsed(&loaded.stack, &wanted))
        .map_err(|error| Failure::caused(Exit::Input, &error))?;
    let mut files = starts(&wanted);
    files.extend(bundles.iter().flat_map(software));
    for (name, text) in files {
        let path = args.out.join(name);
        write(&path, &text).map_err(|error| {
            Failure::new(Exit::Input, format!("cannot write `{}`: {error}", path.display()))
        })?;
        context.output.words(&format!("wrote {}\n", path.display()));
    }
    context.output.words("note: addresses in them are stand-ins, and secrets are left out\n");
    Ok(Exit::Done)
}

/// What each machine starts with.
fn starts(wanted: &Wanted) -> BTreeMap<PathBuf, String> {
    let droplets =
        wanted.iter().filter_map(|(address, node)| Some((address, node.value.as_droplet()?)));
    let start = |(address, droplet): (&Address, &Droplet)| {
        let path = Path::new(&address.owner().to_string()).join("cloud-init.yaml");
        (path, droplet.user_data.to_string())
    };
    droplets.map(start).collect()
}

/// What a component's services are made from; of its environments the names alone.
fn software(bundle: &Bundle) -> Vec<(PathBuf, String)> {
    let folder = PathBuf::from(bundle.component.owner().to_string());
    let file = |(name, file): (&String, &File)| (folder.join(name), shown(&file.content));
    bundle.files.iter().map(file).collect()
}

fn shown(content: &Content) -> String {
    match content {
        Content::Text(text) => text.clone(),
        Content::Whole(value) => format!("{}\n", named(value)),
        Content::Program => "<dostack itself>\n".to_owned(),
        Content::Generated(_) => "<made on the machine>\n".to_owned(),
        Content::Environment(all) => all
            .iter()
            .map(|(name, value)| format!("{name}='{}'\n", named(value)))
            .collect::<Vec<_>>()
            .concat(),
    }
}

/// A value with names in the place of what is secret.
fn named(value: &Value) -> String {
    match value {
        Value::Text(text) => text.clone(),
        Value::Secret(name) => format!("<the secret {name}>"),
        Value::Generated(name) | Value::Borrowed(_, name) => {
            format!("<made on the machine: {name}>")
        }
        Value::InUrl(value) => named(value),
        Value::Joined(values) => values.iter().map(named).collect(),
    }
}

fn write(path: &Path, text: &str) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(path, text)
}
