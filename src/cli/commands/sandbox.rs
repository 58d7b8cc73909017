//! `dostack sandbox`: a DigitalOcean of one's own.

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
        failed(error).hint("`--listen 127.0.0.1:0` takes any free port of this machine")
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
