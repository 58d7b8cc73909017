//! A plan kept in a file that does not fit.

use insta::assert_snapshot;
use serde_json::json;

use crate::{
    mistakes::{offline, unchanged},
    support::env::{Env, SPEED},
};

#[test]
fn a_plan_that_the_account_has_outrun_is_refused() {
    let env = Env::with_cloud();
    let _ = env.run("preview --no-provision --out plan.json").expect(0);
    let volume = json!({ "name": "core-dev-app-data", "region": "sfo2", "size_gigabytes": 100,
        "tags": ["dostack:core-dev", "dostack:core-dev:app:volume"] });
    env.cloud().post("/v2/volumes", volume);
    assert_snapshot!(unchanged(&env, "up --yes --no-provision --plan plan.json"), @"
    exit 12
    ---- stderr
    error: the plan is stale: what is there or wanted has changed for `app:volume`, `stack:tag`; nothing was changed
    help: make a new one with `dostack preview --out FILE`
    ");
}

#[test]
fn a_plan_of_another_stack_and_a_file_that_is_no_plan_are_refused() {
    let env = Env::with_cloud();
    let _ = env.run("preview --no-provision --out plan.json").expect(0);
    env.edit_stack("stack: core-dev ", "stack: core-new ");
    assert_snapshot!(unchanged(&env, "up --yes --no-provision --plan plan.json"), @"
    exit 12
    ---- stderr
    error: the plan is not one of the stack `core-new`; nothing was changed
    help: make a new one with `dostack preview --out FILE`
    ");
    env.write("other.json", "{\"version\": 1}");
    assert_snapshot!(offline(&env, "up --yes --no-provision --plan other.json"), @"
    exit 3
    ---- stderr
    error: `other.json` is no plan of dostack's
    help: `dostack preview --out FILE` writes one
    ");
    assert_snapshot!(offline(&env, "up --yes --no-provision --plan stacks/dev.yaml"), @"
    exit 3
    ---- stderr
    error: `stacks/dev.yaml` is no plan: expected value at line 1 column 1
    help: `dostack preview --out FILE` writes one
    ");
    assert_snapshot!(offline(&env, "up --yes --no-provision --plan nowhere.json"), @"
    exit 3
    ---- stderr
    error: cannot read the plan `nowhere.json`: No such file or directory (os error [number])
    help: `dostack preview --out FILE` writes one
    ");
}

#[test]
fn a_plan_of_another_account_is_refused() {
    let mut env = Env::with_cloud();
    let _ = env.run("preview --no-provision --out plan.json").expect(0);
    let other = Env::with_cloud();
    env.use_account(other.cloud().address(), SPEED);
    assert_snapshot!(env.run("up --yes --no-provision --plan plan.json"), @"
    exit 12
    ---- stderr
    error: the plan was made for another account than this token's; nothing was changed
    help: make a new one with `dostack preview --out FILE`
    ");
    assert_eq!(other.cloud().things(), Vec::<String>::new());
}

#[test]
fn a_plan_of_another_version_is_refused() {
    let env = Env::with_cloud();
    let _ = env.run("preview --no-provision --out plan.json").expect(0);
    let own = concat!("\"dostack\": \"", env!("CARGO_PKG_VERSION"), "\"");
    env.edit("plan.json", own, "\"dostack\": \"0.0.9\"");
    assert_snapshot!(unchanged(&env, "up --yes --no-provision --plan plan.json"), @"
    exit 12
    ---- stderr
    error: the plan was made by dostack 0.0.9, and this is 0.1.0; nothing was changed
    help: make a new one with `dostack preview --out FILE`
    ");
    env.edit("plan.json", "\"dostack\": \"0.0.9\"", own);
    env.edit("plan.json", "\"version\": 1,", "\"version\": 9,");
    assert_snapshot!(unchanged(&env, "up --yes --no-provision --plan plan.json"), @"
    exit 12
    ---- stderr
    error: the plan has another shape than this version's; nothing was changed
    help: make a new one with `dostack preview --out FILE`
    ");
}
