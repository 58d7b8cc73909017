//! What machines are made from, read by the programs that read it there.

use std::path::PathBuf;

use crate::support::{env::Env, tool::tool};

/// The files of this name that a stack is made from, one of each component that has it.
fn rendered(env: &Env, name: &str) -> Vec<PathBuf> {
    let out = env.path("rendered");
    let _ = env.run(&format!("render --out {}", out.display())).expect(0);
    let folders = std::fs::read_dir(&out).unwrap();
    let mut files: Vec<PathBuf> = folders
        .map(|folder| folder.unwrap().path().join(name))
        .filter(|file| file.exists())
        .collect();
    files.sort();
    files
}

#[test]
fn cloud_init_finds_nothing_wrong_with_what_machines_start_with() {
    let env = Env::new();
    env.edit_stack("user: root", "user: deploy");
    let files = rendered(&env, "cloud-init.yaml");
    assert!(files.len() >= 2, "{files:?}");
    for file in files {
        let Some(mut cloud_init) = tool("cloud-init") else { return };
        let checked = cloud_init.args(["schema", "--config-file"]).arg(&file).output().unwrap();
        let said = String::from_utf8_lossy(&checked.stderr);
        let text = String::from_utf8_lossy(&checked.stdout);
        assert!(checked.status.success(), "{}: {text}{said}", file.display());
        assert!(text.contains("Valid"), "{text}");
    }
}

#[test]
fn compose_finds_nothing_wrong_with_what_services_are_made_from() {
    let env = Env::new();
    env.edit_stack("enabled: auto", "enabled: true");
    let files = rendered(&env, "compose.yaml");
    assert!(files.len() >= 2, "{files:?}");
    for file in files {
        let Some(mut compose) = tool("docker-compose") else { return };
        let checked =
            compose.arg("--file").arg(&file).args(["config", "--quiet"]).output().unwrap();
        let said = String::from_utf8_lossy(&checked.stderr);
        assert!(checked.status.success() && said.is_empty(), "{}: {said}", file.display());
    }
}

#[test]
fn the_bootstrap_script_has_no_flaw_that_shellcheck_knows() {
    let Some(mut shellcheck) = tool("shellcheck") else { return };
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/cloud-init/bootstrap.sh");
    let checked = shellcheck.arg(script).output().unwrap();
    assert!(checked.status.success(), "{}", String::from_utf8_lossy(&checked.stdout));
}

#[test]
fn nothing_secret_is_in_what_machines_start_with() {
    let mut env = Env::new();
    env.set("ORG_WEAVIATE_API_KEY", "canary-weaviate");
    env.set("ORG_POSTGRES_PW", "canary-postgres");
    for file in rendered(&env, "cloud-init.yaml") {
        let text = std::fs::read_to_string(&file).unwrap();
        assert!(!text.contains("canary"), "{}", file.display());
    }
}
