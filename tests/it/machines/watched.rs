//! A machine that watches its stack, with real parts on real machines.

use serde_json::Value;

use crate::{
    machines::lab::lab,
    support::{
        env::Env,
        machine::{Api, Hall, there_are_machines},
        until::until,
    },
};

/// An application that watches, and a machine beside it.
fn watching(beside: &str) -> String {
    let app = r#"stack: lab
region: sfo2
vpc: { ip_range: 10.88.0.0/16 }
ssh: { public_keys: [~/.ssh/own.pub], private_key: ~/.ssh/own, allow_from: [anywhere] }
secrets: [ORG_POSTGRES_PW, ORG_DO_TOKEN]
components:
  app:
    kind: AppStack
    droplet: { size: s-2vcpu-4gb, image: ubuntu-22-04-x64 }
    volume: { size_gb: 5 }
    postgres: { password: "${secret:ORG_POSTGRES_PW}" }
    monitoring: { enabled: true, token: "${secret:ORG_DO_TOKEN}" }
"#;
    format!("{app}{beside}")
}

const CACHE: &str = "  cache:
    kind: MicroCache
    enabled: true
    droplet: { size: s-1vcpu-1gb, image: ubuntu-22-04-x64 }
";

/// One that is to grow as soon as somebody looks.
const WORKER: &str = "  worker:
    kind: Droplet
    droplet: { size: s-1vcpu-1gb, image: ubuntu-22-04-x64 }
    resize:
      ladder: [s-1vcpu-1gb, s-1vcpu-2gb]
      on_alerts: [Full]
      when: { metric: node_memory_MemTotal_bytes, above: 1, for: 30s }
";

/// The same for the machine that watches, which cannot switch itself off.
const OWN: &str = "    resize:
      by: schedule
      ladder: [s-2vcpu-4gb, s-4vcpu-8gb]
      when: { metric: node_memory_MemTotal_bytes, above: 1, for: 30s }
    monitoring:";

/// What the machine's own services answer there.
fn asked(hall: &Hall, at: &str) -> String {
    hall.run("lab-app", &format!("curl -sS --max-time 10 http://127.0.0.1:{at}"))
}

/// What is read, as `job health`.
fn targets(hall: &Hall) -> Vec<String> {
    let said = asked(hall, "9090/api/v1/targets");
    let said: Value = serde_json::from_str(&said).unwrap();
    let all = said["data"]["activeTargets"].as_array().unwrap().iter();
    let word = |value: &Value| value.as_str().unwrap().to_owned();
    let mut all: Vec<String> =
        all.map(|it| format!("{} {}", word(&it["labels"]["job"]), word(&it["health"]))).collect();
    all.sort();
    all
}

/// The containers of a machine, which are others once a service was begun anew.
fn containers(hall: &Hall) -> Vec<String> {
    let said = hall.run("lab-app", "docker ps --format '{{.Names}} {{.ID}}' | sort");
    said.lines().map(str::to_owned).collect()
}

