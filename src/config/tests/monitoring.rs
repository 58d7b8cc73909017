//! What watches a stack, and what that asks of the rest of its file.

use std::collections::BTreeSet;

use crate::config::{
    By, Component, Metrics, Report,
    tests::{DEV, KEY, World},
};

const DROPLET: &str = "droplet: { size: s-2vcpu-4gb, image: debian-12-x64 }";
const LADDER: &str = "resize: { ladder: [s-2vcpu-4gb, s-4vcpu-8gb], on_alerts: [Full], \
     when: { metric: load, above: 5, for: 10m } }";

/// An application that watches its stack, with these fields beside, and other components.
fn watched(app: &str, others: &str) -> World {
    let watch = "volume: none, monitoring: { enabled: true, token: \"${secret:ORG_DO}\" }";
    let app = format!("app: {{ kind: AppStack, {watch}, {app} }}");
    World::small(&format!("secrets: [ORG_DO]\ncomponents:\n  {app}\n  {others}\n"))
}

fn one(report: &Report) -> String {
    let all = report.located();
    assert_eq!(all.len(), 1, "{report}");
    all[0].message.clone()
}

#[test]
fn who_watches_a_stack_needs_a_token_and_is_one() {
    let app = |monitoring: &str| {
        let app = format!("kind: AppStack, volume: none, {DROPLET}, monitoring: {monitoring}");
        World::small(&format!("components:\n  app: {{ {app} }}\n")).messages()
    };
    assert!(app("{ enabled: false }").is_empty());
    assert_eq!(app("{ enabled: true }").len(), 1);
    assert!(app("{ enabled: true }")[0].contains("needs a token"));
    assert!(app("{ enabled: true, token: dop_v1_abc }")[0].contains("must not stand"));
    assert!(app("{ enabled: false, scrape: [\"http://a/b?c\"] }")[0].contains("a path"));
    let page = "\"http://a/b\"";
    assert!(app(&format!("{{ enabled: false, scrape: [{page}, {page}] }}"))[0].contains("twice"));
    assert!(app("{ enabled: false, retention: long }")[0].contains("no length of time"));
    let second = format!(
        "second: {{ kind: AppStack, volume: none, {DROPLET}, \
         monitoring: {{ enabled: true, token: \"${{secret:ORG_DO}}\" }} }}"
    );
    let said = watched(DROPLET, &second).messages();
    assert!(said[0].contains("`app` watches the whole stack already"), "{said:?}");
}

#[test]
fn no_machine_is_told_to_switch_itself_off() {
    let own = watched(&format!("{DROPLET}, {LADDER}"), "");
    let told = own.refused();
    assert!(told.contains("cannot switch off the machine it is on"), "{told}");
    assert!(told.contains("stacks/a.yaml:7:") && told.contains("by: schedule"), "{told}");
    // On another's machine that one's ladder is meant.
    let plain = format!("server: {{ kind: Droplet, {DROPLET}, {LADDER} }}");
    assert!(watched("on: server", &plain).refused().contains("cannot switch off"));
    let metrics = "metrics: { prometheus: \"http://10.0.0.9:9090\" }\ncomponents:";
    let text = watched(DROPLET, &plain);
    let text = String::from_utf8(text.files["stacks/a.yaml"].clone()).unwrap();
    let loaded = World::with(text.replace("components:", metrics)).loaded();
    assert!(one(&loaded.warnings).contains("keeps the memory it had"), "{}", loaded.warnings);
}

