//! Every stack file that comes with the project, from nothing to nothing.

use std::{fs, path::Path};

use crate::support::env::Env;

/// The stack files of the project.
fn names() -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("stacks");
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let yaml = files.filter(|file| file.extension().is_some_and(|end| end == "yaml"));
    let mut names: Vec<String> =
        yaml.map(|file| file.file_stem().unwrap().to_str().unwrap().to_owned()).collect();
    names.sort();
    names
}

/// A project that holds all of them.
fn project() -> Env {
    let env = Env::new();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("stacks");
    for name in names() {
        let file = format!("{name}.yaml");
        env.write(&format!("stacks/{file}"), &fs::read_to_string(folder.join(&file)).unwrap());
    }
    env
}

#[test]
fn every_stack_of_the_project_comes_up_and_goes() {
    assert!(names().len() >= 2, "{:?}", names());
    let env = project();
    for name in names() {
        let run = |words: &str| env.run(&format!("--stack {name} --sandbox {words}"));
        let _ = run("validate").expect(0);
        let _ = run("preview --no-provision --detailed-exitcode").expect(2);
        let _ = run("up --yes").expect(0);
        let _ = run("preview --no-provision --detailed-exitcode").expect(0);
        env.destroy_for_good(&format!("--stack {name} --sandbox"));
        let world = env.read(".dostack/sandbox.json");
        assert!(!world.contains(&format!("dostack:core-{name}")), "{name}: {world}");
    }
}
