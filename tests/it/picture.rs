//! The picture of a stack.

use crate::support::env::Env;

/// The picture that the README shows.
const SHOWN: &str = include_str!("../../docs/dev.svg");

#[test]
fn the_picture_in_the_readme_is_what_the_command_draws() {
    let env = Env::new();
    let drawn = env.run("--sandbox --stack dev graph --svg").expect(0);
    assert_eq!(drawn.stdout, SHOWN, "draw it anew: `dostack --sandbox --stack dev graph --svg`");
    let again = env.run("--sandbox --stack dev graph --format svg").expect(0);
    assert_eq!(again.stdout, SHOWN);
}

#[test]
fn without_an_account_a_picture_has_no_prices_and_says_so() {
    let env = Env::new();
    let drawn = env.run("graph --svg").expect(0);
    assert!(drawn.words().contains("without their prices"), "{drawn}");
    assert!(drawn.stdout.contains("s-4vcpu-8gb") && !drawn.stdout.contains("a month"));
}

#[test]
fn machines_of_one_kind_are_drawn_once() {
    let env = Env::new();
    let workers = "\n  workers:\n    kind: Droplet\n    count: 200\n    droplet: { size: s-1vcpu-1gb, image: ubuntu-22-04-x64 }\n";
    env.write("stacks/dev.yaml", &(env.read("stacks/dev.yaml") + workers));
    let drawn = env.run("--sandbox graph --svg").expect(0).stdout;
    assert!(drawn.contains("200 × s-1vcpu-1gb") && drawn.contains("$1200.00"));
    assert!(!drawn.contains("workers-7"));
}

#[test]
fn what_shares_a_machine_has_its_own_data_and_the_price_is_the_plans() {
    let env = Env::new();
    env.stack(
        "stack: one\nregion: sfo2\nvpc: { ip_range: 10.120.0.0/16 }\n\
         ssh: { public_keys: [~/.ssh/id_ed25519.pub], allow_from: [anywhere] }\n\
         components:\n  \
         server: { kind: Droplet, droplet: { size: s-8vcpu-16gb, image: ubuntu-24-04-x64, backups: true } }\n  \
         vector: { kind: VectorDroplet, on: server, volume: { size_gb: 100 } }\n  \
         app: { kind: AppStack, on: server, volume: { size_gb: 50 } }\n",
    );
    let drawn = env.run("--sandbox graph --svg").expect(0).stdout;
    for shown in [">one-vector-data<", ">one-app-data<", "1 machine, 1 of them with data"] {
        assert_eq!(drawn.matches(shown).count(), 1, "{shown}: {drawn}");
    }
    let planned = env.run("--sandbox preview --no-provision").expect(0);
    let month = "$130.20 a month";
    assert!(drawn.contains(month) && planned.stdout.contains(month), "{drawn}{planned}");
}

#[test]
fn a_project_a_reserved_ip_and_alerts_are_in_the_picture() {
    let env = Env::new();
    env.edit_stack("vpc: { ip", "project: Shop\nvpc: { ip");
    let more = "    reserved_ip: true\n    \
                alerts: [{ type: cpu, above: 80, for: 5m, email: [ops@example.com] }]\n    \
                records: [app, admin]";
    env.edit_stack("    records: [app, admin]", more);
    let drawn = env.run("graph --svg").expect(0).stdout;
    for shown in ["core-dev · project Shop", "reserved IP", "alerts: cpu"] {
        assert_eq!(drawn.matches(shown).count(), 1, "{shown}");
    }
}
