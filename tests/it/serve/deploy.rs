//! What a user copies to a machine, checked by the programs that will read it.

use std::fs;

use tempfile::TempDir;

use crate::support::{env::PROGRAM, tool::tool};

/// Runs a checker in a folder; nothing where it is not installed.
fn check(folder: &str, program: &str, arguments: &[&str]) {
    let Some(mut command) = tool(program) else { return };
    let ended = command.current_dir(folder).args(arguments).output().unwrap();
    let said =
        [ended.stdout, ended.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    assert!(ended.status.success(), "{program} {arguments:?}: {}", said.concat());
}

#[test]
fn rules_hold_what_their_tests_say() {
    let folder = "deploy/prometheus";
    check(folder, "promtool", &["check", "rules", "dostack.rules.yaml"]);
    check(folder, "promtool", &["test", "rules", "dostack.rules.test.yaml"]);
    check(folder, "promtool", &["check", "config", "--syntax-only", "prometheus.yaml"]);
}

#[test]
fn the_receiver_is_one_that_alertmanager_takes() {
    check("deploy/prometheus", "amtool", &["check-config", "alertmanager.yaml"]);
}

#[test]
fn units_are_sound_and_hardened() {
    let folder = TempDir::with_prefix("units-").unwrap();
    let mut units = Vec::new();
    for entry in fs::read_dir("deploy/systemd").unwrap() {
        let path = entry.unwrap().path();
        // The program has to be where a unit says, and here it is elsewhere.
        let text = fs::read_to_string(&path).unwrap().replace("/usr/local/bin/dostack", PROGRAM);
        let unit = folder.path().join(path.file_name().unwrap());
        fs::write(&unit, text).unwrap();
        units.push(unit);
    }
    units.sort();
    let words: Vec<&str> = units.iter().filter_map(|unit| unit.to_str()).collect();
    check(
        ".",
        "systemd-analyze",
        &[&["verify", "--man=no", "--generators=no"], &words[..]].concat(),
    );
    for service in words.iter().filter(|unit| unit.ends_with(".service")) {
        // In tenths: from 0, nothing left to take away, to 100.
        check(".", "systemd-analyze", &["security", "--offline=true", "--threshold=20", service]);
    }
}
