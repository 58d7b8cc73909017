//! `dostack sandbox`: a DigitalOcean of one's own.

use std::path::Path;

use crate::{
    cli::{
        Context, Exit, Failure,
        args::{RateLimit as Limit, Sandbox},
        stop::stoppable,
    },
    sandbox::{self, Options, RateLimit},
};

/// Serves until it is asked to stop.
pub async fn run(context: &Context, args: Sandbox) -> Result<Exit, Failure> {
    if let Some(file) = &args.state {
        refuse_if_unkept(file)?;
    }
    let options = Options {
        listen: args.listen,
        token: args.token.clone(),
        speed: args.speed,
        state: args.state,
        rate_limit: match args.rate_limit {
            Limit::On => RateLimit::On,
            Limit::Off => RateLimit::Off,
        },
    };
    let failed = |error: sandbox::Error| Failure::caused(Exit::Input, &error);
    let running = sandbox::start(options).await.map_err(|error| {
        let is_place =
            matches!(error, sandbox::Error::Listen { .. } | sandbox::Error::NotLoopback(_));
        let failure = failed(error);
        if is_place {
            failure.hint("`--listen 127.0.0.1:0` takes any free port of this machine")
        } else {
            failure
        }
    })?;
    context.output.data(&format!("listening on http://{}\n", running.address()));
    // Whoever watches a fast world has to look as often as it changes.
    let hurry = if args.speed < 2.0 {
        String::new()
    } else {
        format!(" DOSTACK_SANDBOX_SPEED={:.0}", args.speed)
    };
    context.output.words(&format!(
        "in another terminal:\n  export DIGITALOCEAN_API_URL=http://{} DIGITALOCEAN_TOKEN={}{hurry}\nwhat it holds: http://{}/_sandbox/\nCtrl-C ends it\n",
        running.address(),
        args.token,
        running.address(),
    ));
    let stop = tokio_util::sync::CancellationToken::new();
    let until = async {
        stop.cancelled().await;
        running.stop().await.map_err(failed)
    };
    stoppable(&stop, until).await?;
    Ok(Exit::Done)
}

/// A world that could not be written would be missed only when it is gone.
fn refuse_if_unkept(file: &Path) -> Result<(), Failure> {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
    match folder {
        Some(folder) if !folder.is_dir() => {
            let text = format!(
                "cannot keep the world in `{}`: there is no folder `{}`",
                file.display(),
                folder.display()
            );
            Err(Failure::new(Exit::Input, text)
                .hint("make the folder first, or name a file elsewhere"))
        }
        Some(_) | None => Ok(()),
    }
}
