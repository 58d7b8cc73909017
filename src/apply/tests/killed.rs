//! Runs that end in the middle, at every place there is, and are begun again.

use std::{
    future::ready,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use futures_util::{StreamExt as _, stream};
use tokio_util::sync::CancellationToken;

use crate::{
    apply::{
        run,
        tests::bed::{Bed, SMALL, stack},
    },
    config::Stack,
    digitalocean::Exchange,
    plan::{Asked, Plan},
};

/// How many runs wait for their sandboxes side by side.
const AT_ONCE: usize = 8;

/// Has a run killed in one place, another in the next, from the first place on until one comes to
/// its end; says how many were killed.
pub async fn in_every_place(one: impl AsyncFn(usize) -> bool) -> usize {
    let runs = stream::iter(1..).map(|place| one(place)).buffered(AT_ONCE);
    runs.take_while(|was_killed| ready(*was_killed)).count().await
}

/// Carries out a plan and drops it after the call of that number; says whether it came so far.
pub async fn killed_after(bed: &Bed, wanted: &Stack, call: usize) -> bool {
    killed_in(bed, &bed.plan(wanted, &Asked::stand()).await, call).await
}

/// The same with any plan.
pub async fn killed_in(bed: &Bed, plan: &Plan, call: usize) -> bool {
    let (seen, kill) = (AtomicUsize::new(0), CancellationToken::new());
    let token = kill.clone();
    let recorder = Arc::new(move |_: &Exchange| {
        if seen.fetch_add(1, Ordering::Relaxed) + 1 == call {
            token.cancel();
        }
    });
    let (world, _events) = bed.world(bed.client(Some(recorder))).await;
    tokio::select! {
        biased;
        () = kill.cancelled() => true,
        outcome = run(&world, plan) => {
            assert_eq!(outcome.class(), None, "{outcome:?}");
            false
        }
    }
}

#[tokio::test]
async fn a_run_killed_after_any_call_and_begun_again_ends_in_the_same_world() {
    let wanted = stack(SMALL);
    let killed = in_every_place(async |call| {
        let bed = Bed::new().await;
        let was_killed = killed_after(&bed, &wanted, call).await;
        let outcome = bed.up(&wanted).await;
        assert_eq!(outcome.class(), None, "killed after call {call}: {outcome:?}");
        // What an unfinished boot leaves is not in the plan of a second run.
        bed.advance(120).await;
        bed.assert_stands(&wanted).await;
        was_killed
    })
    .await;
    assert!(killed >= 12, "the run made only {killed} calls");
}

#[tokio::test]
async fn a_run_killed_again_and_again_gets_there() {
    let wanted = stack(SMALL);
    let bed = Bed::new().await;
    for call in [1, 3, 2, 5, 1, 2, 4, 3, 6, 2] {
        killed_after(&bed, &wanted, call).await;
    }
    assert_eq!(bed.up(&wanted).await.class(), None);
    bed.advance(120).await;
    bed.assert_stands(&wanted).await;
}

#[tokio::test]
async fn a_resize_killed_after_any_call_leaves_a_debt_that_the_next_run_pays() {
    let small = stack(SMALL);
    let large =
        stack(&SMALL.replace("DROPLET", "droplet: { size: s-2vcpu-4gb, image: ubuntu-22-04-x64 }"));
    let killed = in_every_place(async |call| {
        let bed = Bed::new().await;
        assert_eq!(bed.up(&small).await.class(), None);
        let was_killed = killed_after(&bed, &large, call).await;
        let outcome = bed.up(&large).await;
        assert_eq!(outcome.class(), None, "killed after call {call}: {outcome:?}");
        bed.assert_stands(&large).await;
        let world = bed.get("world").await;
        for droplet in world["droplets"].as_object().unwrap().values() {
            assert!(droplet.to_string().contains("active"), "{droplet}");
        }
        let tags = world["tags"].to_string();
        assert!(!tags.contains("must-be-on"), "killed after call {call}: {tags}");
        was_killed
    })
    .await;
    assert!(killed >= 6, "the resize made only {killed} calls");
}

#[tokio::test]
async fn a_rename_killed_after_any_call_ends_in_place_and_moves_no_data() {
    let before = stack(SMALL);
    let now = stack(&SMALL.replace("  app: {", "  shop: { was: app,"));
    let silent = Stack { renamed: [].into(), ..now.clone() };
    let ids = async |bed: &Bed, kind: &str| {
        let world = bed.get("world").await;
        world[kind].as_object().unwrap().keys().cloned().collect::<Vec<_>>()
    };
    let killed = in_every_place(async |call| {
        let bed = Bed::new().await;
        assert_eq!(bed.up(&before).await.class(), None);
        let machines = ids(&bed, "droplets").await;
        let was_killed = killed_after(&bed, &now, call).await;
        let outcome = bed.up(&now).await;
        assert_eq!(outcome.class(), None, "killed after call {call}: {outcome:?}");
        bed.assert_stands(&now).await;
        bed.assert_stands(&silent).await;
        assert_eq!(ids(&bed, "droplets").await, machines);
        let tags = bed.get("world").await["tags"].to_string();
        assert!(!tags.contains("core:app\""), "killed after call {call}: {tags}");
        was_killed
    })
    .await;
    assert!(killed >= 8, "the rename made only {killed} calls");
}
