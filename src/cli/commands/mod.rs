//! One subcommand a file.

mod complete;
mod completions;
mod destroy;
mod doctor;
mod exec;
mod graph;
mod guard;
mod history;
mod init;
mod logs;
mod man;
mod outputs;
mod preview;
mod probe;
mod purge;
mod render;
mod resize;
mod sandbox;
mod schema;
mod secrets;
mod serve;
pub mod snapshot;
mod ssh;
mod status;
mod unlock;
mod up;
mod validate;

mod asked;
mod change;
mod machine;
pub mod refusal;

use crate::cli::{Context, Exit, Failure, args::Command};

/// Does what was typed.
pub async fn run(context: &Context, command: Command) -> Result<Exit, Failure> {
    match command {
        Command::Init(args) => init::run(context, &args),
        Command::Doctor => Box::pin(doctor::run(context)).await,
        Command::Validate => validate::run(context),
        Command::Schema => Ok(schema::run(context)),
        Command::Preview(args) => preview::run(context, &args).await,
        Command::Up(args) => Box::pin(up::run(context, &args)).await,
        Command::Destroy(args) => Box::pin(destroy::run(context, &args)).await,
        Command::Purge(args) => Box::pin(purge::run(context, &args)).await,
        Command::Outputs(args) => outputs::run(context, &args).await,
        Command::Graph(args) => Box::pin(graph::run(context, &args)).await,
        Command::Render(args) => render::run(context, &args),
        Command::History => history::run(context),
        Command::Ssh(args) => ssh::run(context, &args).await,
        Command::Exec(args) => Box::pin(exec::run(context, &args)).await,
        Command::Logs(args) => Box::pin(logs::run(context, &args)).await,
        Command::Secrets(args) => secrets::run(context, &args).await,
        Command::Snapshot(args) => Box::pin(snapshot::run(context, &args)).await,
        Command::Status => Box::pin(status::run(context)).await,
        Command::Probe(args) => Box::pin(probe::run(context, &args)).await,
        Command::Resize(args) => Box::pin(resize::run(context, &args)).await,
        Command::Guard(args) => Box::pin(guard::run(context, &args)).await,
        Command::Unlock => unlock::run(context).await,
        Command::Serve(args) => Box::pin(serve::run(context, args)).await,
        Command::Sandbox(args) => sandbox::run(context, args).await,
        Command::Complete(args) => complete::run(context, args),
        Command::Completions { shell } => Ok(completions::run(context, shell)),
        Command::Man { folder } => man::run(context, &folder),
    }
}
