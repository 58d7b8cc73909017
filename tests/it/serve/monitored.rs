//! From a metric that crosses its bound to a machine that has grown, with a real Prometheus and a
//! real Alertmanager in between.

use super::{Daemon, STACK};
use crate::support::{
    env::Env,
    monitoring::{Exporter, Monitoring, Receiver, free_address},
    until::until,
};

/// What is said of the one droplet there is.
fn droplet(env: &Env) -> serde_json::Value {
    env.cloud().call("GET", "/v2/droplets", None)["droplets"][0].clone()
}

fn is_grown(env: &Env) -> bool {
    let droplet = droplet(env);
    let tags = droplet["tags"].to_string();
    let is_paid = !tags.contains("dostack-must-be-on");
    droplet["size_slug"] == "s-1vcpu-2gb" && droplet["status"] == "active" && is_paid
}

/// A stack that stands, its daemon, and what watches it.
struct Watched {
    env: Env,
    daemon: Daemon,
    exporter: Exporter,
    _monitoring: Monitoring,
}

impl Watched {
    /// Nothing where Prometheus or Alertmanager is not installed; the daemon looks by itself every
    /// so many seconds.
    fn start(speed: u32, every: u32) -> Option<Self> {
        let env = Env::at_speed(speed);
        let prometheus = free_address();
        env.stack(&STACK.replace("PROMETHEUS", &prometheus));
        let _ = env.run("up --yes --no-provision").expect(0);
        let (daemon, exporter) =
            (Daemon::start(&env, &format!("--every {every}")), Exporter::start());
        let token = Daemon::token_file(&env);
        let receiver = Receiver { address: &daemon.alerts, token: &token };
        let monitoring = Monitoring::start(&prometheus, &exporter, &receiver)?;
        Some(Self { env, daemon, exporter, _monitoring: monitoring })
    }
}

#[test]
fn an_alert_makes_a_machine_grow_and_nothing_is_left_to_do() {
    // By itself it would look again in an hour.
    let Some(watched) = Watched::start(50, 3600) else { return };
    let Watched { env, daemon, exporter, .. } = &watched;
    assert_eq!(droplet(env)["size_slug"], "s-1vcpu-1gb");
    exporter.tell(9);
    until("the machine has grown", || is_grown(env));
    daemon.counts("dostack_debts_open{component=\"one\"} 0");
    let page = daemon.says("/");
    assert!(page.contains("s-1vcpu-1gb to s-1vcpu-2gb"), "{page}");
    let Watched { env, daemon, .. } = watched;
    daemon.stop();
    let audit = env.read(".dostack/core/audit.jsonl");
    assert!(audit.contains("\"event\":\"woken\",\"target\":\"size of one\""), "{audit}");
    assert!(audit.contains("\"verdict\":\"acted\""), "{audit}");
    let _ = env.run("preview --no-provision --detailed-exitcode").expect(0);
}

#[test]
fn a_daemon_killed_while_the_machine_is_off_leaves_it_on_after_its_restart() {
    let Some(watched) = Watched::start(20, 1) else { return };
    let Watched { env, daemon, exporter, _monitoring } = watched;
    exporter.tell(9);
    until("the machine is off", || droplet(&env)["status"] == "off");
    daemon.process.kill_at_work();
    let left = droplet(&env);
    assert_eq!(left["status"], "off");
    assert!(left["tags"].to_string().contains("dostack-must-be-on:"), "{left}");
    let daemon = Daemon::start(&env, "--every 1");
    until("the machine has grown", || is_grown(&env));
    daemon.stop();
    let _ = env.run("preview --no-provision --detailed-exitcode").expect(0);
}
