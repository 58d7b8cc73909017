//! What `up` and `destroy` have in common: plan, confirm, apply, say how it went.

use std::{
    collections::BTreeSet,
    io::{self, BufRead as _, IsTerminal as _},
    time::Duration,
};

use serde_json::Value;
use tokio::{sync::mpsc::unbounded_channel, task::spawn_blocking, time::timeout};
use tokio_util::sync::CancellationToken;

use crate::{
    apply::{Class, Outcome},
    cli::{
        Context, Exit, Failure,
        commands::{
            probe, refusal,
            up::{meeting, saved},
        },
        connect::{Connection, login},
        project::Project,
        stop::stoppable,
        view::{self, json, progress::Progress, summary},
    },
    config::Stack,
    engine::{Doors, Labour, Look, Manner, Run, Site, identity, look, machines, software_pending},
    operate::resize,
    plan::{Asked, Plan},
    provision::ProvisionError,
    secrets::Store,
    ssh::Login,
    values::Address,
};

/// What is to be done, and how sure the user is.
pub struct Request {
    /// The command, for the journal.
    pub command: String,
    /// What is asked of the plan.
    pub asked: Asked,
    /// The one change that is made instead of all that the plan has.
    pub resize: Option<resize::Errand>,
    /// How many things are done at once.
    pub parallelism: u16,
    /// The plan the user has agreed to before: exactly that is done.
    pub saved: Option<Value>,
    /// The values of secrets that are sent.
    pub secrets: Store,
    /// What becomes of the software on the machines.
    pub software: Software,
}

/// What becomes of the software on the machines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Software {
    /// It is made to serve when the machines are there.
    Converge,
    /// It is none of this command's business.
    Leave,
}

/// How it ended, if it did not fail.
enum Ended {
    /// All is done, or there was nothing to do.
    Done,
    /// Somebody asked to stop before anything was done.
    NotBegun,
    /// Somebody asked to stop, or another run took the lock.
    Stopped,
}

/// What to say to whoever has to run a command twice.
pub const AGAIN: &str = "run the same command again; what is done is not done twice";

/// What to say to whoever would be refused again.
const MEND: &str =
    "what DigitalOcean said is above; put that right, then run the same command again";

/// What is said before debts are paid.
const SWITCHING_ON: &str = "switching on what an earlier run left off:\n";

/// How long beginning may still take once it was asked to stop: with the lock given back, less than
/// five seconds.
const GRACE: Duration = Duration::from_secs(2);

/// Does it.
pub async fn run(
    context: &Context,
    project: &Project,
    stack: &Stack,
    request: Request,
) -> Result<Exit, Failure> {
    if request.saved.is_none() {
        refuse_if_nobody_can_answer(context)?;
    }
    let stop = CancellationToken::new();
    let whole = async {
        let mut connection = Connection::open(context, project).await?;
        connection.site.secrets = request.secrets.clone();
        let (site, request, stop) = (&connection.site, &request, &stop);
        let login = login(context, project, stack);
        let errand = Errand { context, site, stack, login, request, stop };
        let done = Box::pin(errand.run()).await;
        connection.close_after(done).await
    };
    let (ended, stopped) = stoppable(&stop, Box::pin(whole)).await?;
    match (ended, stopped) {
        (Ended::Done, _) => Ok(Exit::Done),
        (Ended::NotBegun, stopped) => {
            Err(Failure::new(stopped.unwrap_or(Exit::Interrupted), "stopped").unchanged())
        }
        (Ended::Stopped, Some(exit)) => Err(Failure::new(exit, "stopped").hint(AGAIN)),
        (Ended::Stopped, None) => {
            Err(Failure::new(Exit::Locked, "another run took the lock; stopped").hint(AGAIN))
        }
    }
}

/// One request, on its way.
struct Errand<'a> {
    context: &'a Context,
    site: &'a Site,
    stack: &'a Stack,
    /// How we log in to machines.
    login: Login,
    request: &'a Request,
    /// Cancelled by the first signal.
    stop: &'a CancellationToken,
}

/// Whether there is something to do and the user wants it.
enum Agreed {
    Yes,
    NothingToDo,
    Stopped,
}

