//! A plan kept in a file that does not fit.

use insta::assert_snapshot;
use serde_json::json;

use crate::{
    mistakes::{offline, unchanged},
    support::env::Env,
};

#[test]
fn a_plan_that_the_account_has_outrun_is_refused() {
    let env = Env::with_cloud();
    let _ = env.run("preview --out plan.json").expect(0);
    let volume = json!({ "name": "core-dev-app-data", "region": "sfo2", "size_gigabytes": 100,
        "tags": ["dostack:core-dev", "dostack:core-dev:app:volume"] });
    env.cloud().post("/v2/volumes", volume);
    assert_snapshot!(unchanged(&env, "up --yes --no-provision --plan plan.json"), @"
    exit 12
    ---- stdout
    stack core-dev
      + VPC      core-dev                   10.120.0.0/16 in sfo2
      + SSH key  dostack core-dev a170fd0f
      + domain   example.com
    app
      + tag      dostack:core-dev:app
      + firewall core-dev-app               4 in, 3 out
      + droplet  core-dev-app               s-8vcpu-32gb-640gb-intel        +$192.00
      + record   admin.example.com          A -> app
      + record   app.example.com            A -> app
    network
      + firewall core-dev-network           2 in, 3 out
    vector
      + tag      dostack:core-dev:vector
      + volume   core-dev-vector-data       160 GiB                          +$16.00
      + firewall core-dev-vector            4 in, 3 out
      + droplet  core-dev-vector            s-4vcpu-8gb                      +$48.00
      + record   vector.example.com         A -> vector
      2 unchanged
    Plan: 14 to create. $10.00 -> $266.00 a month (+$256.00).
    ---- stderr
    error: the plan is stale: what is there or wanted has changed for `app:volume`, `stack:tag`; nothing was changed
    help: make a new one with `dostack preview --out FILE`
    ");
}

#[test]
fn a_plan_of_another_stack_and_a_file_that_is_no_plan_are_refused() {
    let env = Env::with_cloud();
    let _ = env.run("preview --out plan.json").expect(0);
    env.edit_stack("stack: core-dev ", "stack: core-new ");
    assert_snapshot!(unchanged(&env, "up --yes --no-provision --plan plan.json"), @"
    exit 12
    ---- stdout
    stack core-new
      + tag      dostack:core-new
      + VPC      core-new                   10.120.0.0/16 in sfo2
      + SSH key  dostack core-new a170fd0f
      + domain   example.com
    app
      + tag      dostack:core-new:app
      + volume   core-new-app-data          100 GiB                          +$10.00
      + firewall core-new-app               4 in, 3 out
      + droplet  core-new-app               s-8vcpu-32gb-640gb-intel        +$192.00
      + record   admin.example.com          A -> app
      + record   app.example.com            A -> app
    network
      + firewall core-new-network           2 in, 3 out
    vector
      + tag      dostack:core-new:vector
      + volume   core-new-vector-data       160 GiB                          +$16.00
      + firewall core-new-vector            4 in, 3 out
      + droplet  core-new-vector            s-4vcpu-8gb                      +$48.00
      + record   vector.example.com         A -> vector
    Plan: 16 to create. $0.00 -> $266.00 a month (+$266.00).
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
    ");
    assert_snapshot!(offline(&env, "up --yes --no-provision --plan nowhere.json"), @"
    exit 3
    ---- stderr
    error: cannot read the plan `nowhere.json`: No such file or directory (os error [number])
    ");
}
