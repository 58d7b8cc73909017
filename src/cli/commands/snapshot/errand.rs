//! What every `snapshot` command has at hand, and how its failures end.

use tokio_util::sync::CancellationToken;

use crate::{
    cli::{
        Context, Exit, Failure,
        commands::refusal,
        connect::{self, Connection},
        project::Project,
        stack,
        stop::stoppable,
    },
    config::Stack,
    engine::Site,
    operate::snapshots::{SnapshotError, TakeError},
    ssh::Login,
};

/// Why nobody can prepare a droplet of the sandbox for a copy.
pub const IN_THE_BOX: &str = "no machine stands behind a droplet of the sandbox";

/// One command on its way.
pub struct Errand<'a> {
    /// What every command is handed.
    pub context: &'a Context,
    /// The account.
    pub site: &'a Site,
    /// The stack.
    pub stack: &'a Stack,
    /// How we log in to machines.
    pub login: Login,
}

impl Errand<'_> {
    /// Reads the stack, connects, does the work, and ends it at the first signal: what is under way
    /// at DigitalOcean by then is found by the next run.
    pub async fn run(
        context: &Context,
        work: impl AsyncFnOnce(&Errand<'_>) -> Result<Exit, Failure>,
    ) -> Result<Exit, Failure> {
        let work = async |errand: &Errand<'_>, stop: &CancellationToken| {
            tokio::select! {
                biased;
                () = stop.cancelled() => Ok(Exit::Interrupted),
                done = Box::pin(work(errand)) => done,
            }
        };
        let (done, stopped) = Errand::run_to_its_end(context, work).await?;
        match stopped {
            Some(exit) => Err(Failure::new(exit, "stopped")
                .hint("run the same command again; no night is copied twice")),
            None => Ok(done),
        }
    }

    /// Reads the stack, connects, and does work that winds down by itself when it is asked to stop;
    /// tells the signal that asked.
    pub async fn run_to_its_end<T>(
        context: &Context,
        work: impl AsyncFnOnce(&Errand<'_>, &CancellationToken) -> Result<T, Failure>,
    ) -> Result<(T, Option<Exit>), Failure> {
        let project = Project::find(context.global.stack.as_deref())?;
        let stack = stack::load_quietly(context, &project)?.stack;
        let stop = CancellationToken::new();
        let whole = async {
            let connection = Connection::open(context, &project).await?;
            let login = connect::login(context, &project, &stack);
            let errand = Errand { context, site: &connection.site, stack: &stack, login };
            let done = Box::pin(work(&errand, &stop)).await;
            connection.close_after(done).await
        };
        stoppable(&stop, Box::pin(whole)).await
    }
}

/// Why nothing could be begun.
pub fn unbegun(error: &SnapshotError) -> Failure {
    match error {
        SnapshotError::Account(source) => refusal::unread(source),
        SnapshotError::Stopped => Failure::caused(Exit::Interrupted, error),
        SnapshotError::Journal(source) => refusal::journal(source),
        SnapshotError::Unknown { hint, .. } => Failure::caused(Exit::Input, error).hint(hint),
    }
}

/// The exit code of a night without its copy.
pub fn exit_of(error: &TakeError) -> Exit {
    match error {
        TakeError::TooSoon { .. } | TakeError::Lost(_) => Exit::Unreachable,
        TakeError::Full { .. } => Exit::Refused,
        TakeError::Api(source) => refusal::api_exit(source),
        TakeError::NotGood { .. } => Exit::Partly,
        TakeError::Hook(_) => Exit::NotServing,
        TakeError::Journal(source) => refusal::journal(source).exit,
    }
}
