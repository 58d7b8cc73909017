//! Resizes that go wrong.

use serde_json::{Value, json};

use crate::{
    apply::{
        Class, run,
        tests::bed::{Bed, SMALL, stack},
    },
    config::Stack,
    digitalocean::tags::{Tagged, TaggedKind},
    plan::Asked,
    resources::Debt,
    values::SizeSlug,
};

fn large() -> Stack {
    let droplet = "droplet: { size: s-2vcpu-4gb, image: ubuntu-22-04-x64 }";
    stack(&SMALL.replace("DROPLET", droplet))
}

async fn droplet(bed: &Bed) -> Value {
    let world = bed.get("world").await;
    world["droplets"].as_object().unwrap().values().next().unwrap().clone()
}

async fn on_actions(bed: &Bed, nth: u64, times: u64, effect: Value) {
    let path = "/v2/droplets/{droplet_id}/actions";
    bed.fault(
        json!({ "method": "POST", "path": path, "nth": nth, "times": times, "effect": effect }),
    )
    .await;
}

#[tokio::test]
async fn a_resize_switches_off_and_on_and_leaves_no_debt() {
    let bed = Bed::new().await;
    bed.up(&stack(SMALL)).await;
    bed.forget_calls().await;
    let outcome = bed.up(&large()).await;
    assert_eq!(outcome.class(), None, "{outcome:?}");
    bed.assert_stands(&large()).await;
    let routes = bed.routes().await;
    assert_eq!(routes["POST /v2/droplets/{droplet_id}/actions"], 3, "{routes:#?}");
    assert!(!bed.get("world").await["tags"].to_string().contains("must-be-on"));
}

#[tokio::test]
async fn lost_answers_of_the_power_actions_change_nothing() {
    for effect in [json!({ "drop": "after" }), json!({ "drop": "before" })] {
        let bed = Bed::new().await;
        bed.up(&stack(SMALL)).await;
        on_actions(&bed, 1, 3, effect).await;
        let outcome = bed.up(&large()).await;
        assert_eq!(outcome.class(), None, "{outcome:?}");
        bed.assert_stands(&large()).await;
    }
}

#[tokio::test]
async fn a_resize_that_fails_ends_on_at_the_old_size_and_says_so() {
    let bed = Bed::new().await;
    bed.up(&stack(SMALL)).await;
    on_actions(&bed, 2, 2, json!({ "action": "errored" })).await;
    let outcome = bed.up(&large()).await;
    assert_eq!(outcome.class(), Some(Class::Partly), "{outcome:?}");
    let (_, error) = outcome.failures().next().unwrap();
    assert!(error.to_string().contains("is on again with s-1vcpu-1gb"), "{error}");
    let droplet = droplet(&bed).await.to_string();
    assert!(droplet.contains("active") && !droplet.contains("must-be-on"), "{droplet}");
    bed.heal().await;
    assert_eq!(bed.up(&large()).await.class(), None);
    bed.assert_stands(&large()).await;
}

#[tokio::test]
async fn a_size_that_is_refused_while_off_ends_on_at_the_old_size() {
    let bed = Bed::new().await;
    bed.up(&stack(SMALL)).await;
    on_actions(&bed, 2, 1, json!({ "status": 422 })).await;
    let outcome = bed.up(&large()).await;
    assert_eq!(outcome.class(), Some(Class::Partly), "{outcome:?}");
    assert!(droplet(&bed).await.to_string().contains("active"));
}

#[tokio::test]
async fn a_shutdown_that_the_system_ignores_is_followed_by_the_plug() {
    let bed = Bed::new().await;
    bed.up(&stack(SMALL)).await;
    on_actions(&bed, 1, 1, json!({ "action": "errored" })).await;
    let outcome = bed.up(&large()).await;
    assert_eq!(outcome.class(), None, "{outcome:?}");
    bed.assert_stands(&large()).await;
}

