//! What cloud-init makes of a machine, by all of its real stages.

use std::{fs::OpenOptions, os::unix::fs::FileExt as _, path::Path, process::Command};

use tempfile::TempDir;

use crate::support::{
    env::Env,
    machine::{Birth, Blueprint, Disk, Machine, Wire, there_are_machines},
    sshd::new_key,
};

/// The volume of the development stack's vector store.
const VOLUME: &str = "core-dev-vector-data";

/// Puts something on a disk.
type Maker = fn(&Path);

/// What the vector store's machine starts with, as `render` writes it, with a host key.
fn user_data() -> String {
    let env = Env::new();
    let _ = env.run("render --out rendered").expect(0);
    let text = env.read("rendered/vector/cloud-init.yaml");
    new_key(&env.path("host"), "", "");
    text.replace("@dostack-host-key-private@", &env.read("host").replace('\n', "\\n"))
        .replace("@dostack-host-key-public@", env.read("host.pub").trim())
}

fn machine(wire: &Wire, user_data: &str) -> Machine {
    Machine::new(Blueprint {
        name: "core-dev-vector",
        instance: 1,
        birth: Birth::UserData(user_data.to_owned()),
        addresses: [wire.address(10), "10.120.0.10/16".to_owned()],
    })
}

fn command(words: &[&str], disk: &Path) {
    let status = Command::new(words[0]).args(&words[1..]).arg(disk).status().unwrap();
    assert!(status.success(), "{words:?}");
}

#[test]
fn a_machine_is_made_ready_once_and_finds_its_data_again() {
    if !there_are_machines() {
        return;
    }
    let (wire, folder, user_data) = (Wire::new(), TempDir::new().unwrap(), user_data());
    let mut disk = Disk::new(folder.path(), VOLUME, 2);
    let mut first = machine(&wire, &user_data);
    disk.attach(&first);
    first.start(&wire);
    let said = first.await_cloud_init();
    assert!(said.contains("status: done"), "{said}");
    is_ready(&first);
    assert_eq!(first.run("cat /etc/ssh/ssh_host_ed25519_key.pub").trim(), host_key(&user_data));
    assert_eq!(first.run("ls /etc/ssh/ssh_host_*_key").lines().count(), 1);
    first.run("echo kept > /mnt/core_dev_vector_data/file");

    // Once more on the same machine, as cloud-init would on an image of it.
    first.run("rm /var/lib/dostack/bootstrap.json");
    first.forget_its_birth();
    first.shut_down();
    disk.detach();
    disk.attach(&first);
    first.start(&wire);
    assert!(first.await_cloud_init().contains("status: done"));
    is_ready(&first);
    assert_eq!(first.run("cat /mnt/core_dev_vector_data/file"), "kept\n");
    assert_eq!(first.run("grep -c core_dev_vector_data /etc/fstab"), "1\n");
    drop(first);

    // And on another machine with the same volume.
    disk.detach();
    let mut second = machine(&wire, &user_data);
    disk.attach(&second);
    second.start(&wire);
    second.await_cloud_init();
    is_ready(&second);
    assert_eq!(second.run("cat /mnt/core_dev_vector_data/file"), "kept\n");
}

/// The marker says so, the volume is mounted, the engine runs by its settings, operators get in.
fn is_ready(machine: &Machine) {
    let marker = machine.run("cat /var/lib/dostack/bootstrap.json");
    assert_eq!(marker, "{\"status\":\"done\",\"step\":\"end\"}\n", "{}", log(machine));
    assert_eq!(machine.run("findmnt -n -o FSTYPE /mnt/core_dev_vector_data"), "ext4\n");
    assert_eq!(
        machine.run("docker info --format '{{.LoggingDriver}} {{.LiveRestoreEnabled}}'"),
        "local true\n"
    );
    assert!(machine.run("cat /root/.ssh/authorized_keys").contains("ops"));
    let closed = machine.run("iptables -S OUTPUT; iptables -S DOCKER-USER");
    assert_eq!(closed.matches("169.254.169.254").count(), 2, "{closed}");
    let figures = machine.run("curl -fsS http://10.120.0.10:9100/metrics");
    assert!(figures.contains("node_memory_MemAvailable_bytes"));
}

fn log(machine: &Machine) -> String {
    machine.run("tail -n 30 /var/log/cloud-init-output.log")
}

fn host_key(user_data: &str) -> &str {
    let line = user_data.lines().find_map(|line| line.trim().strip_prefix("ed25519_public: "));
    line.unwrap().trim_matches('"')
}

#[test]
fn a_volume_that_carries_something_else_is_refused_and_left_as_it_is() {
    if !there_are_machines() {
        return;
    }
    let (wire, user_data) = (Wire::new(), user_data());
    let foreign: [(Maker, &str); 3] = [
        (|file| command(&["mkfs.ext2", "-q", "-F"], file), "'ext2'"),
        (|file| command(&["mkswap", "-q"], file), "'swap'"),
        (partition, "something unknown"),
    ];
    for (make, named) in foreign {
        let folder = TempDir::new().unwrap();
        let mut disk = Disk::new(folder.path(), VOLUME, 1);
        make(disk.file());
        let before = digest(disk.file());
        let mut machine = machine(&wire, &user_data);
        disk.attach(&machine);
        machine.start(&wire);
        machine.await_cloud_init();
        let marker = machine.run("cat /var/lib/dostack/bootstrap.json");
        assert_eq!(marker, "{\"status\":\"failed\",\"step\":\"volume\"}\n");
        let said = log(&machine);
        assert!(said.contains("dostack: refused: the volume") && said.contains(named), "{said}");
        // Operators get in all the same, to see what it is.
        assert!(machine.run("cat /root/.ssh/authorized_keys").contains("ops"));
        drop(machine);
        disk.detach();
        assert_eq!(digest(disk.file()), before);
    }
}

/// Writes a table of one partition, of Linux's type, and nothing else.
fn partition(file: &Path) {
    let mut table = [0; 512];
    table[450] = 0x83;
    table[454..458].copy_from_slice(&2048_u32.to_le_bytes());
    table[458..462].copy_from_slice(&10_000_u32.to_le_bytes());
    table[510..].copy_from_slice(&[0x55, 0xaa]);
    OpenOptions::new().write(true).open(file).unwrap().write_all_at(&table, 0).unwrap();
}

fn digest(file: &Path) -> String {
    let output = Command::new("sha256sum").arg(file).output().unwrap();
    String::from_utf8(output.stdout).unwrap().split(' ').next().unwrap().to_owned()
}
