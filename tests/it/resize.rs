//! `dostack resize` and `dostack guard`: another size by hand, and nothing left off.

use std::{
    fs,
    io::{Read as _, Write as _},
    net::TcpListener,
    thread,
};

use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::support::{
    env::{Env, SPEED},
    until::until,
};

/// One machine that may stand on three rungs.
const STACK: &str = "
stack: core-dev
region: sfo2
vpc: { ip_range: 10.120.0.0/16 }
ssh: { public_keys: [~/.ssh/id_ed25519.pub], allow_from: [anywhere] }
components:
  one:
    kind: Droplet
    droplet: { size: s-1vcpu-1gb, image: ubuntu-22-04-x64 }
    resize: { ladder: [s-1vcpu-1gb, s-2vcpu-4gb, s-4vcpu-8gb] }
  workers:
    kind: Droplet
    count: 2
    droplet: { size: s-1vcpu-1gb, image: ubuntu-22-04-x64 }
";

const ACTIONS: &str = "/v2/droplets/{droplet_id}/actions";

/// A stack that stands.
fn standing() -> Env {
    let env = Env::with_cloud();
    env.stack(STACK);
    let _ = env.run("up --yes --no-provision").expect(0);
    env
}

/// The droplet of `one`.
fn droplet(env: &Env) -> Value {
    let world: Value = env.cloud().call("GET", "/_sandbox/world", None);
    let droplets = world["droplets"].as_object().unwrap();
    droplets.values().find(|droplet| droplet["name"] == "core-dev-one").unwrap().clone()
}

fn assert_on_with(env: &Env, size: &str) {
    let droplet = droplet(env);
    assert_eq!((&droplet["power"], &droplet["size"]), (&json!("active"), &json!(size)));
    assert!(!env.cloud().things().join(" ").contains("must-be-on"), "{droplet}");
}

/// How many droplet actions of a kind were asked for.
fn asked(env: &Env) -> usize {
    let calls = env.cloud().calls();
    calls.changing().filter(|call| call.path.ends_with("/actions")).count()
}

#[test]
fn a_machine_gets_the_size_that_is_asked_for_and_keeps_it() {
    let env = standing();
    let ran = env.run("resize one --to s-2vcpu-4gb --yes --no-health-check").expect(0);
    assert_snapshot!(ran);
    assert_on_with(&env, "s-2vcpu-4gb");
    let _ = env.run("preview --no-provision --detailed-exitcode").expect(0);
    let again = env.run("resize core-dev-one --to s-2vcpu-4gb --yes --no-health-check").expect(0);
    assert!(again.stdout.contains("Nothing to do"), "{again}");
    let history = env.run("history").expect(0);
    assert!(history.stdout.contains("resize one --to s-2vcpu-4gb"), "{history}");
}

#[test]
fn off_the_ladder_it_says_that_the_next_up_would_undo_it() {
    let env = standing();
    let ran = env.run("resize one --to s-2vcpu-2gb --yes --no-health-check").expect(0);
    assert_on_with(&env, "s-2vcpu-2gb");
    assert!(ran.stdout.contains("the next `dostack up` would undo it"), "{ran}");
    let pending = env.run("preview --no-provision --detailed-exitcode").expect(2);
    assert!(pending.stdout.contains("s-2vcpu-2gb -> s-1vcpu-1gb"), "{pending}");
}

#[test]
fn what_can_be_known_to_fail_is_refused_while_the_machine_is_on() {
    let env = standing();
    let told: Vec<String> = [
        "resize oen --to s-2vcpu-4gb --yes",
        "resize workers --to s-2vcpu-4gb --yes",
        "resize one --to s-2vcpu-5gb --yes",
        "resize one --to s-2vcpu-4gb",
    ]
    .iter()
    .map(|words| {
        let ran = env.run(&format!("{words} --no-health-check")).expect(3);
        format!("$ dostack {words}\n{ran}")
    })
    .collect();
    assert_snapshot!(told.join("\n"));
    assert_eq!(asked(&env), 0);
    assert_on_with(&env, "s-1vcpu-1gb");
}

#[test]
fn a_machine_that_is_busy_or_off_or_too_dear_is_left_as_it_is() {
    let env = standing();
    let resize = "resize one --to s-2vcpu-4gb --yes --no-health-check";
    env.edit_stack("s-4vcpu-8gb] }", "s-4vcpu-8gb], max_monthly_usd: 20, max_outage: 60s }");
    let dear = env.run(resize).expect(12);
    let id = droplet(&env)["id"].to_string();
    let path = format!("/v2/droplets/{id}/actions");
    env.cloud().call("POST", &path, Some(&json!({ "type": "shutdown" })));
    until("the machine is off", || droplet(&env)["power"] == "off");
    let off = env.run(resize).expect(12);
    env.cloud().call("POST", &path, Some(&json!({ "type": "power_on" })));
    until("the machine is on", || droplet(&env)["power"] != "off");
    env.edit_stack("max_monthly_usd: 20, max_outage: 60s", "max_per_day: 3");
    env.cloud().fault(("POST", ACTIONS), (1, 1), &json!({ "action": "stuck" }));
    env.cloud().call("POST", &path, Some(&json!({ "type": "snapshot", "name": "own" })));
    let busy = env.run(resize).expect(12);
    env.cloud().heal();
    let told = [dear, off, busy].map(|ran| ran.words());
    assert_snapshot!(told.join("\n"));
    assert_eq!(asked(&env), 3);
}

