//! Commands on a connection: what they say, what they read, and how they end.

use std::{
    fs,
    os::unix::fs::{MetadataExt as _, PermissionsExt as _},
    time::{Duration, Instant},
};

use futures_util::future::join_all;
use secrecy::zeroize::Zeroizing;
use uuid::Uuid;

use super::{Sshd, session, target, told};
use crate::ssh::{
    Chunk, Command, Deadlines, LIMIT, Remote as _, Session, SshError, Upload, connect, upload,
};

#[tokio::test]
async fn both_outputs_are_read_together_and_kept_up_to_a_limit() {
    let Some(sshd) = Sshd::start() else { return };
    let session = session(&sshd).await;
    let script = "head -c 6000000 /dev/zero | tr '\\0' e >&2; \
                  head -c 3000000 /dev/zero | tr '\\0' o; exit 3";
    let output = session.run(&Command::new(script)).await.unwrap();
    assert_eq!((output.code, output.stdout.len(), output.stderr.len()), (3, 3_000_000, LIMIT));
    assert!(output.stdout.iter().all(|byte| *byte == b'o'));
    let next = session.run(&Command::new("echo 'it'\\''s there'; kill -TERM $$")).await.unwrap();
    assert_eq!((next.code, next.text().as_str()), (143, "it's there\n"));
}

#[tokio::test]
async fn what_a_command_reads_goes_out_while_it_answers() {
    let Some(sshd) = Sshd::start() else { return };
    let session = session(&sshd).await;
    let bytes: Vec<u8> = (0..=255).cycle().take(9_000_000).collect();
    let command = Command::new("tee /dev/stderr").with_stdin(bytes.clone());
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let mut heard = |chunk: Chunk<'_>| match chunk {
        Chunk::Out(bytes) => out.extend_from_slice(bytes),
        Chunk::Err(bytes) => err.extend_from_slice(bytes),
    };
    let code = session.stream(&command, &mut heard).await.unwrap();
    assert_eq!(code, 0);
    assert!(out == bytes && err == bytes, "{} and {} bytes came back", out.len(), err.len());
}

#[tokio::test]
async fn a_command_need_not_read_what_it_is_given() {
    let Some(sshd) = Sshd::start() else { return };
    let session = session(&sshd).await;
    let command = Command::new("exec <&-; echo done").with_stdin(vec![0; 9_000_000]);
    let output = session.run(&command).await.unwrap();
    assert_eq!((output.code, output.text().as_str()), (0, "done\n"));
}

#[tokio::test]
async fn a_command_that_does_not_end_is_given_up_and_the_connection_with_it() {
    let Some(sshd) = Sshd::start() else { return };
    let session = session(&sshd).await;
    let command =
        Command::new("yes").with_stdin(b"canary".to_vec()).within(Duration::from_millis(300));
    let given_up = session.run(&command).await.unwrap_err();
    assert!(matches!(given_up, SshError::Overdue { .. }), "{given_up:?}");
    assert!(!format!("{given_up:?} {}", told(&given_up)).contains("canary"));
    let after = session.run(&Command::new("true")).await.unwrap_err();
    assert!(told(&after).contains("earlier command was given up"), "{after}");
}

#[tokio::test]
async fn a_connection_that_breaks_is_an_error_and_no_exit_code() {
    let Some(sshd) = Sshd::start() else { return };
    let session = session(&sshd).await;
    let mut cut = |chunk: Chunk<'_>| {
        if matches!(chunk, Chunk::Out(bytes) if bytes.starts_with(b"begun")) {
            sshd.cut();
        }
    };
    let command = Command::new("echo begun; cat").within(Duration::from_mins(1));
    let command = command.with_stdin(vec![0; 9_000_000]);
    let broken = session.stream(&command, &mut cut).await.unwrap_err();
    assert!(matches!(broken, SshError::Lost { .. }) && broken.may_pass(), "{broken:?}");
}

#[tokio::test]
async fn a_machine_that_falls_silent_is_given_up() {
    let Some(sshd) = Sshd::start() else { return };
    let session = patient(&sshd, Duration::from_millis(400)).await;
    sshd.freeze();
    let silent = session.run(&Command::new("true")).await.unwrap_err();
    assert!(matches!(silent, SshError::Silent { .. }), "{silent:?}");
}

#[tokio::test]
async fn a_command_that_says_nothing_for_long_is_not_taken_for_a_silent_machine() {
    let Some(sshd) = Sshd::start() else { return };
    // libssh2 asks for a sign of life every other second at most.
    let session = patient(&sshd, Duration::from_secs(4)).await;
    let quiet = session.run(&Command::new("sleep 5; echo done")).await.unwrap();
    assert_eq!(quiet.text(), "done\n");
}

