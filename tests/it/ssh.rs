//! Working on machines: a real SSH server behind a droplet of the sandbox.

use std::{
    io::{self, ErrorKind, Write as _},
    net::TcpListener,
    process::{self, Command},
};

use serde_json::json;

use crate::support::{
    env::Env,
    sshd::{Sshd, current_user},
};

/// A stack of one machine, which answers; none where there is no SSH server to be had.
fn world() -> Option<(Env, Sshd)> {
    let sshd = Sshd::on(port_22()?)?;
    let mut env = Env::with_cloud();
    env.set("PATH", "/usr/bin:/bin");
    env.stack(&format!(
        "stack: core-dev\nregion: sfo2\nvpc: {{ ip_range: 10.120.0.0/16 }}\n\
         ssh: {{ user: {}, public_keys: [\"{}\"], private_key: {}, allow_from: [anywhere] }}\n\
         components:\n  vector:\n    kind: VectorDroplet\n    volume: none\n    \
         droplet: {{ size: s-1vcpu-2gb, image: ubuntu-22-04-x64 }}\n",
        current_user(),
        sshd.user_key().trim(),
        sshd.key_file().display(),
    ));
    let place = json!({ "core-dev-vector": { "public": sshd.address().ip() } });
    env.cloud().call("PUT", "/_sandbox/addresses", Some(&place));
    let _ = env.run("up --yes --no-provision").expect(0);
    Some((env, sshd))
}

/// Where SSH belongs, at an address of this computer's own; none where only root may listen there.
fn port_22() -> Option<TcpListener> {
    let third = process::id() % 250;
    let mut bound = (1..=254).map(|last| TcpListener::bind(format!("127.77.{third}.{last}:22")));
    let in_use = |error: &io::Error| error.kind() == ErrorKind::AddrInUse;
    let first = bound.find(|bound| !bound.as_ref().is_err_and(in_use));
    let listener = first.and_then(Result::ok);
    if listener.is_none() {
        let _ = writeln!(io::stderr(), "skipped: nobody but root may listen on port 22");
    }
    listener
}

/// The same once the account knows the server's host key.
fn known_world() -> Option<(Env, Sshd)> {
    let (env, sshd) = world()?;
    let tag = format!("dostack-host:core-dev:{}", digest(&sshd));
    let id = droplet(&env);
    env.cloud().post("/v2/tags", json!({ "name": tag }));
    let resources = json!({ "resources": [{ "resource_id": id, "resource_type": "droplet" }] });
    env.cloud().post(&format!("/v2/tags/{tag}/resources"), resources);
    Some((env, sshd))
}

fn droplet(env: &Env) -> String {
    let list = env.cloud().call("GET", "/v2/droplets", None);
    list["droplets"][0]["id"].to_string()
}

/// The digest of the server's host key, by other programs than ours.
fn digest(sshd: &Sshd) -> String {
    let blob = sshd.host_key().split(' ').nth(1).unwrap().to_owned();
    let ran = Command::new("sh")
        .args(["-c", &format!("echo {blob} | base64 -d | sha256sum | cut -c1-32")])
        .output()
        .unwrap();
    String::from_utf8(ran.stdout).unwrap().trim().to_owned()
}

#[test]
fn a_command_runs_on_a_machine_and_its_exit_code_is_ours() {
    let Some((env, _sshd)) = known_world() else { return };
    let script = "printf 'out\\033[1m\\n'; echo err >&2; exit 37";
    let ran = env.run_words(&["exec", "vector", "--", "sh", "-c", script]).expect(37);
    assert_eq!((ran.stdout.as_str(), ran.stderr.as_str()), ("out\u{1b}[1m\n", "err\n"));
    let ran = env.run_words(&["exec", "-i", "core-dev-vector", "--", "wc -c; id -un"]).expect(0);
    assert_eq!(ran.stdout, "0\nroot\n");

    // A terminal that obeyed would not show the first word any more.
    let script = "printf 'before\\033[2J\\033[Hafter\\n'; exit 37";
    let mut terminal = env.words_on_terminal(&["exec", "vector", "--", script]);
    assert_eq!(terminal.finish(), Some(37));
    assert_eq!(terminal.text(), "beforeafter");
}

#[test]
fn ssh_is_started_with_the_host_key_that_the_account_knows() {
    let Some((env, _sshd)) = known_world() else { return };
    let words = ["ssh", "vector", "--", "-o", "LogLevel=ERROR", "-T", "echo from $(id -un)"];
    let ran = env.run_words(&words).expect(0);
    assert_eq!(ran.stdout, format!("from {}\n", current_user()), "{ran}");
    assert!(!env.path("home/.ssh/known_hosts").exists());
    // Nobody can be talked into another key.
    let words = ["ssh", "vector", "--", "-o", "StrictHostKeyChecking=no", "true"];
    let _ = env.run_words(&words).expect(0);
}

#[test]
fn another_machine_in_its_place_is_sent_nothing() {
    // The account knows the key that the droplet was made with, and the server has its own.
    let Some((env, sshd)) = world() else { return };
    for words in [["exec", "vector", "--", "true"], ["ssh", "vector", "--", "true"]] {
        let ran = env.run_words(&words).expect(11);
        assert!(ran.stdout.is_empty(), "{ran}");
        for text in [digest(&sshd).as_str(), "SHA256:", "the machine's is", "nothing was sent"] {
            assert!(ran.stderr.contains(text), "{ran}");
        }
    }
}

#[test]
fn what_cannot_be_worked_on_is_told_with_the_way_out() {
    let Some((env, sshd)) = known_world() else { return };
    let told = |words: &str, code: i32, texts: &[&str]| {
        let ran = env.run(words).expect(code);
        for text in texts {
            assert!(ran.stderr.contains(text), "{text}: {ran}");
        }
    };
    told("exec vektor -- true", 3, &["no machine `vektor`", "did you mean `vector`?"]);
    told("--sandbox exec vector -- true", 3, &["no machine behind them"]);
    told("logs postgres", 3, &["no machine of the stack has a service", "`weaviate`"]);
    told("logs weaviate --on vector", 11, &["no log of `weaviate` on `vector`", "dostack up"]);
    let other = sshd.another_key("other", "");
    env.edit_stack(sshd.key_file().to_str().unwrap(), other.to_str().unwrap());
    told("exec vector -- true", 11, &["lets nobody in as", "ssh.public_keys"]);
    env.edit_stack(other.to_str().unwrap(), "~/missing");
    told("exec vector -- true", 3, &["cannot use the key file", "home/missing", "agent"]);
}

#[test]
fn machines_and_services_are_completed() {
    let env = Env::new();
    for (words, offered) in [
        ("complete 2 -- dostack exec v", "vector\tdroplet core-dev-vector\n"),
        ("complete 2 -- dostack logs we", "weaviate\tservice of vector\n"),
        ("complete 4 -- dostack logs weaviate --on app", "app\tdroplet core-dev-app\n"),
    ] {
        assert_eq!(env.run(words).expect(0).stdout, offered, "{words}");
    }
}
