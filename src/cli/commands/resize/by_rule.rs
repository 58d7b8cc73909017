//! What the rules of machines say is done.

use serde_json::json;
use tokio::sync::mpsc::unbounded_channel;
use tokio_util::sync::CancellationToken;

use crate::{
    cli::{
        Context, Exit, Failure,
        commands::{
            change::{self, Software, confirm, refuse_if_nobody_can_answer},
            refusal,
        },
        connect::{Connection, login},
        project::Project,
        stop::stoppable,
        view::{json, progress::Progress},
    },
    config::Stack,
    digitalocean::metadata::Home,
    operate::resize::{self, Done, Health, Means, Report, Watched},
    secrets::Store,
    values::{Address, ComponentName},
};

/// What to do where nobody knows a reading.
const READ: &str = "`dostack resize --explain` says what was asked, and who did not answer";

/// What to do about a machine that could not be resized.
const OWING: &str =
    "the machine's debt stays in the account until it is on: `dostack guard --now` pays it";

/// One look at each machine, as `serve` takes it every minute.
pub struct ByRule<'a> {
    /// The command line.
    pub context: &'a Context,
    /// The folder it is in.
    pub project: &'a Project,
    /// Whose machines they are.
    pub stack: &'a Stack,
    /// Where this program runs.
    pub home: Home,
    /// What a machine with more memory is sent anew may hold secrets.
    pub secrets: Store,
    /// Whether its software is made to fit what it has then.
    pub software: Software,
    /// What to make of a reading that nobody knows.
    pub unread: Unread,
}

/// What to make of a reading that nobody knows.
#[derive(Clone, Copy)]
pub enum Unread {
    /// The machine stays, and whoever asked reads why.
    Told,
    /// The machine stays, and a scheduler that sees exit codes only is told by one.
    Failed,
}

/// The word for the reason of a decision that wanted to know more.
const UNKNOWN: &str = "unknown";

impl ByRule<'_> {
    /// Looks at one machine after the other, and does what is due; each may fail for itself.
    pub async fn run(self, machines: &[Address]) -> Result<Exit, Failure> {
        refuse_if_nobody_can_answer(self.context)?;
        let question = match machines {
            [_] => "Do what its rule says?",
            _ => "Do what their rules say?",
        };
        confirm(self.context, question).await?;
        // Of a component's machines one is changed at a time, whichever is named.
        let mut components: Vec<&ComponentName> =
            machines.iter().filter_map(Address::component_name).collect();
        components.dedup();
        let stop = CancellationToken::new();
        let whole = async {
            let mut connection = Connection::open(self.context, self.project).await?;
            connection.site.secrets = self.secrets.clone();
            let mut ends = Vec::new();
            for component in &components {
                if !stop.is_cancelled() {
                    let looked = Box::pin(self.look(component, &connection, &stop)).await;
                    ends.push(looked.and_then(|report| self.tell(component, &report)));
                }
            }
            connection.close_after(Ok(ends)).await
        };
        let (ends, stopped) = stoppable(&stop, Box::pin(whole)).await?;
        let is_whole = ends.len() == components.len() && ends.iter().all(Result::is_ok);
        match stopped {
            Some(exit) if !is_whole => Err(Failure::new(exit, "stopped").hint(change::AGAIN)),
            Some(_) | None => self.sum(ends),
        }
    }

    async fn look(
        &self,
        component: &ComponentName,
        connection: &Connection,
        stop: &CancellationToken,
    ) -> Result<Report, Failure> {
        let (events, heard) = unbounded_channel();
        let login = login(self.context, self.project, self.stack);
        let health = match self.software {
            Software::Converge => Health::Check(&login),
            Software::Leave => Health::Skip,
        };
        let command = format!("resize {component}");
        let looked = async {
            let means = Means {
                command: &command,
                home: self.home.clone(),
                by: None,
                login: (!self.context.global.sandbox).then_some(&login),
                health,
                watched: &Watched::default(),
                events,
                stop,
            };
            resize::reconcile(&connection.site, self.stack, component, &means).await
        };
        let progress = Progress::new(self.context.output, self.context.global.json, 1);
        let (report, _) = tokio::join!(Box::pin(looked), progress.watch(heard));
        report.map_err(|error| refusal::resize(&error))
    }

    fn tell(&self, component: &ComponentName, report: &Report) -> Result<(), Failure> {
        let machine =
            report.machine.as_ref().map_or_else(|| component.to_string(), Address::to_string);
        let text = if self.context.global.json {
            json::line(&json::document("resize", &json!(report)))
        } else {
            told(&machine, report)
        };
        self.context.output.data(&self.context.output.fitted(&text));
        match (self.unread, &report.decision) {
            (Unread::Failed, Some(decided)) if decided.reason == UNKNOWN => {
                let text = format!("the rule of {machine} could not be looked at");
                Err(Failure::new(Exit::NotServing, text).hint(READ))
            }
            _ => ended(&machine, &report.done),
        }
    }

    /// The last failure is the command's; those before it are told here.
    fn sum(&self, ends: Vec<Result<(), Failure>>) -> Result<Exit, Failure> {
        let mut failures: Vec<Failure> = ends.into_iter().filter_map(Result::err).collect();
        let Some(last) = failures.pop() else { return Ok(Exit::Done) };
        for failure in failures {
            self.context.output.words(&failure.render(self.context.output));
        }
        Err(last)
    }
}

fn told(machine: &str, report: &Report) -> String {
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

fn ended(machine: &str, done: &Done) -> Result<(), Failure> {
    match done {
        Done::Nothing | Done::PaidDebt | Done::Resized { unwell: None, .. } => Ok(()),
        Done::Resized { unwell: Some(why), .. } => Err(Failure::new(
            Exit::NotServing,
            format!("{machine} is on and does not serve: {why}"),
        )),
        Done::Refused { refusals } => {
            let failure = refusal::refused(refusals);
            Err(failure.expect("what is refused says why"))
        }
        Done::Failed { why } => {
            Err(Failure::new(Exit::Partly, format!("{machine}: {why}")).hint(OWING))
        }
        Done::Held { why } => {
            Err(Failure::new(Exit::Locked, format!("{machine}: {why}")).hint(change::AGAIN))
        }
    }
}