impl Errand<'_> {
    /// Takes the lock, shows the plan, carries it out if that is wanted, gives the lock back.
    async fn run(&self) -> Result<Ended, Failure> {
        let Some(mut run) = self.begin().await? else { return Ok(Ended::Stopped) };
        for warning in &run.warnings {
            let text = format!("{}: {warning}\n", view::style::warning("warning"));
            self.context.output.words(&text);
        }
        let agreed = match self.narrow(&mut run).await {
            Ok(()) => self.agree(&run.look).await,
            Err(failure) => Err(failure),
        };
        let software = self.software_after(&agreed);
        let done = match agreed {
            Ok(Agreed::Yes) => self.work(&run, &run.look.plan).await,
            Ok(Agreed::NothingToDo) => declined(&run, "nothing to do").await.map(|()| Ended::Done),
            Ok(Agreed::Stopped) => declined(&run, "stopped").await.map(|()| Ended::NotBegun),
            Err(failure) => self.pay_debts(&run).await.and(Err(failure)),
        };
        let done = match (done, software) {
            (Ok(Ended::Done), Software::Converge) => self.converge(&run).await,
            (done, Software::Converge | Software::Leave) => done,
        };
        let probing = async {
            match (&done, software) {
                (Ok(Ended::Done), Software::Converge) => Some(self.probe().await),
                (_, Software::Converge | Software::Leave) => None,
            }
        };
        let (released, probed) = tokio::join!(run.release(self.stop), Box::pin(probing));
        let released = released.map_err(|error| refusal::engine(&error));
        let ended = done.and_then(|ended| released.map(|()| ended))?;
        probed.unwrap_or(Ok(ended))
    }

    /// Begins, unless that takes too long after somebody asked to stop.
    async fn begin(&self) -> Result<Option<Run>, Failure> {
        let begun = Run::begin(self.site, self.stack, &self.request.asked, &self.request.command);
        let mut begun = Box::pin(begun);
        let begun = tokio::select! {
            begun = &mut begun => begun,
            () = self.stop.cancelled() => match timeout(GRACE, begun).await {
                Ok(begun) => begun,
                Err(_) => return Ok(None),
            },
        };
        begun.map(Some).map_err(|error| refusal::beginning(&error))
    }

    /// Leaves of the plan what was asked for, where that is one machine's size; what the machine
    /// owes is paid first.
    async fn narrow(&self, run: &mut Run) -> Result<(), Failure> {
        let Some(errand) = &self.request.resize else { return Ok(()) };
        if let Some(owed) = resize::owed(&run.look, &errand.machine) {
            self.context.output.words(SWITCHING_ON);
            self.work(run, &owed).await?;
            let fresh = look(self.site, self.stack, &self.request.asked).await;
            run.look = fresh.map_err(|error| refusal::engine(&error))?;
        }
        let prepared = resize::prepare((self.site, self.stack), run, errand).await;
        prepared.map_err(|error| refusal::resize(&error))
    }

    /// A machine that keeps its size is left as it is.
    fn software_after(&self, agreed: &Result<Agreed, Failure>) -> Software {
        match (&self.request.resize, agreed) {
            (Some(_), Ok(Agreed::NothingToDo)) => Software::Leave,
            (Some(_) | None, _) => self.request.software,
        }
    }

    async fn agree(&self, look: &Look) -> Result<Agreed, Failure> {
        let plan = &look.plan;
        let pending = match (self.request.software, &self.request.resize) {
            (Software::Converge, None) => {
                software_pending((self.site, self.stack), look, &self.request.asked)
                    .map_err(|error| refusal::engine(&error))?
            }
            (Software::Converge, Some(_)) | (Software::Leave, _) => Vec::new(),
        };
        if let Some(saved) = &self.request.saved {
            let account = identity(self.site).await.map_err(|error| refusal::engine(&error))?;
            saved::compare(saved, plan, account.as_deref())?;
        }
        let text = if self.context.global.json {
            json::line(&json::preview(plan, &pending))
        } else {
            let output = self.context.output;
            let software = view::software::pending(&pending);
            output.fitted(&view::plan::plan(plan, &software, output.width))
        };
        self.context.output.data(&text);
        if let Some(failure) = refusal::plan(plan) {
            return Err(failure);
        }
        // What still differs on a machine whose tag is right was changed by hand or is a secret's
        // value: both are put right without a question, as `up` is asked to.
        if plan.is_empty() && pending.is_empty() {
            return Ok(Agreed::NothingToDo);
        }
        let agreed = if plan.is_empty() { Agreed::NothingToDo } else { Agreed::Yes };
        if self.request.saved.is_some() {
            return Ok(agreed);
        }
        tokio::select! {
            biased;
            () = self.stop.cancelled() => {
                // The terminal has echoed `^C` on the line of the question.
                self.context.output.words("\n");
                Ok(Agreed::Stopped)
            }
            confirmed = confirm(self.context, "Do this?") => confirmed.map(|()| agreed),
        }
    }

    /// What is done even where the plan is refused: no machine is left off.
    async fn pay_debts(&self, run: &Run) -> Result<(), Failure> {
        let debts = run.look.plan.debts();
        if debts.is_empty() || run.look.plan.refusals.is_empty() {
            return declined(run, "not carried out").await;
        }
        self.context.output.words(SWITCHING_ON);
        self.work(run, &debts).await.map(|_| ())
    }

    async fn work(&self, run: &Run, plan: &Plan) -> Result<Ended, Failure> {
        let (events, heard) = unbounded_channel();
        let at_once = usize::from(self.request.parallelism);
        let manner = Manner { at_once, events, stop: self.stop.clone() };
        let (output, as_json) = (self.context.output, self.context.global.json);
        let progress = Progress::new(output, as_json, plan.changes().count());
        let work = run.carry_out(self.site, plan, manner);
        let (outcome, took) = tokio::join!(work, progress.watch(heard));
        let summary = if as_json {
            json::line(&summary::document(plan, &outcome))
        } else {
            output.fitted(&summary::text(plan, &outcome, took))
        };
        output.data(&summary);
        ended(&outcome)
    }
}

