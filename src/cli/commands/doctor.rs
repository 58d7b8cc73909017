//! `dostack doctor`: what would fail, before the first change.

use std::fmt::Write as _;

use crate::{
    cli::{
        Context, Exit, Failure,
        commands::refusal,
        connect::Connection,
        project::Project,
        stack,
        view::{json, style},
    },
    engine::doctor::{Finding, Verdict, examine},
};

/// Looks and tells.
pub async fn run(context: &Context) -> Result<Exit, Failure> {
    let project = Project::find(context.global.stack.as_deref())?;
    let loaded = stack::load(context, &project)?;
    let connection = Connection::open(context, &project).await?;
    let examined = Box::pin(examine(&connection.site, &loaded.stack)).await;
    let examined = examined.map_err(|error| refusal::engine(&error));
    let findings = connection.close_after(examined).await?;
    let text = if context.global.json {
        json::text(&json::document("findings", &findings))
    } else {
        findings.iter().fold(String::new(), |mut text, finding| {
            let _ = writeln!(text, "{}", line(finding));
            text
        })
    };
    context.output.data(&text);
    let bad = findings.iter().filter(|finding| finding.verdict == Verdict::Bad).count();
    match bad {
        0 => Ok(Exit::Done),
        count => {
            Err(Failure::new(Exit::Refused, format!("{count} would fail; nothing was changed")))
        }
    }
}

fn line(finding: &Finding) -> String {
    let word = match finding.verdict {
        Verdict::Good => style::good("good"),
        Verdict::Bad => style::error("bad "),
    };
    format!("{word}  {:<24} {}", finding.what, finding.seen)
}
