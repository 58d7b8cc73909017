//! A plan kept in a file: `preview --out` writes it, `up --plan` carries out exactly it.

use std::{
    collections::BTreeSet,
    fs::{self, OpenOptions},
    io::Write as _,
    os::unix::fs::OpenOptionsExt as _,
    path::Path,
};

use serde_json::Value;

use crate::{
    cli::{Exit, Failure, view::json},
    plan::{Asked, Plan},
    values::{Address, SecretName},
};

/// How many things that have changed are named.
const NAMED: usize = 5;

/// The version that makes plans; another one may plan otherwise.
const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Writes a plan for an account, which only its owner may read: it tells all about the machines.
pub fn write(
    file: &Path,
    (plan, asked): (&Plan, &Asked),
    account: Option<&str>,
) -> Result<(), Failure> {
    let mut kept = json::plan(plan);
    kept["hooks"] = asked.hooks.keys().map(SecretName::as_str).collect();
    kept["dostack"] = VERSION.into();
    kept["account"] = account.into();
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true).mode(0o600);
    let written =
        options.open(file).and_then(|mut open| open.write_all(json::text(&kept).as_bytes()));
    written.map_err(|error| {
        let text = format!("cannot write the plan to `{}`: {error}", file.display());
        Failure::new(Exit::Input, text)
    })
}

/// Reads one.
pub fn read(file: &Path) -> Result<Value, Failure> {
    let shown = file.display();
    let text = fs::read_to_string(file)
        .map_err(|error| no_plan(format!("cannot read the plan `{shown}`: {error}")))?;
    let value: Value = serde_json::from_str(&text)
        .map_err(|error| no_plan(format!("`{shown}` is no plan: {error}")))?;
    if value["kind"] == "plan" && value["plan"].is_object() {
        Ok(value)
    } else {
        Err(no_plan(format!("`{shown}` is no plan of dostack's")))
    }
}

fn no_plan(text: String) -> Failure {
    Failure::new(Exit::Input, text).hint("`dostack preview --out FILE` writes one")
}

/// The machines that a plan makes anew, since that was asked for with it.
pub fn replaced(plan: &Value) -> BTreeSet<Address> {
    let steps = plan["plan"]["steps"].as_array().into_iter().flatten();
    let asked = steps.filter(|step| step["action"] == "replace" && step["reason"] == "asked");
    asked.filter_map(|step| step["address"].as_str()?.parse().ok()).collect()
}

/// Whether whoever made a plan knew where this hook is to lead: one that was not known then is no
/// reason to call the plan stale now.
pub fn knew(plan: &Value, hook: &SecretName) -> bool {
    plan["hooks"].as_array().is_some_and(|known| known.iter().any(|it| it == hook.as_str()))
}

/// Refuses a plan that is not, step for step, what would be planned now.
///
/// A plan is a function of the file and of what was read, and holds every value that it read of
/// what it touches; so equal steps mean that nothing that matters has changed.
pub fn compare(agreed: &Value, plan: &Plan, account: Option<&str>) -> Result<(), Failure> {
    let now = json::plan(plan);
    if agreed["version"] != now["version"] || agreed["dostack"] != VERSION {
        let other = agreed["dostack"].as_str().unwrap_or("another version");
        let text = if other == VERSION {
            "the plan has another shape than this version's".to_owned()
        } else {
            format!("the plan was made by dostack {other}, and this is {VERSION}")
        };
        return Err(refused(&text));
    }
    let part = |plan: &Value, name: &str| plan["plan"][name].clone();
    if part(agreed, "mark") != part(&now, "mark") {
        let text = format!("the plan is not one of the stack `{}`", plan.mark.stack());
        return Err(refused(&text));
    }
    if agreed["account"] != Value::from(account) {
        return Err(refused("the plan was made for another account than this token's"));
    }
    if ["steps", "kept", "refusals"].into_iter().any(|name| part(agreed, name) != part(&now, name))
    {
        return Err(stale(agreed, &now));
    }
    Ok(())
}

fn stale(agreed: &Value, now: &Value) -> Failure {
    let steps = |plan: &Value| plan["plan"]["steps"].as_array().cloned().unwrap_or_default();
    let (agreed, now) = (steps(agreed), steps(now));
    let differing: BTreeSet<String> = [(&agreed, &now), (&now, &agreed)]
        .into_iter()
        .flat_map(|(some, others)| some.iter().filter(|step| !others.contains(step)))
        .filter_map(|step| Some(format!("`{}`", step["address"].as_str()?)))
        .collect();
    let names: Vec<String> = differing.into_iter().collect();
    let what = match names.as_slice() {
        [] => "the stack".to_owned(),
        [few @ .., _] if few.len() >= NAMED => {
            format!("{} and {} more", names[..NAMED].join(", "), names.len() - NAMED)
        }
        all => all.join(", "),
    };
    refused(&format!("the plan is stale: what is there or wanted has changed for {what}"))
}

fn refused(text: &str) -> Failure {
    Failure::new(Exit::Unsafe, format!("{text}; nothing was changed"))
        .hint("make a new one with `dostack preview --out FILE`")
}
