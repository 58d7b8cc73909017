//! Runs whose calls meet trouble.

use std::sync::Arc;

use serde_json::json;
use tokio::sync::Notify;

use crate::{
    apply::{
        Class, run,
        tests::bed::{Bed, SMALL, stack},
    },
    digitalocean::{
        Exchange,
        droplets::{DropletAction, ImageName, NewDroplet},
        tags::{Tagged, TaggedKind},
    },
    plan::Asked,
};

/// Every route that makes something in a first run.
const CREATES: [&str; 12] = [
    "/v2/tags",
    "/v2/vpcs",
    "/v2/account/keys",
    "/v2/volumes",
    "/v2/droplets",
    "/v2/reserved_ips",
    "/v2/firewalls",
    "/v2/domains",
    "/v2/domains/{domain_name}/records",
    "/v2/projects",
    "/v2/projects/{project_id}/resources",
    "/v2/monitoring/alerts",
];

async fn up_with_lost_answers(effect: serde_json::Value) {
    for path in CREATES {
        let bed = Bed::new().await;
        bed.fault(json!({ "method": "POST", "path": path, "effect": effect })).await;
        let outcome = bed.up(&stack(SMALL)).await;
        assert_eq!(outcome.class(), None, "{path}: {outcome:?}");
        bed.assert_stands(&stack(SMALL)).await;
    }
}

#[tokio::test]
async fn an_answer_lost_after_the_effect_doubles_nothing() {
    up_with_lost_answers(json!({ "drop": "after" })).await;
}

#[tokio::test]
async fn an_answer_lost_before_the_effect_leaves_nothing_out() {
    up_with_lost_answers(json!({ "drop": "before" })).await;
}

#[tokio::test]
async fn an_answer_cut_in_half_doubles_nothing() {
    up_with_lost_answers(json!({ "truncate": true })).await;
}

#[tokio::test]
async fn a_second_record_of_a_pair_is_not_doubled_either() {
    let bed = Bed::new().await;
    let path = "/v2/domains/{domain_name}/records";
    bed.fault(json!({ "method": "POST", "path": path, "nth": 2, "effect": { "drop": "after" } }))
        .await;
    assert_eq!(bed.up(&stack(SMALL)).await.class(), None);
    bed.assert_stands(&stack(SMALL)).await;
}

#[tokio::test]
async fn a_droplet_that_digitalocean_fails_to_make_fails_its_step_and_skips_what_needs_it() {
    let bed = Bed::new().await;
    bed.fault(
        json!({ "method": "POST", "path": "/v2/droplets$", "effect": { "action": "errored" } }),
    )
    .await;
    let outcome = bed.up(&stack(SMALL)).await;
    assert_eq!(outcome.class(), Some(Class::Partly), "{outcome:?}");
    let counts = outcome.counts();
    assert_eq!((counts.failed, counts.skipped), (1, 4), "{outcome:?}");
}

#[tokio::test]
async fn a_refusal_fails_one_step_and_the_rest_goes_on() {
    let bed = Bed::new().await;
    let refusal = json!({ "status": 422 });
    bed.fault(json!({ "method": "POST", "path": "/v2/domains$", "effect": refusal })).await;
    let outcome = bed.up(&stack(SMALL)).await;
    assert_eq!(outcome.class(), Some(Class::Partly), "{outcome:?}");
    assert_eq!(bed.up(&stack(SMALL)).await.class(), None);
    bed.assert_stands(&stack(SMALL)).await;
}

#[tokio::test]
async fn an_unknown_token_stops_the_run_at_once() {
    let bed = Bed::new().await;
    let plan = bed.plan(&stack(SMALL), &Asked::stand()).await;
    bed.fault(json!({ "path": "/v2", "times": 1000, "effect": { "status": 401 } })).await;
    let outcome = bed.carry_out(&plan).await;
    assert_eq!(outcome.class(), Some(Class::Token), "{outcome:?}");
}

#[tokio::test]
async fn a_busy_droplet_is_waited_for() {
    let bed = Bed::new().await;
    bed.up(&stack(SMALL)).await;
    let id = bed.get("world").await["droplets"].as_object().unwrap().keys().next().unwrap().clone();
    let id: u64 = id.parse().unwrap();
    let busy = DropletAction::Rename { name: "held".to_owned() };
    bed.client(None).act_on_droplet(id, &busy).await.unwrap();
    let renamed = stack(&SMALL.replace(
        "DROPLET",
        "droplet: { name: other, size: s-1vcpu-1gb, image: ubuntu-22-04-x64 }",
    ));
    let outcome = bed.up(&renamed).await;
    assert_eq!(outcome.class(), None, "{outcome:?}");
    bed.assert_stands(&renamed).await;
}

