//! `dostack probe`: whether what has to be true of the stack's software is.

use std::fs;

use crate::{
    cli::{
        Context, Exit, Failure,
        args::Probe as Args,
        commands::machine::Fleet,
        view::{findings, json},
    },
    config::Stack,
    engine::{Machine, ask, ask_twice, probes_of},
    matrix::{Finding, Probe},
    ssh::Login,
    values::did_you_mean,
};

/// Asks the machines and tells.
pub async fn run(context: &Context, args: &Args) -> Result<Exit, Failure> {
    let fleet = Fleet::find(context).await?;
    let all = probes_of(&fleet.stack, &fleet.machines);
    let mut probes = chosen(&fleet, all, &args.nodes)?;
    let before = probes.len();
    if !args.load {
        probes.retain(|probe| !probe.is_load());
    }
    if before > probes.len() && !context.global.json {
        context.output.words(
            "note: probes that put a load on a machine are left out; `--load` asks them too\n",
        );
    }
    let findings = Box::pin(ask(&fleet.stack, &fleet.login, &fleet.machines, probes)).await;
    let text = if context.global.json {
        json::text(&json::document("probes", &findings))
    } else {
        findings::table(&findings)
    };
    context.output.data(&text);
    if let Some(file) = &args.junit {
        let text = findings::junit(&fleet.stack.name, &findings);
        fs::write(file, text).map_err(|error| {
            Failure::new(Exit::Input, format!("cannot write `{}`: {error}", file.display()))
        })?;
    }
    verdict(context, &findings)
}

/// Asks machines everything but what puts a load on them, where `up` ends, and tells. What fails is
/// asked once more, for services that have just started are slow.
pub async fn after_up(
    context: &Context,
    stack: &Stack,
    login: &Login,
    machines: &[Machine],
) -> Result<(), Failure> {
    let mut probes = probes_of(stack, machines);
    probes.retain(|probe| !probe.is_load());
    if probes.is_empty() {
        return Ok(());
    }
    let findings = Box::pin(ask_twice(stack, login, machines, probes)).await;
    let text = if context.global.json {
        json::line(&json::document("probes", &findings))
    } else {
        findings::table(&findings)
    };
    context.output.data(&text);
    verdict(context, &findings).map(|_| ())
}

/// The probes of the machines and components that are named, all of them where none is.
fn chosen(fleet: &Fleet, all: Vec<Probe>, names: &[String]) -> Result<Vec<Probe>, Failure> {
    if names.is_empty() {
        return Ok(all);
    }
    for name in names {
        if !fleet.machines.iter().any(|machine| is_meant(machine, name)) {
            return Err(stranger(&fleet.stack, name));
        }
    }
    let meant = |probe: &Probe| {
        let mut own = fleet.machines.iter().filter(|machine| machine.address == probe.component);
        own.any(|machine| names.iter().any(|name| is_meant(machine, name)))
    };
    Ok(all.into_iter().filter(meant).collect())
}

/// Whether a name is a machine's, or its component's.
fn is_meant(machine: &Machine, name: &str) -> bool {
    let component = machine.address.component_name();
    machine.is_called(name) || component.is_some_and(|component| component.as_str() == name)
}

fn stranger(stack: &Stack, name: &str) -> Failure {
    let text = format!("the stack has no machine and no component with one called `{name}`");
    let components = stack.components.iter();
    let with_machine = components.filter(|(_, component)| component.has_machine());
    let names: Vec<&str> = with_machine.map(|(name, _)| name.as_str()).collect();
    let there = format!("there is `{}`", names.join("`, `"));
    Failure::new(Exit::Input, text).hint(did_you_mean(name, names).unwrap_or(there))
}

/// How it all ends: with exit code 11 where something does not serve.
fn verdict(context: &Context, findings: &[Finding]) -> Result<Exit, Failure> {
    let summary = findings::summary(findings);
    if findings.iter().any(Finding::has_failed) {
        return Err(Failure::new(Exit::NotServing, format!("not everything serves: {summary}"))
            .hint("`dostack status` shows how the machines are, `dostack logs SERVICE` what a service writes"));
    }
    if !context.global.json {
        context.output.words(&format!("{summary}\n"));
    }
    Ok(Exit::Done)
}
