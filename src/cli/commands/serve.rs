//! `dostack serve`: looks after the stack until it is asked to stop.

use std::{path::PathBuf, sync::Arc, time::Duration};

use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

use crate::{
    cli::{
        Context, Exit, Failure,
        args::Serve,
        connect::Connection,
        failure::chain,
        project::{Project, private_folder},
        stack,
        stop::stoppable,
    },
    operate::serve::{self, Options, Running, ServeError, TlsFiles, TokenFile, Work},
};

/// Serves until it is asked to stop.
pub async fn run(context: &Context, args: Serve) -> Result<Exit, Failure> {
    let project = Project::find(context.global.stack.as_deref())?;
    let stack = stack::load(context, &project)?.stack;
    let options = options(&args, &project)?;
    let connection = Connection::open(context, &project).await?;
    let keeper = Keeper::new(connection.site.clone(), stack);
    let clock = connection.site.clock.clone();
    let done = match serve::start(options.clone(), Arc::new(keeper), clock).await {
        Ok(running) => look_after(context, &project, (running, options)).await,
        Err(error) => Err(refusal(&error)),
    };
    connection.close_after(done).await
}
