//! Where it listens, and what it reads again.

use std::fs;

use serde_json::json;

use super::{Daemon, STACK};
use crate::support::{env::Env, tool::tool};

#[test]
fn others_reach_it_only_with_a_certificate_and_a_token() {
    let env = Env::new();
    for options in ["--listen 0.0.0.0:0", "--status-listen [::]:0"] {
        let refused = env.run(&format!("--sandbox --stack dev serve {options}")).expect(3);
        let words = refused.words();
        assert!(words.contains("can be reached from elsewhere, and there is no TLS"), "{words}");
        assert!(words.contains("--tls-certificate"), "{words}");
    }
    let named = env.run("--sandbox serve --token-file nothing").expect(3).words();
    assert!(named.contains("cannot read the token file `nothing`"), "{named}");
}

#[test]
fn a_broken_stack_file_is_told_and_the_old_one_stays() {
    let env = Env::with_cloud();
    env.stack(STACK);
    let daemon = Daemon::start(&env, "--every 3600");
    daemon.counts("dostack_stack_file_good 1");
    env.edit_stack("region: sfo2", "regoin: sfo2");
    daemon.process.signal("HUP");
    daemon.counts("dostack_stack_file_good 0");
    env.edit_stack("regoin: sfo2", "region: sfo2");
    daemon.process.signal("HUP");
    daemon.counts("dostack_stack_file_good 1");
    daemon.becomes_ready();
    daemon.stop();
    let audit = env.read(".dostack/core/audit.jsonl");
    for event in ["started", "kept", "reloaded", "stopped"] {
        assert!(audit.contains(&format!("\"event\":\"{event}\"")), "{event} in {audit}");
    }
    assert_eq!(env.cloud().calls().changing().count(), 0);
}

#[test]
fn a_file_that_renames_the_stack_is_refused_and_the_old_one_stays() {
    let env = Env::with_cloud();
    env.stack(STACK);
    let daemon = Daemon::start(&env, "--every 3600");
    env.edit_stack("stack: core", "stack: other");
    daemon.process.signal("HUP");
    daemon.counts("dostack_stack_file_good 0");
    assert!(daemon.says("/").contains("<h1>core</h1>"));
    env.edit_stack("stack: other", "stack: core");
    daemon.process.signal("HUP");
    daemon.counts("dostack_stack_file_good 1");
    daemon.stop();
    let audit = env.read(".dostack/core/audit.jsonl");
    assert!(audit.contains("this daemon looks after `core`"), "{audit}");
}

#[test]
fn a_wrong_token_is_refused_and_writes_down_nothing_but_that() {
    let env = Env::with_cloud();
    env.stack(STACK);
    let daemon = Daemon::start(&env, "--every 3600");
    let alert = json!({ "status": "firing", "labels": { "alertname": "Overloaded" } });
    let delivery = json!({ "version": "4", "status": "firing", "alerts": [alert] });
    let post = daemon.client.post(format!("http://{}/alerts", daemon.alerts)).json(&delivery);
    let post = post.bearer_auth("0123456789abcdef0123456789abcdef").send();
    assert_eq!(daemon.runtime.block_on(post).unwrap().status(), 401);
    daemon.counts("dostack_webhook_posts_total{code=\"401\",reason=\"token\"} 1");
    daemon.stop();
    let audit = env.read(".dostack/core/audit.jsonl");
    assert!(audit.contains("\"event\":\"refused\",\"reasons\":{\"token\":1}"), "{audit}");
    assert!(!audit.contains("\"event\":\"woken\""), "{audit}");
    assert_eq!(env.cloud().calls().changing().count(), 0);
}

#[test]
fn what_only_reads_is_left_where_it_is_to_stop() {
    let env = Env::with_cloud();
    env.stack(STACK);
    let hour = json!({ "delay_ms": 3_600_000 });
    env.cloud().fault(("GET", "/v2/droplets$"), (1, 1000), &hour);
    let daemon = Daemon::start(&env, "--every 3600");
    env.cloud().wait_for("GET /v2/droplets", 1);
    daemon.stop();
    // An answer that does not come is not waited for, nor asked for again.
    assert_eq!(env.cloud().calls().routes["GET /v2/droplets"], 1);
}

#[test]
fn its_metrics_are_as_promtool_wants_them() {
    let env = Env::with_cloud();
    env.stack(STACK);
    let daemon = Daemon::start(&env, "--every 3600");
    daemon.becomes_ready();
    let page = env.path("metrics.txt");
    fs::write(&page, daemon.says("/metrics")).unwrap();
    daemon.stop();
    let Some(mut promtool) = tool("promtool") else { return };
    let checked = promtool.args(["check", "metrics"]).stdin(fs::File::open(page).unwrap()).output();
    let checked = checked.unwrap();
    assert!(checked.status.success() && checked.stderr.is_empty(), "{checked:?}");
}
