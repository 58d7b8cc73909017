//! Reserved IPs: made once, moved, and never left on nothing.

use serde_json::{Value, json};

use crate::{
    apply::{
        Class,
        job::{Job, Run},
        reserved_ip::assign,
        tests::{
            bed::{Bed, SMALL, stack},
            killed::{in_every_place, killed_after},
        },
    },
    config::Stack,
    digitalocean::droplets::{ImageName, NewDroplet},
    plan::Asked,
    values::Mark,
};

fn without() -> Stack {
    stack(&SMALL.replace("reserved_ip: true, ", ""))
}

fn mark() -> Mark {
    stack(SMALL).mark()
}

async fn reserved(bed: &Bed) -> Vec<Value> {
    let world = bed.get("world").await;
    world["reserved_ips"].as_object().unwrap().values().cloned().collect()
}

/// Makes sure that nothing is left of a reserved IP: no address, and nothing that speaks of one.
///
/// A tag that nothing carries is only seen, and deleted, by `destroy`.
async fn assert_gone(bed: &Bed) {
    assert_eq!(reserved(bed).await, Vec::<Value>::new());
    let world = bed.get("world").await;
    for (name, tag) in world["tags"].as_object().unwrap() {
        assert!(!name.contains("dostack-ip") || tag["members"] == json!([]), "{tag}");
    }
}

#[tokio::test]
async fn an_address_that_is_added_later_is_marked_before_it_is_made() {
    let bed = Bed::new().await;
    assert_eq!(bed.up(&without()).await.class(), None);
    bed.fault(
        json!({ "method": "POST", "path": "/v2/reserved_ips$", "effect": { "status": 422 } }),
    )
    .await;
    assert_eq!(bed.up(&stack(SMALL)).await.class(), Some(Class::Refused));
    let tag = mark().reserved_ip_tag().to_string();
    assert!(bed.get("world").await["droplets"].to_string().contains(&tag));
    bed.heal().await;
    assert_eq!(bed.up(&stack(SMALL)).await.class(), None);
    bed.assert_stands(&stack(SMALL)).await;
}

#[tokio::test]
async fn an_address_that_left_the_file_is_given_back_and_the_record_moved() {
    let bed = Bed::new().await;
    assert_eq!(bed.up(&stack(SMALL)).await.class(), None);
    let outcome = bed.up(&without()).await;
    assert_eq!(outcome.class(), None, "{outcome:?}");
    assert_gone(&bed).await;
    bed.assert_stands(&without()).await;
}

#[tokio::test]
async fn a_removal_killed_after_any_call_and_begun_again_leaves_nothing() {
    let killed = in_every_place(async |call| {
        let bed = Bed::new().await;
        assert_eq!(bed.up(&stack(SMALL)).await.class(), None);
        let was_killed = killed_after(&bed, &without(), call).await;
        let outcome = bed.up(&without()).await;
        assert_eq!(outcome.class(), None, "killed after call {call}: {outcome:?}");
        assert_gone(&bed).await;
        bed.assert_stands(&without()).await;
        was_killed
    })
    .await;
    assert!(killed >= 8, "the removal made only {killed} calls");
}

#[tokio::test]
async fn a_removal_that_was_killed_and_is_not_wanted_any_more_is_undone() {
    let killed = in_every_place(async |call| {
        let bed = Bed::new().await;
        assert_eq!(bed.up(&stack(SMALL)).await.class(), None);
        let was_killed = killed_after(&bed, &without(), call).await;
        bed.advance(10).await;
        let outcome = bed.up(&stack(SMALL)).await;
        assert_eq!(outcome.class(), None, "killed after call {call}: {outcome:?}");
        bed.assert_stands(&stack(SMALL)).await;
        was_killed
    })
    .await;
    assert!(killed >= 8, "the removal made only {killed} calls");
}

#[tokio::test]
async fn lost_answers_of_its_moves_change_nothing() {
    for effect in [json!({ "drop": "after" }), json!({ "drop": "before" })] {
        let bed = Bed::new().await;
        assert_eq!(bed.up(&stack(SMALL)).await.class(), None);
        let path = "/v2/reserved_ips/{reserved_ip}/actions";
        bed.fault(json!({ "method": "POST", "path": path, "effect": effect })).await;
        assert_eq!(bed.up(&without()).await.class(), None);
        assert_gone(&bed).await;
    }
}

#[tokio::test]
async fn destroy_gives_the_address_back_before_its_droplet_goes() {
    let bed = Bed::new().await;
    assert_eq!(bed.up(&stack(SMALL)).await.class(), None);
    let plan = bed.plan(&stack(SMALL), &Asked::go()).await;
    assert_eq!(bed.carry_out(&plan).await.class(), None);
    assert_gone(&bed).await;
    let log = bed.get("calls").await["log"].clone();
    let deleted = |path: &str| {
        let is_it = |call: &Value| {
            call["method"] == "DELETE" && call["path"].as_str().unwrap().starts_with(path)
        };
        log.as_array().unwrap().iter().position(is_it).unwrap()
    };
    assert!(deleted("/v2/reserved_ips/") < deleted("/v2/droplets/"));
}

#[tokio::test]
async fn an_address_moves_to_another_droplet_in_one_step() {
    let bed = Bed::new().await;
    assert_eq!(bed.up(&stack(SMALL)).await.class(), None);
    let new = NewDroplet {
        name: "other".to_owned(),
        region: "sfo2".to_owned(),
        size: "s-1vcpu-1gb".to_owned(),
        image: ImageName::Slug("ubuntu-22-04-x64".to_owned()),
        ..NewDroplet::default()
    };
    let other = bed.client(None).create_droplet(&new).await.unwrap().droplet.id;
    bed.advance(120).await;
    let plan = bed.plan(&stack(SMALL), &Asked::stand()).await;
    let (world, _events) = bed.world(bed.client(None)).await;
    let run = Run::new(&world, &plan);
    let step = plan.steps.iter().find(|step| step.address.to_string() == "app:ip").unwrap();
    let ip = reserved(&bed).await[0]["ip"].as_str().unwrap().parse().unwrap();
    assign(&Job::new(&run, step), ip, other).await.unwrap();
    assert_eq!(reserved(&bed).await[0]["droplet"], other);
}

#[tokio::test]
async fn an_address_that_somebody_put_on_the_droplet_meanwhile_is_not_taken() {
    let bed = Bed::new().await;
    assert_eq!(bed.up(&without()).await.class(), None);
    let plan = bed.plan(&stack(SMALL), &Asked::stand()).await;
    let droplet = bed.client(None).droplets().await.unwrap()[0].id;
    bed.client(None).create_reserved_ip(droplet).await.unwrap();
    bed.advance(10).await;
    let outcome = bed.carry_out(&plan).await;
    assert_eq!(outcome.class(), Some(Class::Ambiguous), "{outcome:?}");
    let tags = bed.get("world").await["tags"].to_string();
    assert!(!tags.contains("dostack-ip"), "{tags}");
}
