//! `dostack resize`: one machine gets another size, or what its rule says.

use serde_json::{Value, json};
use tokio::sync::mpsc::unbounded_channel;
use tokio_util::sync::CancellationToken;

use crate::{
    cli::{
        Context, Exit, Failure,
        args::Resize,
        commands::{
            change::{self, confirm, refuse_if_nobody_can_answer},
            refusal,
        },
        connect::{Connection, login},
        machine,
        project::Project,
        secrets, stack,
        stop::stoppable,
        view::{json, progress::Progress},
    },
    components::expand,
    config::Stack,
    digitalocean::metadata::Home,
    engine::{EngineError, look, machines_among},
    operate::resize::{self, Done, Errand, Explained, Health, Means, Report, Watched},
    plan::Asked,
    secrets::Store,
    values::{Address, SizeSlug},
};

/// How many things are done at once: it is one machine.
const ONE: u16 = 1;

/// What to do about a machine that could not be resized.
const AGAIN: &str =
    "the machine's debt stays in the account until it is on: `dostack guard --now` pays it";

/// Gives it that size, or looks what its rule says.
pub async fn run(context: &Context, args: &Resize) -> Result<Exit, Failure> {
    let project = Project::find(context.global.stack.as_deref())?;
    let stack = stack::load_quietly(context, &project)?.stack;
    let machine = named(&project, &stack, &args.component)?;
    if args.explain {
        return explained(context, &project, &stack, &machine).await;
    }
    let home = home(context).await;
    let secrets = secrets(context, args, &project, &stack)?;
    let Some(to) = &args.to else {
        let rule = ByRule { context, project: &project, stack: &stack, machine, home, secrets };
        return rule.run(args).await;
    };
    let errand = Errand { machine: machine.clone(), to: SizeSlug::new(to), home };
    let request = change::Request {
        command: format!("resize {machine} --to {to}"),
        asked: Asked { targets: [machine].into(), ..Asked::stand() },
        resize: Some(errand),
        parallelism: ONE,
        saved: None,
        secrets,
        software: software(context, args),
    };
    Box::pin(change::run(context, &project, &stack, request)).await
}

fn named(project: &Project, stack: &Stack, name: &str) -> Result<Address, Failure> {
    let wanted = expand(stack, &project.templates()?);
    let wanted = wanted.map_err(|errors| refusal::engine(&EngineError::Stack(errors)))?;
    resize::named(&wanted, name)
        .map_err(|refusal| Failure::new(Exit::Input, refusal.text).unsent().hint(refusal.way_out))
}

/// What the rule of a machine comes to now; nothing is done about it.
async fn explained(
    context: &Context,
    project: &Project,
    stack: &Stack,
    machine: &Address,
) -> Result<Exit, Failure> {
    let connection = Connection::open(context, project).await?;
    let explained = async {
        let site = &connection.site;
        let look = Box::pin(look(site, stack, &Asked::stand())).await?;
        let own = machines_among(&look.plan.mark, &look.inventory.droplets);
        let Some(own) = own.into_iter().find(|own| own.address == *machine) else {
            return Ok(None);
        };
        let budget = stack.budget.map(|budget| budget.monthly - look.plan.monthly.before);
        resize::explain(site, stack, &own, (&Watched::default(), budget)).await.map(Some)
    };
    let explained = explained.await.map_err(|error| refusal::engine(&error));
    let explained = connection.close_after(explained).await?;
    let text = match &explained {
        Some(Some(explained)) if context.global.json => {
            json::text(&json::document("explanation", &document(machine, explained)))
        }
        Some(Some(explained)) => format!("{machine} {explained}"),
        Some(None) => format!("{machine} stays: the file has no `resize` for it\n"),
        None => format!("{machine} is not there yet\n"),
    };
    context.output.data(&context.output.fitted(&text));
    Ok(Exit::Done)
}

