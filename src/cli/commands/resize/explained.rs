//! What rules come to now, and by which readings; nothing is done about it.

use serde_json::{Value, json};

use crate::{
    cli::{
        Context, Exit, Failure,
        commands::refusal,
        connect::{Connection, login},
        project::Project,
        view::json,
    },
    config::Stack,
    engine::{EngineError, look, machines_among, source, with_guests},
    metrics::Unknown,
    operate::resize::{self, Explained, Watched},
    plan::Asked,
    readings::Source,
    values::Address,
};

const RULELESS: &str = "the file has no `resize` for it";
const MISSING: &str = "is not there yet";

/// What there is to tell of a machine.
enum Told {
    /// It is not there yet.
    Missing,
    /// The file has no rule for it.
    Ruleless,
    /// What its rule comes to.
    Rule(Box<Explained>),
}

/// Tells of each machine what its rule comes to.
pub async fn explained(
    context: &Context,
    project: &Project,
    stack: &Stack,
    machines: &[Address],
) -> Result<Exit, Failure> {
    let connection = Connection::open(context, project).await?;
    let told = read(context, project, (&connection, stack), machines).await;
    let told = told.map_err(|error| refusal::engine(&error));
    for (machine, told) in machines.iter().zip(connection.close_after(told).await?) {
        let text = match &told {
            told if context.global.json => {
                json::line(&json::document("explanation", &document(machine, told)))
            }
            Told::Rule(explained) => format!("{machine} {explained}"),
            Told::Ruleless => format!("{machine} stays: {RULELESS}\n"),
            Told::Missing => format!("{machine} {MISSING}\n"),
        };
        context.output.data(&context.output.fitted(&text));
    }
    Ok(Exit::Done)
}

async fn read(
    context: &Context,
    project: &Project,
    (connection, stack): (&Connection, &Stack),
    machines: &[Address],
) -> Result<Vec<Told>, EngineError> {
    let site = &connection.site;
    let look = Box::pin(look(site, stack, &Asked::stand())).await?;
    let there = with_guests(stack, machines_among(&look.plan.mark, &look.inventory.droplets));
    let login = (!context.global.sandbox).then(|| login(context, project, stack));
    let has_rule = |address: &&Address| resize::rule(stack, address).is_some();
    let source = match machines.iter().find(has_rule) {
        Some(_) => source(stack, &there, login.as_ref()).await,
        None => Source::Nowhere(Unknown::Unasked),
    };
    let budget = stack.budget.map(|budget| budget.monthly - look.plan.monthly.before);
    let mut told = Vec::new();
    for address in machines {
        let Some(machine) = there.iter().find(|machine| machine.address == *address) else {
            told.push(Told::Missing);
            continue;
        };
        let aids = (&source, &Watched::default(), budget);
        let explained = resize::explain(site, stack, machine, aids).await?;
        told.push(explained.map_or(Told::Ruleless, |explained| Told::Rule(Box::new(explained))));
    }
    Ok(told)
}

fn document(machine: &Address, told: &Told) -> Value {
    let explained = match told {
        Told::Rule(explained) => explained,
        Told::Ruleless => {
            return json!({ "machine": machine, "decision": "stay", "said": RULELESS });
        }
        Told::Missing => return json!({ "machine": machine, "decision": null, "said": MISSING }),
    };
    let Explained { decision, known, history } = &**explained;
    json!({
        "machine": machine,
        "decision": decision.word(),
        "reason": decision.reason(),
        "said": decision.to_string(),
        "size": known.size,
        "when": known.when.to_string(),
        "down": known.down.to_string(),
        "memory": known.memory.to_string(),
        "disk": known.disk.to_string(),
        "resized": history.resizes().iter().map(|one| one.at.to_string()).collect::<Vec<_>>(),
    })
}
