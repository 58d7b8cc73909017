//! `dostack unlock`: a lock that nobody will give back.

use crate::{
    cli::{
        Context, Exit, Failure, commands::refusal, connect::Connection, project::Project, stack,
    },
    lock,
};

/// Takes the lock away, after asking.
pub async fn run(context: &Context) -> Result<Exit, Failure> {
    let project = Project::find(context.global.stack.as_deref())?;
    let loaded = stack::load_quietly(context, &project)?;
    let connection = Connection::open(context, &project).await?;
    let done = take_away(context, &connection, &loaded.stack.name).await;
    connection.close_after(done).await
}

async fn take_away(
    context: &Context,
    connection: &Connection,
    stack: &crate::values::StackName,
) -> Result<Exit, Failure> {
    let client = &connection.site.client;
    let found = lock::find(client, stack).await.map_err(|error| refusal::lock(&error))?;
    let Some(held) = found.first() else {
        context.output.words("the stack is not locked\n");
        return Ok(Exit::Done);
    };
    context.output.words(&format!("the stack is locked by {}\n", held.holder()));
    super::change::confirm(context, "Take the lock away?").await?;
    lock::unlock(client, stack).await.map_err(|error| refusal::lock(&error))?;
    context.output.words("unlocked\n");
    Ok(Exit::Done)
}