fn document(machine: &Address, explained: &Explained) -> Value {
    let Explained { decision, known, history } = explained;
    json!({
        "machine": machine,
        "decision": decision.word(),
        "reason": decision.reason(),
        "said": decision.to_string(),
        "size": known.size,
        "when": known.when.to_string(),
        "down": known.down.to_string(),
        "memory": known.memory.to_string(),
        "disk": known.disk.to_string(),
        "resized": history.resizes().iter().map(|one| one.at.to_string()).collect::<Vec<_>>(),
    })
}

/// A sandbox has no droplet that this program could stand on.
async fn home(context: &Context) -> Home {
    if context.global.sandbox { Home::Elsewhere } else { machine::home(&context.settings).await }
}

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

/// One look, as `serve` takes it every minute.
struct ByRule<'a> {
    context: &'a Context,
    project: &'a Project,
    stack: &'a Stack,
    machine: Address,
    home: Home,
    secrets: Store,
}

impl ByRule<'_> {
    async fn run(self, args: &Resize) -> Result<Exit, Failure> {
        refuse_if_nobody_can_answer(self.context)?;
        confirm(self.context, "Do what its rule says?").await?;
        let stop = CancellationToken::new();
        let whole = async {
            let mut connection = Connection::open(self.context, self.project).await?;
            connection.site.secrets = self.secrets.clone();
            let done = self.look(args, &connection, &stop).await;
            connection.close_after(done).await
        };
        let (report, stopped) = stoppable(&stop, Box::pin(whole)).await?;
        self.tell(&report);
        match (ended(&report.done), stopped) {
            (Err(_), Some(exit)) => Err(Failure::new(exit, "stopped").hint(change::AGAIN)),
            (ended, _) => ended,
        }
    }

    async fn look(
        &self,
        args: &Resize,
        connection: &Connection,
        stop: &CancellationToken,
    ) -> Result<Report, Failure> {
        let (events, heard) = unbounded_channel();
        let login = login(self.context, self.project, self.stack);
        let health = match software(self.context, args) {
            change::Software::Converge => Health::Check(&login),
            change::Software::Leave => Health::Skip,
        };
        let command = format!("resize {}", self.machine);
        let (watched, home) = (&Watched::default(), self.home.clone());
        let means = Means { command: &command, home, health, watched, events, stop };
        let progress = Progress::new(self.context.output, self.context.global.json, 1);
        let component = self.machine.component_name().expect("a machine belongs to a component");
        let looked = async {
            let means = means;
            resize::reconcile(&connection.site, self.stack, component, &means).await
        };
        let (report, _) = tokio::join!(Box::pin(looked), progress.watch(heard));
        report.map_err(|error| refusal::resize(&error))
    }

    fn tell(&self, report: &Report) {
        let text = if self.context.global.json {
            json::line(&json::document("resize", &json!(report)))
        } else {
            told(&self.machine, report)
        };
        self.context.output.data(&self.context.output.fitted(&text));
    }
}

fn told(machine: &Address, report: &Report) -> String {
    match &report.done {
        Done::Nothing => {
            let why = report.decision.as_ref().map_or("nothing to do", |decided| &decided.said);
            format!("{machine}: {why}\n")
        }
        Done::PaidDebt => format!("{machine}: on again, after an earlier run had left it off\n"),
        Done::Resized { from, to, took, .. } => {
            format!("{machine}: from {from} to {to} in {} s\n", took.as_secs())
        }
        Done::Refused { .. } | Done::Failed { .. } | Done::Held { .. } => String::new(),
    }
}

fn ended(done: &Done) -> Result<Exit, Failure> {
    match done {
        Done::Nothing | Done::PaidDebt | Done::Resized { unwell: None, .. } => Ok(Exit::Done),
        Done::Resized { unwell: Some(why), .. } => Err(Failure::new(
            Exit::NotServing,
            format!("the machine is on and does not serve: {why}"),
        )),
        Done::Refused { refusals } => {
            let failure = refusal::refused(refusals);
            Err(failure.expect("what is refused says why"))
        }
        Done::Failed { why } => Err(Failure::new(Exit::Partly, why).hint(AGAIN)),
        Done::Held { why } => Err(Failure::new(Exit::Locked, why).hint(change::AGAIN)),
    }
}
