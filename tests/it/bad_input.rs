//! What bad input gets: a message with a way on, the documented exit code, and nothing changed.

use insta::assert_snapshot;
use serde_json::json;

use crate::support::{env::Env, output::Ran};

/// Runs a command that must not reach the account at all.
fn offline(env: &Env, words: &str) -> Ran {
    env.cloud().forget_calls();
    let ran = env.run(words);
    assert_eq!(env.cloud().calls().total, 0, "{ran}");
    ran
}

/// Runs a command that may look at the account but must leave it as it is.
fn unchanged(env: &Env, words: &str) -> Ran {
    let before = env.cloud().things();
    let ran = env.run(words);
    assert_eq!(env.cloud().things(), before, "{ran}");
    ran
}

/// What another user of the account has made.
fn firewall(name: &str) -> serde_json::Value {
    let anywhere = json!({ "addresses": ["0.0.0.0/0"] });
    let rule = json!({ "protocol": "tcp", "ports": "22", "sources": anywhere });
    json!({ "name": name, "inbound_rules": [rule], "outbound_rules": [] })
}

#[test]
fn without_a_token_both_ways_out_are_named() {
    let env = Env::new();
    assert_snapshot!(env.run("preview"), @"
    exit 4
    ---- stderr
    error: there is no DigitalOcean token
    help: set `DIGITALOCEAN_TOKEN` (or `DIGITALOCEAN_ACCESS_TOKEN`) to one made at cloud.digitalocean.com/account/api/tokens
    help: or pass `--sandbox` to use the DigitalOcean in the box, without an account
    ");
    assert_snapshot!(env.run("up --yes --no-provision"), @"
    exit 4
    ---- stderr
    error: there is no DigitalOcean token
    help: set `DIGITALOCEAN_TOKEN` (or `DIGITALOCEAN_ACCESS_TOKEN`) to one made at cloud.digitalocean.com/account/api/tokens
    help: or pass `--sandbox` to use the DigitalOcean in the box, without an account
    ");
}

#[test]
fn a_token_that_is_refused_is_told_from_one_that_is_missing() {
    let mut env = Env::with_cloud();
    env.set("DIGITALOCEAN_TOKEN", "dop_v1_stale");
    assert_snapshot!(env.run("preview"), @"
    exit 4
    ---- stderr
    error: cannot read the account; nothing was changed: GET [path]: the token is not accepted: 401 Unauthorized Unable to authenticate you (request id [uuid])
    help: check `DIGITALOCEAN_TOKEN`: it may have expired, been revoked, or lack a scope
    ");
    assert_snapshot!(env.run("up --yes --no-provision"), @"
    exit 4
    ---- stderr
    error: cannot take the lock `dostack-lock-core-dev`: POST /v2/firewalls: the token is not accepted: 401 Unauthorized Unable to authenticate you (request id [uuid]); nothing was changed
    help: check `DIGITALOCEAN_TOKEN`: it may have expired, been revoked, or lack a scope
    ");
}

#[test]
fn a_token_is_never_sent_in_the_clear_to_another_machine() {
    let mut env = Env::new();
    env.use_account("http://10.0.0.1:8080", 1);
    assert_snapshot!(env.run("preview"), @"
    exit 3
    ---- stderr
    error: cannot use http://10.0.0.1:8080 as the address of the API: plain http is for loopback addresses only, so that no token travels in the clear
    ");
}

#[test]
fn an_account_that_cannot_be_reached_is_as_it_was() {
    let mut env = Env::new();
    // Nothing listens on the discard port, and nobody but root could.
    env.use_account("http://127.0.0.1:9", 100);
    assert_snapshot!(env.run("preview"), @"
    exit 6
    ---- stderr
    error: cannot read the account; nothing was changed: GET [path]: no answer from http://127.0.0.1:[port], tried for [time]: error sending request: client error (Connect): tcp connect error: Connection refused (os error [number])
    help: run the same command again when it can be reached
    ");
    assert_snapshot!(env.run("up --yes --no-provision"), @"
    exit 6
    ---- stderr
    error: cannot take the lock `dostack-lock-core-dev`: POST /v2/firewalls: no answer from http://127.0.0.1:[port], tried for [time]: error sending request: client error (Connect): tcp connect error: Connection refused (os error [number]); nothing was changed
    help: run the same command again when it can be reached
    ");
}

#[test]
#[expect(clippy::too_many_lines, reason = "the whole help")]
fn what_is_mistyped_is_named() {
    let env = Env::new();
    assert_snapshot!(env.run("preview --markdwon"), @"
    exit 3
    ---- stderr
    error: unexpected argument '--markdwon' found

      tip: a similar argument exists: '--markdown'

    Usage: dostack preview --markdown

    For more information, try '--help'.
    ");
    assert_snapshot!(env.run("destory"), @"
    exit 3
    ---- stderr
    error: unrecognized subcommand 'destory'

      tip: some similar subcommands exist: 'doctor', 'history', 'destroy'

    Usage: dostack [OPTIONS] <COMMAND>

    For more information, try '--help'.
    ");
    assert_snapshot!(env.run(""), @"
    exit 3
    ---- stderr
    Infrastructure as code for DigitalOcean droplets: preview, up, destroy, without a state file

    Usage: dostack [OPTIONS] <COMMAND>

    Commands:
      init         Start a project here: stack files and templates
      validate     Check a stack file, offline
      doctor       Check token, scopes, quotas, slugs and names before the first change
      schema       Print the JSON Schema of stack files, for editors
      preview      Show what `up` would change
      up           Make the account as the stack file says
      destroy      Remove what the stack owns; data stays unless it is named
      outputs      Print addresses and names of what is there
      graph        Draw what the stack consists of
      history      Show past runs from the journal
      unlock       Release the stack's lock that a run on another machine left behind
      sandbox      Run a stand-in DigitalOcean
      completions  Print a completion script
      man          Write man pages
      help         Print this message or the help of the given subcommand(s)

    Options:
      -s, --stack <NAME|FILE>  A stack file, or NAME for stacks/NAME.yaml; may be left out where there
                               is only one [env: DOSTACK_STACK=]
      -y, --yes                Do not ask [env: DOSTACK_YES=]
          --json               Write one JSON document, or one event a line, instead of text [env:
                               DOSTACK_JSON=]
          --sandbox            Use the DigitalOcean in the box, kept in .dostack/sandbox.json, instead
                               of an account [env: DOSTACK_SANDBOX=]
      -v, --verbose...         Log what is done to stderr; twice for every call to the API
      -h, --help               Print help
      -V, --version            Print version

    Exit codes: 0 done · 1 a bug · 2 changes pending (preview --detailed-exitcode) · 3 bad input,
    nothing sent · 4 token · 5 refused by DigitalOcean · 6 unreachable, run again · 7 partly done, run
    again · 8 ambiguous, needs a person · 9 locked · 10 journal · 12 refused by a safety rule · 130/143
    stopped
    ");
    assert_snapshot!(env.run("up --parallelism 0"), @"
    exit 3
    ---- stderr
    error: invalid value '0' for '--parallelism <N>': 0 is not in 1..=100

    For more information, try '--help'.
    ");
    assert_snapshot!(env.run("preview --target vector:"), @"
    exit 3
    ---- stderr
    error: `vector:` is no address: write `component`, `component-2` or `component:part`
    ");
}

#[test]
fn an_address_that_the_stack_does_not_have_is_refused() {
    let env = Env::with_cloud();
    assert_snapshot!(env.run("preview --target vectr"), @"
    exit 3
    ---- stdout
    Refused plan: what differs cannot be made as the file says.
    ---- stderr
    error: `--target vectr` names nothing in this stack
    help: did you mean `vector`?
    the plan is refused; nothing was changed
    ");
    assert_snapshot!(env.run("destroy --yes --delete-data vectr"), @"
    exit 3
    ---- stdout
    Refused plan: what differs cannot be made as the file says.
    ---- stderr
    error: `--delete-data vectr` names no volume of this stack that goes
    help: name it by its address or its name, as the plan lists it
    the plan is refused; nothing was changed
    ");
}

#[test]
fn without_a_terminal_nobody_is_asked_and_nothing_is_done() {
    let env = Env::with_cloud();
    assert_snapshot!(offline(&env, "up --no-provision"), @"
    exit 3
    ---- stderr
    error: there is no terminal to ask on; nothing was sent
    help: pass `--yes` to go ahead without being asked
    ");
    assert_snapshot!(offline(&env, "destroy"), @"
    exit 3
    ---- stderr
    error: there is no terminal to ask on; nothing was sent
    help: pass `--yes` to go ahead without being asked
    ");
}

#[test]
fn a_stack_that_is_not_there_or_not_clear_is_asked_for() {
    let env = Env::new();
    assert_snapshot!(env.run("--stack prod validate"), @"
    exit 3
    ---- stderr
    error: there is no stack file `stacks/prod.yaml`
    help: there is `dev`
    ");
    assert_snapshot!(env.run("--stack stacks/prod.yaml validate"), @"
    exit 3
    ---- stderr
    error: cannot read `stacks/prod.yaml`: there is no such file
    ");
    env.write("stacks/prod.yaml", include_str!("../../stacks/prod.yaml"));
    assert_snapshot!(env.run("validate"), @"
    exit 3
    ---- stderr
    error: there are several stack files in `stacks/`
    help: say which one: `--stack dev` or `--stack prod`
    ");
    let empty = Env::new();
    std::fs::remove_file(empty.path("stacks/dev.yaml")).unwrap();
    assert_snapshot!(empty.run("validate"), @"
    exit 3
    ---- stderr
    error: there is no stack file in `stacks/`
    help: `dostack init` writes one; `--stack FILE` names one elsewhere
    ");
}

#[test]
fn every_mistake_of_a_file_is_told_at_once() {
    let env = Env::with_cloud();
    env.edit_stack("size_gb: 160", "sise_gb: 160");
    env.edit_stack("region: sfo2", "region: Mars!");
    env.edit_stack("10.120.0.0/16", "10.120.0.1/16");
    assert_snapshot!(offline(&env, "up --yes"), @"
    exit 3
    ---- stderr
    error: `Mars!` cannot be a region: lower-case letters, digits, `-`, `.` and `_`
      --> stacks/dev.yaml:10:9
       |
    10 | region: Mars!
       |         ^^^^^

    error: `[private]/16` has host bits set: the range is `10.120.0.0/16`
      --> stacks/dev.yaml:13:18
       |
    13 | vpc: { ip_range: [private]/16 }
       |                  ^^^^^^^^^^^^^

    error: the field `size_gb` is missing
      --> stacks/dev.yaml:39:5
       |
    39 |     volume: { sise_gb: 160, filesystem: ext4 }       # grows in place; never shrinks
       |     ^^^^^^
       |
       = help: GiB; it can grow later and never shrink.

    error: unknown field `sise_gb`
      --> stacks/dev.yaml:39:15
       |
    39 |     volume: { sise_gb: 160, filesystem: ext4 }       # grows in place; never shrinks
       |               ^^^^^^^
       |
       = help: did you mean `size_gb`?
    ");
}

#[test]
fn a_private_key_in_the_place_of_a_public_one_is_not_shown() {
    let env = Env::with_cloud();
    let private =
        "-----BEGIN OPENSSH PRIVATE KEY-----\nhunter2hunter2\n-----END OPENSSH PRIVATE KEY-----\n";
    env.write("home/.ssh/id_ed25519", private);
    env.edit_stack("[~/.ssh/id_ed25519.pub]", "[~/.ssh/id_ed25519]    ");
    let ran = offline(&env, "up --yes");
    assert!(!ran.to_string().contains("hunter2"));
    assert_snapshot!(ran, @"
    exit 3
    ---- stderr
    error: `~/.ssh/id_ed25519`: this is a private key; name the file that ends in `.pub`
      --> stacks/dev.yaml:17:17
       |
    17 |   public_keys: [~/.ssh/id_ed25519]       # a path, or the key itself; registered if it is missing
       |                 ^^^^^^^^^^^^^^^^^
    ");
}

#[test]
fn secrets_without_values_are_named_before_anything_is_sent() {
    let mut env = Env::with_cloud();
    env.set("ORG_POSTGRES_PW", "hunter2");
    let ran = offline(&env, "up --yes");
    assert!(!ran.to_string().contains("hunter2"));
    assert_snapshot!(ran, @"
    exit 3
    ---- stderr
    error: no value for the secrets `ORG_OPENAI_API_KEY`, `ORG_WEAVIATE_API_KEY`; nothing was sent
    help: set them in the environment
    help: or pass `--no-provision` to bring up the machines alone
    ");
}

#[test]
fn a_size_that_does_not_exist_is_refused_with_those_that_are_near() {
    let env = Env::with_cloud();
    env.edit_stack("{ size: s-8vcpu-32gb-640gb-intel", "{ size: s-8vcpu-32gb-640gb-intl");
    assert_snapshot!(unchanged(&env, "up --yes --no-provision"), @"
    exit 3
    ---- stdout
    stack core-dev
      + tag      dostack:core-dev
      + VPC      core-dev                   10.120.0.0/16 in sfo2
      + SSH key  dostack core-dev a170fd0f
      + domain   example.com
    app
      + tag      dostack:core-dev:app
      + volume   core-dev-app-data          100 GiB                          +$10.00
      + firewall core-dev-app               4 in, 3 out
      + droplet  core-dev-app
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
    assert_snapshot!(unchanged(&env, "up --yes --no-provision"), @"
    exit 3
    ---- stdout
    vector
      ~ volume   core-dev-vector-data
          size: 160 GiB -> 100 GiB (impossible)
      15 unchanged
    Refused plan: 1 to update. $266.00 a month, as before.
    ---- stderr
    error: vector:volume: the volume has 160 GiB and the file says 100; DigitalOcean cannot shrink a volume
    help: write `size_gb: 160`
    the plan is refused; nothing was changed
    ");
    assert_snapshot!(env.run("preview"), @"
    exit 3
    ---- stdout
    vector
      ~ volume   core-dev-vector-data
          size: 160 GiB -> 100 GiB (impossible)
      15 unchanged
    Refused plan: 1 to update. $266.00 a month, as before.
    ---- stderr
    error: vector:volume: the volume has 160 GiB and the file says 100; DigitalOcean cannot shrink a volume
    help: write `size_gb: 160`
    the plan is refused; nothing was changed
    ");
}

#[test]
fn a_plan_above_the_budget_is_refused() {
    let env = Env::with_cloud();
    env.edit_stack("monthly_usd: 400", "monthly_usd: 200");
    assert_snapshot!(unchanged(&env, "up --yes --no-provision"), @"
    exit 12
    ---- stdout
    stack core-dev
      + tag      dostack:core-dev
      + VPC      core-dev                   10.120.0.0/16 in sfo2
      + SSH key  dostack core-dev a170fd0f
      + domain   example.com
    app
      + tag      dostack:core-dev:app
      + volume   core-dev-app-data          100 GiB                          +$10.00
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
    Refused plan: 16 to create. $0.00 -> $266.00 a month (+$266.00).
    ---- stderr
    error: the month would cost $266.00, which is above the budget of $200.00
    help: raise `budget.monthly_usd`, or ask for less
    the plan is refused; nothing was changed
    ");
}

#[test]
fn what_has_our_name_but_is_not_ours_needs_a_person() {
    let env = Env::with_cloud();
    let vpc = json!({ "name": "core-dev", "region": "sfo2", "ip_range": "10.99.0.0/24" });
    env.cloud().post("/v2/vpcs", vpc);
    env.cloud().post("/v2/firewalls", firewall("core-dev-vector"));
    let volume = json!({ "name": "core-dev-app-data", "region": "sfo2", "size_gigabytes": 100 });
    env.cloud().post("/v2/volumes", volume);
    assert_snapshot!(unchanged(&env, "up --yes --no-provision"), @"
    exit 8
    ---- stdout
    stack core-dev
      + tag      dostack:core-dev
      + VPC      core-dev
      + SSH key  dostack core-dev a170fd0f
      + domain   example.com
    app
      + tag      dostack:core-dev:app
      + volume   core-dev-app-data                                           +$10.00
      + firewall core-dev-app               4 in, 3 out
      + droplet  core-dev-app               s-8vcpu-32gb-640gb-intel        +$192.00
      + record   admin.example.com          A -> app
      + record   app.example.com            A -> app
    network
      + firewall core-dev-network           2 in, 3 out
    vector
      + tag      dostack:core-dev:vector
      + volume   core-dev-vector-data       160 GiB                          +$16.00
      + firewall core-dev-vector
      + droplet  core-dev-vector            s-4vcpu-8gb                      +$48.00
      + record   vector.example.com         A -> vector
    Refused plan: 16 to create. $0.00 -> $266.00 a month (+$266.00).
    ---- stderr
    error: stack:vpc: a VPC named `core-dev` exists ([uuid]) and does not carry this stack's mark
    help: adopt it with `vpc: { adopt: … }`, or give this one another name with `vpc: { name: … }`
    error: app:volume: a volume named `core-dev-app-data` exists in sfo2 ([uuid]) and does not carry the mark of `app:volume`
    help: adopt it, or give this one another name with `volume: { name: … }`
    error: vector:firewall: a firewall named `core-dev-vector` exists ([uuid]) and covers none of this stack's tags
    help: rename or delete it, or give this one another name
    the plan is refused; nothing was changed
    ");
}

#[test]
fn a_network_that_overlaps_another_is_refused_before_anything_is_made() {
    let env = Env::with_cloud();
    let vpc = json!({ "name": "old", "region": "nyc3", "ip_range": "10.120.128.0/20" });
    env.cloud().post("/v2/vpcs", vpc);
    assert_snapshot!(unchanged(&env, "up --yes --no-provision"), @"
    exit 3
    ---- stdout
    stack core-dev
      + tag      dostack:core-dev
      + VPC      core-dev
      + SSH key  dostack core-dev a170fd0f
      + domain   example.com
    app
      + tag      dostack:core-dev:app
      + volume   core-dev-app-data          100 GiB                          +$10.00
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
    Refused plan: 16 to create. $0.00 -> $266.00 a month (+$266.00).
    ---- stderr
    error: stack:vpc: the range 10.120.0.0/16 overlaps 10.120.128.0/20 of the VPC `old`
    help: give this stack another `ip_range`
    the plan is refused; nothing was changed
    ");
}

#[test]
fn a_stack_that_another_machine_has_locked_is_left_alone() {
    let env = Env::with_cloud();
    env.cloud().post("/v2/firewalls", firewall("dostack-lock-core-dev"));
    assert_snapshot!(unchanged(&env, "up --yes --no-provision"), @"
    exit 9
    ---- stderr
    error: the stack is locked by somebody unknown (firewall [uuid])
    help: wait until it ends, or `dostack unlock` if that machine is gone
    ");
    assert_snapshot!(env.run("unlock --yes"), @"
    exit 0
    ---- stderr
    the stack is locked by somebody unknown
    unlocked
    ");
    assert_snapshot!(env.run("unlock --yes"), @"
    exit 0
    ---- stderr
    the stack is not locked
    ");
    let _ = env.run("up --yes --no-provision").expect(0);
}

#[test]
fn two_runs_on_one_machine_do_not_meet() {
    let env = Env::with_cloud();
    env.cloud().fault(("POST", "/v2/vpcs"), (1, 1), &json!({ "delay_ms": 60_000 }));
    let first = env.start("up --yes --no-provision");
    env.cloud().wait_for("POST /v2/vpcs", 1);
    assert_snapshot!(env.run("up --yes --no-provision"), @"
    exit 9
    ---- stderr
    error: another run is writing to .dostack/core-dev/journal.jsonl: `up` by process [pid] on [host], since [time]
    help: wait until it ends; `dostack history` shows what it does
    ");
    assert_snapshot!(env.run("preview --target network").expect(0).words(), @"");
    first.kill();
}

#[test]
fn a_journal_that_cannot_be_read_stops_before_anything_is_sent() {
    let env = Env::with_cloud();
    env.write(".dostack/core-dev/journal.jsonl", "this is no journal\nnor is this\n");
    assert_snapshot!(offline(&env, "up --yes --no-provision"), @"
    exit 10
    ---- stderr
    error: .dostack/core-dev/journal.jsonl is damaged at line 1 (byte 0): it does not end as a line does
    help: the account is the state: with the journal moved away, nothing but its history is lost
    ");
    let _ = env.run("preview").expect(0);
}

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

#[test]
#[expect(clippy::too_many_lines, reason = "two whole outputs")]
fn a_quota_that_may_not_be_read_is_told_as_digitalocean_tells_it() {
    let env = Env::with_cloud();
    env.cloud().fault(("GET", "/v2/account$"), (1, 1000), &json!({ "status": 403 }));
    env.cloud().call("PUT", "/_sandbox/settings", Some(&json!({ "droplet_limit": 1 })));
    assert_snapshot!(env.run("up --yes --no-provision --parallelism 1"), @"
    exit 7
    ---- stdout
    stack core-dev
      + tag      dostack:core-dev
      + VPC      core-dev                   10.120.0.0/16 in sfo2
      + SSH key  dostack core-dev a170fd0f
      + domain   example.com
    app
      + tag      dostack:core-dev:app
      + volume   core-dev-app-data          100 GiB                          +$10.00
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
    Plan: 16 to create. $0.00 -> $266.00 a month (+$266.00).
    14 created, 1 failed, 1 skipped.
    failed: vector: cannot create the droplet core-dev-vector: POST /v2/droplets: refused: 422 unprocessable_entity creating this/these droplet(s) will exceed your droplet limit (request id [uuid])
    skipped: vector:record-vector (needs vector)
      core-dev-app             [public]  [private]
    ---- stderr
    + SSH key  dostack core-dev a170fd0f  created in [time]
    + VPC      core-dev  created in [time]
    + domain   example.com  created in [time]
    + droplet  core-dev-app  created in [time]
    + firewall core-dev-app  created in [time]
    + firewall core-dev-network  created in [time]
    + firewall core-dev-vector  created in [time]
    + tag      dostack:core-dev  created in [time]
    + tag      dostack:core-dev:app  created in [time]
    + tag      dostack:core-dev:vector  created in [time]
    + volume   core-dev-app-data  created in [time]
    + volume   core-dev-vector-data  created in [time]
    + droplet  core-dev-vector  failed: cannot create the droplet core-dev-vector: POST /v2/droplets: refused: 422 unprocessable_entity creating this/these droplet(s) will exceed your droplet limit (request id [uuid])
    + record   vector.example.com  skipped because of vector
    + record   admin.example.com  created in [time]
    + record   app.example.com  created in [time]
    error: only a part is done
    help: run the same command again; what is done is not done twice
    ");
    env.cloud().call("PUT", "/_sandbox/settings", Some(&json!({ "droplet_limit": 10 })));
    assert_snapshot!(env.run("up --yes --no-provision"), @"
    exit 0
    ---- stdout
    vector
      + droplet  core-dev-vector     s-4vcpu-8gb                             +$48.00
      + record   vector.example.com  A -> vector
      14 unchanged
    Plan: 2 to create. $218.00 -> $266.00 a month (+$48.00).
    2 created.
      core-dev-app             [public]  [private]
      core-dev-vector          [public]  [private]
    $266.00 a month.
    ---- stderr
    + droplet  core-dev-vector  created in [time]
    + record   vector.example.com  created in [time]
    ");
}

#[test]
fn an_account_over_its_limit_is_found_before_anything_is_sent() {
    let env = Env::with_cloud();
    let stranger = json!({ "name": "stranger", "region": "sfo2", "size": "s-1vcpu-1gb", "image": "ubuntu-22-04-x64" });
    env.cloud().post("/v2/droplets", stranger);
    env.cloud().call("PUT", "/_sandbox/settings", Some(&json!({ "droplet_limit": 2 })));
    env.cloud().forget_calls();
    let ran = env.run("preview").expect(5);
    assert_eq!(env.cloud().calls().changing().count(), 0);
    let said = "error: the account may hold 2 droplets, has 1, and the plan makes 2 more\nhelp: ask DigitalOcean for a higher limit";
    assert!(ran.words().contains(said), "{ran}");
    let before = env.cloud().things();
    let _ = env.run("up --yes --no-provision").expect(5);
    assert_eq!(env.cloud().things(), before);
    // The limit is one of new machines: what fits goes through, and what stands is left alone.
    env.cloud().call("PUT", "/_sandbox/settings", Some(&json!({ "droplet_limit": 3 })));
    let _ = env.run("up --yes --no-provision").expect(0);
    env.cloud().call("PUT", "/_sandbox/settings", Some(&json!({ "droplet_limit": 1 })));
    let _ = env.run("preview --detailed-exitcode").expect(0);
}

#[test]
fn any_bytes_as_a_stack_file_are_answered_without_a_panic() {
    let env = Env::new();
    for bytes in [
        &b""[..],
        b"\0\0\0",
        b"\xff\xfe\x00",
        b"{{{{",
        b"a: &a [*a, *a]",
        b"stack: [",
        b"- - - -",
        b"stack: core\nstack: core",
        b"%YAML 9.9\n---\n",
        b"? ? ?",
        b"\xf0\x9f\x92\xa9: \xf0\x9f\x92\xa9",
    ] {
        std::fs::write(env.path("stacks/dev.yaml"), bytes).unwrap();
        let ran = env.run("validate").expect(3);
        assert!(ran.stderr.contains("error"), "{ran}");
    }
}
