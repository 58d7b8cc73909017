//! `dostack snapshot restore`: a volume made from a snapshot.

use std::fmt::Write as _;

use serde_json::json;
use tokio_util::sync::CancellationToken;

use crate::{
    cli::{
        Exit, Failure,
        commands::{
            change::{confirm, refuse_if_nobody_can_answer},
            refusal,
            snapshot::{
                args::Restore as Args,
                errand::{Errand, IN_THE_BOX, unbegun},
            },
        },
        view::json,
    },
    config::Component,
    digitalocean::volumes::Volume,
    engine::Run,
    journal::{Record, Via},
    operate::snapshots::{Account, Nowhere, Restore, RestoreError, Swapped, called, survey},
    plan::Asked,
    resources::{Kind, volume_price},
    values::{Address, Part},
};

/// What to say when something was left half done.
const AGAIN: &str = "run the same command again; it goes on where this one ended";

/// Makes the volume, and puts it in its place.
pub async fn run(errand: &Errand<'_>, args: &Args) -> Result<Exit, Failure> {
    refuse_if_nobody_can_answer(errand.context)?;
    let client = &errand.site.client;
    let all = survey(client, errand.stack).await.map_err(|error| refusal::unread(&error))?;
    let (watched, copy) = called(&all, &args.snapshot).map_err(|error| unbegun(&error))?;
    let restore = Restore::new(client, errand.stack, (watched, copy), args.name.as_deref());
    let restore = restore.map_err(|error| failed(&error))?;
    if args.swap {
        check_place(errand, restore.home())?;
    }
    let monthly = volume_price(u32::try_from(restore.size_gb).unwrap_or(u32::MAX));
    let (name, size, home) = (&restore.name, restore.size_gb, restore.home().owner());
    let from = &copy.name;
    let told = format!("a volume {name} of {size} GiB is made from {from}: {monthly} a month\n");
    let swap = format!(
        "it takes the place of the volume of `{home}`, whose services stand still until `dostack up`\n"
    );
    errand.context.output.words(&if args.swap { told + &swap } else { told });
    confirm(errand.context, "Do this?").await?;
    let asked = Asked::stand();
    let run = Box::pin(Run::begin(errand.site, errand.stack, &asked, "snapshot restore")).await;
    let run = run.map_err(|error| refusal::beginning(&error))?;
    let stop = CancellationToken::new();
    let work = run.with_lock(&stop, Box::pin(work(errand, args, &run, &restore))).await;
    let ended = if work.is_ok() { "restored" } else { "failed" };
    // The end is written for the history alone.
    drop(run.decline(ended).await);
    let released = run.release(&stop).await.map_err(|error| refusal::engine(&error));
    let (volume, swapped) = work?;
    released?;
    report(errand, (&restore, &volume), swapped.as_ref());
    Ok(Exit::Done)
}

async fn work(
    errand: &Errand<'_>,
    args: &Args,
    run: &Run,
    restore: &Restore<'_>,
) -> Result<(Volume, Option<Swapped>), Failure> {
    let journal = |record| async {
        let written = run.journal().append(record).await;
        written.map_err(|error| refusal::journal(&error))
    };
    journal(Record::Intent {
        address: restore.home().clone(),
        kind: Kind::Volume.word().to_owned(),
        name: restore.name.to_string(),
        action: if args.swap { "restore and swap" } else { "restore" }.to_owned(),
        body: None,
    })
    .await?;
    let made = restore.make().await.map_err(|error| failed(&error))?;
    let (address, id) = (restore.home().clone(), made.id.clone());
    journal(Record::Acknowledged { address, id, via: Via::Answer }).await?;
    if !args.swap {
        return Ok((made, None));
    }
    let machine = restore.home().part(Part::Main);
    let droplets = run.look.inventory.droplets_of(&errand.stack.mark());
    let droplet = droplets.get(&machine).and_then(|all| all.last()).map(|live| live.id);
    let swapped = if errand.context.global.sandbox {
        restore.swap(&made, droplet, &Nowhere(IN_THE_BOX)).await
    } else {
        let (site, stack, login) = (errand.site, errand.stack, errand.login.clone());
        restore.swap(&made, droplet, &Account { site, stack, login }).await
    };
    let swapped = swapped.map_err(|error| failed(&error))?;
    journal(Record::StepDone { address: restore.home().clone() }).await?;
    Ok((made, Some(swapped)))
}

/// A volume whose name or whose volume the file gives would be wanted back by the next `up`.
fn check_place(errand: &Errand<'_>, home: &Address) -> Result<(), Failure> {
    let component = home.component_name().and_then(|name| errand.stack.components.get(name));
    let owner = home.owner();
    let Some(spec) = component.and_then(Component::volume) else {
        let text = format!("the stack file has no volume of `{owner}` whose place could be taken");
        return Err(
            Failure::new(Exit::Input, text).hint("leave `--swap` out to make the volume alone")
        );
    };
    if spec.name.is_none() && spec.adopt.is_none() {
        return Ok(());
    }
    let text = format!("the stack file says which volume `{owner}` has, by `name` or `adopt`");
    Err(Failure::new(Exit::Unsafe, text)
        .hint("take that line out of the file first, or leave `--swap` out"))
}

fn report(
    errand: &Errand<'_>,
    (restore, volume): (&Restore<'_>, &Volume),
    swapped: Option<&Swapped>,
) {
    let output = errand.context.output;
    if errand.context.global.json {
        let content = json!({
            "volume": volume.name,
            "id": volume.id,
            "in_place_of": swapped.and_then(|swapped| swapped.former.as_ref()),
            "unstopped": swapped.and_then(|swapped| swapped.unstopped.as_ref()),
        });
        output.data(&json::text(&json::document("restored", &content)));
        return;
    }
    let home = restore.home().owner();
    let mut text = match swapped {
        None => format!("{} is there, attached to nothing\n", volume.name),
        Some(_) => format!("{} is the volume of `{home}`\n", volume.name),
    };
    if let Some(former) = swapped.and_then(|swapped| swapped.former.as_ref()) {
        let _ = writeln!(text, "{former} is kept; `dostack preview` lists it with its price");
    }
    if let Some(why) = swapped.and_then(|swapped| swapped.unstopped.as_ref()) {
        let _ = writeln!(text, "the services of `{home}` were not stopped before: {why}");
    }
    if swapped.is_some() {
        text += "`dostack up` mounts it and makes the services serve from it\n";
    }
    output.data(&output.fitted(&text));
}

fn failed(error: &RestoreError) -> Failure {
    match error {
        RestoreError::Api { source, .. } => {
            Failure::caused(refusal::api_exit(source), error).hint(AGAIN)
        }
        RestoreError::Name { .. } => Failure::caused(Exit::Input, error).unsent(),
        RestoreError::Taken { .. } => {
            Failure::caused(Exit::Ambiguous, error).hint("give another name with `--name`")
        }
        RestoreError::Elsewhere { .. } => Failure::caused(Exit::Refused, error)
            .hint("detach it there first, then run the same command again"),
        RestoreError::InUse { .. } => Failure::caused(Exit::NotServing, error)
            .hint("stop what uses it there, then run the same command again"),
        RestoreError::Late { .. } => Failure::caused(Exit::Unreachable, error).hint(AGAIN),
        RestoreError::Vanished { .. } => Failure::caused(Exit::Partly, error).hint(AGAIN),
    }
}
