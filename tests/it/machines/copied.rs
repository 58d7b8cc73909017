//! Snapshots of volumes that real machines have mounted: taken while they stand still, and tried.

use std::{fs::OpenOptions, os::unix::fs::FileExt as _, path::Path};

use serde_json::{Value, json};

use crate::{
    machines::lab::lab_at,
    support::{
        env::Env,
        machine::{Hall, there_are_machines},
    },
};

const STACK: &str = r#"stack: lab
region: sfo2
vpc: { ip_range: 10.88.0.0/16 }
ssh: { public_keys: [~/.ssh/own.pub], private_key: ~/.ssh/own, allow_from: [anywhere] }
components:
  pages:
    kind: Droplet
    droplet: { size: s-1vcpu-1gb, image: ubuntu-22-04-x64 }
    volume: { size_gb: 2, filesystem: ext4 }
    snapshots:
      at: "03:00"
      keep: { last: 3 }
      catch_up: 24h
      consistency: hook
      hook: { before: "touch /run/before && sync -f /mnt/lab_pages_data", after: "test -e /run/before && touch /run/after" }
  store:
    kind: Droplet
    droplet: { size: s-1vcpu-1gb, image: ubuntu-22-04-x64 }
    volume: { size_gb: 2, filesystem: xfs }
    snapshots: { at: "03:00", keep: { last: 3 }, catch_up: 24h, consistency: freeze }
"#;

const NAMES: [&str; 3] = ["lab-pages", "lab-store", "lab-drill"];

/// A droplet that is made for a drill takes its own time to let anybody in.
const SPEED: u32 = 2;

/// What a drill of a volume's newest snapshot says.
fn drill(env: &Env, volume: &str, code: i32) -> Value {
    let ran = env.run(&format!("--json snapshot drill --yes {volume}")).expect(code);
    let document: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(document["drill"]["left"], Value::Null, "{ran}");
    document["drill"].clone()
}

/// Overwrites the part of an ext4 file system where its inodes are.
fn damage(file: &Path) {
    let file = OpenOptions::new().write(true).open(file).unwrap();
    for block in 1..4096 {
        file.write_all_at(&[0xa5; 2048], block * 4096 + 1024).unwrap();
    }
}

#[test]
fn snapshots_of_machines_at_work_are_taken_while_they_stand_still_and_are_whole() {
    if !there_are_machines() {
        return;
    }
    let (env, hall) = lab_at(SPEED, STACK, &NAMES);
    let _ = env.run("up --yes").expect(0);
    hall.run("lab-pages", "echo one > /mnt/lab_pages_data/one; echo two > /mnt/lab_pages_data/two");
    hall.run("lab-store", "echo kept > /mnt/lab_store_data/kept");
    a_freeze_ends_with_whoever_began_it(&env, &hall);

    let ran = env.run("snapshot run pages").expect(0);
    assert!(ran.stdout.contains("(hook)"), "{ran}");
    hall.run("lab-pages", "test -e /run/after");
    let ran = env.run("snapshot run store").expect(0);
    assert!(ran.stdout.contains("(freeze)"), "{ran}");
    hall.await_copies(2, |_| {});

    let things = env.cloud().things();
    for (volume, kind, files) in [("pages", "ext4", 2), ("store", "xfs", 1)] {
        let found = drill(&env, volume, 0);
        let told = (&found["verdict"], &found["filesystem"], &found["files"]);
        assert_eq!(told, (&json!("whole"), &json!(kind), &json!(files)), "{found}");
    }
    // On a machine of the stack, beside the volume it is a copy of.
    let ran = env.run("--json snapshot drill --yes store --on store").expect(0);
    assert!(ran.stdout.contains("\"whole\""), "{ran}");
    hall.run("lab-store", "test ! -e /run/dostack-drill/* && test -e /mnt/lab_store_data/kept");

    hall.await_copies(2, damage);
    assert_eq!(drill(&env, "pages", 11)["verdict"], "broken");
    assert_eq!(env.cloud().things_but(&["dostack-drill"]), things);
}

/// Whoever freezes may be killed, and what it started on the machine too: the machine thaws by itself.
fn a_freeze_ends_with_whoever_began_it(env: &Env, hall: &Hall) {
    let snapshots = "/v2/volumes/{volume_id}/snapshots";
    env.cloud().fault(("POST", snapshots), (1, 1), &json!({ "delay_ms": 600_000 }));
    env.cloud().forget_calls();
    let taking = env.start("snapshot run store");
    env.cloud().wait_for(&format!("POST {snapshots}"), 1);
    hall.run("lab-store", "systemctl is-active dostack-thaw-mnt-lab-store-data.timer");
    // A second freeze is refused, where a write would wait.
    hall.run("lab-store", "! fsfreeze --freeze /mnt/lab_store_data");
    hall.run("lab-store", "pkill -KILL -f 'tries=15[0]'");
    taking.kill_at_work();
    // A write waits for as long as the file system stands still.
    hall.run(
        "lab-store",
        "echo thawed > /mnt/lab_store_data/thawed && rm /mnt/lab_store_data/thawed",
    );
    env.cloud().heal();
}
