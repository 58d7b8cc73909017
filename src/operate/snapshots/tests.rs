//! What is done on a machine around a copy, run by the shell of this one.

use std::{
    fs,
    io::{Read as _, Write as _},
    os::unix::fs::PermissionsExt as _,
    process::{Child, Command as Process, Stdio},
    sync::Arc,
    time::Duration,
};

use jiff::civil::time;
use serde_json::json;
use tempfile::TempDir;
use tokio::{sync::mpsc, task::spawn_blocking};

use super::{Calm, Nowhere, TakeError, Watched, Way, quiesce::calmly};
use crate::{
    config::{Consistency, Hook, Keep, Snapshots, ZoneName},
    ssh::{Chunk, Command, Output, Remote, SshError},
};

/// A machine with programs of the test's own, which note that they were called.
#[derive(Clone)]
struct Machine(Arc<TempDir>);

impl Machine {
    fn new() -> Self {
        let this = Self(Arc::new(tempfile::tempdir().unwrap()));
        for folder in ["bin", "run", "mnt/core_store_data", "opt/dostack/store"] {
            fs::create_dir_all(this.0.path().join(folder)).unwrap();
        }
        for name in ["fsfreeze", "systemd-run", "systemctl", "sync", "docker", "hook"] {
            this.program(name, "exit 0");
        }
        this.program("mountpoint", "exit 0");
        // The volume is on another disk than the root.
        this.program("stat", "case $* in *' /') echo 1 ;; *) echo 2 ;; esac");
        this
    }

    fn program(&self, name: &str, script: &str) {
        let path = self.0.path().join("bin").join(name);
        let log = self.0.path().join("log").display().to_string();
        fs::write(&path, format!("#!/bin/sh\necho \"{name} $*\" >>{log}\n{script}\n")).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    }

    fn note(&self, word: &str) {
        let log = fs::OpenOptions::new().append(true).create(true).open(self.0.path().join("log"));
        writeln!(log.unwrap(), "{word}").unwrap();
    }

    /// The calls that were made, without looks.
    fn log(&self) -> Vec<String> {
        let log = fs::read_to_string(self.0.path().join("log")).unwrap_or_default();
        let here = self.0.path().display().to_string();
        let looks = |line: &&str| !line.starts_with("stat ") && !line.starts_with("mountpoint ");
        log.lines().filter(looks).map(|line| line.replace(&here, "")).collect()
    }