/// A connection that waits so long for a sign of life.
async fn patient(sshd: &Sshd, idle: Duration) -> Session {
    let deadlines = Deadlines { idle, ..Deadlines::default() };
    connect(&target(sshd), deadlines).await.unwrap()
}

#[tokio::test]
async fn text_of_a_machine_s_cannot_drive_a_terminal() {
    let Some(sshd) = Sshd::start() else { return };
    let session = session(&sshd).await;
    let script =
        "printf '\\033]0;owned\\007a\\033[31mred\\033[0m\\n'; printf '\\033[2Jgone\\n' >&2";
    let output = session.run(&Command::new(script)).await.unwrap();
    assert_eq!((output.text().as_str(), output.complaint().as_str()), ("ared\n", "gone"));
}

#[tokio::test]
async fn what_a_command_reads_is_nowhere_else_to_be_found() {
    let Some(sshd) = Sshd::start() else { return };
    let session = session(&sshd).await;
    // Tests beside this one give words of their own to programs.
    let secret = Uuid::new_v4().to_string();
    let script = "read -r secret; ps -eo args; env; [ ${#secret} -eq 36 ]";
    let line = format!("{secret}\n").into_bytes();
    let output = session.run(&Command::new(script).with_stdin(line)).await.unwrap();
    assert!(output.is_good(), "{}", output.complaint());
    let told = output.text();
    assert!(told.contains("ps -eo args") && !told.contains(&secret), "{told}");
}

#[tokio::test]
async fn files_arrive_and_one_that_cannot_be_put_leaves_the_others_alone() {
    let Some(sshd) = Sshd::start() else { return };
    let session = session(&sshd).await;
    let own = fs::metadata(sshd.folder()).unwrap();
    let path = |name: &str| sshd.folder().join(name).to_str().unwrap().to_owned();
    let file = |name: &str, content: &[u8]| Upload {
        path: path(name),
        mode: 0o600,
        owner: (own.uid(), own.gid()),
        content: Zeroizing::new(content.to_vec()),
    };
    let large: Vec<u8> = (0..=255).cycle().take(5_000_000).collect();
    let put = session.run(&upload(&[file("new/a.env", b"A=1"), file("b", &large)])).await.unwrap();
    assert!(put.is_good(), "{}", put.complaint());
    assert_eq!(fs::read(path("b")).unwrap(), large);
    assert_eq!(fs::metadata(path("new/a.env")).unwrap().permissions().mode() & 0o777, 0o600);

    let refused = session.run(&upload(&[file("b", b"other"), file("new", b"x")])).await.unwrap();
    assert_eq!(refused.code, 1);
    assert!(refused.complaint().contains("new: is a folder"), "{}", refused.complaint());
    assert_eq!(fs::read(path("b")).unwrap(), large);
}

#[tokio::test]
async fn an_upload_that_is_cut_off_leaves_every_file_as_it_was() {
    let Some(sshd) = Sshd::start() else { return };
    let session = session(&sshd).await;
    let own = fs::metadata(sshd.folder()).unwrap();
    let path = |name: &str| sshd.folder().join(name).to_str().unwrap().to_owned();
    fs::write(path("a"), "old").unwrap();
    let file = |name: &str, content: Vec<u8>| Upload {
        path: path(name),
        mode: 0o600,
        owner: (own.uid(), own.gid()),
        content: Zeroizing::new(content),
    };
    let files = [file("a", b"new".to_vec()), file("b", vec![0; 40_000_000])];
    let whole = upload(&files);
    let script = format!("echo begun >&2; {}", whole.script);
    let command = Command { stdin: whole.stdin, ..Command::new(script) };
    let mut cut = |_: Chunk<'_>| sshd.cut();
    let broken = session.stream(&command, &mut cut).await.unwrap_err();
    assert!(matches!(broken, SshError::Lost { .. }), "{broken:?}");
    assert_eq!(fs::read_to_string(path("a")).unwrap(), "old");
    assert!(!sshd.folder().join("b").exists());
}

#[tokio::test]
async fn twenty_four_machines_are_worked_on_at_once() {
    let servers: Vec<Sshd> = (0..24).map_while(|_| Sshd::start()).collect();
    let began = Instant::now();
    let said = join_all(servers.iter().map(async |sshd| {
        let session = session(sshd).await;
        let output = session.run(&Command::new("echo $((6 * 7))")).await.unwrap();
        assert_eq!(sshd.connections.lock().unwrap().len(), 1);
        output.text()
    }));
    assert!(said.await.iter().all(|said| said == "42\n"));
    // A figure, never judged: `cargo test --lib twenty_four -- --nocapture` shows it.
    let (count, took) = (servers.len(), began.elapsed());
    println!("{count} machines, from the first connection to the last answer: {took:.1?}");
}
