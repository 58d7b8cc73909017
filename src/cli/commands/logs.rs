//! `dostack logs`: what a service writes.

use std::time::Duration;

use futures_util::future::join_all;
use tokio_util::sync::CancellationToken;

use crate::{
    cli::{
        Context, Exit, Failure,
        args::Logs,
        commands::{machine::Fleet, refusal},
        project::Project,
        stop::stoppable,
        view::lines::Lines,
    },
    components::expand,
    config::Stack,
    engine::{EngineError, Machine},
    software::{ROOT, bundles, rehearsed},
    ssh::{Chunk, Command, Remote as _, plain},
    values::{Address, did_you_mean},
};

/// How long reading what was written may take.
const READING: Duration = Duration::from_mins(2);

/// Shows it.
pub async fn run(context: &Context, args: &Logs) -> Result<Exit, Failure> {
    let stop = CancellationToken::new();
    let whole = async {
        tokio::select! {
            biased;
            () = stop.cancelled() => Ok(()),
            shown = Box::pin(show(context, args)) => shown,
        }
    };
    match stoppable(&stop, whole).await? {
        ((), None) => Ok(Exit::Done),
        // That is how watching ends.
        ((), Some(Exit::Interrupted)) if args.follow => Ok(Exit::Done),
        ((), Some(exit)) => Ok(exit),
    }
}

async fn show(context: &Context, args: &Logs) -> Result<(), Failure> {
    let fleet = Fleet::find(context).await?;
    let services = services(&fleet.stack, &fleet.project)?;
    let on = args.on.as_deref().map(|node| fleet.called(node)).transpose()?;
    let places: Vec<&Machine> = fleet
        .machines
        .iter()
        .filter(|machine| on.is_none_or(|on| on.droplet.id == machine.droplet.id))
        .filter(|machine| services.contains(&(machine.address.clone(), args.service.clone())))
        .collect();
    if places.is_empty() {
        return Err(nowhere(args, &services));
    }
    let is_one = places.len() == 1;
    let shown = places.iter().map(async |machine| {
        let prefix = if is_one { String::new() } else { format!("{} | ", machine.address) };
        watch(&fleet, machine, (args, Lines::new(context.output, prefix))).await
    });
    let failed: Vec<Failure> = join_all(shown).await.into_iter().filter_map(Result::err).collect();
    failed.into_iter().next().map_or(Ok(()), Err)
}

/// The stack's services, each with the component that has it.
pub fn services(stack: &Stack, project: &Project) -> Result<Vec<(Address, String)>, Failure> {
    let templates = project.templates()?;
    let wanted =
        expand(stack, &templates).map_err(|errors| refusal::engine(&EngineError::Stack(errors)))?;
    let bundles = bundles(stack, &templates, &rehearsed(stack, &wanted))
        .map_err(|error| Failure::caused(Exit::Input, &error))?;
    let services = bundles.iter().flat_map(|bundle| {
        let names = bundle.services.keys();
        names.map(|name| (bundle.component.clone(), name.clone()))
    });
    Ok(services.collect())
}

fn nowhere(args: &Logs, services: &[(Address, String)]) -> Failure {
    let service = &args.service;
    let text = match &args.on {
        Some(node) => format!("`{node}` has no service `{service}`"),
        None => format!("no machine of the stack has a service `{service}`"),
    };
    let mut names: Vec<&str> = services.iter().map(|(_, name)| name.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    let there = format!("there is `{}`", names.join("`, `"));
    let meant = did_you_mean(service, names.iter().copied().filter(|name| name != service));
    Failure::new(Exit::Input, text).hint(meant.unwrap_or(there))
}

/// Shows what the service of one component writes.
async fn watch(
    fleet: &Fleet,
    machine: &Machine,
    (args, mut lines): (&Logs, Lines),
) -> Result<(), Failure> {
    let session = machine.connect(&fleet.stack, &fleet.login).await;
    let session = session.map_err(|error| refusal::unreached(&error))?;
    let within = if args.follow { Duration::MAX } else { READING };
    let mut complaint = Vec::new();
    let mut hear = |chunk: Chunk<'_>| match chunk {
        Chunk::Out(bytes) => lines.hear(bytes),
        Chunk::Err(bytes) => complaint.extend_from_slice(bytes),
    };
    let ended =
        session.stream(&Command::new(script(machine, args)).within(within), &mut hear).await;
    lines.end();
    if ended.map_err(|error| refusal::unreached(&machine.failed(error)))? == 0 {
        return Ok(());
    }
    let (complaint, on) = (plain(&complaint), &machine.address);
    let text = format!("no log of `{}` on `{on}`: {}", args.service, complaint.trim());
    Err(Failure::new(Exit::NotServing, text).hint("`dostack up` puts the service there"))
}

/// Both outputs of the service come as one, as it wrote them.
fn script(machine: &Machine, args: &Logs) -> String {
    let (component, service) = (machine.address.owner(), &args.service);
    let follow = if args.follow { " --follow" } else { "" };
    format!(
        "cd {ROOT}/{component} && exec docker compose logs --no-color --no-log-prefix \
         --tail {}{follow} {service}",
        args.tail
    )
}
