//! `dostack snapshot hold`: a copy that stays, whatever the policy says.

use serde_json::json;

use crate::{
    cli::{
        Exit, Failure,
        commands::snapshot::{
            args::Hold as Args,
            errand::{Errand, unbegun},
        },
        view::json,
    },
    operate::snapshots::{Hold, called, hold, survey},
};

/// Holds it, or lets it go.
pub async fn run(errand: &Errand<'_>, args: &Args) -> Result<Exit, Failure> {
    let client = &errand.site.client;
    let what = if args.release { Hold::Off } else { Hold::On };
    let done = async {
        let all = survey(client, errand.stack).await?;
        let (_, copy) = called(&all, &args.name)?;
        hold(client, copy, what).await?;
        Ok(copy.name.clone())
    };
    let name = done.await.map_err(|error| unbegun(&error))?;
    let told = match what {
        Hold::On => format!("{name} stays until `dostack snapshot hold {name} --release`\n"),
        Hold::Off => format!("{name} stays as long as the policy wants it\n"),
    };
    errand.context.output.data(&if errand.context.global.json {
        json::text(&json::document("held", &json!({ "name": name, "held": what == Hold::On })))
    } else {
        told
    });
    Ok(Exit::Done)
}
