//! Nights from end to end: copies taken, listed, held and pruned.

use jiff::{ToSpan as _, civil::DateTime};
use serde_json::{Value, json};

use crate::support::{
    env::{Env, SPEED},
    nights::{self, stack},
    side_by_side::side_by_side,
};

/// The copies that the stack keeps.
const KEEP: &str = "last: 3, daily: 4";

/// A stack with one volume that is copied every night.
fn env() -> Env {
    let env = nights::env(SPEED, KEEP);
    let _ = env.run("up --yes --no-provision").expect(0);
    env
}

fn volume(env: &Env) -> Value {
    env.cloud().call("GET", "/v2/volumes", None)["volumes"][0].clone()
}

fn snapshots(env: &Env) -> Vec<Value> {
    let path = format!("/v2/volumes/{}/snapshots", volume(env)["id"].as_str().unwrap());
    env.cloud().call("GET", &path, None)["snapshots"].as_array().unwrap().clone()
}

fn names(env: &Env) -> Vec<String> {
    let all = snapshots(env);
    let mut names: Vec<_> = all.iter().map(|it| it["name"].as_str().unwrap().to_owned()).collect();
    names.sort();
    names
}

#[test]
fn a_night_is_copied_once_and_carries_the_marks() {
    let env = env();
    let ran = env.run("snapshot run").expect(0);
    assert!(ran.stdout.starts_with("store: took core-store-data-2"), "{ran}");
    let again = env.run("snapshot run").expect(0);
    assert!(again.stdout.starts_with("store: nothing is due before "), "{again}");
    let all = snapshots(&env);
    assert_eq!(all.len(), 1);
    assert_eq!(all[0]["tags"], json!(["dostack:core", "dostack:core:store:volume"]));
    let history = env.run("history").expect(0);
    assert!(history.stdout.contains("snapshot run"), "{history}");
}

#[test]
fn a_second_copy_within_ten_minutes_is_for_later() {
    let env = env();
    let path = format!("/v2/volumes/{}/snapshots", volume(&env)["id"].as_str().unwrap());
    env.cloud().post(&path, json!({ "name": "by-hand" }));
    let ran = env.run("snapshot run").expect(6);
    let told = "DigitalOcean takes one snapshot of a volume every 10 minutes; the next at";
    assert!(ran.stdout.contains(told), "{ran}");
    assert_eq!(names(&env), ["by-hand"]);
}

#[test]
fn the_nightly_job_reads_and_copies_and_does_nothing_else() {
    let env = env();
    env.cloud().forget_calls();
    let _ = env.run("snapshot run").expect(0);
    let changing: Vec<String> = env
        .cloud()
        .calls()
        .changing()
        .map(|call| format!("{} {}", call.method, call.path.rsplit('/').next().unwrap()))
        .collect();
    assert_eq!(changing, ["POST snapshots"]);
}

/// A stack in the box with tonight's copy, and one of each of the nine nights before.
fn with_a_past() -> Env {
    let env = Env::new();
    env.stack(&stack(KEEP));
    let _ = env.run("--sandbox up --yes --no-provision").expect(0);
    let _ = env.run("--sandbox snapshot run").expect(0);
    let mut world: Value = serde_json::from_str(&env.read(WORLD)).unwrap();
    let taken = only(&world["world"]["volume_snapshots"]).clone();
    let slot = taken["name"].as_str().unwrap().rsplit('-').next().unwrap().to_owned();
    let tonight = DateTime::strptime("%Y%m%dT%H%MZ", &slot).unwrap();
    for back in 1..10 {
        let (night, id) = (tonight - back.days(), format!("00000000-0000-4000-8000-{back:012}"));
        let mut copy = taken.clone();
        copy["id"] = json!(id);
        copy["name"] = json!(night.strftime("core-store-data-%Y%m%dT%H%MZ").to_string());
        copy["created_at"] = json!(format!("{night}Z"));
        world["world"]["volume_snapshots"][&id] = copy;
    }
    env.write(WORLD, &world.to_string());
    env
}

const WORLD: &str = ".dostack/sandbox.json";

fn only(map: &Value) -> &Value {
    let mut values = map.as_object().unwrap().values();
    values.next().unwrap()
}

