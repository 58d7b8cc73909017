//! Machines on their way up.

mod bed;
mod climbs;
mod order;
mod volume;

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    process::Command,
};

use crate::{
    software::{Bundle, DataFolder, File, Service, Value},
    values::SecretName,
};

/// The store as its compose file describes it.
pub const STORE: &str = "  store: { image: \"s:2\", volumes: [{ type: bind, \
    source: /var/lib/dostack/demo/store, target: /data }] }\n";

/// A web server that needs a store, with a secret and a password of its own.
pub fn bundle() -> Bundle {
    let compose = format!(
        "name: demo\nservices:\n{STORE}  web: {{ image: w, depends_on: [store], env_file: [web.env] }}\n"
    );
    let variables = [
        ("KEY", Value::Secret(SecretName::parse("ORG_KEY").unwrap())),
        ("OWN", Value::Generated("own-password")),
    ];
    let variables = variables.map(|(name, value)| (name.to_owned(), value));
    let files = [
        ("compose.yaml", File::text(compose)),
        (".env", File::text("BIND_IP=10.0.0.2\n".to_owned())),
        ("web/web.conf", File::text("listen 80".to_owned())),
        ("web.env", File::environment(variables.into())),
    ];
    let inputs = ["web.env", "web/web.conf"].map(str::to_owned);
    Bundle {
        component: "demo".parse().unwrap(),
        files: files.map(|(name, file)| (name.to_owned(), file)).into(),
        services: BTreeMap::from([
            ("store".to_owned(), Service::default()),
            ("web".to_owned(), Service::of_the_user(BTreeSet::from(inputs))),
        ]),
        data: BTreeSet::from([DataFolder {
            path: "/var/lib/dostack/demo/store".to_owned(),
            owner: (999, 998),
            mode: 0o700,
        }]),
    }
}

/// Says that a test is skipped; where the variable is set, as in CI, no test may be.
#[expect(clippy::disallowed_methods, reason = "a test asks what a test may ask")]
pub fn skip(required: &str, why: &str) {
    assert!(std::env::var_os(required).is_none(), "{why}");
    println!("skipped: {why}");
}

#[test]
fn no_script_has_what_shellcheck_finds() {
    let mut scripts: Vec<_> = ["src/provision", "src/provision/tests"]
        .into_iter()
        .flat_map(|folder| fs::read_dir(folder).unwrap())
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|end| end == "sh"))
        .collect();
    scripts.sort();
    assert!(scripts.len() > 4, "{scripts:?}");
    let Ok(checked) = Command::new("shellcheck").args(&scripts).output() else {
        skip("DOSTACK_TOOLS_REQUIRED", "there is no shellcheck");
        return;
    };
    assert!(checked.status.success(), "{}", String::from_utf8_lossy(&checked.stdout));
}