#[tokio::test]
async fn a_young_droplet_of_our_name_is_waited_for_until_its_tags_tell_whose_it_is() {
    let bed = Bed::new().await;
    let plan = bed.plan(&stack(SMALL), &Asked::stand()).await;
    let new = NewDroplet {
        name: "core-app".to_owned(),
        region: "sfo2".to_owned(),
        size: "s-1vcpu-1gb".to_owned(),
        image: ImageName::Slug("ubuntu-22-04-x64".to_owned()),
        ..NewDroplet::default()
    };
    let made = bed.client(None).create_droplet(&new).await.unwrap().droplet;
    let looked = Arc::new(Notify::new());
    let (seen, born) = (Arc::clone(&looked), made.created_at);
    let recorder = Arc::new(move |exchange: &Exchange| {
        if exchange.method == "GET" && exchange.path == "/v2/droplets" {
            seen.notify_one();
        }
    });
    let (mut world, _events) = bed.world(bed.client(Some(recorder))).await;
    world.clock = Arc::new(move || born);
    let (outcome, ()) = tokio::join!(run(&world, &plan), async {
        looked.notified().await;
        let on = Tagged { resource_id: made.id.to_string(), resource_type: TaggedKind::Droplet };
        let client = bed.client(None);
        client.create_tag("dostack:core:app").await.unwrap();
        client.tag("dostack:core:app", &[on]).await.unwrap();
    });
    assert_eq!(outcome.class(), None, "{outcome:?}");
    assert_eq!(bed.get("world").await["droplets"].as_object().unwrap().len(), 1);
}

#[tokio::test]
async fn a_network_that_somebody_else_lives_in_is_a_refusal_and_no_trouble_with_the_token() {
    let bed = Bed::new().await;
    bed.up(&stack(SMALL)).await;
    let vpcs = bed.client(None).vpcs().await.unwrap();
    let own = vpcs.into_iter().find(|vpc| vpc.name == "core").unwrap();
    let new = NewDroplet {
        name: "foreign".to_owned(),
        region: "sfo2".to_owned(),
        size: "s-1vcpu-1gb".to_owned(),
        image: ImageName::Slug("ubuntu-22-04-x64".to_owned()),
        vpc_uuid: Some(own.id),
        ..NewDroplet::default()
    };
    bed.client(None).create_droplet(&new).await.unwrap();
    let outcome = bed.carry_out(&bed.plan(&stack(SMALL), &Asked::go()).await).await;
    assert_eq!(outcome.class(), Some(Class::Partly), "{outcome:?}");
    let errors: Vec<Class> = outcome.failures().map(|(_, error)| error.class()).collect();
    assert_eq!(errors, [Class::Refused], "{outcome:?}");
}

#[tokio::test]
async fn a_tag_whose_creation_keeps_failing_needs_another_run_and_no_person() {
    let bed = Bed::new().await;
    let plan = bed.plan(&stack(SMALL), &Asked::stand()).await;
    let effect = json!({ "status": 503 });
    bed.fault(json!({ "method": "POST", "path": "/v2/tags$", "times": 100_000, "effect": effect }))
        .await;
    let outcome = bed.carry_out(&plan).await;
    assert_eq!(outcome.class(), Some(Class::Partly), "{outcome:?}");
    let errors = outcome.failures().map(|(_, error)| error.class());
    assert!(errors.into_iter().all(|class| class == Class::Unreachable), "{outcome:?}");
}

#[tokio::test]
async fn a_run_that_is_stopped_while_a_creation_is_unanswered_says_what_may_be_coming() {
    let bed = Bed::new().await;
    let plan = bed.plan(&stack(SMALL), &Asked::stand()).await;
    bed.fault(json!({ "method": "POST", "path": "/v2/droplets$", "effect": { "drop": "before" } }))
        .await;
    let (world, _events) = bed.world(bed.client(None)).await;
    let stop = world.stop.clone();
    let (outcome, ()) = tokio::join!(run(&world, &plan), async {
        while !bed.routes().await.contains_key("POST /v2/droplets") {}
        stop.cancel();
    });
    let running: Vec<&str> = outcome.still_running().collect();
    assert_eq!(running, ["DigitalOcean may be creating the droplet core-app"], "{outcome:?}");
}