/// Of each snapshot in the list how many nights old it is, and why it stays.
fn listed(env: &Env) -> Vec<String> {
    let ran = env.run("--sandbox --json snapshot list").expect(0);
    let list: Value = serde_json::from_str(&ran.stdout).unwrap();
    let all = list["volumes"][0]["snapshots"].as_array().unwrap();
    all.iter().map(|it| it["why"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn the_list_says_why_each_stays_and_what_the_next_prune_deletes() {
    let env = with_a_past();
    let goes = "goes with the next prune";
    let expected = ["last, daily", "last, daily", "last, daily", "daily"];
    let expected: Vec<&str> = expected.into_iter().chain([goes; 6]).collect();
    assert_eq!(listed(&env), expected);
    let ran = env.run("--sandbox snapshot list").expect(0);
    let sum = "10 snapshots: $6.00 a month; the next prune deletes 6: $3.60 a month";
    assert!(ran.stdout.contains(sum), "{ran}");
    assert!(ran.stdout.contains("at 03:00 UTC, keeps last 3, daily 4"), "{ran}");
}

#[test]
fn prune_deletes_what_no_rule_wants_and_asks_before() {
    let env = with_a_past();
    let _ = env.run("--sandbox snapshot prune").expect(3);
    assert_eq!(listed(&env).len(), 10);
    let ran = env.run("--sandbox snapshot prune --yes").expect(0);
    assert_eq!(ran.stdout.lines().filter(|line| line.starts_with("deleted ")).count(), 6);
    assert_eq!(listed(&env), ["last, daily", "last, daily", "last, daily", "daily"]);
    let again = env.run("--sandbox snapshot prune --yes").expect(0);
    assert!(again.words().contains("no snapshot to delete"), "{again}");
}

#[test]
fn run_prunes_only_when_it_is_asked_to() {
    let env = with_a_past();
    let _ = env.run("--sandbox snapshot run").expect(0);
    assert_eq!(listed(&env).len(), 10);
    let ran = env.run("--sandbox snapshot run --prune").expect(0);
    assert_eq!(ran.stdout.lines().filter(|line| line.contains(": deleted ")).count(), 6, "{ran}");
    assert_eq!(listed(&env).len(), 4);
}

#[test]
fn a_held_copy_stays_until_it_is_let_go() {
    let env = with_a_past();
    let ran = env.run("--sandbox --json snapshot list").expect(0);
    let list: Value = serde_json::from_str(&ran.stdout).unwrap();
    let name = list["volumes"][0]["snapshots"][9]["name"].as_str().unwrap().to_owned();
    let _ = env.run(&format!("--sandbox snapshot hold {name}")).expect(0);
    let _ = env.run("--sandbox snapshot prune --yes").expect(0);
    assert_eq!(listed(&env), ["last, daily", "last, daily", "last, daily", "daily", "held"]);
    let _ = env.run(&format!("--sandbox snapshot hold {name} --release")).expect(0);
    let _ = env.run("--sandbox snapshot prune --yes").expect(0);
    assert_eq!(listed(&env).len(), 4);
}

#[test]
fn nothing_is_pruned_without_a_good_copy_of_the_last_night() {
    let env = with_a_past();
    let mut world: Value = serde_json::from_str(&env.read(WORLD)).unwrap();
    let all = world["world"]["volume_snapshots"].as_object_mut().unwrap();
    let newest = all.values().map(|it| it["name"].as_str().unwrap().to_owned()).max().unwrap();
    all.retain(|_, it| it["name"] != newest.as_str());
    env.write(WORLD, &world.to_string());
    let ran = env.run("--sandbox snapshot prune --yes").expect(12);
    assert!(ran.words().contains("`store` is not pruned: there is no good copy of "), "{ran}");
    assert_eq!(listed(&env).len(), 9);
}

#[test]
fn nights_that_were_missed_are_counted_and_who_should_have_been_there_is_told() {
    let env = with_a_past();
    let mut world: Value = serde_json::from_str(&env.read(WORLD)).unwrap();
    let all = world["world"]["volume_snapshots"].as_object_mut().unwrap();
    let mut names: Vec<String> =
        all.values().map(|it| it["name"].as_str().unwrap().to_owned()).collect();
    names.sort();
    let newest = names.split_off(names.len() - 3);
    all.retain(|_, it| !newest.iter().any(|name| it["name"] == name.as_str()));
    env.write(WORLD, &world.to_string());
    let listed = env.run("--sandbox snapshot list").expect(0);
    assert!(listed.stdout.contains("warning: 2 nights missed, "), "{listed}");
    assert!(listed.stdout.contains("nobody is scheduled: `dostack up --schedule "), "{listed}");
    let _ = env.run("--sandbox up --yes --no-provision --schedule serve").expect(0);
    let listed = env.run("--sandbox snapshot list").expect(0);
    assert!(listed.stdout.contains("`dostack serve` should take them: does it run?"), "{listed}");
}

#[test]
fn a_name_that_means_nothing_is_told_with_what_there_is() {
    let env = with_a_past();
    let ran = env.run("--sandbox snapshot run stor").expect(3);
    assert!(ran.words().contains("did you mean `store`?"), "{ran}");
    let ran = env.run("--sandbox snapshot hold core-store-dat").expect(3);
    assert!(ran.words().contains("no snapshot of the stack's volumes is called"), "{ran}");
}

/// The volumes with what they carry and whether they are on the stack's machine.
fn volumes(env: &Env) -> Vec<String> {
    let all = env.cloud().call("GET", "/v2/volumes", None)["volumes"].clone();
    let told = |it: &Value| {
        let tags: Vec<&str> =
            it["tags"].as_array().unwrap().iter().map(|tag| tag.as_str().unwrap()).collect();
        let place = if it["droplet_ids"][0].is_null() { "free" } else { "attached" };
        let of_slot = |word: &str| match word.split_once("-20") {
            Some((before, _)) => format!("{before}-SLOT"),
            None => word.to_owned(),
        };
        let mut tags: Vec<String> = tags
            .iter()
            .map(|tag| tag.split(':').map(of_slot).collect::<Vec<_>>().join(":"))
            .collect();
        tags.sort();
        format!("{} {place} {}", of_slot(it["name"].as_str().unwrap()), tags.join(" "))
    };
    let mut all: Vec<String> = all.as_array().unwrap().iter().map(told).collect();
    all.sort();
    all
}

/// What a swap leaves: the new volume in the old one's place, the old one kept beside it.
const SWAPPED: [&str; 2] = [
    "core-store-data free dostack:core dostack:core:store-was-SLOT:volume",
    "core-store-data-SLOT attached dostack:core dostack:core:store:volume",
];

/// Everything that a swap changes, in its order.
const SWAP: [&str; 11] = [
    "POST firewalls",
    "POST volumes",
    "POST volumes/actions",
    "POST tags",
    "POST tags/resources",
    "POST tags",
    "POST tags/resources",
    "DELETE tags/resources",
    "DELETE tags/resources",
    "POST volumes/actions",
    "DELETE firewalls",
];

/// A swap that is killed once it has changed so much.
fn swap_killed_after(env: &Env, copy: &str, count: usize) {
    env.cloud().forget_calls();
    env.cloud().hold_after(&SWAP, count);
    let first = env.start(&format!("snapshot restore {copy} --swap --yes"));
    env.cloud().wait_for_changes(count + 1);
    first.kill_at_work();
    env.cloud().heal();
}

fn with_a_copy() -> (Env, String) {
    let env = env();
    let _ = env.run("snapshot run").expect(0);
    let name = names(&env).remove(0);
    (env, name)
}

#[test]
fn a_restored_volume_is_the_stacks_and_on_no_machine() {
    let (env, copy) = with_a_copy();
    let _ = env.run(&format!("snapshot restore {copy} --yes")).expect(0);
    let expected = [
        "core-store-data attached dostack:core dostack:core:store:volume",
        "core-store-data-SLOT free dostack:core dostack:core:store-from-SLOT:volume",
    ];
    assert_eq!(volumes(&env), expected);
    let again = env.run(&format!("snapshot restore {copy} --yes")).expect(0);
    assert_eq!(volumes(&env), expected, "{again}");
    let kept = env.run("preview --no-provision --detailed-exitcode").expect(0);
    assert!(kept.stdout.contains("core-store-data-2"), "{kept}");
}

#[test]
fn a_swap_puts_the_copy_in_place_and_keeps_the_old_volume() {
    let (env, copy) = with_a_copy();
    env.cloud().forget_calls();
    let ran = env.run(&format!("snapshot restore {copy} --swap --yes")).expect(0);
    assert!(ran.stdout.contains("core-store-data is kept"), "{ran}");
    assert_eq!(volumes(&env), SWAPPED);
    assert_eq!(env.cloud().changes(), SWAP);
    let _ = env.run("preview --no-provision --detailed-exitcode").expect(0);
    // The copies of the volume that went are still there, and belong to it.
    let list = env.run("snapshot list").expect(0);
    assert!(list.stdout.contains(&copy), "{list}");
}

#[test]
fn a_swap_that_is_killed_anywhere_is_finished_by_the_same_command() {
    side_by_side([1, 3, 5, 7, 8, 10], |count| {
        let (env, copy) = with_a_copy();
        swap_killed_after(&env, &copy, count);
        let _ = env.run(&format!("snapshot restore {copy} --swap --yes")).expect(0);
        assert_eq!(volumes(&env), SWAPPED, "killed after {count} changes");
    });
}

#[test]
fn a_swap_that_is_killed_anywhere_leaves_up_with_a_volume_to_attach() {
    side_by_side([3, 5, 7, 8, 9], |count| {
        let (env, copy) = with_a_copy();
        swap_killed_after(&env, &copy, count);
        // Where one carries two marks, nothing is done before somebody says which is meant.
        let before = volumes(&env);
        let is_untold = before.iter().any(|volume| volume.matches(":volume").count() > 1);
        let _ = env.run("up --yes --no-provision").expect(if is_untold { 8 } else { 0 });
        let after = volumes(&env);
        let attached = after.iter().filter(|volume| volume.contains(" attached ")).count();
        let is_right = if is_untold { after == before } else { attached == 1 };
        assert!(is_right && after.len() == 2, "killed after {count} changes: {after:?}");
    });
}

#[test]
fn a_volume_that_the_file_names_is_not_swapped() {
    let (env, copy) = with_a_copy();
    env.edit_stack("volume: { size_gb: 10 }", "volume: { size_gb: 10, name: core-store-data }");
    let _ = env.run(&format!("snapshot restore {copy} --swap --yes")).expect(12);
    assert_eq!(volumes(&env), ["core-store-data attached dostack:core dostack:core:store:volume"]);
}
