//! `dostack secrets list`: where each value comes from, and who needs it.

use std::{collections::BTreeSet, fmt::Write as _};

use serde_json::{Value, json};

use crate::{
    cli::{
        Failure,
        commands::secrets::Desk,
        project::Project,
        secrets::{failure, needs},
        view::json,
    },
    secrets::{Origin, Vault},
    values::SecretName,
};

/// One secret.
struct Row {
    name: SecretName,
    from: Option<Origin>,
    needed_by: Vec<String>,
}

/// Prints a line for every secret.
pub fn run(desk: &Desk<'_>, project: &Project) -> Result<(), Failure> {
    let rows = rows(desk, project)?;
    let text = if desk.context.global.json {
        json::text(&json::document("secrets", &rows.iter().map(document).collect::<Value>()))
    } else {
        table(&rows)
    };
    desk.context.output.data(&text);
    for name in unlisted(desk)? {
        let vault = desk.sources.vault.display();
        desk.say(&format!("note: `{name}` is in {vault}, and the stack file does not list it\n"));
    }
    Ok(())
}

fn rows(desk: &Desk<'_>, project: &Project) -> Result<Vec<Row>, Failure> {
    let mut needs = needs(desk.stack, &project.templates()?)?;
    let names: BTreeSet<SecretName> = desk.stack.secrets.keys().cloned().collect();
    let origins = desk.sources.origins(&names).map_err(|error| failure(&error))?;
    let row = |(name, from): (SecretName, Option<Origin>)| {
        let needed_by = needs.remove(&name).unwrap_or_default().into_iter().collect();
        Row { name, from, needed_by }
    };
    Ok(origins.into_iter().map(row).collect())
}

/// What the encrypted file holds for nothing.
fn unlisted(desk: &Desk<'_>) -> Result<Vec<SecretName>, Failure> {
    let vault = Vault::read(&desk.sources.vault).map_err(|error| failure(&error))?;
    let names = vault.iter().flat_map(Vault::names);
    Ok(names.filter(|name| !desk.stack.secrets.contains_key(*name)).cloned().collect())
}

fn document(row: &Row) -> Value {
    let from = row.from.as_ref().map(ToString::to_string);
    json!({ "name": row.name, "from": from, "needed_by": row.needed_by })
}

fn table(rows: &[Row]) -> String {
    let from = |row: &Row| row.from.as_ref().map_or("missing".to_owned(), ToString::to_string);
    let names = rows.iter().map(|row| row.name.as_str().len()).max().unwrap_or(0);
    let origins = rows.iter().map(|row| from(row).len()).max().unwrap_or(0);
    let mut text = String::new();
    for row in rows {
        let by = if row.needed_by.is_empty() {
            "nothing needs it".to_owned()
        } else {
            format!("for {}", row.needed_by.join(", "))
        };
        let _ = writeln!(text, "{:<names$}  {:<origins$}  {by}", row.name, from(row));
    }
    text
}