#[test]
fn a_machine_watches_its_stack_with_the_program_that_made_it() {
    if !there_are_machines() {
        return;
    }
    let (mut env, hall) = lab(&watching(CACHE), &["lab-app", "lab-cache"]);
    env.set("ORG_DO_TOKEN", "dop_v1_canary");
    let _ = env.run("up --yes").expect(0);

    // Every target is read, the other machine's figures and the daemon's among them.
    let wanted = ["alertmanager up", "dostack up", "node up", "node up", "prometheus up"];
    until("every target is read", || targets(&hall) == wanted);
    assert!(asked(&hall, "9098/metrics").contains("dostack_stack_file_good 1"));

    let probed = env.run("probe app").expect(0);
    for probe in ["prometheus", "alertmanager", "serve"] {
        assert!(probed.stdout.contains(probe), "{probed}");
    }

    // Alertmanager has the token that the daemon wants; others have not, nor any way in.
    let post = "curl -sS -o /dev/null -w '%{http_code}' -H 'Content-Type: application/json' \
        -d '{\"version\":\"4\",\"status\":\"firing\",\"alerts\":[]}' http://127.0.0.1:9099/alerts";
    let token = "$(docker exec app-alertmanager-1 cat /etc/dostack/alerts.token)";
    let shown = format!("{post} -H \"Authorization: Bearer {token}\"");
    assert_eq!(hall.run("lab-app", &shown), "200");
    assert_eq!(hall.run("lab-app", post), "401");
    let address = hall.with("lab-app", |machine| machine.private().to_owned());
    let figures = hall.run("lab-cache", &format!("curl -fsS --max-time 5 {address}:9100/metrics"));
    assert!(figures.contains("node_load1"), "{figures}");
    for port in [9090, 9093, 9098, 9099] {
        let knock = format!("curl -s --max-time 5 http://{address}:{port}/ || echo closed");
        assert_eq!(hall.run("lab-cache", &knock), "closed\n", "{port}");
    }

    // DigitalOcean's token is in one file, for root.
    let shown = hall.run("lab-app", "docker inspect $(docker ps -q)");
    assert!(!shown.contains("canary"), "{shown}");
    let files = hall.run("lab-app", "grep -rl canary /opt/dostack");
    assert_eq!(files, "/opt/dostack/app/serve/digitalocean.token\n");
    let mode = hall.run("lab-app", "stat -c '%a %U' /opt/dostack/app/serve/digitalocean.token");
    assert_eq!(mode, "600 root\n");

    // Nothing to do is nothing done; another stack file is the daemon's business alone.
    let before = containers(&hall);
    let _ = env.run("up --yes").expect(0);
    assert_eq!(containers(&hall), before);
    env.edit_stack("components:", "budget: { monthly_usd: 900 }\ncomponents:");
    let _ = env.run("up --yes").expect(0);
    let after = containers(&hall);
    let changed: Vec<&str> = after
        .iter()
        .filter(|line| !before.contains(line))
        .filter_map(|line| line.split(' ').next())
        .collect();
    assert_eq!(changed, ["app-dostack-serve-1"]);
}

/// Whether a droplet of the account has this size, is on, and owes nothing.
fn is_at(env: &Env, name: &str, size: &str) -> bool {
    let all = env.cloud().call("GET", "/v2/droplets", None);
    let mut all = all["droplets"].as_array().unwrap().iter();
    let droplet = all.find(|droplet| droplet["name"] == name).unwrap();
    let owes = droplet["tags"].to_string().contains("dostack-must-be-on");
    droplet["size_slug"] == size && droplet["status"] == "active" && !owes
}

#[test]
fn what_a_machine_sees_of_another_makes_that_one_grow() {
    if !there_are_machines() {
        return;
    }
    let stack = watching(WORKER).replace("    monitoring:", OWN);
    let (mut env, hall) = lab(&stack, &["lab-app", "lab-worker"]);
    env.set("ORG_DO_TOKEN", "sandbox");
    let _ = env.run("up --yes --no-provision").expect(0);
    hall.await_machine("lab-app");
    let _api = Api::open(env.cloud(), &hall, "lab-app");
    let _ = env.run("up --yes").expect(0);

    // Prometheus reads the node exporter, its rule fires, Alertmanager posts, the daemon acts.
    let audit = || hall.run("lab-app", "cat /mnt/*/dostack/.dostack/lab/audit.jsonl");
    until("an alert has woken the daemon", || audit().contains("\"event\":\"woken\""));
    until("the machine has grown", || is_at(&env, "lab-worker", "s-1vcpu-2gb"));
    hall.await_machine("lab-worker");
    assert!(is_at(&env, "lab-app", "s-2vcpu-4gb"), "the daemon leaves its own machine alone");

    // Elsewhere the same readings are had over SSH, and the machine can be switched off.
    let explained = env.run("resize --explain").expect(0);
    let grows = "app grows from s-2vcpu-4gb to s-4vcpu-8gb: node_memory_MemTotal_bytes was above 1";
    assert!(explained.stdout.starts_with(grows), "{explained}");
    let _ = env.run("resize --yes").expect(0);
    assert!(is_at(&env, "lab-app", "s-4vcpu-8gb"));
    let _ = env.run("preview --detailed-exitcode").expect(0);
}
