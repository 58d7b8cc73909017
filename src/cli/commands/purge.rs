//! `dostack purge`: what belongs to no stack, and the end of what is named of it.

use serde_json::json;
use tokio_util::sync::CancellationToken;

use crate::{
    cli::{
        Context, Exit, Failure,
        args::Purge,
        commands::{change, refusal},
        connect::Connection,
        project::Project,
        stop::stoppable,
        view::{json, leftovers, style},
    },
    engine::Site,
    purge::{Ending, PurgeError, Thing, choose, groups, remove, survey, things},
    values::in_full,
};

/// Lists it, or deletes what is named.
pub async fn run(context: &Context, args: &Purge) -> Result<Exit, Failure> {
    if !args.names.is_empty() {
        change::refuse_if_nobody_can_answer(context)?;
    }
    let project = Project::find_or_here(context.global.stack.as_deref())?;
    let stop = CancellationToken::new();
    let whole = async {
        let connection = Connection::open(context, &project).await?;
        let errand = Errand { context, site: &connection.site, stop: &stop };
        let done = Box::pin(errand.run(args)).await;
        connection.close_after(done).await
    };
    let ((), stopped) = stoppable(&stop, Box::pin(whole)).await?;
    match stopped {
        Some(exit) => Err(Failure::new(exit, "stopped").hint(LEFT)),
        None => Ok(Exit::Done),
    }
}

/// What to say when something named may still be there.
const LEFT: &str = "`dostack purge` shows what is left; name it again";

/// One purge, on its way.
struct Errand<'a> {
    context: &'a Context,
    site: &'a Site,
    /// Cancelled by the first signal.
    stop: &'a CancellationToken,
}

impl Errand<'_> {
    async fn run(&self, args: &Purge) -> Result<(), Failure> {
        let survey = tokio::select! {
            biased;
            () = self.stop.cancelled() => return Ok(()),
            survey = survey(&self.site.client) => survey,
        };
        let things = things(&survey.map_err(|error| refusal::unread(&error))?);
        if args.names.is_empty() {
            let orphans: Vec<&Thing> = things.iter().filter(|thing| thing.is_orphan()).collect();
            self.show(&orphans, leftovers::list);
            return Ok(());
        }
        let names = args.names.iter().cloned().collect();
        let chosen = match choose(&things, &names) {
            Ok(chosen) => chosen,
            Err(refusals) => {
                let failure = refusal::refused(&refusals);
                return Err(failure.expect("a choice that fails says why"));
            }
        };
        self.show(&chosen, leftovers::chosen);
        tokio::select! {
            biased;
            () = self.stop.cancelled() => return Ok(()),
            confirmed = change::confirm(self.context, "Delete this?") => confirmed?,
        }
        self.delete(&chosen).await
    }

    fn show(&self, things: &[&Thing], text: impl Fn(&leftovers::Table<'_>) -> String) {
        let groups = groups(things.iter().copied());
        let text = if self.context.global.json {
            json::line(&json::document("leftovers", &leftovers::document(&groups)))
        } else {
            let (now, width) = ((self.site.clock)(), self.context.output.width);
            text(&leftovers::Table { groups: &groups, now, width })
        };
        self.context.output.data(&text);
    }

    async fn delete(&self, chosen: &[&Thing]) -> Result<(), Failure> {
        let tell = |ending: &Ending<'_>| self.context.output.data(&self.told(ending));
        let endings = remove(&self.site.client, chosen, self.stop, tell).await;
        if self.stop.is_cancelled() {
            return Ok(());
        }
        match worst(&endings) {
            None => Ok(()),
            Some(exit) => Err(Failure::new(exit, "not everything is deleted").hint(LEFT)),
        }
    }

    fn told(&self, ending: &Ending<'_>) -> String {
        let thing = ending.thing;
        let error = ending.result.as_ref().err().map(|error| in_full(error));
        if self.context.global.json {
            let content = json!({ "thing": thing, "error": error });
            return json::line(&json::document("purged", &content));
        }
        match error {
            None => format!("deleted the {} ({})\n", thing.told(), thing.key.id()),
            Some(error) => {
                let (word, id) = (style::error("failed"), thing.key.id());
                format!("{word}: the {} ({id}): {error}\n", thing.told())
            }
        }
    }
}

/// The exit code: a part that is done weighs more than why the rest is not.
fn worst(endings: &[Ending<'_>]) -> Option<Exit> {
    let errors: Vec<&PurgeError> =
        endings.iter().filter_map(|ending| ending.result.as_ref().err()).collect();
    let first = errors.first()?;
    if errors.len() < endings.len() {
        return Some(Exit::Partly);
    }
    Some(match first {
        PurgeError::Api(error) if error.is_conflict() => Exit::Refused,
        PurgeError::Api(error) => refusal::api_exit(error),
        PurgeError::Late { .. } => Exit::Unreachable,
        PurgeError::Held | PurgeError::Stopped => Exit::Partly,
    })
}
