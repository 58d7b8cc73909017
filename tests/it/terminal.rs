//! What a person sees and does on a terminal: the question, the live progress, Ctrl-C.

use insta::assert_snapshot;
use serde_json::json;

use crate::support::{env::Env, output::normalised, terminal::Terminal};

/// The end of the text that stands in front of the answer.
const QUESTION: &str = "Do this? Type `yes` to go ahead:";

/// What is sent by the key that stops a program, and by the one that ends the input.
const CTRL_C: &str = "\u{3}";
const CTRL_D: &str = "\u{4}";

/// `up` on a terminal, which has asked.
fn asked(env: &Env) -> Terminal {
    let mut terminal = env.on_terminal("up --no-provision");
    terminal.wait_for(QUESTION);
    terminal
}

/// What came after the question.
fn answered(terminal: &mut Terminal) -> String {
    let text = terminal.text();
    let (_, answered) = text.split_once(QUESTION).expect("the question");
    format!("[question]{answered}")
}

/// What came after the plan's last line.
fn after_the_plan(terminal: &mut Terminal) -> String {
    let text = terminal.text();
    let (_, after) = text.split_once("\nPlan: ").expect("the plan");
    normalised(after, "[project]")
}

/// The end of a run that got as far as a volume.
fn after_the_volume(terminal: &mut Terminal) -> String {
    let text = after_the_plan(terminal);
    let (_, after) =
        text.split_once("core-dev-vector-data  created in [time]\n").expect("a volume");
    after.to_owned()
}

/// That nothing is in the account, not even the lock.
fn assert_untouched(env: &Env) {
    let firewalls = env.cloud().call("GET", "/v2/firewalls", None)["firewalls"].clone();
    assert_eq!(firewalls, json!([]));
    assert_eq!(env.cloud().things(), Vec::<String>::new());
}

