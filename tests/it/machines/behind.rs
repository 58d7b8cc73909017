//! Machines behind the droplets of a sandbox: they come, answer and go with them.

use std::process::Command;

use serde_json::json;

use crate::{
    machines::lab::lab,
    support::{
        env::Env,
        machine::{Hall, Machine, there_are_machines},
    },
};

const STACK: &str = r"stack: lab
region: sfo2
vpc: { ip_range: 10.88.0.0/16 }
ssh: { public_keys: [~/.ssh/own.pub], private_key: ~/.ssh/own, allow_from: [anywhere] }
components:
  workers:
    kind: Droplet
    count: 3
    droplet: { size: s-1vcpu-1gb, image: ubuntu-22-04-x64 }
";

const NAMES: [&str; 3] = ["lab-workers-1", "lab-workers-2", "lab-workers-3"];

/// What `hostname` says over the machine's own sshd.
fn name_over_ssh(env: &Env, hall: &Hall, name: &str) -> String {
    let address = hall.with(name, |machine| machine.address().to_owned());
    let output = Command::new("ssh")
        .args(["-F", "/dev/null", "-o", "BatchMode=yes", "-o", "ConnectTimeout=10"])
        .args(["-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null"])
        .arg("-i")
        .arg(env.path("home/.ssh/own"))
        .arg(format!("root@{address}"))
        .arg("hostname")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{name}: {said}");
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

#[test]
fn every_droplet_has_a_machine_at_its_own_address_and_they_reach_each_other() {
    if !there_are_machines() {
        return;
    }
    let (env, hall) = lab(STACK, &NAMES);
    let _ = env.run("up --yes --no-provision").expect(0);
    for name in NAMES {
        hall.await_machine(name);
        let said = hall.with(name, Machine::await_cloud_init);
        assert!(said.contains("status: done"), "{said}");
        assert_eq!(name_over_ssh(&env, &hall, name), name);
    }
    let other = hall.run(
        NAMES[1],
        "ip -4 -o address show dev eth1 | awk '{ sub(\"/.*\", \"\", $4); print $4 }'",
    );
    let figures =
        format!("curl -fsS --max-time 5 http://{}:9100/metrics | grep -c ^node_", other.trim());
    assert!(hall.run(NAMES[0], &figures).trim().parse::<u32>().unwrap() > 100);
}

#[test]
fn a_droplet_made_by_hand_lets_its_operator_in_and_keeps_its_disk_while_it_is_off() {
    if !there_are_machines() {
        return;
    }
    let (env, hall) = lab(STACK, &["old"]);
    let body = json!({ "name": "old", "region": "sfo2", "size": "s-1vcpu-1gb", "image": "ubuntu-22-04-x64" });
    let id = env.cloud().post("/v2/droplets", body)["droplet"]["id"].to_string();
    hall.await_machine("old");
    let _ = hall.with("old", Machine::await_cloud_init);
    assert_eq!(name_over_ssh(&env, &hall, "old"), "old");
    assert_eq!(hall.run("old", "ls /var/lib/dostack /etc/dostack 2>/dev/null | wc -l"), "0\n");
    hall.run("old", "echo kept > /root/file");
    let actions = format!("/v2/droplets/{id}/actions");
    env.cloud().post(&actions, json!({ "type": "power_off" }));
    hall.await_silence("old");
    env.cloud().post("/_sandbox/clock", json!({ "advance_seconds": 60 }));
    env.cloud().post(&actions, json!({ "type": "power_on" }));
    hall.await_machine("old");
    assert_eq!(hall.run("old", "cat /root/file"), "kept\n");
}
