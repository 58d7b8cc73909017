//! Machines in the place of others, with and without trouble.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use crate::{
    apply::{
        Class, Outcome, run,
        tests::{
            bed::{Bed, SMALL, stack},
            killed::in_every_place,
        },
    },
    config::Stack,
    digitalocean::Exchange,
    plan::{Action, Asked},
};

/// The same machine without data.
fn bare() -> Stack {
    let text = SMALL.replace("volume: { size_gb: 10 }", "volume: none");
    stack(&text)
}

fn replacing() -> Asked {
    Asked { replace: ["app".parse().unwrap()].into(), ..Asked::stand() }
}

async fn replace(bed: &Bed, stack: &Stack) -> Outcome {
    bed.carry_out(&bed.plan(stack, &replacing()).await).await
}

async fn stands(stack: &Stack) -> Bed {
    let bed = Bed::new().await;
    assert_eq!(bed.up(stack).await.class(), None);
    bed
}

async fn all(bed: &Bed, kind: &str) -> Vec<Value> {
    bed.get("world").await[kind].as_object().unwrap().values().cloned().collect()
}

async fn id(bed: &Bed) -> String {
    all(bed, "droplets").await[0]["id"].to_string()
}

/// One machine is on, has its data and its name, and nobody owes anything.
async fn assert_whole(bed: &Bed, stack: &Stack, about: &str) {
    bed.assert_stands(stack).await;
    let droplets = all(bed, "droplets").await;
    assert_eq!(droplets.len(), 1, "{about}: {droplets:#?}");
    assert_eq!(droplets[0]["power"], "active", "{about}");
    for volume in all(bed, "volumes").await {
        assert_eq!(volume["droplet"], droplets[0]["id"], "{about}");
    }
    let tags = bed.get("world").await["tags"].to_string();
    assert!(!tags.contains("must-be-on"), "{about}: {tags}");
}

/// Carries out a replacement and drops it after so many changes; says whether it came so far.
async fn killed_after(bed: &Bed, wanted: &Stack, changes: usize) -> bool {
    let plan = bed.plan(wanted, &replacing()).await;
    assert_eq!(plan.refusals, []);
    let (seen, kill) = (AtomicUsize::new(0), CancellationToken::new());
    let token = kill.clone();
    let recorder = Arc::new(move |exchange: &Exchange| {
        if exchange.method != "GET" && seen.fetch_add(1, Ordering::Relaxed) + 1 == changes {
            token.cancel();
        }
    });
    let (world, _events) = bed.world(bed.client(Some(recorder))).await;
    tokio::select! {
        biased;
        () = kill.cancelled() => true,
        outcome = run(&world, &plan) => {
            assert_eq!(outcome.class(), None, "{outcome:?}");
            false
        }
    }
}

#[tokio::test]
async fn the_new_machine_has_the_data_and_the_name_and_a_snapshot_stays() {
    let bed = stands(&stack(SMALL)).await;
    let (old, volume) = (id(&bed).await, all(&bed, "volumes").await[0]["id"].clone());
    let outcome = replace(&bed, &stack(SMALL)).await;
    assert_eq!(outcome.class(), None, "{outcome:?}");
    assert_whole(&bed, &stack(SMALL), "replaced").await;
    assert_ne!(id(&bed).await, old);
    assert_eq!(all(&bed, "volumes").await[0]["id"], volume);
    let snapshots = all(&bed, "volume_snapshots").await;
    assert_eq!(snapshots.len(), 1);
    assert_eq!(snapshots[0]["volume"], volume);
    assert!(snapshots[0]["tags"].to_string().contains("dostack:core:app:volume"));
}

#[tokio::test]
async fn without_data_the_old_machine_serves_until_the_names_have_moved() {
    let bed = stands(&bare()).await;
    bed.forget_calls().await;
    assert_eq!(replace(&bed, &bare()).await.class(), None);
    assert_whole(&bed, &bare(), "replaced").await;
    let routes = bed.routes().await;
    assert!(!routes.contains_key("POST /v2/droplets/{droplet_id}/actions"), "{routes:#?}");
}

#[tokio::test]
async fn a_replacement_killed_after_any_change_is_finished_or_undone_by_the_next_run() {
    for wanted in [stack(SMALL), bare()] {
        let killed = in_every_place(async |changes| {
            let bed = stands(&wanted).await;
            let was_killed = killed_after(&bed, &wanted, changes).await;
            // A machine may have been asked for that no listing shows yet.
            bed.advance(120).await;
            let outcome = bed.up(&wanted).await;
            assert_eq!(outcome.class(), None, "killed after {changes}: {outcome:?}");
            assert_whole(&bed, &wanted, &format!("killed after {changes}")).await;
            was_killed
        })
        .await;
        assert!(killed >= 4, "the replacement made only {killed} changes");
    }
}

