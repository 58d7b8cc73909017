//! Every command once, as it is described.

use insta::assert_snapshot;
use serde_json::Value;

use crate::support::env::Env;

/// The lines of a stream of JSON documents.
fn documents(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).expect(line)).collect()
}

fn kinds(documents: &[Value]) -> Vec<&str> {
    documents.iter().map(|document| document["kind"].as_str().unwrap()).collect()
}

#[test]
#[expect(clippy::too_many_lines, reason = "whole outputs")]
fn a_project_is_started_and_comes_up_in_the_box() {
    let env = Env::new();
    std::fs::remove_dir_all(env.path("stacks")).unwrap();
    std::fs::remove_dir_all(env.path("home")).unwrap();
    assert_snapshot!(env.run("init"), @"
    exit 0
    ---- stderr
    wrote ./stacks/dev.yaml
    wrote ./stacks/prod.yaml
    wrote ./cloud-init/droplet.yaml
    wrote ./.gitignore
    note: there is no key `~/.ssh/id_ed25519.pub` yet; `ssh-keygen -t ed25519` makes one
    next:
      dostack --sandbox --stack dev up   all of it in the box, without an account
      dostack --stack dev preview        with stacks/dev.yaml edited and a token set
    ");
    assert_snapshot!(env.run("init"), @"
    exit 0
    ---- stderr
    left ./stacks/dev.yaml as it is
    left ./stacks/prod.yaml as it is
    left ./cloud-init/droplet.yaml as it is
    left ./.gitignore as it is
    note: there is no key `~/.ssh/id_ed25519.pub` yet; `ssh-keygen -t ed25519` makes one
    next:
      dostack --sandbox --stack dev up   all of it in the box, without an account
      dostack --stack dev preview        with stacks/dev.yaml edited and a token set
    ");
    assert_snapshot!(env.run("--stack dev --sandbox up --yes").summary(), @"
    exit 0
    ---- stdout
    Plan: 16 to create. $0.00 -> $266.00 a month (+$266.00).
    16 created.
      core-dev-app             [public]  [private]
      core-dev-vector          [public]  [private]
    $266.00 a month.
    ---- stderr
    note: there is no file `~/.ssh/id_ed25519.pub`: a throw-away key takes its place
      --> stacks/dev.yaml:17:17
       |
    17 |   public_keys: [~/.ssh/id_ed25519.pub]   # a path, or the key itself; registered if it is missing
       |                 ^^^^^^^^^^^^^^^^^^^^^
    note: `ORG_OPENAI_API_KEY`, `ORG_POSTGRES_PW`, `ORG_WEAVIATE_API_KEY` not set; the sandbox needs no secrets
    note: software steps are skipped: no machine stands behind a droplet of the sandbox
    ");
    assert_snapshot!(env.run("--stack dev --sandbox preview"), @"
    exit 0
    ---- stdout
    snapshots: up to $192.00 a month more, for up to 20 of `vector` (160 GiB)
    note: nobody takes snapshots by night: `dostack up --schedule` says who does
    Nothing to do: all 16 things are as wanted. $266.00 a month.
    ---- stderr
    note: there is no file `~/.ssh/id_ed25519.pub`: a throw-away key takes its place
      --> stacks/dev.yaml:17:17
       |
    17 |   public_keys: [~/.ssh/id_ed25519.pub]   # a path, or the key itself; registered if it is missing
       |                 ^^^^^^^^^^^^^^^^^^^^^
    ");
    assert_snapshot!(env.run("--stack prod --sandbox validate"), @"
    exit 0
    ---- stdout
    stacks/prod.yaml is valid: stack `core-prod`, 16 things
    ---- stderr
    note: there is no file `~/.ssh/id_ed25519.pub`: a throw-away key takes its place
      --> stacks/dev.yaml:17:17
       |
    17 |   public_keys: [~/.ssh/id_ed25519.pub]   # a path, or the key itself; registered if it is missing
       |                 ^^^^^^^^^^^^^^^^^^^^^
    note: `ORG_OPENAI_API_KEY` has no value yet; needed by vector/weaviate
    note: `ORG_POSTGRES_PW` has no value yet; needed by app/orchestrator, app/postgres
    note: `ORG_WEAVIATE_API_KEY` has no value yet; needed by app/orchestrator, vector/agents, vector/weaviate
    ");
    let rest = "--delete-data vector:volume --delete-data app:volume";
    assert_snapshot!(env.run(&format!("--stack dev --sandbox destroy --yes {rest}")), @"
    exit 0
    ---- stdout
    stack core-dev
      - VPC      core-dev
      - SSH key  dostack core-dev 811a86ce
      - tag      9 tags that nothing carries any more
    app
      - record   admin.example.com
      - record   app.example.com
      - droplet  core-dev-app                                               -$192.00
          its local disk is lost
      - volume   core-dev-app-data                                           -$10.00
          its data is lost for good
      - firewall core-dev-app
    network
      - firewall core-dev-network
    vector
      - record   vector.example.com
      - droplet  core-dev-vector                                             -$48.00
          its local disk is lost
      - volume   core-dev-vector-data                                        -$16.00
          its data is lost for good
      - firewall core-dev-vector
    note: stack:domain: the domain `example.com` stays; dostack never deletes a domain
    Plan: 13 to delete. $266.00 -> $0.00 a month (-$266.00).
    13 deleted.
    $0.00 a month.
    ---- stderr
    - SSH key  dostack core-dev 811a86ce  deleted in [time]
    - VPC      core-dev  deleted in [time]
    - droplet  core-dev-app  deleted in [time]
    - droplet  core-dev-vector  deleted in [time]
    - firewall core-dev-app  deleted in [time]
    - firewall core-dev-network  deleted in [time]
    - firewall core-dev-vector  deleted in [time]
    - record   admin.example.com  deleted in [time]
    - record   app.example.com  deleted in [time]
    - record   vector.example.com  deleted in [time]
    - tag      9 tags  deleted in [time]
    - volume   core-dev-app-data  deleted in [time]
    - volume   core-dev-vector-data  deleted in [time]
    ");
    assert_snapshot!(env.run("--stack dev --sandbox destroy --yes"), @"
    exit 0
    ---- stdout
    note: stack:domain: the domain `example.com` stays; dostack never deletes a domain
    Nothing to do. $0.00 a month.
    ");
}

#[test]
fn events_are_one_json_document_a_line() {
    let env = Env::with_cloud();
    let ran = env.run("up --yes --no-provision --json").expect(0);
    let documents = documents(&ran.stdout);
    let kinds = kinds(&documents);
    assert_eq!((kinds[0], *kinds.last().unwrap()), ("plan", "summary"));
    assert!(kinds[1..kinds.len() - 1].iter().all(|kind| *kind == "event"));
    let done = documents.iter().filter(|document| document["event"]["event"] == "done");
    assert_eq!(done.count(), 16);
    assert_eq!(documents.last().unwrap()["summary"]["counts"]["done"], 16);
    assert!(documents.iter().all(|document| document["version"] == 1));
    assert_eq!(ran.words(), "");
}

#[test]
fn errors_are_json_documents_too() {
    let env = Env::with_cloud();
    env.edit_stack("size_gb: 160", "sise_gb: 160");
    let ran = env.run("preview --no-provision --json").expect(3);
    let error: Value = serde_json::from_str(&ran.stderr).unwrap();
    assert_eq!(error["error"]["exit"], 3);
    assert_eq!(error["error"]["mistakes"][1]["place"]["line"], 39);
    env.edit_stack("sise_gb: 160", "size_gb: 160");
    env.edit_stack("monthly_usd: 400", "monthly_usd: 1");
    let ran = env.run("preview --no-provision --json").expect(12);
    let error: Value = serde_json::from_str(&ran.stderr).unwrap();
    assert_eq!(error["error"]["refusals"].as_array().unwrap().len(), 1);
    assert_eq!(documents_of_one(&ran.stdout)["kind"], "plan");
}

fn documents_of_one(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

#[test]
fn a_plan_is_told_for_a_pull_request() {
    let env = Env::with_cloud();
    let _ = env.run("up --yes --no-provision").expect(0);
    assert_snapshot!(env.run("preview --no-provision --markdown"), @"
    exit 0
    ---- stdout
    ### dostack: `core-dev`

    Nothing to do: all 16 things are as wanted. $266.00 a month.

    > snapshots: up to $192.00 a month more, for up to 20 of `vector` (160 GiB)

    > note: nobody takes snapshots by night: `dostack up --schedule` says who does
    ");
    env.edit_stack("size_gb: 160", "size_gb: 200");
    env.edit_stack("droplet: { size: s-4vcpu-8gb,", "droplet: { size: s-8vcpu-16gb,");
    env.edit_stack("ladder: [s-4vcpu-8gb, s-8vcpu-16gb]", "ladder: [s-8vcpu-16gb]");
    env.edit_stack("enabled: auto", "enabled: true");
    env.edit_stack("records: [app, admin]", "records: [app]");
    assert_snapshot!(env.run("preview --no-provision --markdown"), @"
    exit 0
    ---- stdout
    ### dostack: `core-dev`

    Plan: 3 to create, 1 to update, 1 to resize, 1 to delete. $266.00 -> $324.00 a month (+$58.00).

    | | address | kind | name | what changes | $ a month |
    |---|---|---|---|---|---|
    | delete | `app:record-admin` | record | `admin.example.com` |  |  |
    | create | `cache:tag` | tag | `dostack:core-dev:cache` |  |  |
    | update | `vector:volume` | volume | `core-dev-vector-data` | size: 160 GiB → 200 GiB | +$4.00 |
    | create | `cache:firewall` | firewall | `core-dev-cache` | 2 in, 3 out |  |
    | create | `cache` | droplet | `core-dev-cache` | s-1vcpu-1gb | +$6.00 |
    | resize | `vector` | droplet | `core-dev-vector` | size: s-4vcpu-8gb → s-8vcpu-16gb; **off for about 2 min** | +$48.00 |

    > snapshots: up to $240.00 a month more, for up to 20 of `vector` (200 GiB)

    > note: nobody takes snapshots by night: `dostack up --schedule` says who does
    ");
}

#[test]
fn only_what_is_asked_for_and_what_it_needs_is_made() {
    let env = Env::with_cloud();
    let ran = env.run("up --yes --no-provision --target vector:record-vector");
    assert_snapshot!(ran.expect(0).data(), @"
    stack core-dev
      + tag      dostack:core-dev
      + VPC      core-dev                   10.120.0.0/16 in sfo2
      + SSH key  dostack core-dev a170fd0f
      + domain   example.com
    network
      + firewall core-dev-network           2 in, 3 out
    vector
      + tag      dostack:core-dev:vector
      + volume   core-dev-vector-data       160 GiB                          +$16.00
      + firewall core-dev-vector            4 in, 3 out
      + droplet  core-dev-vector            s-4vcpu-8gb                      +$48.00
      + record   vector.example.com         A -> vector
    snapshots: up to $192.00 a month more, for up to 20 of `vector` (160 GiB)
    note: nobody takes snapshots by night: `dostack up --schedule` says who does
    Plan: 10 to create. $0.00 -> $64.00 a month (+$64.00).
    10 created.
      core-dev-vector          [public]  [private]
    $64.00 a month.
    ");
    let things = env.cloud().things();
    assert!(things.iter().any(|thing| thing.starts_with("droplet core-dev-vector")));
    assert!(!things.iter().any(|thing| thing.starts_with("droplet core-dev-app")));
    let _ = env.run("preview --no-provision --detailed-exitcode --target vector").expect(0);
    let _ = env.run("preview --no-provision --detailed-exitcode").expect(2);
    let _ = env.run("up --yes --no-provision").expect(0);
    let _ = env.run("preview --no-provision --detailed-exitcode").expect(0);
}

#[test]
fn a_plan_that_was_kept_is_carried_out_as_it_is() {
    let env = Env::with_cloud();
    let shown = env.run("preview --no-provision --out plan.json").expect(0);
    let done = env.run("up --no-provision --plan plan.json").expect(0);
    assert!(done.data().starts_with(&shown.data()), "{shown}{done}");
    let again = env.run("up --no-provision --plan plan.json").expect(12);
    assert!(again.words().contains("the plan is stale"), "{again}");
    let _ = env.run("preview --no-provision --detailed-exitcode").expect(0);
}

#[test]
fn outputs_are_for_people_programs_and_shells() {
    let env = Env::with_cloud();
    assert_snapshot!(env.run("outputs"), @"
    exit 0
    ---- stderr
    no droplet is there yet; `dostack up` makes what the file says
    ");
    let _ = env.run("up --yes --no-provision").expect(0);
    assert_snapshot!(env.run("outputs"), @"
    exit 0
    ---- stdout
    app              core-dev-app                 [public]  [private]
    vector           core-dev-vector              [public]  [private]
    ");
    assert_snapshot!(env.run("outputs --json"), @r#"
    exit 0
    ---- stdout
    {
      "version": 1,
      "kind": "outputs",
      "outputs": {
        "app": {
          "name": "core-dev-app",
          "id": [number],
          "public_ip": "[public]",
          "private_ip": "[private]",
          "reserved_ip": null
        },
        "vector": {
          "name": "core-dev-vector",
          "id": [number],
          "public_ip": "[public]",
          "private_ip": "[private]",
          "reserved_ip": null
        }
      }
    }
    "#);
    assert_snapshot!(env.run("outputs --env"), @"
    exit 0
    ---- stdout
    POSTGRES_DSN=postgresql://orchestrator@[private]:5432/orchestrator
    WEAVIATE_ENDPOINT=http://[private]:8080
    ENABLE_MICRO_CACHE=false
    ");
}

#[test]
fn a_stack_is_drawn() {
    let env = Env::new();
    env.stack("stack: one\nregion: sfo2\nvpc: { ip_range: 10.120.0.0/16 }\nssh: { public_keys: [~/.ssh/id_ed25519.pub], allow_from: [\"203.0.113.0/24\"] }\ncomponents:\n  web: { kind: Droplet, droplet: { size: s-1vcpu-1gb, image: ubuntu-22-04-x64 } }\n");
    assert_snapshot!(env.run("graph"), @r#"
    exit 0
    ---- stdout
    digraph stack {
      rankdir = LR;
      node [shape = box];
      "stack:vpc" [label = "VPC\none"];
      "stack:key-a170fd0f" [label = "SSH key\ndostack one a170fd0f"];
      "web" [label = "droplet\none-web"];
      "web:tag" [label = "tag\ndostack:one:web"];
      "web:firewall" [label = "firewall\none-web"];
      "stack:vpc" -> "web";
      "stack:key-a170fd0f" -> "web";
      "web:tag" -> "web";
      "web:firewall" -> "web";
      "web:tag" -> "web:firewall";
    }
    "#);
    assert_snapshot!(env.run("graph --format mermaid"), @r#"
    exit 0
    ---- stdout
    graph LR
      stack_vpc["VPC one"]
      stack_key_a170fd0f["SSH key dostack one a170fd0f"]
      web["droplet one-web"]
      web_tag["tag dostack:one:web"]
      web_firewall["firewall one-web"]
      stack_vpc --> web
      stack_key_a170fd0f --> web
      web_tag --> web
      web_firewall --> web
      web_tag --> web_firewall
    "#);
}

#[test]
fn a_stack_is_checked_without_an_account() {
    let env = Env::new();
    assert_snapshot!(env.run("validate"), @"
    exit 0
    ---- stdout
    stacks/dev.yaml is valid: stack `core-dev`, 16 things
    ---- stderr
    note: `ORG_OPENAI_API_KEY` has no value yet; needed by vector/weaviate
    note: `ORG_POSTGRES_PW` has no value yet; needed by app/orchestrator, app/postgres
    note: `ORG_WEAVIATE_API_KEY` has no value yet; needed by app/orchestrator, vector/agents, vector/weaviate
    ");
    assert_snapshot!(env.run("validate --json"), @r#"
    exit 0
    ---- stdout
    {
      "version": 1,
      "kind": "validation",
      "validation": {
        "stack": "core-dev",
        "resources": 16,
        "missing_secrets": [
          "ORG_OPENAI_API_KEY",
          "ORG_POSTGRES_PW",
          "ORG_WEAVIATE_API_KEY"
        ]
      }
    }
    "#);
}

#[test]
fn what_a_schema_describes_is_what_a_stack_file_says() {
    let env = Env::new();
    let schema = documents_of_one(&env.run("schema").expect(0).stdout);
    let text = env.read("stacks/dev.yaml");
    let stack: Value = serde_yaml::from_str(&text).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let errors: Vec<String> =
        validator.iter_errors(&stack).map(|error| error.to_string()).collect();
    assert_eq!(errors, Vec::<String>::new());
    let wrong: Value = serde_yaml::from_str(&text.replace("size_gb", "sise_gb")).unwrap();
    assert!(!validator.is_valid(&wrong));
}

#[test]
fn the_shell_and_man_are_served() {
    let env = Env::new();
    for shell in ["elvish", "powershell"] {
        let ran = env.run(&format!("completions {shell}")).expect(0);
        assert!(ran.stdout.contains("delete-data"), "{shell}");
    }
    for shell in ["bash", "zsh", "fish"] {
        let ran = env.run(&format!("completions {shell}")).expect(0);
        assert!(ran.stdout.contains("dostack complete"), "{shell}");
    }
    let _ = env.run("man pages").expect(0);
    for page in ["dostack.1", "dostack-up.1", "dostack-preview.1", "dostack-sandbox.1"] {
        assert!(env.read(&format!("pages/{page}")).contains(".TH"), "{page}");
    }
    assert_snapshot!(env.run("--version").expect(0).stdout.trim_end(), @"dostack 0.1.0");
    for command in ["", "up", "preview", "destroy", "sandbox", "outputs", "graph", "init"] {
        let ran = env.run(&format!("{command} --help")).expect(0);
        assert!(ran.stdout.contains("Usage: dostack"), "{ran}");
    }
}

#[test]
fn what_would_fail_is_told_before_the_first_change() {
    let env = Env::with_cloud();
    assert_snapshot!(env.run("doctor"), @"
    exit 0
    ---- stdout
    good  token                    someone@example.com, account active
    good  region sfo2              San Francisco 2
    good  scopes                   everything the stack touches can be read
    good  droplets                 0 there, 2 to create, 2000 allowed
    good  volumes                  0 there, 2 to create, 2000 allowed
    good  image ubuntu-22-04-x64   22.04 (LTS) x64
    good  plan                     sizes, names and limits are in order
    ");
    assert_eq!(env.cloud().calls().changing().count(), 0);
}

#[test]
fn the_sandbox_keeps_its_world_between_commands_and_apart_from_the_account() {
    let env = Env::with_cloud();
    let _ = env.run("--sandbox up --yes").expect(0);
    assert_eq!(env.cloud().calls().total, 0);
    let _ = env.run("--sandbox preview --detailed-exitcode").expect(0);
    let _ = env.run("preview --no-provision --detailed-exitcode").expect(2);
}
