//! Bodies against DigitalOcean's own API description.
//!
//! The description is no part of the project. `DOSTACK_OPENAPI` says where it is; without it, it is
//! looked for beside the project. Where there is none a check says so once and passes, except under
//! `DOSTACK_OPENAPI_REQUIRED`, where it fails.

use std::{
    collections::{BTreeMap, BTreeSet},
    env, fs,
    path::{Path, PathBuf},
    sync::{Mutex, OnceLock},
};

use jsonschema::{Validator, draft4};
use serde_json::{Map, Value, json};

/// Checks an answer of the API: the status must be described, the body must have its form.
pub fn check_response(method: &str, path: &str, status: u16, body: &[u8]) -> Result<(), String> {
    let Some(description) = description()? else { return Ok(()) };
    let place = description.operation(method, path)?;
    let responses = format!("{place}/responses");
    let code = if description.at(&format!("{responses}/{status}")).is_some() {
        status.to_string()
    } else if status >= 400 {
        "default".to_owned()
    } else {
        return Err(format!("{method} {path} never answers {status}"));
    };
    let schema = description.follow(&format!("{responses}/{code}"))?;
    let schema = format!("{schema}/content/application~1json/schema");
    match description.at(&schema) {
        None if body.is_empty() => Ok(()),
        None => Err(format!("{method} {path} has no body with {status}")),
        Some(_) => description.check(&schema, body).map_err(|error| {
            let body = String::from_utf8_lossy(body);
            format!("{method} {path} answered {status} with {body}: {error}")
        }),
    }
}

/// Checks the body of a request; an empty one fits where no body is described or needed.
pub fn check_request(method: &str, path: &str, body: &[u8]) -> Result<(), String> {
    let Some(description) = description()? else { return Ok(()) };
    let place = description.operation(method, path)?;
    let request = format!("{place}/requestBody");
    if description.at(&request).is_none() {
        let told = || format!("{method} {path} takes no body");
        return if body.is_empty() { Ok(()) } else { Err(told()) };
    }
    let schema = format!("{}/content/application~1json/schema", description.follow(&request)?);
    description.check(&schema, body).map_err(|error| {
        format!("{method} {path} was sent {}: {error}", String::from_utf8_lossy(body))
    })
}

/// Every method and path the description has, as in `GET` and `/v2/droplets/{droplet_id}`.
pub fn operations() -> Result<Vec<(String, String)>, String> {
    let Some(description) = description()? else { return Ok(Vec::new()) };
    let paths = description.at("/paths").and_then(Value::as_object);
    let methods = |(path, operations): (&String, &Value)| -> Vec<(String, String)> {
        let operations = operations.as_object().into_iter().flat_map(Map::keys);
        let methods = operations.filter(|word| METHODS.contains(&word.as_str()));
        methods.map(|method| (method.to_uppercase(), path.clone())).collect()
    };
    Ok(paths.into_iter().flatten().flat_map(methods).collect())
}

/// The words of the description that are methods.
const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

/// Where the description is, for programs that read it themselves; none where there is none.
pub fn given() -> Option<PathBuf> {
    description().unwrap().map(|_| place())
}

/// The operations that none of these calls, each a method and a path, was for.
pub fn untouched<'a>(
    calls: impl Iterator<Item = (&'a str, &'a str)>,
) -> Result<Option<Vec<String>>, String> {
    let Some(description) = description()? else { return Ok(None) };
    let place = |(method, path): (&str, &str)| description.operation(method, path);
    let touched: BTreeSet<String> = calls.map(place).collect::<Result<_, _>>()?;
    let mut untouched = Vec::new();
    for (method, path) in operations()? {
        if !touched.contains(&place((&method, &path))?) {
            untouched.push(format!("{method} {path}"));
        }
    }
    Ok(Some(untouched))
}

/// The description, with its schemas compiled as they are asked for.
struct Description {
    document: Value,
    compiled: Mutex<BTreeMap<String, Validator>>,
}

fn description() -> Result<Option<&'static Description>, String> {
    static DESCRIPTION: OnceLock<Option<Description>> = OnceLock::new();
    let found = DESCRIPTION.get_or_init(|| {
        let path = place();
        let text = fs::read(&path).ok();
        if text.is_none() {
            skip(&path);
        }
        text.map(|text| Description {
            document: mended(translated(serde_json::from_slice(&text).unwrap())),
            compiled: Mutex::default(),
        })
    });
    match found {
        None if is_required() => Err("the API description is missing".to_owned()),
        found => Ok(found.as_ref()),
    }
}

#[expect(clippy::print_stderr, reason = "a test that checks nothing says so")]
fn skip(path: &Path) {
    eprintln!("skipped: no API description at {}", path.display());
}

#[expect(clippy::disallowed_methods, reason = "tests are told by their environment")]
fn place() -> PathBuf {
    let beside = || {
        let project = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
        project.join("../shared/digitalocean/openapi.json")
    };
    env::var_os("DOSTACK_OPENAPI").map_or_else(beside, PathBuf::from)
}

#[expect(clippy::disallowed_methods, reason = "tests are told by their environment")]
fn is_required() -> bool {
    env::var_os("DOSTACK_OPENAPI_REQUIRED").is_some()
}

