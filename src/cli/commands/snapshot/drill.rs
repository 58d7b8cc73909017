//! `dostack snapshot drill`: a snapshot that somebody has looked at.

use serde_json::json;
use tokio_util::sync::CancellationToken;

use crate::{
    calendar::Copy,
    cli::{
        Context, Exit, Failure,
        commands::{
            change::{confirm, refuse_if_nobody_can_answer},
            machine, refusal,
            snapshot::{
                args::Drill as Args,
                errand::{Errand, IN_THE_BOX, unbegun},
            },
        },
        view::{self, json},
    },
    engine::{machines, prices},
    operate::snapshots::{
        Drill, DrillError, Drilled, Reach, RestoreError, SnapshotError, Stage, Verdict, Watched,
        called, survey,
    },
    values::in_full,
};

/// What to say when something may be left.
const LEFT: &str = "the next `dostack snapshot drill` of the stack removes it";

/// Tries it, and removes what was made for that.
pub async fn run(context: &Context, args: &Args) -> Result<Exit, Failure> {
    refuse_if_nobody_can_answer(context)?;
    let work = async |errand: &Errand<'_>, stop: &CancellationToken| {
        let drilled = Box::pin(drill(errand, args, stop)).await?;
        match drilled {
            // The signal says why.
            Some(Drilled { verdict: Err(DrillError::Stopped), left }) => Ok(left),
            Some(drilled) => end(&drilled, context).map(|()| None),
            None => Ok(None),
        }
    };
    let (left, stopped) = Errand::run_to_its_end(context, work).await?;
    match (stopped, left) {
        (Some(exit), Some(left)) => {
            Err(Failure::new(exit, format!("stopped; {}", in_full(&left))).hint(LEFT))
        }
        (Some(exit), None) => Err(Failure::new(exit, "stopped; nothing of the drill is left")),
        (None, _) => Ok(Exit::Done),
    }
}

/// Shows what it costs, asks, tries it; nothing where somebody asked to stop before.
async fn drill(
    errand: &Errand<'_>,
    args: &Args,
    stop: &CancellationToken,
) -> Result<Option<Drilled>, Failure> {
    let (site, context) = (errand.site, errand.context);
    let read = async {
        let all = survey(&site.client, errand.stack).await;
        let all = all.map_err(|error| refusal::unread(&error))?;
        let stage = stage(errand, args.on.as_deref()).await?;
        let sizes = prices(site).await.map_err(|error| refusal::engine(&error))?;
        Ok((all, stage, sizes))
    };
    let Some(read) = stop.run_until_cancelled(read).await else { return Ok(None) };
    let (all, stage, sizes) = read?;
    let whose = errand.stack.name.as_str();
    let (watched, copy) =
        meant((&all, whose), args.what.as_deref()).map_err(|error| unbegun(&error))?;
    let reach = if context.global.sandbox {
        Reach::Nowhere(IN_THE_BOX)
    } else {
        Reach::Login(errand.login.clone())
    };
    let drill = Drill { site, stack: errand.stack, reach, copy, stage, stop };
    let (name, size, hourly) = (&copy.name, drill.size_gb(), drill.hourly(&sizes));
    context.output.words(&format!(
        "{name} is made into a volume of {size} GiB, tried on {}, and removed: up to {hourly} an hour\n",
        drill.stage()
    ));
    let confirmed = stop.run_until_cancelled(confirm(context, "Do this?")).await;
    let Some(confirmed) = confirmed else { return Ok(None) };
    confirmed?;
    let output = context.output;
    let drilled = drill.run(|doing| output.words(&format!("{doing}\n"))).await;
    let drilled = drilled.map_err(|error| failed(&error))?;
    report(errand, (watched, copy), &drilled);
    Ok(Some(drilled))
}

/// The machine that is meant, or one of its own.
async fn stage(errand: &Errand<'_>, on: Option<&str>) -> Result<Stage, Failure> {
    let Some(name) = on else { return Ok(Stage::Own) };
    let all = machines(errand.site, errand.stack).await;
    let all = all.map_err(|error| refusal::engine(&error))?;
    Ok(Stage::Node(machine::called(&all, name).map_err(Failure::unsent)?.droplet.id))
}

/// The snapshot that is meant: by its own name, or the newest good one of a volume or of all.
fn meant<'a>(
    (all, stack): (&'a [Watched], &str),
    name: Option<&str>,
) -> Result<(&'a Watched, &'a Copy), SnapshotError> {
    let is_meant = |watched: &&Watched| name.is_none_or(|name| watched.is_called(name));
    let mut volumes = all.iter().filter(is_meant).peekable();
    if let (Some(name), None) = (name, volumes.peek()) {
        return called(all, name);
    }
    let copies = volumes.flat_map(|it| it.copies.iter().map(move |copy| (it, copy)));
    let good = copies.filter(|(_, copy)| copy.is_good());
    good.max_by_key(|(_, copy)| copy.taken).ok_or_else(|| SnapshotError::Unknown {
        what: "there is no snapshot to try of",
        name: name.unwrap_or(stack).to_owned(),
        hint: "`dostack snapshot run` takes one".to_owned(),
    })
}

fn report(errand: &Errand<'_>, (watched, copy): (&Watched, &Copy), drilled: &Drilled) {
    let Ok(verdict) = &drilled.verdict else { return };
    let output = errand.context.output;
    output.data(&if errand.context.global.json {
        let left = drilled.left.as_ref().map(|error| in_full(error));
        let mut content = view::drill::document(verdict);
        content["address"] = json!(watched.address);
        content["snapshot"] = json!(copy.name);
        content["left"] = json!(left);
        json::text(&json::document("drill", &content))
    } else {
        output.fitted(&view::drill::text(&copy.name, verdict))
    });
}

/// The exit code: what is wrong with the snapshot weighs more than what is left of the drill.
fn end(drilled: &Drilled, context: &Context) -> Result<(), Failure> {
    let left = drilled.left.as_ref().map(|error| {
        let text = format!("not everything of the drill is removed: {}", in_full(error));
        Failure::new(Exit::Partly, text).hint(LEFT)
    });
    // What ends with something else still tells it.
    if let (Ok(Verdict::Broken { .. }) | Err(_), Some(error)) = (&drilled.verdict, &drilled.left) {
        let why = in_full(error);
        context.output.words(&format!("not everything of the drill is removed: {why}; {LEFT}\n"));
    }
    match (&drilled.verdict, left) {
        (Ok(Verdict::Broken { .. }), _) => {
            Err(Failure::new(Exit::NotServing, "the snapshot is not whole")
                .hint("`dostack snapshot list` shows older ones; `drill NAME` tries one of them"))
        }
        (Err(error), _) => Err(failed(error)),
        (Ok(_), Some(left)) => Err(left),
        (Ok(Verdict::Untold(_)), None) if context.global.sandbox => Ok(()),
        (Ok(Verdict::Untold(_)), None) => {
            Err(Failure::new(Exit::Unreachable, "nobody could look at the snapshot")
                .hint("run the same command again, or try it with `--on NODE`"))
        }
        (Ok(Verdict::Whole(_)), None) => Ok(()),
    }
}

fn failed(error: &DrillError) -> Failure {
    let exit = match error {
        DrillError::Api { source, .. } | DrillError::Volume(RestoreError::Api { source, .. }) => {
            refusal::api_exit(source)
        }
        DrillError::Volume(_) => Exit::Partly,
        DrillError::Late { .. } | DrillError::Lost { .. } => Exit::Unreachable,
        DrillError::Stopped => Exit::Interrupted,
    };
    Failure::caused(exit, error).hint("run the same command again, which removes what is left")
}