    fn start(&self, command: &Command) -> Child {
        let here = self.0.path().display();
        let script = ["/mnt/", "/run/", "/opt/"]
            .iter()
            .fold(command.script.clone(), |script, at| script.replace(at, &format!("{here}{at}")));
        let stdin = String::from_utf8_lossy(command.stdin.bytes());
        let stdin = stdin.replace("/mnt/", &format!("{here}/mnt/"));
        let mut child = Process::new("sh")
            .args(["-c", &script])
            .env("PATH", format!("{here}/bin:/usr/bin:/bin"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // A script that reads nothing may have ended by now.
        let _ = child.stdin.take().unwrap().write_all(stdin.as_bytes());
        child
    }
}

impl Remote for Machine {
    async fn run(&self, command: &Command) -> Result<Output, SshError> {
        let child = self.start(command);
        let ended = spawn_blocking(move || child.wait_with_output().unwrap()).await.unwrap();
        let code = ended.status.code().unwrap_or(255);
        Ok(Output { code, stdout: ended.stdout, stderr: ended.stderr })
    }

    async fn stream(
        &self,
        command: &Command,
        heard: &mut (dyn FnMut(Chunk<'_>) + Send),
    ) -> Result<i32, SshError> {
        let mut child = self.start(command);
        let (tell, mut told) = mpsc::unbounded_channel();
        let ended = spawn_blocking(move || {
            let (mut out, mut bytes) = (child.stdout.take().unwrap(), [0; 256]);
            while let Ok(count @ 1..) = out.read(&mut bytes) {
                tell.send(bytes[..count].to_vec()).unwrap();
            }
            let ended = child.wait_with_output().unwrap();
            (ended.status.code().unwrap_or(255), ended.stderr)
        });
        while let Some(bytes) = told.recv().await {
            heard(Chunk::Out(&bytes));
        }
        let (code, stderr) = ended.await.unwrap();
        heard(Chunk::Err(&stderr));
        Ok(code)
    }
}

impl Way for Machine {
    type Machine = Self;

    async fn to(&self, _droplet: u64) -> Result<Self, String> {
        Ok(self.clone())
    }
}

fn watched(consistency: Consistency) -> Watched {
    let volume = json!({
        "id": "1", "name": "core-store-data", "size_gigabytes": 10, "droplet_ids": [7],
        "region": { "slug": "sfo2" }, "created_at": "2026-11-21T00:00:00Z"
    });
    let policy = Snapshots {
        at: time(3, 0, 0, 0),
        time_zone: ZoneName::parse("UTC").unwrap(),
        keep: Keep { last: 3, ..Keep::default() },
        consistency,
        catch_up: Duration::from_hours(20),
    };
    Watched {
        address: "store:volume".parse().unwrap(),
        policy: Some(policy),
        volume: serde_json::from_value(volume).unwrap(),
        copies: Vec::new(),
    }
}

/// Takes a copy, which is one more line in the log.
async fn copy(machine: &Machine, consistency: Consistency) -> Result<Calm, TakeError> {
    let take = async {
        machine.note("COPY");
        Ok(())
    };
    calmly(machine, &watched(consistency), take).await
}

fn hook(before: &str) -> Consistency {
    let deadline = Duration::from_secs(5);
    Consistency::Hook(Hook {
        before: before.to_owned(),
        after: Some("hook after".into()),
        deadline,
    })
}

#[tokio::test]
async fn a_filesystem_is_told_to_thaw_before_it_is_frozen_and_thaws_after_the_copy() {
    let machine = Machine::new();
    let calm = copy(&machine, Consistency::Freeze).await.unwrap();
    assert_eq!(calm, Calm { reached: "freeze", short: None });
    let log = machine.log();
    let armed = log.iter().position(|line| line.starts_with("systemd-run ")).unwrap();
    assert!(log[armed].ends_with("--on-active=20 fsfreeze -u /mnt/core_store_data"), "{log:?}");
    let place = |what: &str| log.iter().position(|line| line == what).unwrap();
    let frozen = place("fsfreeze -f /mnt/core_store_data");
    let (copied, thawed) = (place("COPY"), place("fsfreeze -u /mnt/core_store_data"));
    assert!(armed < frozen && frozen < copied && copied < thawed, "{log:?}");
    // Once by the second connection, once by the one that froze.
    assert_eq!(log.iter().filter(|line| line.starts_with("fsfreeze -u")).count(), 2);
    assert!(log.last().is_some_and(|line| !line.starts_with("fsfreeze -f")), "{log:?}");
}

#[tokio::test]
async fn a_copy_that_fails_leaves_nothing_frozen() {
    let machine = Machine::new();
    let take = async { Err(TakeError::Full { count: 25 }) };
    let failed = calmly(&machine, &watched(Consistency::Freeze), take).await;
    assert!(matches!(failed, Err(TakeError::Full { .. })));
    let log = machine.log();
    assert_eq!(log.iter().filter(|line| line.starts_with("fsfreeze -u")).count(), 2, "{log:?}");
}

#[tokio::test]
async fn what_cannot_be_frozen_is_synced_and_said() {
    let machine = Machine::new();
    machine.program("fsfreeze", "[ \"$1\" != -f ] || { echo 'not supported' >&2; exit 1; }");
    let calm = copy(&machine, Consistency::Freeze).await.unwrap();
    assert_eq!(calm, Calm { reached: "sync", short: Some("not supported".to_owned()) });
    let log = machine.log();
    assert!(
        log.ends_with(&["sync -f /mnt/core_store_data".to_owned(), "COPY".to_owned()]),
        "{log:?}"
    );
}

#[tokio::test]
async fn nothing_is_frozen_without_a_timer_that_thaws() {
    let machine = Machine::new();
    machine.program("systemd-run", "echo 'no bus' >&2; exit 1");
    let calm = copy(&machine, Consistency::Freeze).await.unwrap();
    assert_eq!((calm.reached, calm.short.as_deref()), ("sync", Some("no bus")));
    assert!(!machine.log().iter().any(|line| line.starts_with("fsfreeze -f")));
}

#[tokio::test]
async fn the_disk_that_the_system_is_on_is_never_frozen() {
    let machine = Machine::new();
    machine.program("stat", "echo 1");
    let calm = copy(&machine, Consistency::Freeze).await.unwrap();
    assert!(calm.short.unwrap().ends_with("is on the root disk"));
    assert!(!machine.log().iter().any(|line| line.starts_with("fsfreeze")));
    let root = Command::new(include_str!("freeze.sh")).with_stdin(b"/\n".to_vec());
    assert_eq!(machine.run(&root).await.unwrap().complaint(), "/ is no place of a volume");
}

#[tokio::test]
async fn a_checkpoint_comes_before_the_copy() {
    let machine = Machine::new();
    let calm = copy(&machine, Consistency::Pg).await.unwrap();
    assert_eq!(calm, Calm { reached: "pg", short: None });
    let log = machine.log();
    assert!(
        log[0].starts_with("docker compose") && log[0].ends_with("--command CHECKPOINT"),
        "{log:?}"
    );
    assert_eq!(log[1..], ["COPY"]);
}

#[tokio::test]
async fn a_machine_out_of_reach_is_copied_as_it_is() {
    let machine = Machine::new();
    for consistency in [Consistency::Sync, Consistency::Freeze, Consistency::Pg] {
        let calm = calmly(&Nowhere("gone"), &watched(consistency), async { Ok(()) }).await.unwrap();
        assert_eq!(calm.reached, "crash");
        assert!(calm.short.is_some_and(|why| why.contains("gone")));
    }
    let crash = copy(&machine, Consistency::Crash).await.unwrap();
    assert_eq!(crash, Calm { reached: "crash", short: None });
}

#[tokio::test]
async fn no_copy_is_taken_where_its_own_command_fails_and_the_other_one_runs_all_the_same() {
    let machine = Machine::new();
    let good = copy(&machine, hook("hook before")).await.unwrap();
    assert_eq!(good, Calm { reached: "hook", short: None });
    assert_eq!(machine.log(), ["hook before", "COPY", "hook after"]);

    let machine = Machine::new();
    let failed = copy(&machine, hook("echo locked >&2; exit 3")).await;
    assert!(matches!(failed, Err(TakeError::Hook(why)) if why == "locked"));
    assert_eq!(machine.log(), ["hook after"]);
}