/// Turns OpenAPI 3.0's `nullable` into what JSON Schema understands, everywhere.
///
/// `oneOf` is read as `anyOf`: the description lists variants that overlap, so that a body as plain
/// as `{"type": "power_off"}` is valid under several.
fn translated(value: Value) -> Value {
    match value {
        Value::Array(items) => items.into_iter().map(translated).collect(),
        Value::Object(members) => {
            let nullable = members.get("nullable") == Some(&Value::Bool(true));
            let members: Map<String, Value> = members
                .into_iter()
                .filter(|(key, value)| !(key == "nullable" && value.is_boolean()))
                .map(|(key, value)| (variants(key), translated(value)))
                .collect();
            let schema = Value::Object(members);
            if nullable { json!({ "anyOf": [{ "type": "null" }, schema] }) } else { schema }
        }
        other @ (Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_)) => other,
    }
}

/// Lists the one action of droplets that the description describes and forgets to list.
fn mended(mut document: Value) -> Value {
    let kinds = "/components/schemas/droplet_action/properties/type/enum";
    if let Some(Value::Array(kinds)) = document.pointer_mut(kinds) {
        kinds.push(json!("change_backup_policy"));
    }
    document
}

fn variants(key: String) -> String {
    if key == "oneOf" { "anyOf".to_owned() } else { key }
}

impl Description {
    fn at(&self, pointer: &str) -> Option<&Value> {
        self.document.pointer(pointer)
    }

    /// Goes where a reference leads, if there is one.
    fn follow(&self, pointer: &str) -> Result<String, String> {
        let value = self.at(pointer).ok_or_else(|| format!("nothing is described at {pointer}"))?;
        match value.get("$ref").and_then(Value::as_str) {
            Some(reference) => self.follow(reference.trim_start_matches('#')),
            None => Ok(pointer.to_owned()),
        }
    }

    /// The place of the operation that a method and a path belong to.
    fn operation(&self, method: &str, path: &str) -> Result<String, String> {
        let path = path.split('?').next().unwrap_or_default();
        let paths = self.at("/paths").and_then(Value::as_object);
        let mut patterns: Vec<&String> =
            paths.into_iter().flat_map(Map::keys).filter(|pattern| fits(pattern, path)).collect();
        patterns.sort_by_key(|pattern| pattern.matches('{').count());
        let pattern = patterns.first().ok_or_else(|| format!("{path} is not described"))?;
        let escaped = pattern.replace('~', "~0").replace('/', "~1");
        let place = format!("/paths/{escaped}/{}", method.to_ascii_lowercase());
        self.at(&place).ok_or_else(|| format!("{method} {pattern} is not described"))?;
        Ok(place)
    }

    fn check(&self, schema: &str, body: &[u8]) -> Result<(), String> {
        let body: Value =
            serde_json::from_slice(body).map_err(|error| format!("not JSON: {error}"))?;
        let mut compiled = self.compiled.lock().unwrap();
        let validator = compiled.entry(schema.to_owned()).or_insert_with(|| self.compile(schema));
        let errors: Vec<String> = validator
            .iter_errors(&body)
            .map(|error| format!("{} at {}", error, error.instance_path()))
            .collect();
        if errors.is_empty() { Ok(()) } else { Err(errors.join("; ")) }
    }

    /// Compiles a schema with everything it may refer to.
    fn compile(&self, schema: &str) -> Validator {
        let root = json!({
            "$ref": format!("#{}", schema.replace('{', "%7B").replace('}', "%7D")),
            "paths": self.document["paths"],
            "components": self.document["components"],
        });
        draft4::options().should_validate_formats(true).build(&root).unwrap()
    }
}

fn fits(pattern: &str, path: &str) -> bool {
    let (mut wanted, mut given) = (pattern.split('/'), path.split('/'));
    loop {
        match (wanted.next(), given.next()) {
            (None, None) => return true,
            (Some(wanted), Some(given)) if wanted == given || wanted.starts_with('{') => {}
            (Some(_), _) | (None, Some(_)) => return false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_described() -> bool {
        description().unwrap().is_some()
    }

    #[test]
    fn answers_that_differ_from_the_description_are_found() {
        let good = br#"{"id":"not_found","message":"no","request_id":"1"}"#;
        check_response("GET", "/v2/droplets/1", 404, good).unwrap();
        if is_described() {
            for (status, body) in [
                (200, &b"{\"droplet\":{}}"[..]),
                (200, b"{\"droplet\":"),
                (204, b""),
                (404, b"{\"message\":7}"),
            ] {
                assert!(check_response("GET", "/v2/droplets/1", status, body).is_err());
            }
            assert!(check_response("GET", "/v2/planets", 200, b"{}").is_err());
        }
    }

    #[test]
    fn requests_that_differ_from_the_description_are_found() {
        check_request("GET", "/v2/droplets", b"").unwrap();
        check_request("POST", "/v2/vpcs", br#"{"name":"a","region":"sfo2"}"#).unwrap();
        if is_described() {
            assert!(check_request("POST", "/v2/vpcs", br#"{"name":"a"}"#).is_err());
            assert!(check_request("GET", "/v2/droplets", b"{}").is_err());
        }
    }
}
