//! Who takes the snapshots by night: remembered in the account, told where nobody does.

use serde_json::Value;

use crate::support::{
    env::{Env, SPEED},
    nights::{self, stack},
};

/// The copies that the stack keeps.
const KEEP: &str = "last: 3, daily: 4";

const NOTE: &str = "nobody takes snapshots by night: ";

const UP: &str = "up --yes --no-provision";

const WRITTEN: &str = ".github/workflows/snapshots-core.yaml";

fn env() -> Env {
    nights::env(SPEED, KEEP)
}

/// Who is remembered, as `snapshot list` tells.
fn by(env: &Env) -> Value {
    let ran = env.run("--json snapshot list").expect(0);
    let list: Value = serde_json::from_str(&ran.stdout).unwrap();
    list["volumes"][0]["by"].clone()
}

#[test]
fn nobody_takes_them_until_somebody_is_said_to_and_then_the_account_remembers() {
    let env = env();
    let first = env.run(UP).expect(0);
    assert!(first.stdout.contains(NOTE), "{first}");
    assert_eq!(by(&env), Value::Null);
    let told = env.run(&format!("{UP} --schedule serve")).expect(0);
    assert!(
        told.stdout.contains("`dostack serve` takes snapshots of one volume by night"),
        "{told}"
    );
    assert_eq!(by(&env), "serve");
    for _ in 0..2 {
        let quiet = env.run(UP).expect(0);
        assert!(!quiet.stdout.contains(NOTE), "{quiet}");
    }
    let _ = env.run("preview --no-provision --detailed-exitcode").expect(0);
    let _ = env.run(&format!("{UP} --schedule none")).expect(0);
    assert_eq!(by(&env), Value::Null);
    assert!(!env.cloud().things().iter().any(|thing| thing.contains("dostack-nights")));
}

#[test]
fn a_workflow_is_written_once_and_one_that_is_there_is_left_as_it_is() {
    let env = env();
    let ran = env.run(&format!("{UP} --schedule github")).expect(0);
    assert!(ran.stdout.contains(&format!("./{WRITTEN} takes snapshots of one volume")), "{ran}");
    assert_eq!(by(&env), "github");
    let text = env.read(WRITTEN);
    assert!(text.contains("run: dostack snapshot run\n"), "{text}");
    assert!(text.contains("DOSTACK_STACK: stacks/dev.yaml\n"), "{text}");
    assert!(!text.contains("@STACK@") && !text.contains("@FILE@"), "{text}");
    env.edit(WRITTEN, "OWNER/dostack@COMMIT\n", "me/dostack@1\n");
    let again = env.run(&format!("{UP} --schedule github")).expect(0);
    assert!(again.stdout.contains("it was there, and is left as it is"), "{again}");
    assert!(env.read(WRITTEN).contains("me/dostack@1"));
}

#[test]
fn another_stack_of_the_project_has_a_workflow_of_its_own() {
    let env = env();
    let _ = env.run(&format!("{UP} --schedule github")).expect(0);
    let first = env.read(WRITTEN);
    let other = stack(KEEP).replace("stack: core", "stack: shop").replace("10.120.", "10.121.");
    env.write("stacks/shop.yaml", &other);
    let ran = env.run(&format!("{UP} --stack shop --schedule github")).expect(0);
    let written = ".github/workflows/snapshots-shop.yaml";
    assert!(ran.stdout.contains(&format!("./{written} takes snapshots of one volume")), "{ran}");
    assert!(env.read(written).contains("DOSTACK_STACK: stacks/shop.yaml\n"), "{ran}");
    assert_eq!(env.read(WRITTEN), first);
}

#[test]
fn the_tag_that_remembers_goes_with_the_volumes() {
    let env = env();
    let _ = env.run(&format!("{UP} --schedule serve")).expect(0);
    env.destroy_for_good("");
    assert!(!env.cloud().things().iter().any(|thing| thing.contains("dostack-nights")));
}

#[test]
fn a_stack_without_a_policy_has_nothing_to_schedule() {
    let env = env();
    let policy = "    snapshots: { at: \"03:00\", keep: { last: 3, daily: 4 }, catch_up: 24h }\n";
    env.edit_stack(policy, "");
    let ran = env.run(&format!("{UP} --schedule serve")).expect(0);
    assert!(!ran.stdout.contains(NOTE), "{ran}");
    assert!(ran.stdout.contains("there is nothing to schedule"), "{ran}");
    assert!(!env.cloud().things().iter().any(|thing| thing.contains("dostack-nights")));
}

#[test]
fn what_snapshots_come_to_is_shown_beside_the_month_and_the_budget() {
    let env = env();
    env.edit_stack("region: sfo2", "region: sfo2\nbudget: { monthly_usd: 7.50 }");
    let told = "up to $4.20 a month more, for up to 7 of `store` (10 GiB)";
    let shown = env.run("preview --no-provision").expect(0);
    assert!(shown.stdout.contains(&format!("snapshots: {told}")), "{shown}");
    let comment = env.run("preview --no-provision --markdown").expect(0);
    assert!(comment.stdout.contains(&format!("> snapshots: {told}")), "{comment}");
    let json = env.run("--json preview --no-provision").expect(0);
    let json: Value = serde_json::from_str(&json.stdout).unwrap();
    let copies = &json["plan"]["copies"][0];
    assert_eq!((&copies["address"], &copies["at_most"]), (&"store:volume".into(), &7.into()));
    assert_eq!(copies["monthly_at_most"], 420);
}