#[tokio::test]
async fn a_resize_that_never_ends_leaves_a_debt_for_the_next_run() {
    let bed = Bed::new().await;
    bed.up(&stack(SMALL)).await;
    on_actions(&bed, 2, 1, json!({ "action": "stuck" })).await;
    let outcome = bed.up(&large()).await;
    assert_eq!(outcome.class(), Some(Class::Partly), "{outcome:?}");
    assert!(droplet(&bed).await.to_string().contains("must-be-on"));
    bed.heal().await;
    bed.advance(120).await;
    assert_eq!(bed.up(&large()).await.class(), None);
    bed.assert_stands(&large()).await;
    assert!(!bed.get("world").await["tags"].to_string().contains("must-be-on"));
}

#[tokio::test]
async fn a_switch_that_is_refused_again_and_again_is_tried_until_it_is_not() {
    for effect in [json!({ "status": 422 }), json!({ "action": "errored" })] {
        let bed = Bed::new().await;
        bed.up(&stack(SMALL)).await;
        bed.forget_calls().await;
        on_actions(&bed, 3, 4, effect).await;
        let outcome = bed.up(&large()).await;
        assert_eq!(outcome.class(), None, "{outcome:?}");
        bed.assert_stands(&large()).await;
        assert_eq!(bed.routes().await["POST /v2/droplets/{droplet_id}/actions"], 7);
    }
}

#[tokio::test]
async fn a_droplet_that_is_gone_ends_its_debt_and_is_not_made_anew() {
    let bed = Bed::new().await;
    bed.up(&stack(SMALL)).await;
    let plan = bed.plan(&large(), &Asked::stand()).await;
    let rule = json!({
        "method": "GET", "path": "/v2/droplets/{droplet_id}", "nth": 1, "times": 99,
        "effect": { "status": 404 },
    });
    bed.fault(rule).await;
    let outcome = bed.carry_out(&plan).await;
    let (_, error) = outcome.failures().next().unwrap();
    assert!(error.to_string().contains("has vanished"), "{error}");
    assert!(!bed.get("world").await["tags"].to_string().contains("must-be-on"));
    let droplets = bed.get("world").await["droplets"].as_object().unwrap().len();
    assert_eq!(droplets, 1);
}

#[tokio::test]
async fn every_debt_that_earlier_runs_left_is_paid_at_once() {
    let bed = Bed::new().await;
    bed.up(&stack(SMALL)).await;
    let id = droplet(&bed).await["id"].to_string();
    for (deadline, operation) in [(1, "first"), (2, "second"), (3, "third")] {
        let size = SizeSlug::new("s-1vcpu-1gb");
        let debt = Debt { deadline, size, operation: operation.to_owned() };
        let client = bed.client(None);
        client.create_tag(debt.tag().as_str()).await.unwrap();
        let on = Tagged { resource_id: id.clone(), resource_type: TaggedKind::Droplet };
        client.tag(debt.tag().as_str(), &[on]).await.unwrap();
    }
    assert_eq!(bed.up(&stack(SMALL)).await.class(), None);
    assert!(!bed.get("world").await["tags"].to_string().contains("must-be-on"));
    bed.assert_stands(&stack(SMALL)).await;
}

#[tokio::test]
async fn a_run_that_is_stopped_while_it_takes_over_a_resize_says_that_the_machine_is_off() {
    let bed = Bed::new().await;
    bed.up(&stack(SMALL)).await;
    on_actions(&bed, 2, 1, json!({ "action": "stuck" })).await;
    assert_eq!(bed.up(&large()).await.class(), Some(Class::Partly));
    let plan = bed.plan(&large(), &Asked::stand()).await;
    let (world, mut events) = bed.world(bed.client(None)).await;
    bed.forget_calls().await;
    let stop = world.stop.clone();
    let (outcome, ()) = tokio::join!(run(&world, &plan), async {
        events.recv().await.unwrap();
        while bed.routes().await.get("GET /v2/droplets/{droplet_id}").is_none_or(|n| *n < 2) {}
        stop.cancel();
    });
    let running: Vec<&str> = outcome.still_running().collect();
    assert!(
        running[0].ends_with(
            "may be off; `dostack guard --now` switches it on, and so do the next `up` and `resize`"
        ),
        "{running:?}"
    );
}
