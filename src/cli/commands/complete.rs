//! `dostack complete`: what a word may go on with, for the scripts of `completions`.
//!
//! The engine of clap knows commands, flags and files; stacks and addresses come from the project.

use std::{collections::BTreeMap, ffi::OsString, fmt::Write as _, path::Path};

use clap::{Arg, Command, CommandFactory};
use clap_complete::engine::{ArgValueCandidates, CompletionCandidate, complete};

use crate::{
    cli::{
        Context, Exit, Failure,
        args::{Cli, Complete},
        commands::logs,
        project::{self, Project},
        stack,
    },
    components::{Wanted, expand},
    resources::{Droplet, Kind},
};

/// Prints a candidate a line, after a tabulator what it is.
///
/// Where the project says nothing, because a file is missing or wrong, nothing is offered: nobody
/// wants to read an error while typing.
pub fn run(context: &Context, args: Complete) -> Result<Exit, Failure> {
    let project = Names::of(context, &args.words);
    let mut command = knowing(Cli::command(), &project);
    command.build();
    let here = Path::new(".");
    let candidates = complete(&mut command, args.words, args.index, Some(here))
        .map_err(|error| Failure::caused(Exit::Input, &error))?;
    let mut text = String::new();
    for candidate in candidates {
        let help = candidate.get_help().map(ToString::to_string).unwrap_or_default();
        let help = help.lines().next().unwrap_or_default();
        let _ = writeln!(text, "{}\t{help}", candidate.get_value().to_string_lossy());
    }
    context.output.data(&text);
    Ok(Exit::Done)
}

/// What may be named: a text and what it is.
type Offer = Vec<(String, String)>;

/// The names a project has.
#[derive(Default)]
struct Names {
    stacks: Offer,
    addresses: Offer,
    volumes: Offer,
    machines: Offer,
    services: Offer,
}

impl Names {
    fn of(context: &Context, words: &[OsString]) -> Self {
        let named = stack_in(words).or_else(|| context.global.stack.clone());
        let stacks = project::names().into_iter().map(|name| {
            let file = format!("stacks/{name}.yaml");
            (name, file)
        });
        let stacks = stacks.collect();
        match wanted(context, named.as_deref()) {
            Some((wanted, services)) => Self {
                stacks,
                addresses: addresses(&wanted),
                volumes: both_names(&wanted, Kind::Volume),
                machines: both_names(&wanted, Kind::Droplet)
                    .into_iter()
                    .chain(guests(&wanted))
                    .collect(),
                services,
            },
            None => Self { stacks, ..Self::default() },
        }
    }
}

/// The stack that the words so far name.
fn stack_in(words: &[OsString]) -> Option<String> {
    let words: Vec<&str> = words.iter().filter_map(|word| word.to_str()).collect();
    let apart = words.windows(2).find(|pair| matches!(pair[0], "--stack" | "-s"));
    let joined = words.iter().find_map(|word| word.strip_prefix("--stack="));
    apart.map(|pair| pair[1]).or(joined).map(ToOwned::to_owned)
}

/// What the stack consists of, and its services.
fn wanted(context: &Context, named: Option<&str>) -> Option<(Wanted, Offer)> {
    let project = Project::find(named).ok()?;
    let stack = stack::load_quietly(context, &project).ok()?.stack;
    let services = logs::services(&stack, &project).unwrap_or_default();
    let services = services.into_iter().map(|(on, name)| (name, format!("service of {on}")));
    let services = services.collect::<BTreeMap<_, _>>().into_iter().collect();
    Some((expand(&stack, &project.templates().ok()?).ok()?, services))
}

/// What a person would name; tags and attachments come and go with the rest.
fn addresses(wanted: &Wanted) -> Offer {
    let things = wanted.iter().map(|(address, node)| (address, &node.value));
    things
        .filter(|(_, thing)| !matches!(thing.kind(), Kind::Tag | Kind::Attachment))
        .map(|(address, thing)| (address.to_string(), format!("{} {}", thing.kind(), thing.name())))
        .collect()
}

/// Things of a kind, by their addresses and by their names at DigitalOcean.
fn both_names(wanted: &Wanted, kind: Kind) -> Offer {
    let things = wanted.iter().filter(|(_, node)| node.value.kind() == kind);
    things
        .flat_map(|(address, node)| {
            let (address, name) = (address.to_string(), node.value.name());
            [(address.clone(), format!("{kind} {name}")), (name, format!("{kind} {address}"))]
        })
        .collect()
}

/// Components that share a machine, which answer to their own names too.
fn guests(wanted: &Wanted) -> Offer {
    let droplets = wanted.iter().filter_map(|(_, node)| node.value.as_droplet());
    let of = |droplet: &Droplet| -> Offer {
        let help = format!("on {}", droplet.name);
        droplet.guests.iter().map(|guest| (guest.to_string(), help.clone())).collect()
    };
    droplets.flat_map(of).collect()
}

/// The command with the names of a project behind the flags that take them.
fn knowing(command: Command, names: &Names) -> Command {
    let subcommands: Vec<String> =
        command.get_subcommands().map(|command| command.get_name().to_owned()).collect();
    let command = command.mut_args(|arg| offering(arg, names));
    subcommands.iter().fold(command, |command, name| {
        command.mut_subcommand(name, |command| command.mut_args(|arg| offering(arg, names)))
    })
}

fn offering(arg: Arg, names: &Names) -> Arg {
    let offer = match arg.get_id().as_str() {
        "stack" => &names.stacks,
        "target" | "replace" | "delete_adopted" => &names.addresses,
        "delete_data" => &names.volumes,
        "node" | "nodes" | "on" => &names.machines,
        "service" => &names.services,
        _ => return arg,
    };
    let offer = offer.clone();
    arg.add(ArgValueCandidates::new(move || {
        offer
            .iter()
            .map(|(name, help)| CompletionCandidate::new(name).help(Some(help.clone().into())))
            .collect()
    }))
}
