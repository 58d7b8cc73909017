//! `dostack resize` by the rule of the stack file: what is read, what is decided, what is done.

use std::{
    fmt::Write as _,
    io::{BufRead as _, BufReader, Write as _},
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
};

use serde_json::Value;

use crate::{
    serve::Daemon,
    support::{env::Env, until::until},
};

/// What each metric of the machine has been for ever.
type Levels = Arc<Mutex<Vec<(&'static str, f64)>>>;

/// A server that answers as Prometheus does; it says no time, so nobody's clock is wrong.
fn metrics(levels: &Levels) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let levels = Arc::clone(levels);
    thread::spawn(move || {
        for stream in listener.incoming() {
            answer(stream.unwrap(), &levels.lock().unwrap());
        }
    });
    address
}

fn answer(mut stream: TcpStream, levels: &[(&str, f64)]) {
    let lines = BufReader::new(stream.try_clone().unwrap()).lines().map_while(Result::ok);
    let request: Vec<String> = lines.take_while(|line| !line.is_empty()).collect();
    let first = request.first().cloned().unwrap_or_default();
    let (_, time) = first.split_once("time=").unwrap();
    let now: i64 = time.split(['.', '&', ' ']).next().unwrap().parse().unwrap();
    let mut series = String::new();
    for (_, level) in levels.iter().filter(|(name, _)| first.contains(name)).take(1) {
        let points: Vec<String> =
            (0..=1440).rev().map(|back| format!("[{},\"{level}\"]", now - back * 60)).collect();
        let _ = write!(
            series,
            r#"{{"metric":{{"instance":"core-dev-one:9100"}},"values":[{}]}}"#,
            points.join(",")
        );
    }
    let body =
        format!(r#"{{"status":"success","data":{{"resultType":"matrix","result":[{series}]}}}}"#);
    let head = format!("HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: {}", body.len());
    let _ = write!(stream, "{head}\r\n\r\n{body}");
}

/// A stack whose one machine has a rule, and stands.
fn standing(levels: &Levels, more: &str) -> Env {
    let env = Env::with_cloud();
    env.stack(&format!(
        "
stack: core-dev
region: sfo2
vpc: {{ ip_range: 10.120.0.0/16 }}
ssh: {{ public_keys: [~/.ssh/id_ed25519.pub], allow_from: [anywhere] }}
metrics: {{ prometheus: \"{}\" }}
components:
  one:
    kind: Droplet
    droplet: {{ size: s-1vcpu-1gb, image: ubuntu-22-04-x64 }}
    resize:
      ladder: [s-1vcpu-1gb, s-2vcpu-4gb, s-4vcpu-8gb]
      when: {{ metric: node_load1, above: 8, for: 10m }}
      down: {{ metric: node_load1, below: 1, for: 12h }}
{more}",
        metrics(levels)
    ));
    let _ = env.run("up --yes --no-provision").expect(0);
    env
}

fn size(env: &Env) -> String {
    let world: Value = env.cloud().call("GET", "/_sandbox/world", None);
    let droplets = world["droplets"].as_object().unwrap();
    droplets.values().next().unwrap()["size"].as_str().unwrap().to_owned()
}

#[test]
fn a_machine_grows_by_its_rule_and_the_next_preview_has_nothing_to_do() {
    let levels = Levels::new(Mutex::new(vec![("node_load1", 9.5)]));
    let env = standing(&levels, "");
    let grows =
        "one grows from s-1vcpu-1gb to s-2vcpu-4gb: node_load1 was above 8 for 10m and is 9.5\n";
    let explained = env.run("resize one --explain").expect(0);
    assert!(explained.stdout.starts_with(grows), "{explained}");
    assert!(explained.stdout.contains("resized never"), "{explained}");
    assert_eq!(size(&env), "s-1vcpu-1gb", "explaining changes nothing");
    let told = env.run("--json resize one --explain").expect(0);
    let told: Value = serde_json::from_str(&told.stdout).unwrap();
    assert!(told.to_string().contains(r#""decision":"grow""#), "{told}");
    let ran = env.run("resize one --yes --no-health-check").expect(0);
    assert!(ran.stdout.contains("from s-1vcpu-1gb to s-2vcpu-4gb"), "{ran}");
    assert_eq!(size(&env), "s-2vcpu-4gb");
    let _ = env.run("preview --no-provision --detailed-exitcode").expect(0);
    // It has just been resized, and rests for an hour.
    let rests = env.run("resize one --yes --no-health-check").expect(0);
    assert!(rests.stdout.contains("one: stays: it rests until"), "{rests}");
    assert_eq!(size(&env), "s-2vcpu-4gb");
}

#[test]
fn a_machine_stays_where_nobody_knows_or_it_may_not_cost_more() {
    let levels = Levels::default();
    let env = standing(&levels, "      max_monthly_usd: 20\n");
    let blind = env.run("resize one --yes --no-health-check").expect(0);
    let nobody = "one: stays: nobody knows node_load1: there is no such series";
    assert!(blind.stdout.contains(nobody), "{blind}");
    levels.lock().unwrap().push(("node_load1", 9.0));
    let dear = env.run("resize one --explain").expect(0);
    let limit = "one stays: s-2vcpu-4gb costs more than the $20.00 a month it may";
    assert!(dear.stdout.starts_with(limit), "{dear}");
    let plain = env.run("resize two --explain").expect(3);
    assert!(plain.stderr.contains("no machine `two`"), "{plain}");
    assert_eq!(size(&env), "s-1vcpu-1gb");
}

#[test]
fn what_a_schedule_obeys_is_left_alone_by_the_daemon() {
    let levels = Levels::new(Mutex::new(vec![("node_load1", 9.5)]));
    let env = standing(&levels, "      by: schedule\n");
    let daemon = Daemon::start(&env, "--every 1");
    let audit = || env.read(".dostack/core-dev/audit.jsonl");
    until("it has been looked at", || audit().contains("it has no rule for `serve`"));
    daemon.stop();
    assert_eq!(size(&env), "s-1vcpu-1gb");
    // A scheduler is told by the exit code that a rule was not looked at.
    levels.lock().unwrap().clear();
    let blind = env.run("resize --yes --no-health-check").expect(11);
    assert!(blind.stderr.contains("the rule of one could not be looked at"), "{blind}");
    levels.lock().unwrap().push(("node_load1", 9.5));
    // Whoever is the schedule need not know which machines there are.
    let explained = env.run("resize --explain").expect(0);
    assert!(explained.stdout.starts_with("one grows from s-1vcpu-1gb"), "{explained}");
    let told = env.run("--json resize --explain").expect(0).stdout;
    assert_eq!(told.lines().count(), 1, "{told}");
    let ran = env.run("resize --yes --no-health-check").expect(0);
    assert!(ran.stdout.contains("one: from s-1vcpu-1gb to s-2vcpu-4gb"), "{ran}");
    assert_eq!(size(&env), "s-2vcpu-4gb");
    let _ = env.run("preview --no-provision --detailed-exitcode").expect(0);
    let _ = env.run("resize --to s-1vcpu-1gb --yes").expect(3);
    env.edit_stack("by: schedule", "by: serve");
    env.cloud().forget_calls();
    let nobody = env.run("resize --yes").expect(0);
    assert!(nobody.stderr.contains("no `resize` of the file says `by: schedule`"), "{nobody}");
    assert_eq!(env.cloud().calls().changing().count(), 0);
}

#[test]
fn what_a_budget_refuses_again_and_again_touches_neither_account_nor_journal() {
    let levels = Levels::new(Mutex::new(vec![("node_load1", 9.5)]));
    let env = standing(&levels, "budget: { monthly_usd: 20 }\n");
    let history = env.run("history").expect(0).stdout;
    env.cloud().forget_calls();
    for _ in 0..2 {
        let refused = env.run("resize one --yes --no-health-check").expect(12);
        assert!(refused.words().contains("above the budget of $20.00"), "{refused}");
    }
    assert_eq!(env.cloud().calls().changing().count(), 0);
    assert_eq!(env.run("history").expect(0).stdout, history);
}

#[test]
fn a_machine_shrinks_only_when_its_memory_is_known_to_fit() {
    let levels = Levels::new(Mutex::new(vec![("node_load1", 0.5)]));
    let env = standing(&levels, "      cooldown: { down: 1s }\n");
    let _ = env.run("resize one --to s-2vcpu-4gb --yes --no-health-check").expect(0);
    // It rests for a moment.
    let explained = || env.run("resize one --explain").expect(0);
    until("it has rested", || !explained().stdout.contains("it rests"));
    let unproven = explained();
    let nothing = "one stays: nothing proves that its load fits a smaller size";
    assert!(unproven.stdout.starts_with(nothing), "{unproven}");
    levels.lock().unwrap().push(("node_memory_MemTotal_bytes", 5e8));
    let fits = env.run("resize one --explain").expect(0);
    let shrinks = "one shrinks from s-2vcpu-4gb to s-1vcpu-1gb: node_load1 was below 1 for 12h";
    assert!(fits.stdout.starts_with(shrinks), "{fits}");
    // Whose nights are to be copied shrinks with a snapshot only.
    env.edit_stack(
        "    resize:",
        "    volume: { size_gb: 10 }\n    snapshots: { at: \"03:00\", keep: { last: 3 }, catch_up: 24h }\n    resize:",
    );
    let _ = env.run("up --yes --no-provision").expect(0);
    let bare = env.run("resize one --explain").expect(0);
    assert!(bare.stdout.starts_with("one stays: its volume has no good snapshot yet"), "{bare}");
    let _ = env.run("snapshot run").expect(0);
    let copied = env.run("resize one --explain").expect(0);
    assert!(copied.stdout.starts_with(shrinks) && copied.stdout.contains("  copied  "), "{copied}");
}