impl Errand<'_> {
    /// Makes the machines serve.
    async fn converge(&self, run: &Run) -> Result<Ended, Failure> {
        let goals = run.goals((self.site, self.stack), &self.request.asked).await;
        let mut goals = goals.map_err(|error| refusal::engine(&error))?;
        meeting::meet(self.context, &mut goals).await;
        let (events, heard) = unbounded_channel();
        let (output, as_json) = (self.context.output, self.context.global.json);
        let progress = Progress::new(output, as_json, goals.len());
        let doors = Doors { login: self.login.clone() };
        let labour = Labour { reach: &doors, events, stop: self.stop };
        let work = run.provision((self.site, self.stack), &goals, labour);
        let (outcome, _) = tokio::join!(Box::pin(work), progress.watch(heard));
        let summary = if as_json {
            json::line(&view::software::document(&outcome))
        } else {
            output.fitted(&view::software::text(&outcome))
        };
        output.data(&summary);
        if !outcome.abandoned.is_empty() {
            return Ok(Ended::Stopped);
        }
        if outcome.failed.is_empty() {
            return Ok(Ended::Done);
        }
        let helps: BTreeSet<String> = outcome.failed.values().map(ProvisionError::help).collect();
        let text = "the machines are on, and not all of them serve";
        let failure = Failure::new(Exit::NotServing, text);
        Err(helps.into_iter().fold(failure, Failure::hint))
    }

    /// Asks the machines that were meant whether what has to be true of their software is.
    async fn probe(&self) -> Result<Ended, Failure> {
        let found = machines(self.site, self.stack).await;
        let mut machines = found.map_err(|error| refusal::engine(&error))?;
        let targets = &self.request.asked.targets;
        // Whoever shares a machine was brought up with it.
        let host =
            |address: &Address| address.component_name().map(|name| self.stack.host(name).clone());
        machines.retain(|machine| {
            let own = host(&machine.address);
            targets.is_empty() || targets.iter().any(|target| host(target) == own)
        });
        tokio::select! {
            () = self.stop.cancelled() => Ok(Ended::Stopped),
            told = probe::after_up(self.context, self.stack, &self.login, &machines) => {
                told.map(|()| Ended::Done)
            }
        }
    }
}

async fn declined(run: &Run, why: &str) -> Result<(), Failure> {
    run.decline(why).await.map_err(|error| refusal::engine(&error))
}

/// What kind of end that was, and what to do about it.
fn ended(outcome: &Outcome) -> Result<Ended, Failure> {
    let Some(class) = outcome.class() else { return Ok(Ended::Done) };
    Err(match class {
        Class::Stopped => return Ok(Ended::Stopped),
        Class::Bug => Failure::new(Exit::Bug, "this is a bug of dostack's").hint(AGAIN),
        Class::Refused => Failure::new(Exit::Refused, "DigitalOcean refused").hint(MEND),
        Class::Unreachable => {
            Failure::new(Exit::Unreachable, "DigitalOcean could not be reached").hint(AGAIN)
        }
        Class::Partly => {
            let was_refused = outcome.failures().any(|(_, error)| error.class() == Class::Refused);
            let way_on = if was_refused { MEND } else { AGAIN };
            Failure::new(Exit::Partly, "only a part is done").hint(way_on)
        }
        Class::Token => {
            Failure::new(Exit::Token, "DigitalOcean does not accept the token for this")
                .hint("check `DIGITALOCEAN_TOKEN` and its scopes, then run the same command again")
        }
        Class::Journal => Failure::new(Exit::Journal, "the journal could not be written")
            .hint("make room or put its permissions right, then run the same command again"),
        Class::Ambiguous => Failure::new(Exit::Ambiguous, "something needs a person's eye")
            .hint("what is in doubt is above; look at it in the control panel"),
    })
}

/// Fails where neither a person nor `--yes` can confirm anything.
pub fn refuse_if_nobody_can_answer(context: &Context) -> Result<(), Failure> {
    if context.global.yes || io::stdin().is_terminal() {
        return Ok(());
    }
    Err(Failure::new(Exit::Input, "there is no terminal to ask on; nothing was sent")
        .hint("pass `--yes` to go ahead without being asked"))
}

/// Asks; only a whole `yes` is one.
///
/// The answer is read aside, so that a signal can end the waiting.
pub async fn confirm(context: &Context, question: &str) -> Result<(), Failure> {
    if context.global.yes {
        return Ok(());
    }
    refuse_if_nobody_can_answer(context)?;
    context.output.words(&format!("{question} Type `yes` to go ahead: "));
    let answer = spawn_blocking(|| {
        let mut answer = String::new();
        io::stdin().lock().read_line(&mut answer).map(|_| answer)
    });
    match answer.await {
        Ok(Ok(answer)) if answer.trim() == "yes" => Ok(()),
        _ => Err(Failure::new(Exit::Input, "not confirmed; nothing was changed")
            .hint("only `yes`, written out, goes ahead; `--yes` does not ask")),
    }
}
