//! What the shell and `man` are given.

use std::process::Command;

use insta::assert_snapshot;

use crate::support::{
    env::{Env, PROGRAM},
    terminal::Terminal,
    tool::tool,
};

/// A shell in the project's folder that finds the program by its name.
fn shell(env: &Env, mut shell: Command) -> Command {
    let folder = std::path::Path::new(PROGRAM).parent().unwrap();
    shell
        .current_dir(env.path(""))
        .env_clear()
        .env("HOME", env.path("home"))
        .env("PATH", format!("{}:/usr/bin:/bin", folder.display()));
    shell
}

/// What bash offers for a line, as it breaks it into words itself.
fn bash(env: &Env, words: &[&str]) -> String {
    let line = words.concat();
    let broken: Vec<&str> = words.iter().map(|word| word.trim()).collect();
    let script = format!(
        "source <(dostack completions bash)\nCOMP_WORDS=({})\nCOMP_CWORD={}\nCOMP_LINE='{line}'\n\
         _dostack\nprintf '%s\\n' \"${{COMPREPLY[@]}}\"",
        broken.iter().map(|word| format!("'{word}'")).collect::<Vec<_>>().join(" "),
        broken.len() - 1,
    );
    let ran = shell(env, Command::new("bash")).args(["-c", &script]).output().unwrap();
    assert!(ran.stderr.is_empty(), "{}", String::from_utf8_lossy(&ran.stderr));
    String::from_utf8(ran.stdout).unwrap()
}

#[test]
fn bash_knows_the_stacks_and_their_addresses() {
    let env = Env::new();
    env.write("stacks/prod.yaml", include_str!("../../stacks/prod.yaml"));
    assert_snapshot!(bash(&env, &["dostack ", "--stack ", ""]), @"
    dev
    prod
    ");
    assert_snapshot!(bash(&env, &["dostack ", "--stack ", "dev ", "preview ", "--target ", "v"]), @"
    vector
    vector:volume
    vector:firewall
    vector:record-vector
    ");
    assert_snapshot!(bash(&env, &["dostack ", "-s ", "prod ", "up ", "--target", "=", "app", ":", ""]), @"
    volume
    firewall
    record-admin-prod
    record-app-prod
    ");
    assert_snapshot!(bash(&env, &["dostack ", "-s ", "dev ", "up ", "--target ", "vector", ":", "vo"]), @"volume");
    assert_snapshot!(bash(&env, &["dostack ", "--stack=dev ", "destroy ", "--delete-data ", ""]), @"
    app:volume
    core-dev-app-data
    vector:volume
    core-dev-vector-data
    ");
    assert_snapshot!(bash(&env, &["dostack ", "graph ", "--f"]), @"--format");
    assert_snapshot!(bash(&env, &["dostack ", "graph ", "--format ", ""]), @"
    dot
    mermaid
    svg
    ");
    assert_snapshot!(bash(&env, &["dostack ", "his"]), @"history");
    // Neither an unclear nor a broken stack is told while somebody types.
    assert_snapshot!(bash(&env, &["dostack ", "up ", "--target ", ""]), @"");
}

#[test]
fn a_tabulator_in_bash_completes_an_address() {
    let env = Env::new();
    let mut command = shell(&env, Command::new("bash"));
    command.args(["--norc", "--noprofile", "-i"]);
    let mut terminal = Terminal::run(&command);
    terminal.type_in("PS1='ready> '; source <(dostack completions bash)\r");
    terminal.wait_for("\nready>");
    terminal.type_in("dostack preview --target vector:vo\t");
    terminal.wait_for("--target vector:volume");
    terminal.type_in("\u{15}exit\r");
    let _ = terminal.finish();
}

#[test]
fn fish_knows_them_too() {
    let Some(fish) = tool("fish") else { return };
    let env = Env::new();
    let script =
        "dostack completions fish | source; complete -C 'dostack preview --target vector:v'";
    let ran = shell(&env, fish).args(["--no-config", "-c", script]).output().unwrap();
    assert_snapshot!(String::from_utf8(ran.stdout).unwrap(), @"vector:volume	volume core-dev-vector-data");
}

#[test]
fn zsh_knows_them_too() {
    let Some(zsh) = tool("zsh") else { return };
    let env = Env::new();
    let mut command = shell(&env, zsh);
    command.args(["-f", "-i"]);
    let mut terminal = Terminal::run(&command);
    terminal.type_in(
        "PS1='ready> '; autoload -U compinit; compinit -u -D; source <(dostack completions zsh)\r",
    );
    terminal.wait_for("\nready>");
    terminal.type_in("dostack preview --target vector:vo\t");
    terminal.wait_for("--target vector:volume");
    terminal.type_in("\u{15}exit\r");
    let _ = terminal.finish();
}

/// The commands that the help lists.
fn commands(env: &Env) -> Vec<String> {
    let help = env.run("--help").expect(0).stdout;
    let (_, rest) = help.split_once("Commands:\n").unwrap();
    let lines = rest.lines().take_while(|line| !line.is_empty());
    let names = lines.filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    names.filter_map(|line| line.split_whitespace().next()).map(ToOwned::to_owned).collect()
}

#[test]
fn every_command_has_a_man_page_that_groff_takes_without_a_warning() {
    let env = Env::new();
    let _ = env.run("man pages").expect(0);
    let commands = commands(&env);
    assert!(commands.len() > 12, "{commands:?}");
    for command in commands.iter().filter(|command| *command != "help") {
        let page = env.read(&format!("pages/dostack-{command}.1"));
        assert!(page.contains(".TH"), "{command}");
    }
    assert!(!env.path("pages/dostack-complete.1").exists());
    if tool("groff").is_none() {
        return;
    }
    for page in std::fs::read_dir(env.path("pages")).unwrap() {
        let page = page.unwrap().path();
        let ran = Command::new("groff").args(["-man", "-ww", "-Tutf8", "-z"]).arg(&page).output();
        let told = String::from_utf8(ran.unwrap().stderr).unwrap();
        assert_eq!(told, "", "{}", page.display());
    }
}