#[test]
fn a_schedule_elsewhere_may_switch_off_the_machine_that_watches() {
    let by_schedule = LADDER.replace("on_alerts: [Full]", "by: schedule");
    let stack = watched(&format!("{DROPLET}, {by_schedule}"), "").loaded();
    assert!(stack.warnings.located().is_empty(), "{}", stack.warnings);
    let rule = stack.stack.components.values().find_map(Component::resize).unwrap();
    assert_eq!(rule.by, By::Schedule);
    // Nothing of it is woken by an alert.
    let woken = LADDER.replace("ladder:", "by: schedule, ladder:");
    let told = watched(&format!("{DROPLET}, {woken}"), "").refused();
    assert!(told.contains("this rule is looked at by a schedule"), "{told}");
    // Pages tell the moment only, and whoever looks once remembers nothing.
    let plain = format!("server: {{ kind: Droplet, {DROPLET}, {by_schedule} }}");
    let text = watched(DROPLET, &plain);
    let text = String::from_utf8(text.files["stacks/a.yaml"].clone()).unwrap();
    let pages = "metrics: { scrape: [\"http://10.0.0.9:9100/metrics\"] }\ncomponents:";
    let told = World::with(text.replace("components:", pages)).refused();
    assert!(told.contains("a schedule remembers nothing"), "{told}");
    let other = LADDER.replace("ladder:", "by: cron, ladder:");
    let told = watched(&format!("{DROPLET}, {other}"), "").refused();
    assert!(told.contains("`schedule`"), "{told}");
}

#[test]
fn what_hangs_on_readings_that_only_the_own_machine_has_is_noted() {
    let cache = format!(
        "cache: {{ kind: MicroCache, enabled: auto, {DROPLET}, when: {{ metric: a, above: 1, for: 1m }} }}"
    );
    let notes = watched(DROPLET, &cache).warnings();
    let unknown =
        |note: &&String| note.contains("for `preview` and `up` here readings are unknown");
    assert_eq!(notes.iter().filter(unknown).count(), 1, "{notes:?}");
    // `resize` goes to the machine and asks there.
    let plain = format!("server: {{ kind: Droplet, {DROPLET}, {LADDER} }}");
    assert!(!watched(DROPLET, &plain).warnings().iter().any(|note| unknown(&note)));
    assert!(watched(DROPLET, "").warnings().is_empty());
}

#[test]
fn copies_that_want_a_key_are_left_to_others() {
    let copied = |how: &str| {
        let at = "at: \"03:00\", time_zone: UTC, keep: { last: 3 }";
        let copied = format!("volume: {{ size_gb: 1 }}, snapshots: {{ {at}, consistency: {how} }}");
        watched(DROPLET, &format!("server: {{ kind: Droplet, {DROPLET}, {copied} }}")).warnings()
    };
    assert!(copied("crash").is_empty());
    assert!(copied("freeze")[0].contains("no SSH key"));
}

#[test]
fn the_whole_text_reads_back_as_the_same_stack_and_holds_no_path() {
    let world = World::with(DEV).key("~/.ssh/id_ed25519.pub", KEY);
    let stack = world.loaded().stack;
    let whole = stack.whole.clone();
    assert!(!whole.contains("~/.ssh") && whole.contains(KEY), "{whole}");
    assert!(whole.contains("${secret:ORG_POSTGRES_PW}"), "{whole}");
    let mut again = World::with(&whole).loaded().stack;
    assert_eq!(again.whole, whole);
    // Where it runs, the stack's own server answers; nobody logs in from there.
    assert_eq!(again.metrics, Some(Metrics::Prometheus("http://127.0.0.1:9090".to_owned())));
    again.metrics = None;
    again.ssh.private_key.clone_from(&stack.ssh.private_key);
    assert_eq!(again, stack);
}

#[test]
fn texts_stay_what_they_are_in_the_whole_text() {
    let command = "a\\\"b $${not} ${output:app.private_ip} ${env:PLACE} # c";
    let app = format!(
        "kind: AppStack, volume: none, {DROPLET}, orchestrator: {{ image: a, command: '{}', \
         environment: {{ A: '$${{x}}', B: \"1.30\", C: no }} }}",
        command.replace('\'', "''")
    );
    let small = format!("components:\n  app: {{ {app} }}\n");
    let world = World::small(&small).variable("PLACE", "o'clock: ${x}");
    let stack = world.loaded().stack;
    let again = World::with(&stack.whole).loaded().stack;
    assert_eq!(again.components, stack.components);
    assert_eq!(again.whole, stack.whole);
    let lines: BTreeSet<&str> = stack.whole.lines().map(str::trim).collect();
    assert!(lines.contains("\"B\": \"1.30\""), "{lines:?}");
}
