//! What can be written but not be had.

use insta::assert_snapshot;
use serde_json::json;

use crate::{mistakes::unchanged, support::env::Env};

#[test]
fn a_size_that_does_not_exist_is_refused_with_those_that_are_near() {
    let env = Env::with_cloud();
    env.edit_stack("{ size: s-8vcpu-32gb-640gb-intel", "{ size: s-8vcpu-32gb-640gb-intl");
    assert_snapshot!(unchanged(&env, "up --yes --no-provision").summary(), @"
    exit 3
    ---- stdout
    Refused plan: 16 to create. $0.00 -> $74.00 a month (+$74.00).
    ---- stderr
    error: app: DigitalOcean has no size `s-8vcpu-32gb-640gb-intl`
    help: try `s-8vcpu-32gb-640gb-intel`
    the plan is refused; nothing was changed
    ");
}

#[test]
fn a_volume_is_never_made_smaller() {
    let env = Env::with_cloud();
    let _ = env.run("up --yes --no-provision").expect(0);
    env.edit_stack("size_gb: 160", "size_gb: 100");
    let refused = unchanged(&env, "up --yes --no-provision");
    assert_snapshot!(refused, @"
    exit 3
    ---- stdout
    vector
      ~ volume   core-dev-vector-data
          size: 160 GiB -> 100 GiB (impossible)
      15 unchanged
    snapshots: up to $120.00 a month more, for up to 20 of `vector` (100 GiB)
    note: nobody takes snapshots by night: `dostack up --schedule` says who does
    Refused plan: 1 to update. $266.00 a month, as before.
    ---- stderr
    error: vector:volume: the volume has 160 GiB and the file says 100; DigitalOcean cannot shrink a volume
    help: write `size_gb: 160`
    the plan is refused; nothing was changed
    ");
    assert_eq!(env.run("preview --no-provision").to_string(), refused.to_string());
}

#[test]
fn a_plan_above_the_budget_is_refused() {
    let env = Env::with_cloud();
    env.edit_stack("monthly_usd: 400", "monthly_usd: 200");
    assert_snapshot!(unchanged(&env, "up --yes --no-provision").summary(), @"
    exit 12
    ---- stdout
    Refused plan: 16 to create. $0.00 -> $266.00 a month (+$266.00).
    ---- stderr
    error: the month would cost $266.00, which is above the budget of $200.00
    help: raise `budget.monthly_usd`, or ask for less
    the plan is refused; nothing was changed
    ");
}

#[test]
fn a_network_that_overlaps_another_is_refused_before_anything_is_made() {
    let env = Env::with_cloud();
    let vpc = json!({ "name": "old", "region": "nyc3", "ip_range": "10.120.128.0/20" });
    env.cloud().post("/v2/vpcs", vpc);
    assert_snapshot!(unchanged(&env, "up --yes --no-provision").summary(), @"
    exit 3
    ---- stdout
    Refused plan: 16 to create. $0.00 -> $266.00 a month (+$266.00).
    ---- stderr
    error: stack:vpc: the range 10.120.0.0/16 overlaps 10.120.128.0/20 of the VPC `old`
    help: give this stack another `ip_range`
    the plan is refused; nothing was changed
    ");
}

#[test]
fn a_region_or_an_image_that_does_not_exist_is_told() {
    let env = Env::with_cloud();
    env.edit_stack("region: sfo2", "region: sfo9");
    assert_snapshot!(unchanged(&env, "up --yes --no-provision").words(), @"
    error: app, vector: DigitalOcean has no region `sfo9`
    help: did you mean `sfo2`?
    the plan is refused; nothing was changed
    ");
    env.edit_stack("region: sfo9", "region: sfo2");
    env.edit_stack("s-4vcpu-8gb, image: ubuntu-22-04-x64", "s-4vcpu-8gb, image: ubuntu-23-04-x64");
    let ran = env.run("up --yes --no-provision --target vector");
    let data = ran.data();
    let (_, ended) = data.split_once("\nPlan: ").unwrap();
    assert_snapshot!(ended, @"
    10 to create. $0.00 -> $64.00 a month (+$64.00).
    8 created, 1 failed, 1 skipped.
    failed: vector: cannot create the droplet core-dev-vector: POST /v2/droplets: refused: 422 unprocessable_entity You specified an invalid image for Droplet creation. (request id [uuid])
    skipped: vector:record-vector (needs vector)
    ");
    assert_snapshot!(env.run("doctor"), @"
    exit 5
    ---- stdout
    good  token                    someone@example.com, account active
    good  region sfo2              San Francisco 2
    good  scopes                   everything the stack touches can be read
    good  droplets                 0 there, 2 to create, 2000 allowed
    good  volumes                  1 there, 1 to create, 2000 allowed
    good  image ubuntu-22-04-x64   22.04 (LTS) x64
    bad   image ubuntu-23-04-x64   DigitalOcean has no such image
    good  plan                     sizes, names and limits are in order
    ---- stderr
    error: 1 would fail; nothing was changed
    ");
}
