//! `dostack destroy`: everything the stack owns, and only that.

use crate::{
    cli::{Context, Exit, Failure, args::Destroy, commands::change, project::Project, stack},
    plan::Asked,
    secrets::Store,
};

/// Removes it; a key file is not needed for that.
pub async fn run(context: &Context, args: &Destroy) -> Result<Exit, Failure> {
    let project = Project::find(context.global.stack.as_deref())?;
    let loaded = stack::load_quietly(context, &project)?;
    let delete_data = args.delete_data.iter().cloned().collect();
    let delete_adopted = args.delete_adopted.iter().cloned().collect();
    let request = change::Request {
        command: "destroy".to_owned(),
        resize: None,
        asked: Asked { delete_data, delete_adopted, ..Asked::go() },
        parallelism: args.parallelism,
        saved: None,
        software: change::Software::Leave,
        secrets: Store::default(),
    };
    Box::pin(change::run(context, &project, &loaded.stack, request)).await
}
