//! What is typed.

use insta::assert_snapshot;

use crate::{mistakes::offline, support::env::Env};

#[test]
#[expect(clippy::too_many_lines, reason = "the whole help")]
fn what_is_mistyped_is_named() {
    let env = Env::new();
    assert_snapshot!(env.run("preview --markdwon"), @"
    exit 3
    ---- stderr
    error: unexpected argument '--markdwon' found

      tip: a similar argument exists: '--markdown'

    Usage: dostack preview --markdown

    For more information, try '--help'.
    ");
    assert_snapshot!(env.run("destory"), @"
    exit 3
    ---- stderr
    error: unrecognized subcommand 'destory'

      tip: some similar subcommands exist: 'doctor', 'history', 'destroy'

    Usage: dostack [OPTIONS] <COMMAND>

    For more information, try '--help'.
    ");
    assert_snapshot!(env.run(""), @"
    exit 3
    ---- stderr
    Infrastructure as code for DigitalOcean droplets: preview, up, destroy, without a state file

    Usage: dostack [OPTIONS] <COMMAND>

    Commands:
      init         Start a project here: stack files and templates
      validate     Check a stack file, offline
      doctor       Check token, scopes, quotas, slugs and names before the first change
      schema       Print the JSON Schema of stack files, for editors
      preview      Show what `up` would change
      up           Make the account as the stack file says
      destroy      Remove what the stack owns; data stays unless it is named
      purge        List what in the account belongs to no stack, and delete what is named of it
      outputs      Print addresses and names of what is there
      graph        Draw what the stack consists of
      render       Write the files machines are made from
      history      Show past runs from the journal
      status       Show the machines, and how they and their services are
      probe        Ask the machines whether what has to be true of their software is
      ssh          Log in to a machine, whose host key is the one the account knows
      exec         Run a command on a machine as root; its exit code is ours
      logs         Show what a service writes
      snapshot     Copy volumes by night, and put copies back
      secrets      Keep the values of secrets, encrypted with age, and tell where each comes from
      resize       Give a machine another size, or whatever its rule says
      guard        Switch on what a run left off, anywhere in the account; needs only a token
      serve        Look after the stack: sizes that follow readings, copies by night, machines that stay
                   on
      unlock       Release the stack's lock that a run on another machine left behind
      sandbox      Run a stand-in DigitalOcean
      completions  Print a completion script
      man          Write man pages
      help         Print this message or the help of the given subcommand(s)

    Options:
      -s, --stack <NAME|FILE>  A stack file, or NAME for stacks/NAME.yaml; may be left out where there
                               is only one [env: DOSTACK_STACK=]
      -y, --yes                Do not ask [env: DOSTACK_YES=]
          --json               Write one JSON document, or one event a line, instead of text [env:
                               DOSTACK_JSON=]
          --sandbox            Use the DigitalOcean in the box, kept in .dostack/sandbox.json, instead
                               of an account [env: DOSTACK_SANDBOX=]
      -v, --verbose...         Log what is done to stderr; twice for every call to the API
      -h, --help               Print help
      -V, --version            Print version

    Exit codes: 0 done · 1 a bug · 2 changes pending (preview --detailed-exitcode) · 3 bad input,
    nothing sent · 4 token · 5 refused by DigitalOcean · 6 unreachable, run again · 7 partly done, run
    again · 8 ambiguous, needs a person · 9 locked · 10 journal · 11 not serving · 12 refused by a
    safety rule · 130/143 stopped
    ");
    assert_snapshot!(env.run("up --parallelism 0"), @"
    exit 3
    ---- stderr
    error: invalid value '0' for '--parallelism <N>': 0 is not in 1..=100

    For more information, try '--help'.
    ");
    assert_snapshot!(env.run("preview --no-provision --target vector:"), @"
    exit 3
    ---- stderr
    error: `vector:` is no address: write `component`, `component-2` or `component:part`
    ");
}

#[test]
fn an_address_that_the_stack_does_not_have_is_refused() {
    let env = Env::with_cloud();
    assert_snapshot!(env.run("preview --no-provision --target vectr"), @"
    exit 3
    ---- stdout
    snapshots: up to $192.00 a month more, for up to 20 of `vector` (160 GiB)
    note: nobody takes snapshots by night: `dostack up --schedule` says who does
    Refused plan: nothing of it can be done.
    ---- stderr
    error: `--target vectr` names nothing in this stack
    help: did you mean `vector`?
    the plan is refused; nothing was changed
    ");
    assert_snapshot!(env.run("destroy --yes --delete-data vectr"), @"
    exit 3
    ---- stdout
    Refused plan: nothing of it can be done.
    ---- stderr
    error: `--delete-data vectr` names no volume or snapshot of this stack that goes
    help: name it by its address or its name, as the plan lists it
    the plan is refused; nothing was changed
    ");
}

#[test]
fn without_a_terminal_nobody_is_asked_and_nothing_is_done() {
    let env = Env::with_cloud();
    assert_snapshot!(offline(&env, "up --no-provision"), @"
    exit 3
    ---- stderr
    error: there is no terminal to ask on; nothing was sent
    help: pass `--yes` to go ahead without being asked
    ");
    assert_snapshot!(offline(&env, "destroy"), @"
    exit 3
    ---- stderr
    error: there is no terminal to ask on; nothing was sent
    help: pass `--yes` to go ahead without being asked
    ");
}

#[test]
fn a_stack_that_is_not_there_or_not_clear_is_asked_for() {
    let env = Env::new();
    assert_snapshot!(env.run("--stack prod validate"), @"
    exit 3
    ---- stderr
    error: there is no stack file `stacks/prod.yaml`
    help: there is `--stack dev`
    ");
    assert_snapshot!(env.run("--stack stacks/prod.yaml validate"), @"
    exit 3
    ---- stderr
    error: there is no stack file `stacks/prod.yaml`
    help: there is `--stack dev`
    ");
    env.write("stacks/prod.yaml", include_str!("../../../stacks/prod.yaml"));
    assert_snapshot!(env.run("validate"), @"
    exit 3
    ---- stderr
    error: there are several stack files in `stacks/`
    help: say which one: `--stack dev` or `--stack prod`
    ");
    let empty = Env::new();
    std::fs::remove_file(empty.path("stacks/dev.yaml")).unwrap();
    assert_snapshot!(empty.run("validate"), @"
    exit 3
    ---- stderr
    error: there is no stack file in `stacks/`
    help: `dostack init` writes one; `--stack FILE` names one elsewhere
    ");
}

#[test]
fn a_stack_is_named_by_its_flag() {
    let env = Env::new();
    assert_snapshot!(env.run("preview dev"), @"
    exit 3
    ---- stderr
    error: unexpected argument 'dev' found

    Usage: dostack preview [OPTIONS]

    For more information, try '--help'.
    help: name the stack with `--stack dev`
    ");
    assert_snapshot!(env.run("up stacks/dev.yaml"), @"
    exit 3
    ---- stderr
    error: unexpected argument 'stacks/dev.yaml' found

    Usage: dostack up [OPTIONS]

    For more information, try '--help'.
    help: name the stack with `--stack stacks/dev.yaml`
    ");
    assert_snapshot!(env.run("preview --stack"), @"
    exit 3
    ---- stderr
    error: a value is required for '--stack <NAME|FILE>' but none was supplied

    For more information, try '--help'.
    ");
}

#[test]
fn the_words_of_other_tools_are_known() {
    let env = Env::new();
    for (word, ours) in
        [("plan", "preview"), ("diff", "preview"), ("apply", "up"), ("rm", "destroy")]
    {
        let ran = env.run(word).expect(3);
        assert!(ran.stderr.contains(&format!("`dostack {ours}`")), "{ran}");
    }
    assert_snapshot!(env.run("apply"), @"
    exit 3
    ---- stderr
    error: unrecognized subcommand 'apply'

    Usage: dostack [OPTIONS] <COMMAND>

    For more information, try '--help'.
    help: `dostack up` does that
    ");
}

#[test]
fn a_stack_file_elsewhere_or_a_folder_is_pointed_out() {
    let env = Env::new();
    assert_snapshot!(env.run("--stack dev.yaml validate"), @"
    exit 3
    ---- stderr
    error: there is no stack file `dev.yaml`
    help: there is `--stack dev`
    ");
    assert_snapshot!(env.run("--stack ./stacks validate"), @"
    exit 3
    ---- stderr
    error: `./stacks` is a folder, and a stack is a file
    help: there is `--stack dev`
    ");
    assert_snapshot!(env.run("--stack Dev validate"), @"
    exit 3
    ---- stderr
    error: there is no stack file `stacks/Dev.yaml`
    help: there is `--stack dev`
    ");
}

#[test]
fn a_sandbox_says_why_it_cannot_listen() {
    let env = Env::with_cloud();
    let taken = env.cloud().address().trim_start_matches("http://").to_owned();
    assert_snapshot!(env.run(&format!("sandbox --listen {taken}")), @"
    exit 3
    ---- stderr
    error: cannot listen on 127.0.0.1:[port]: Address already in use (os error [number])
    help: `--listen 127.0.0.1:[port]` takes any free port of this machine
    ");
    assert_snapshot!(env.run("sandbox --listen 0.0.0.0:8080"), @"
    exit 3
    ---- stderr
    error: the sandbox listens on loopback addresses only, and 0.0.0.0:8080 is none
    help: `--listen 127.0.0.1:[port]` takes any free port of this machine
    ");
    assert_snapshot!(env.run("sandbox --listen 127.0.0.1:0 --state nowhere/world.json"), @"
    exit 3
    ---- stderr
    error: cannot keep the world in `nowhere/world.json`: there is no folder `nowhere`
    help: make the folder first, or name a file elsewhere
    ");
    assert_snapshot!(env.run("sandbox --listen 127.0.0.1:0 --speed 0"), @"
    exit 3
    ---- stderr
    error: the sandbox's speed must be between 0.001 and 1000000, and 0 is not
    ");
    assert_snapshot!(env.run("sandbox --listen 8080"), @"
    exit 3
    ---- stderr
    error: invalid value '8080' for '--listen <LISTEN>': invalid socket address syntax

    For more information, try '--help'.
    help: write `--listen 127.0.0.1:[port]`
    ");
}
