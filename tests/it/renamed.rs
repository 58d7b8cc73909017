//! A component under another name: `was: OLD`.

use serde_json::Value;

use crate::support::env::Env;

/// The ids of everything of a kind, and the names of everything.
fn ids(env: &Env, kind: &str) -> Vec<String> {
    let world: Value = env.cloud().call("GET", "/_sandbox/world", None);
    world[kind].as_object().unwrap().keys().cloned().collect()
}

fn stands(env: &Env) {
    let ran = env.run("preview --no-provision --detailed-exitcode");
    assert_eq!(ran.code, Some(0), "{ran}");
}

#[test]
fn a_component_that_says_what_it_was_is_renamed_in_place() {
    let env = Env::with_cloud();
    let _ = env.run("up --yes --no-provision").expect(0);
    let kinds = ["droplets", "volumes", "firewalls"];
    let before = kinds.map(|kind| ids(&env, kind));
    env.edit_stack("  vector:\n", "  search:\n");
    let ran = env.run("up --yes --no-provision").expect(12);
    assert!(ran.words().contains("write `was: vector` in `search`"), "{ran}");
    env.edit_stack("  search:\n", "  search:\n    was: vector\n");
    let _ = env.run("up --yes --no-provision").expect(0);
    assert_eq!(kinds.map(|kind| ids(&env, kind)), before);
    let things = env.cloud().things();
    for thing in [
        "droplet core-dev-search s-4vcpu-8gb active in core-dev",
        "firewall core-dev-search over 1 droplets",
        "volume core-dev-vector-data 160 GiB on core-dev-search",
    ] {
        assert!(things.iter().any(|found| found == thing), "{things:#?}");
    }
    stands(&env);
    env.edit_stack("    was: vector\n", "");
    stands(&env);
    env.destroy_for_good("");
    assert_eq!(env.cloud().things(), ["domain example.com"]);
}
