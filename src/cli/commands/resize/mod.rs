//! `dostack resize`: one machine gets another size, or some what their rules say.

mod by_rule;
mod explained;

use crate::{
    cli::{
        Context, Exit, Failure,
        args::Resize,
        commands::{change, refusal},
        machine,
        project::Project,
        secrets, stack,
    },
    components::expand,
    config::Stack,
    digitalocean::metadata::Home,
    engine::EngineError,
    operate::resize::{self, Errand},
    plan::Asked,
    secrets::Store,
    values::{Address, SizeSlug},
};

use self::{
    by_rule::{ByRule, Unread},
    explained::explained,
};

/// How many things are done at once: it is one machine.
const ONE: u16 = 1;

/// Gives a machine that size, or looks what rules say.
pub async fn run(context: &Context, args: &Resize) -> Result<Exit, Failure> {
    let project = Project::find(context.global.stack.as_deref())?;
    let stack = stack::load_quietly(context, &project)?.stack;
    let machines = machines(&project, &stack, args.component.as_deref())?;
    let [first, ..] = machines.as_slice() else {
        context.output.words("nothing to look at: no `resize` of the file says `by: schedule`\n");
        return Ok(Exit::Done);
    };
    if args.explain {
        return explained(context, &project, &stack, &machines).await;
    }
    let home = home(context).await;
    let secrets = secrets(context, args, &project, &stack)?;
    let Some(to) = &args.to else {
        let rule = ByRule {
            context,
            project: &project,
            stack: &stack,
            home,
            secrets,
            software: software(context, args),
            unread: if args.component.is_some() { Unread::Told } else { Unread::Failed },
        };
        return rule.run(&machines).await;
    };
    let errand = Errand { machine: first.clone(), to: SizeSlug::new(to), home };
    let request = change::Request {
        command: format!("resize {first} --to {to}"),
        asked: Asked { targets: [first.clone()].into(), ..Asked::stand() },
        resize: Some(errand),
        parallelism: ONE,
        saved: None,
        secrets,
        software: software(context, args),
    };
    Box::pin(change::run(context, &project, &stack, request)).await
}

/// The machine that is named; without a name those whose rules a schedule obeys.
fn machines(project: &Project, stack: &Stack, name: Option<&str>) -> Result<Vec<Address>, Failure> {
    let wanted = expand(stack, &project.templates()?);
    let wanted = wanted.map_err(|errors| refusal::engine(&EngineError::Stack(errors)))?;
    let Some(name) = name else { return Ok(resize::scheduled(stack, &wanted)) };
    let named = resize::named(&wanted, name);
    named
        .map(|machine| vec![machine])
        .map_err(|refusal| Failure::new(Exit::Input, refusal.text).unsent().hint(refusal.way_out))
}

/// A sandbox has no droplet that this program could stand on.
async fn home(context: &Context) -> Home {
    if context.global.sandbox { Home::Elsewhere } else { machine::home(&context.settings).await }
}

/// A machine of the sandbox answers nobody.
fn software(context: &Context, args: &Resize) -> change::Software {
    if args.no_health_check || context.global.sandbox {
        change::Software::Leave
    } else {
        change::Software::Converge
    }
}

/// What a machine with more memory is sent anew may hold secrets.
fn secrets(
    context: &Context,
    args: &Resize,
    project: &Project,
    stack: &Stack,
) -> Result<Store, Failure> {
    match software(context, args) {
        change::Software::Leave => Ok(Store::default()),
        change::Software::Converge => secrets::of_software(context, project, stack)
            .map_err(|failure| failure.hint("or pass `--no-health-check`")),
    }
}