#[test]
fn a_token_that_may_not_switch_machines_is_found_out_while_the_machine_is_on() {
    let env = standing();
    env.cloud().fault(("POST", ACTIONS), (1, 9), &json!({ "status": 403 }));
    let ran = env.run("resize one --to s-2vcpu-4gb --yes --no-health-check").expect(4);
    assert!(ran.words().contains("`droplet:update`"), "{ran}");
    assert_eq!(asked(&env), 1);
    assert_on_with(&env, "s-1vcpu-1gb");
}

#[test]
fn nobody_switches_off_the_machine_he_stands_on() {
    let mut env = standing();
    let id = droplet(&env)["id"].to_string();
    env.set("DOSTACK_METADATA_URL", &page(id));
    let ran = env.run("resize one --to s-2vcpu-4gb --yes --no-health-check").expect(12);
    assert!(ran.words().contains("run it on another machine"), "{ran}");
    assert_on_with(&env, "s-1vcpu-1gb");
}

/// A server that answers once, to whatever it is asked.
fn page(text: String) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let _ = stream.read(&mut [0; 4096]).unwrap();
        let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", text.len());
        stream.write_all((head + &text).as_bytes()).unwrap();
    });
    format!("http://{address}")
}

#[test]
fn a_resize_that_fails_ends_on_at_the_old_size() {
    let env = standing();
    // The first one is the trial of the token, the second the shutdown.
    env.cloud().fault(("POST", ACTIONS), (3, 2), &json!({ "action": "errored" }));
    let ran = env.run("resize one --to s-2vcpu-4gb --yes --no-health-check").expect(7);
    assert!(ran.data().contains("is on again with s-1vcpu-1gb"), "{ran}");
    assert_on_with(&env, "s-1vcpu-1gb");
}

/// A resize that was killed while its machine was off.
fn killed_while_off() -> Env {
    let env = standing();
    let resize = env.start("resize one --to s-2vcpu-4gb --yes --no-health-check");
    until("the machine is off", || droplet(&env)["power"] == "off");
    resize.kill_at_work();
    env
}

/// Another computer with the token and nothing else.
fn elsewhere(env: &Env) -> Env {
    let mut other = Env::new();
    fs::remove_dir_all(other.path("stacks")).unwrap();
    other.use_account(env.cloud().address(), SPEED);
    other
}

#[test]
fn a_guard_without_a_stack_file_switches_on_what_was_left_off_and_a_second_has_nothing_to_do() {
    let env = killed_while_off();
    let other = elsewhere(&env);
    let early = other.run("guard").expect(0);
    assert!(early.stdout.contains("left to whoever is at work on it"), "{early}");
    let paid = other.run("guard --now").expect(0);
    assert_snapshot!(paid);
    let size = droplet(&env)["size"].as_str().unwrap().to_owned();
    assert_on_with(&env, &size);
    let again = other.run("guard --now").expect(0);
    assert_eq!(again.stdout, "nothing owes being on\n");
    let _ = env.run("preview --no-provision --detailed-exitcode").expect(0);
    // The run that was killed left its lock, which is its own computer's to take over.
    let _ = env.run("resize one --to s-4vcpu-8gb --yes --no-health-check").expect(0);
    assert_on_with(&env, "s-4vcpu-8gb");
}

#[test]
fn the_next_resize_or_up_finishes_what_was_killed() {
    for command in
        ["resize one --to s-2vcpu-4gb --yes --no-health-check", "up --yes --no-provision"]
    {
        let env = killed_while_off();
        let _ = env.run(command).expect(0);
        assert_on_with(&env, "s-2vcpu-4gb");
        let _ = env.run("preview --no-provision --detailed-exitcode").expect(0);
    }
}

#[test]
fn a_look_by_its_rule_pays_what_the_machine_owes() {
    let env = killed_while_off();
    let look = "resize one --yes --no-health-check";
    let paid = env.run(look).expect(0);
    assert!(paid.stdout.contains("one: on again"), "{paid}");
    let size = droplet(&env)["size"].as_str().unwrap().to_owned();
    assert_on_with(&env, &size);
    let _ = env.run(look).expect(0);
    let told: Value = serde_json::from_str(&env.run(&format!("{look} --json")).stdout).unwrap();
    assert_eq!(told["resize"]["done"]["done"], "nothing");
}

#[test]
fn a_guard_needs_no_disk_to_write_on() {
    let env = killed_while_off();
    let other = elsewhere(&env);
    other.write(".dostack", "a file in the folder's place");
    let paid = other.run("guard --now --json").expect(0);
    let text = paid.stdout.lines().last().unwrap();
    let told: Value = serde_json::from_str(text).unwrap();
    assert_eq!(told["guard"]["paid"][0]["debtor"]["address"], "one", "{paid}");
    assert_eq!(droplet(&env)["power"], "active");
}