#[test]
fn only_a_whole_yes_goes_ahead() {
    let env = Env::with_cloud();
    for answer in ["n\r", "\r", "y\r", CTRL_D] {
        let mut terminal = asked(&env);
        terminal.type_in(answer);
        assert_eq!(terminal.finish(), Some(3), "{answer:?}: {}", terminal.text());
        assert!(terminal.text().contains("not confirmed; nothing was changed"), "{answer:?}");
        assert_untouched(&env);
    }
    let mut terminal = asked(&env);
    terminal.type_in("y\r");
    let _ = terminal.finish();
    assert_snapshot!(answered(&mut terminal), @"
    [question] y
    error: not confirmed; nothing was changed
    help: only `yes`, written out, goes ahead; `--yes` does not ask
    ");
    let mut terminal = asked(&env);
    terminal.type_in("yes\r");
    assert_eq!(terminal.finish(), Some(0), "{}", terminal.text());
    let _ = env.run("preview --no-provision --detailed-exitcode").expect(0);
}

#[test]
fn ctrl_c_at_the_question_ends_it_with_nothing_done() {
    let env = Env::with_cloud();
    let mut terminal = asked(&env);
    terminal.type_in(CTRL_C);
    assert_eq!(terminal.finish(), Some(130), "{}", terminal.text());
    assert_snapshot!(answered(&mut terminal), @"
    [question] ^C
    error: stopped; nothing was changed
    ");
    assert_untouched(&env);
    let _ = env.run("up --yes --no-provision").expect(0);
}

#[test]
fn progress_tells_of_each_thing_what_it_waits_for_and_how_long_that_takes() {
    let env = Env::at_speed(1);
    let mut terminal = env.on_terminal("up --no-provision --yes --target vector");
    terminal.wait_until("a whole screen of it", |screen| {
        let last = screen.lines().last().unwrap_or_default();
        screen.contains("waits to be active") && last.contains("under way") && last.ends_with(" s")
    });
    assert_snapshot!(after_the_plan(&mut terminal), @"
    10 to create. $0.00 -> $64.00 a month (+$64.00).
    + SSH key  dostack core-dev a170fd0f  created in [time]
    + VPC      core-dev  created in [time]
    + domain   example.com  created in [time]
    + firewall core-dev-network  created in [time]
    + firewall core-dev-vector  created in [time]
    + tag      dostack:core-dev  created in [time]
    + tag      dostack:core-dev:vector  created in [time]
    + volume   core-dev-vector-data  created in [time]
    ⠿ droplet  core-dev-vector  waits to be active             [time] of about 35 s
    8 of 10 done, 1 under way  [time]
    ");
    terminal.type_in(CTRL_C);
    assert_eq!(terminal.finish(), Some(130), "{}", terminal.text());
    assert_snapshot!(after_the_volume(&mut terminal), @"
    + droplet  core-dev-vector  left alone
    8 created, 2 left alone in [time].
    still running at DigitalOcean: droplet [number] (core-dev-vector) is being
        created
    error: stopped
    help: run the same command again; what is done is not done twice
    ");
    assert!(terminal.shows_cursor());
    assert_eq!(terminal.broken(), Vec::<String>::new());
}

#[test]
fn a_run_that_was_watched_ends_with_addresses_price_and_time() {
    let env = Env::with_cloud();
    let mut terminal = env.on_terminal("up --no-provision --yes");
    assert_eq!(terminal.finish(), Some(0), "{}", terminal.text());
    let shown = after_the_plan(&mut terminal);
    let (things, end) = shown.split_once("16 created").expect("a summary");
    assert_eq!(things.matches("  created in [time]\n").count(), 16, "{shown}");
    assert_snapshot!(end, @"
     in [time].
      core-dev-app             [public]  [private]
      core-dev-vector          [public]  [private]
    $266.00 a month.
    ");
    assert!(terminal.shows_cursor());
    assert_eq!(terminal.broken(), Vec::<String>::new());
}

/// What a command shows on a terminal of 80 columns, all of it within them.
fn shown(env: &Env, words: &str) -> String {
    let mut terminal = env.on_terminal(words);
    let _ = terminal.finish();
    assert_eq!(terminal.broken(), Vec::<String>::new());
    normalised(&terminal.text(), "[project]")
}

#[test]
fn a_preview_fits_eighty_columns() {
    let env = Env::with_cloud();
    assert_eq!(
        shown(&env, "preview --no-provision"),
        env.run("preview --no-provision").expect(0).data()
    );
    let _ = env.run("up --yes --no-provision").expect(0);
    env.edit_stack("size_gb: 160", "size_gb: 200");
    env.edit_stack("droplet: { size: s-4vcpu-8gb,", "droplet: { size: s-8vcpu-16gb,");
    env.edit_stack("ladder: [s-4vcpu-8gb, s-8vcpu-16gb]", "ladder: [s-8vcpu-16gb]");
    env.edit_stack("enabled: auto", "enabled: true");
    env.edit_stack("records: [app, admin]", "records: [app]");
    let many = "[\"203.0.113.0/24\", \"198.51.100.0/24\", \"192.0.2.7\", \"192.0.2.9\"]";
    env.edit_stack("allow_from: [anywhere]", &format!("allow_from: {many}"));
    assert_snapshot!(shown(&env, "preview --no-provision"), @"
    app
      - record   admin.example.com
          no longer in the stack file
      ~ firewall core-dev-app
          inbound tcp 22: anywhere -> 192.0.2.7/32, 192.0.2.9/32, 198.51.100.0/24,
              203.0.113.0/24
    cache
      + tag      dostack:core-dev:cache
      + firewall core-dev-cache        2 in, 3 out
      + droplet  core-dev-cache        s-1vcpu-1gb                            +$6.00
    vector
      ~ volume   core-dev-vector-data                                         +$4.00
          size: 160 GiB -> 200 GiB
          cannot be undone
      ~ firewall core-dev-vector
          inbound tcp 22: anywhere -> 192.0.2.7/32, 192.0.2.9/32, 198.51.100.0/24,
              203.0.113.0/24
      ^ droplet  core-dev-vector                                             +$48.00
          size: s-4vcpu-8gb -> s-8vcpu-16gb (power off)
          off for about 2 min
      11 unchanged
    snapshots: up to $240.00 a month more, for up to 20 of `vector` (200 GiB)
    note: nobody takes snapshots by night: `dostack up --schedule` says who does
    Plan: 3 to create, 3 to update, 1 to resize, 1 to delete. $266.00 -> $324.00 a
        month (+$58.00).
    ");
}

#[test]
fn a_preview_of_two_hundred_machines_shows_the_three_that_change() {
    let env = Env::at_speed(1000);
    let workers = "\n  workers:\n    kind: Droplet\n    count: 200\n    droplet: { size: s-1vcpu-1gb, image: ubuntu-22-04-x64 }\n";
    env.write("stacks/dev.yaml", &(env.read("stacks/dev.yaml") + workers));
    env.edit_stack("budget: { monthly_usd: 400 }", "budget: { monthly_usd: 4000 }");
    let preview = shown(&env, "preview --no-provision");
    let (_, of_workers) = preview.split_once("\nworkers\n").expect("the workers");
    assert_snapshot!(of_workers, @"
      + tag      dostack:core-dev:workers:tag
      + firewall core-dev-workers           1 in, 3 out
      + droplet  core-dev-workers-1 … 200 (200)  s-1vcpu-1gb               +$1200.00
    snapshots: up to $192.00 a month more, for up to 20 of `vector` (160 GiB)
    note: nobody takes snapshots by night: `dostack up --schedule` says who does
    Plan: 218 to create. $0.00 -> $1466.00 a month (+$1466.00).
    ");
    let _ = env.run("up --yes --no-provision --parallelism 100").expect(0);
    let act = |name: &str, body: serde_json::Value| {
        let path = format!("/v2/droplets/{}/actions", id_of(&env, name));
        env.cloud().post(&path, body);
    };
    act("core-dev-workers-42", json!({ "type": "rename", "name": "somebody-elses" }));
    act("core-dev-workers-100", json!({ "type": "power_off" }));
    let gone = id_of(&env, "core-dev-workers-7");
    env.cloud().call("DELETE", &format!("/v2/droplets/{gone}"), None);
    assert_snapshot!(shown(&env, "preview --no-provision"), @"
    workers
      + droplet  core-dev-workers-7   s-1vcpu-1gb                             +$6.00
      ~ droplet  core-dev-workers-42
          name: somebody-elses -> core-dev-workers-42
      216 unchanged
    snapshots: up to $192.00 a month more, for up to 20 of `vector` (160 GiB)
    note: workers-100: the machine is off, and billed all the same
    note: nobody takes snapshots by night: `dostack up --schedule` says who does
    Plan: 1 to create, 1 to update. $1460.00 -> $1466.00 a month (+$6.00).
    ");
}

/// The id of a droplet by its name.
fn id_of(env: &Env, name: &str) -> u64 {
    let found = env.cloud().call("GET", &format!("/v2/droplets?name={name}"), None);
    found["droplets"][0]["id"].as_u64().expect(name)
}
