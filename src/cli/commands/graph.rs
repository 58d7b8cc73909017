//! `dostack graph`: what needs what.

use crate::{
    cli::{
        Context, Exit, Failure,
        args::{Drawing, Graph},
        commands::refusal,
        connect::Connection,
        project::Project,
        stack,
        view::graph,
    },
    components::expand,
    engine::{EngineError, prices},
    picture::{self, Lives},
    resources::Catalog,
};

/// Draws it.
pub async fn run(context: &Context, args: &Graph) -> Result<Exit, Failure> {
    let project = Project::find(context.global.stack.as_deref())?;
    let loaded = stack::load_quietly(context, &project)?;
    let wanted = expand(&loaded.stack, &project.templates()?)
        .map_err(|errors| refusal::engine(&EngineError::Stack(errors)))?;
    let format = if args.svg { Drawing::Svg } else { args.format };
    context.output.data(&match format {
        Drawing::Dot => graph::dot(&wanted),
        Drawing::Mermaid => graph::mermaid(&wanted),
        Drawing::Svg => {
            let catalog = catalog(context, &project).await?;
            picture::svg(&wanted, &loaded.stack.mark(), &catalog, &Lives::new())
        }
    });
    Ok(Exit::Done)
}

/// What sizes cost, where there is an account to ask; a picture without prices is one too.
async fn catalog(context: &Context, project: &Project) -> Result<Catalog, Failure> {
    if !context.global.sandbox && context.settings.token().is_err() {
        context.output.words(
            "note: machines are drawn without their prices; a token or `--sandbox` tells them\n",
        );
        return Ok(Catalog::default());
    }
    let connection = Connection::open(context, project).await?;
    let read = prices(&connection.site).await.map_err(|error| refusal::engine(&error));
    connection.close_after(read).await
}
