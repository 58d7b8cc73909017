//! What machines start with, read by the programs that read it there.

use std::path::PathBuf;

use crate::support::{env::Env, tool::tool};

/// The rendered files of a stack.
fn rendered(env: &Env) -> Vec<PathBuf> {
    let out = env.path("rendered");
    let _ = env.run(&format!("render --out {}", out.display())).expect(0);
    let mut files: Vec<PathBuf> = std::fs::read_dir(&out)
        .unwrap()
        .map(|folder| folder.unwrap().path().join("cloud-init.yaml"))
        .collect();
    files.sort();
    files
}

#[test]
fn cloud_init_finds_nothing_wrong_with_what_machines_start_with() {
    let env = Env::new();
    env.edit_stack("user: root", "user: deploy");
    let files = rendered(&env);
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
    for file in rendered(&env) {
        let text = std::fs::read_to_string(&file).unwrap();
        assert!(!text.contains("canary"), "{}", file.display());
    }
}
