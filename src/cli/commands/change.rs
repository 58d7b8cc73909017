//! What `up` and `destroy` have in common: plan, confirm, apply, say how it went.

use std::io::{self, BufRead as _, IsTerminal as _};

use tokio::sync::mpsc::unbounded_channel;
use tokio_util::sync::CancellationToken;

use crate::{
    apply::{Class, Outcome},
    cli::{
        Context, Exit, Failure,
        commands::refusal,
        connect::Connection,
        project::Project,
        stop::stoppable,
        view::{self, json, progress::Progress, summary},
    },
    config::Stack,
    engine::{Manner, Run, Site},
    plan::{Asked, Plan},
};

/// What is to be done, and how sure the user is.
pub struct Request<'a> {
    /// The command, for the journal.
    pub command: &'static str,
    /// What is asked of the plan.
    pub asked: Asked,
    /// How many things are done at once.
    pub parallelism: u16,
    /// A last look at the plan before anything is done.
    pub check: &'a dyn Fn(&Plan) -> Result<(), Failure>,
    /// Whether the user has agreed to this very plan before.
    pub agreed: bool,
}

/// Does it.
pub async fn run(
    context: &Context,
    project: &Project,
    stack: &Stack,
    request: Request<'_>,
) -> Result<Exit, Failure> {
    if !request.agreed {
        refuse_if_nobody_can_answer(context)?;
    }
    let connection = Connection::open(context, project).await?;
    let done = Box::pin(connected(context, &connection.site, stack, &request)).await;
    connection.close().await?;
    done
}

async fn connected(
    context: &Context,
    site: &Site,
    stack: &Stack,
    request: &Request<'_>,
) -> Result<Exit, Failure> {
    let begun = Run::begin(site, stack, &request.asked, request.command).await;
    let run = begun.map_err(|error| refusal::beginning(&error))?;
    for warning in &run.warnings {
        context.output.words(&format!("{}: {warning}\n", view::style::warning("warning")));
    }
    let done = match agree(context, &run.look.plan, request) {
        Ok(Agreed::Yes) => work(context, site, &run, request).await,
        Ok(Agreed::NothingToDo) => declined(&run, "nothing to do").await.map(|()| Exit::Done),
        Err(failure) => declined(&run, "not carried out").await.and(Err(failure)),
    };
    let released = run.release().await.map_err(|error| refusal::engine(&error));
    done.and_then(|exit| released.map(|()| exit))
}

/// Whether there is something to do and the user wants it.
enum Agreed {
    Yes,
    NothingToDo,
}

fn agree(context: &Context, plan: &Plan, request: &Request<'_>) -> Result<Agreed, Failure> {
    if context.global.json {
        context.output.data(&json::line(&json::plan(plan)));
    } else {
        context.output.data(&view::plan::plan(plan, context.output.width));
    }
    (request.check)(plan)?;
    if let Some(failure) = refusal::plan(plan) {
        return Err(failure);
    }
    if plan.is_empty() {
        return Ok(Agreed::NothingToDo);
    }
    if !request.agreed {
        confirm(context, "Do this?")?;
    }
    Ok(Agreed::Yes)
}

async fn declined(run: &Run, why: &str) -> Result<(), Failure> {
    run.decline(why).await.map_err(|error| refusal::engine(&error))
}

async fn work(
    context: &Context,
    site: &Site,
    run: &Run,
    request: &Request<'_>,
) -> Result<Exit, Failure> {
    let stop = CancellationToken::new();
    let (events, mut heard) = unbounded_channel();
    let at_once = usize::from(request.parallelism);
    let manner = Manner { at_once, events, stop: stop.clone() };
    let mut progress = Progress::new(context.output, context.global.json);
    let watch = async {
        while let Some(event) = heard.recv().await {
            progress.show(&event);
        }
    };
    let both = async {
        let (outcome, ()) = tokio::join!(run.carry_out(site, manner), watch);
        Ok(outcome)
    };
    let (outcome, stopped) = stoppable(&stop, both).await?;
    progress.end();
    let text = summary::render(context.global.json, &run.look.plan, &outcome);
    context.output.data(&text);
    ended(&outcome, stopped)
}

/// The exit code of how it went.
fn ended(outcome: &Outcome, stopped: Option<Exit>) -> Result<Exit, Failure> {
    let Some(class) = outcome.class() else { return Ok(Exit::Done) };
    let again = "run the same command again; what is done is not done twice";
    Err(match class {
        Class::Bug => Failure::new(Exit::Bug, "this is a bug of dostack's").hint(again),
        Class::Refused => Failure::new(Exit::Refused, "DigitalOcean refused"),
        Class::Unreachable => {
            Failure::new(Exit::Unreachable, "DigitalOcean could not be reached").hint(again)
        }
        Class::Partly => Failure::new(Exit::Partly, "only a part is done").hint(again),
        Class::Token => {
            Failure::new(Exit::Token, "DigitalOcean does not accept the token for this")
                .hint("check `DIGITALOCEAN_TOKEN` and its scopes, then run the same command again")
        }
        Class::Journal => Failure::new(Exit::Journal, "the journal could not be written"),
        Class::Ambiguous => Failure::new(Exit::Ambiguous, "something needs a person's eye"),
        Class::Stopped => Failure::new(stopped.unwrap_or(Exit::Interrupted), "stopped").hint(again),
    })
}

fn refuse_if_nobody_can_answer(context: &Context) -> Result<(), Failure> {
    if context.global.yes || io::stdin().is_terminal() {
        return Ok(());
    }
    Err(Failure::new(Exit::Input, "there is no terminal to ask on; nothing was sent")
        .hint("pass `--yes` to go ahead without being asked"))
}

/// Asks; only a whole `yes` is one.
pub fn confirm(context: &Context, question: &str) -> Result<(), Failure> {
    if context.global.yes {
        return Ok(());
    }
    refuse_if_nobody_can_answer(context)?;
    context.output.words(&format!("{question} Type `yes` to go ahead: "));
    let mut answer = String::new();
    let heard = io::stdin().lock().read_line(&mut answer);
    match heard {
        Ok(_) if answer.trim() == "yes" => Ok(()),
        _ => Err(Failure::new(Exit::Input, "not confirmed; nothing was changed")),
    }
}
