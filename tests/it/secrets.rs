//! `dostack secrets`, and what becomes of the values, beside the `age` program.

use std::{
    fs,
    io::Write as _,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use insta::assert_snapshot;

use crate::support::{env::Env, tool::tool};

/// A machine whose alerts tell a channel, and a program that wants to know two more things.
const STACK: &str = "\
stack: dev
region: sfo3
vpc: { ip_range: 10.120.0.0/16 }
ssh: { public_keys: [~/.ssh/id_ed25519.pub], allow_from: [\"203.0.113.0/24\"] }
secrets: [ORG_HOOK, ORG_SPARE, ORG_KEY, { name: ORG_TOLD, exec: [sh, tell.sh] }]
components:
  vector:
    kind: VectorDroplet
    droplet: { size: s-1vcpu-1gb, image: ubuntu-22-04-x64 }
    volume: none
    alerts: [{ type: cpu, above: 80, for: 5m, slack: [{ channel: ops, url: \"${secret:ORG_HOOK}\" }] }]
    weaviate: { api_key: \"${secret:ORG_KEY}\" }
    agents: { image: me/agents, environment: { TOLD: \"${secret:ORG_TOLD}\" } }
";

fn stack(env: Env) -> Env {
    env.stack(STACK);
    env.write("tell.sh", "touch asked\necho canary-told\n");
    env
}

fn key_file(env: &Env) -> PathBuf {
    env.path("home/.config/dostack/age.key")
}

/// The armour of a name's value.
fn armour(env: &Env, name: &str) -> String {
    let text = env.read("stacks/dev.secrets.yaml");
    let (_, value) = text.split_once(&format!("  {name}: |\n")).unwrap();
    let lines = value.lines().take_while(|line| line.starts_with("    "));
    lines.map(str::trim).collect::<Vec<_>>().join("\n") + "\n"
}

/// What a program makes of a text.
fn filter(command: &mut Command, input: &str) -> Result<String, String> {
    let piped = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = piped.spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let ended = child.wait_with_output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    if ended.status.success() { Ok(text(ended.stdout)) } else { Err(text(ended.stderr)) }
}

fn decrypted(key: &Path, armour: &str) -> Option<Result<String, String>> {
    tool("age").map(|mut age| filter(age.args(["--decrypt", "--identity"]).arg(key), armour))
}

#[test]
fn the_age_program_opens_what_was_set_and_the_names_can_be_read() {
    let env = stack(Env::new());
    let set = env.run_with("secrets set ORG_KEY", "canary-key\n").expect(0);
    assert!(set.stderr.contains("made the age key"), "{set}");
    let _ = env.run_with("secrets set ORG_HOOK", "first line\nsecond line\n").expect(0);
    let text = env.read("stacks/dev.secrets.yaml");
    assert!(text.contains("  ORG_KEY: |\n") && !text.contains("canary"), "{text}");
    assert_eq!(fs::metadata(key_file(&env)).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(env.run("secrets get ORG_KEY").expect(0).stdout, "canary-key\n");
    let Some(opened) = decrypted(&key_file(&env), &armour(&env, "ORG_KEY")) else { return };
    assert_eq!(opened.unwrap(), "canary-key");
    let lines = decrypted(&key_file(&env), &armour(&env, "ORG_HOOK")).unwrap();
    assert_eq!(lines.unwrap(), "first line\nsecond line");
}

#[test]
fn what_the_age_program_encrypted_is_opened_with_a_key_of_age_keygen() {
    let mut env = stack(Env::new());
    let (Some(mut keygen), Some(mut age)) = (tool("age-keygen"), tool("age")) else { return };
    let key = env.path("ci.key");
    assert!(keygen.arg("--output").arg(&key).output().unwrap().status.success());
    fs::set_permissions(&key, fs::Permissions::from_mode(0o600)).unwrap();
    let text = fs::read_to_string(&key).unwrap();
    let public = text.lines().find_map(|line| line.strip_prefix("# public key: ")).unwrap();
    let sealed = filter(age.args(["--armor", "--recipient", public]), "canary-theirs").unwrap();
    let value = sealed.trim_end().replace('\n', "\n    ");
    env.write(
        "stacks/dev.secrets.yaml",
        &format!("recipients: {{ ci: {public} }}\nsecrets:\n  ORG_KEY: |\n    {value}\n"),
    );
    let refused = env.run("secrets get ORG_KEY").expect(3);
    assert!(refused.stderr.contains("there is no age key at"), "{refused}");
    env.set("DOSTACK_AGE_KEY_FILE", &key.display().to_string());
    assert_eq!(env.run("secrets get ORG_KEY").expect(0).stdout, "canary-theirs\n");
}

#[test]
fn a_list_says_where_values_come_from_and_who_needs_them() {
    let mut env = stack(Env::new());
    env.set("ORG_HOOK", "canary");
    env.write(".env.dev", "ORG_SPARE=canary\n");
    fs::set_permissions(env.path(".env.dev"), fs::Permissions::from_mode(0o600)).unwrap();
    assert_snapshot!(env.run("secrets list"), @"
    exit 0
    ---- stdout
    ORG_HOOK   the environment   for vector/alerts
    ORG_KEY    missing           for vector/agents, vector/weaviate
    ORG_SPARE  .env.dev          nothing needs it
    ORG_TOLD   the program `sh`  for vector/agents
    ");
    let _ = env.run_with("secrets set ORG_KEY", "canary").expect(0);
    let listed = env.run("secrets list --json").expect(0);
    let listed: serde_json::Value = serde_json::from_str(&listed.stdout).unwrap();
    let key = serde_json::json!({
        "name": "ORG_KEY",
        "from": "stacks/dev.secrets.yaml",
        "needed_by": ["vector/agents", "vector/weaviate"],
    });
    assert_eq!(listed["secrets"][1], key);
    assert!(!env.path("asked").exists());
}

#[test]
fn a_value_on_the_command_line_is_refused_and_not_repeated() {
    let env = stack(Env::new());
    for words in [
        "secrets set ORG_KEY canary",
        "secrets set ORG_KEY=canary",
        "secrets set canary",
        "secrets get canary",
        "secrets rm canary",
    ] {
        let refused = env.run(words).expect(3);
        assert!(!format!("{}{}", refused.stdout, refused.stderr).contains("canary"), "{refused}");
    }
    assert!(!env.path("stacks/dev.secrets.yaml").exists());
}

#[test]
fn what_is_no_value_changes_nothing() {
    let env = stack(Env::new());
    let _ = env.run_with("secrets set ORG_KEY", "canary").expect(0);
    let before = env.read("stacks/dev.secrets.yaml");
    let long = "x".repeat(70_000);
    for (input, why) in [
        ("", "the value is empty"),
        ("\n", "the value is empty"),
        ("a\0b", "the value has a zero byte in it"),
        (long.as_str(), "the value is longer than 64 KiB"),
    ] {
        let refused = env.run_with("secrets set ORG_KEY", input).expect(3);
        assert!(refused.stderr.contains(why), "{refused}");
    }
    let refused = env.run_with("secrets set ORG_KYE", "canary").expect(3);
    assert!(refused.stderr.contains("does not list the secret `ORG_KYE`"), "{refused}");
    assert!(refused.stderr.contains("ORG_KEY"), "{refused}");
    assert_eq!(env.read("stacks/dev.secrets.yaml"), before);
}

#[test]
fn a_value_that_is_made_differs_each_time() {
    let env = stack(Env::new());
    let made = || {
        let _ = env.run("secrets set ORG_KEY --generate").expect(0);
        env.run("secrets get ORG_KEY").expect(0).stdout
    };
    let (one, other) = (made(), made());
    assert_ne!(one, other);
    assert_eq!(one.len(), 65, "{one}");
}

#[test]
fn a_typed_value_is_not_shown_on_the_terminal() {
    let env = stack(Env::new());
    let mut terminal = env.on_terminal("secrets set ORG_KEY");
    terminal.wait_for("value of ORG_KEY (not shown):");
    terminal.type_in("canary-typed\n");
    terminal.wait_for("ORG_KEY is in stacks/dev.secrets.yaml");
    assert!(!terminal.text().contains("canary"), "{}", terminal.text());
    assert_eq!(env.run("secrets get ORG_KEY").expect(0).stdout, "canary-typed\n");
    let mut terminal = env.on_terminal("secrets set ORG_KEY");
    terminal.wait_for("value of ORG_KEY (not shown):");
    terminal.type_in("\u{3}");
    terminal.wait_for("stopped; nothing was changed");
    assert_eq!(env.run("secrets get ORG_KEY").expect(0).stdout, "canary-typed\n");
}

#[test]
fn whoever_is_let_in_can_read_and_whoever_is_locked_out_cannot_read_what_comes_after() {
    let env = stack(Env::new());
    let _ = env.run_with("secrets set ORG_KEY", "canary").expect(0);
    let Some(mut keygen) = tool("age-keygen") else { return };
    let key = env.path("anna.key");
    assert!(keygen.arg("--output").arg(&key).output().unwrap().status.success());
    let text = fs::read_to_string(&key).unwrap();
    let public = text.lines().find_map(|line| line.strip_prefix("# public key: ")).unwrap();
    let opened = || decrypted(&key, &armour(&env, "ORG_KEY")).unwrap();
    assert!(opened().is_err());
    let _ = env.run(&format!("secrets rotate --add anna={public}")).expect(0);
    assert_eq!(opened().unwrap(), "canary");
    let locked = env.run("secrets rotate --remove me").expect(3);
    assert!(locked.stderr.contains("you would lock yourself out"), "{locked}");
    assert_eq!(opened().unwrap(), "canary");
    let _ = env.run("secrets rotate --remove anna").expect(0);
    assert!(opened().is_err());
    assert_eq!(env.run("secrets get ORG_KEY").expect(0).stdout, "canary\n");
    let nobody = env.run("secrets rotate --remove anna").expect(3);
    assert!(nobody.stderr.contains("nobody called `anna`"), "{nobody}");
}

#[test]
fn a_removed_value_is_gone_and_a_second_time_there_is_none() {
    let env = stack(Env::new());
    let _ = env.run_with("secrets set ORG_KEY", "canary").expect(0);
    let _ = env.run("secrets rm ORG_KEY").expect(0);
    assert!(!env.read("stacks/dev.secrets.yaml").contains("ORG_KEY"));
    let again = env.run("secrets rm ORG_KEY").expect(3);
    assert!(again.stderr.contains("`ORG_KEY` has no value in"), "{again}");
}

#[test]
fn writers_that_come_at_once_lose_nothing() {
    let env = stack(Env::new());
    let _ = env.run_with("secrets set ORG_SPARE", "canary").expect(0);
    let names = ["ORG_KEY", "ORG_HOOK", "ORG_TOLD", "ORG_SPARE"];
    let started = names.map(|name| env.start(&format!("secrets set {name} --generate")));
    for one in started {
        let _ = one.finish().expect(0);
    }
    let text = env.read("stacks/dev.secrets.yaml");
    for name in names {
        assert_eq!(text.matches(&format!("  {name}: |")).count(), 1, "{text}");
    }
    let left: Vec<_> = fs::read_dir(env.path("stacks")).unwrap().collect();
    assert_eq!(left.len(), 2, "{left:?}");
}

#[test]
fn an_editor_changes_values_and_its_copy_is_wiped() {
    let mut env = stack(Env::new());
    let _ = env.run_with("secrets set ORG_KEY", "canary-old").expect(0);
    let _ = env.run_with("secrets set ORG_SPARE", "canary-spare").expect(0);
    let untouched = armour(&env, "ORG_SPARE");
    fs::create_dir(env.path("run")).unwrap();
    env.set("XDG_RUNTIME_DIR", &env.path("run").display().to_string());
    env.set("PATH", "/usr/bin:/bin");
    env.write(
        "editor.sh",
        "stat -c %a \"$1\" >mode\ncp \"$1\" \"$1~\"\n\
         sed -i -e s/canary-old/canary-new/ -e 's/^# ORG_HOOK:/ORG_HOOK: \"12\"/' \"$1\"\n",
    );
    env.set("EDITOR", "sh editor.sh");
    let edited = env.run("secrets edit").expect(0);
    assert!(edited.stderr.contains("changed ORG_HOOK, ORG_KEY in"), "{edited}");
    assert_eq!(env.read("mode"), "600\n");
    assert_eq!(fs::read_dir(env.path("run")).unwrap().count(), 0);
    assert_eq!(env.run("secrets get ORG_KEY").expect(0).stdout, "canary-new\n");
    assert_eq!(env.run("secrets get ORG_HOOK").expect(0).stdout, "12\n");
    assert_eq!(armour(&env, "ORG_SPARE"), untouched);
    for (script, why) in [
        ("true\n", "nothing was changed"),
        ("false\n", "failed (exit status: 1); nothing was changed"),
        ("echo 'ORG_KEY: [canary' >\"$1\"\n", "is no `NAME: value`"),
        ("echo 'ORG_ELSE: canary' >\"$1\"\n", "does not list the secret `ORG_ELSE`"),
        ("echo 'canary: canary' >\"$1\"\n", "no secret name"),
    ] {
        let before = env.read("stacks/dev.secrets.yaml");
        env.write("editor.sh", script);
        let ran = env.run("secrets edit");
        assert!(ran.stderr.contains(why) && !ran.stderr.contains("canary"), "{ran}");
        assert_eq!(env.read("stacks/dev.secrets.yaml"), before);
        assert_eq!(fs::read_dir(env.path("run")).unwrap().count(), 0);
    }
}

#[test]
fn a_file_of_variables_that_others_may_read_is_refused() {
    let env = stack(Env::new());
    env.write(".env.dev", "ORG_KEY=canary\n");
    fs::set_permissions(env.path(".env.dev"), fs::Permissions::from_mode(0o644)).unwrap();
    let refused = env.run("secrets get ORG_KEY").expect(3);
    assert_snapshot!(refused.words(), @"
    error: `.env.dev` can be read by others: its mode is 0644
    help: run `chmod 600 .env.dev`
    ");
}

#[test]
fn a_program_is_asked_by_up_alone_and_nothing_is_sent_before_it_answers() {
    let mut env = stack(Env::with_cloud());
    env.set("PATH", "/usr/bin:/bin");
    env.set("ORG_HOOK", "https://hooks.slack.com/canary");
    env.set("ORG_KEY", "canary");
    let _ = env.run("validate").expect(0);
    let _ = env.run("preview").expect(0);
    let _ = env.run("secrets list").expect(0);
    assert!(!env.path("asked").exists());
    env.write("tell.sh", "echo canary\nexit 7\n");
    let before = env.cloud().calls().total;
    let refused = env.run("up --yes").expect(3);
    assert!(!refused.stderr.contains("canary"), "{refused}");
    assert_snapshot!(refused.words(), @"
    error: the program `sh`, which tells `ORG_TOLD`, failed (exit status: 7); run it by hand to see why; nothing was sent
    help: or pass `--no-provision` to bring up the machines alone
    ");
    assert_eq!(env.cloud().calls().total, before);
}

#[test]
fn no_value_is_in_any_output_log_journal_or_plan_file() {
    let mut env = stack(Env::with_cloud());
    env.set("PATH", "/usr/bin:/bin");
    env.set("ORG_HOOK", "https://hooks.slack.com/canary-environment");
    env.write(".env.dev", "ORG_SPARE=canary-dotenv\n");
    fs::set_permissions(env.path(".env.dev"), fs::Permissions::from_mode(0o600)).unwrap();
    let mut said = Vec::new();
    let mut run = |words: &str, input: &str| said.push(env.run_with(words, input));
    run("-vv secrets set ORG_KEY", "canary-vault\n");
    for words in [
        "-vv validate",
        "-vv secrets list",
        "-vv --json secrets list",
        "-vv preview --out plan.json",
        "-vv --json preview",
        "-vv up --yes --no-provision",
        "-vv --json up --yes --no-provision",
        "render --out rendered",
        "history",
        "outputs --env",
        "-vv secrets rotate",
        "-vv destroy --yes",
    ] {
        run(words, "");
    }
    for ran in said {
        assert_eq!(ran.code, Some(0), "{ran}");
        assert!(!format!("{}{}", ran.stdout, ran.stderr).contains("canary"), "{ran}");
    }
    let mut files = Vec::new();
    for folder in [".dostack", "rendered", "stacks", "home"] {
        walk(&env.path(folder), &mut files);
    }
    assert!(files.len() > 5, "{files:?}");
    for file in files.into_iter().chain([env.path("plan.json")]) {
        let bytes = fs::read(&file).unwrap();
        let text = String::from_utf8_lossy(&bytes);
        assert!(!text.contains("canary"), "{}", file.display());
    }
}

fn walk(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { walk(&path, files) } else { files.push(path) }
    }
}