#[tokio::test]
async fn the_same_words_again_after_a_kill_leave_one_machine_too() {
    let wanted = stack(SMALL);
    for changes in [1, 2, 3, 4, 6, 8, 10, 12] {
        let bed = stands(&wanted).await;
        let before = id(&bed).await;
        killed_after(&bed, &wanted, changes).await;
        bed.advance(700).await;
        let outcome = replace(&bed, &wanted).await;
        assert_eq!(outcome.class(), None, "killed after {changes}: {outcome:?}");
        assert_whole(&bed, &wanted, &format!("killed after {changes}")).await;
        assert_ne!(id(&bed).await, before);
    }
}

#[tokio::test]
async fn killed_again_and_again_it_gets_there() {
    let wanted = stack(SMALL);
    let bed = stands(&wanted).await;
    for changes in [2, 1, 3, 1, 2, 1, 1] {
        killed_after(&bed, &wanted, changes).await;
        bed.advance(700).await;
    }
    assert_eq!(bed.up(&wanted).await.class(), None);
    assert_whole(&bed, &wanted, "killed seven times").await;
}

const DROPLET_ACTIONS: &str = "/v2/droplets/{droplet_id}/actions";
const VOLUME_ACTIONS: &str = "/v2/volumes/{volume_id}/actions";
const SNAPSHOTS: &str = "/v2/volumes/{volume_id}/snapshots";

async fn fault(bed: &Bed, (path, nth): (&str, u64), effect: &Value) {
    bed.fault(json!({ "method": "POST", "path": path, "nth": nth, "times": 1, "effect": effect }))
        .await;
}

#[tokio::test]
async fn a_lost_answer_changes_nothing() {
    let places = [
        ("/v2/droplets$", 1),
        ("/v2/tags$", 1),
        (DROPLET_ACTIONS, 1),
        (SNAPSHOTS, 1),
        (VOLUME_ACTIONS, 1),
        (VOLUME_ACTIONS, 2),
    ];
    for place in places {
        for effect in [json!({ "drop": "after" }), json!({ "drop": "before" })] {
            let bed = stands(&stack(SMALL)).await;
            let before = id(&bed).await;
            fault(&bed, place, &effect).await;
            let outcome = replace(&bed, &stack(SMALL)).await;
            assert_eq!(outcome.class(), None, "{place:?} {effect}: {outcome:?}");
            assert_whole(&bed, &stack(SMALL), &format!("{place:?} {effect}")).await;
            assert_ne!(id(&bed).await, before);
        }
    }
}

#[tokio::test]
async fn what_fails_before_the_new_machine_has_the_data_leaves_the_old_one_as_it_was() {
    let refused = json!({ "status": 422 });
    let errored = json!({ "action": "errored" });
    let places = [
        ("/v2/droplets$", 1, &refused),
        ("/v2/droplets$", 1, &errored),
        (SNAPSHOTS, 1, &refused),
        (VOLUME_ACTIONS, 1, &errored),
        (VOLUME_ACTIONS, 2, &errored),
    ];
    for (path, nth, effect) in places {
        let bed = stands(&stack(SMALL)).await;
        let before = id(&bed).await;
        fault(&bed, (path, nth), effect).await;
        let outcome = replace(&bed, &stack(SMALL)).await;
        let about = format!("{path} {nth} {effect}: {outcome:?}");
        assert_eq!(outcome.class(), Some(Class::Partly), "{about}");
        let (_, error) = outcome.failures().next().unwrap();
        assert!(error.to_string().contains("serves as before"), "{about}");
        assert_eq!(id(&bed).await, before, "{about}");
        assert_whole(&bed, &stack(SMALL), &about).await;
    }
}

#[tokio::test]
async fn an_unfinished_replacement_is_shown_and_is_nothing_ambiguous() {
    let wanted = stack(SMALL);
    let bed = stands(&wanted).await;
    killed_after(&bed, &wanted, 1).await;
    bed.advance(120).await;
    let plan = bed.plan(&wanted, &Asked::stand()).await;
    assert_eq!(plan.refusals, []);
    let actions: Vec<(Action, String)> =
        plan.changes().map(|step| (step.action, step.address.to_string())).collect();
    assert!(actions.contains(&(Action::Replace, "app".to_owned())), "{actions:?}");
    assert!(actions.contains(&(Action::Delete, "app:former".to_owned())), "{actions:?}");
    // The whole stack goes all the same.
    let outcome = bed.carry_out(&bed.plan(&wanted, &Asked::go()).await).await;
    assert_eq!(outcome.class(), None, "{outcome:?}");
    assert_eq!(all(&bed, "droplets").await.len(), 0);
    assert_eq!(all(&bed, "volumes").await.len(), 1);
}
