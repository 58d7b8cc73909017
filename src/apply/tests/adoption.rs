//! Things that somebody made by hand, taken in and let go of by runs that end anywhere.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::{
    apply::tests::{
        bed::{Bed, SMALL, stack},
        killed::{in_every_place, killed_after, killed_in},
    },
    config::{Adopt, Otherwise, Stack},
    digitalocean::{
        droplets::{ImageName, NewDroplet},
        firewalls::{InboundRule, NewFirewall, Peers},
        records::NewRecord,
        volumes::NewVolume,
    },
    plan::Asked,
};

/// The small stack, in which everything that can be adopted is.
fn adopting() -> Stack {
    let droplet =
        "droplet: { size: s-2vcpu-4gb, image: ubuntu-22-04-x64, adopt: superagi-dev-sfo2-01 }";
    let text = SMALL
        .replace("DROPLET", droplet)
        .replace("size_gb: 10", "size_gb: 10, adopt: old-data")
        .replace("records: [app]", "records: [{ name: app, adopt: true }]")
        .replace("kind: NetworkFirewall,", "kind: NetworkFirewall, adopt: old-wall,");
    let mut stack = stack(&text);
    let target = "default-sfo2".to_owned();
    stack.vpc.adopt = Some(Adopt { target, otherwise: Otherwise::Refuse });
    stack.vpc.ip_range = None;
    stack
}

/// An account in which all that was made by hand; gives back the droplet's id.
async fn account() -> (Bed, u64) {
    let bed = Bed::new().await;
    let client = bed.client(None);
    let volume = NewVolume {
        name: "old-data".to_owned(),
        region: "sfo2".to_owned(),
        size_gigabytes: 5,
        ..NewVolume::default()
    };
    let volume = client.create_volume(&volume).await.unwrap();
    let made = NewDroplet {
        name: "superagi-dev-sfo2-01".to_owned(),
        region: "sfo2".to_owned(),
        size: "s-1vcpu-1gb".to_owned(),
        image: ImageName::Slug("ubuntu-22-04-x64".to_owned()),
        tags: vec!["web".to_owned()],
        volumes: vec![volume.id],
        ..NewDroplet::default()
    };
    let made = client.create_droplet(&made).await.unwrap();
    let anywhere = Peers { addresses: vec!["0.0.0.0/0".to_owned()], ..Peers::default() };
    let rule =
        InboundRule { protocol: "tcp".to_owned(), ports: "80".to_owned(), sources: anywhere };
    let wall = NewFirewall {
        name: "old-wall".to_owned(),
        inbound_rules: vec![rule],
        tags: vec!["web".to_owned()],
        ..NewFirewall::default()
    };
    client.create_firewall(&wall).await.unwrap();
    client.create_domain("example.com").await.unwrap();
    let record = NewRecord {
        kind: "A".to_owned(),
        name: "app".to_owned(),
        data: "192.0.2.9".to_owned(),
        ttl: 300,
        ..NewRecord::default()
    };
    client.create_record("example.com", &record).await.unwrap();
    bed.advance(120).await;
    (bed, made.droplet.id)
}

/// Everything a release gives back, and the machine's id and state.
async fn things(bed: &Bed) -> Value {
    let client = bed.client(None);
    let droplets = client.droplets().await.unwrap();
    let droplets: Vec<Value> =
        droplets.iter().map(|it| json!([it.id, it.name, it.status.to_string(), it.tags])).collect();
    let volumes = client.all_volumes().await.unwrap();
    let volumes: Vec<Value> =
        volumes.iter().map(|it| json!([it.name, it.droplet_ids, it.tags])).collect();
    let firewalls = client.firewalls().await.unwrap();
    let firewalls: Vec<Value> =
        firewalls.iter().map(|it| json!([it.name, it.droplet_ids, it.tags])).collect();
    let records = client.records("example.com").await.unwrap().unwrap();
    let records = records.iter().filter(|it| it.kind == "A" || it.kind == "TXT");
    let records: Vec<Value> = records.map(|it| json!([it.name, it.data, it.ttl])).collect();
    json!([droplets, volumes, firewalls, records])
}

#[tokio::test]
async fn taking_in_killed_after_any_call_ends_with_the_same_things() {
    let wanted = adopting();
    let killed = in_every_place(async |call| {
        let (bed, id) = account().await;
        let was_killed = killed_after(&bed, &wanted, call).await;
        let outcome = bed.up(&wanted).await;
        assert_eq!(outcome.class(), None, "killed after call {call}: {outcome:?}");
        bed.assert_stands(&wanted).await;
        let things = things(&bed).await;
        let droplet = &things[0][0];
        assert_eq!((&droplet[0], &droplet[2]), (&id.into(), &"active".into()));
        let text = things.to_string();
        assert!(text.contains("record-app was 192.0.2.9 300"), "{text}");
        assert!(text.contains("dostack-adopted:core:network"), "{text}");
        for left in ["claim", "must-be-on"] {
            assert!(!text.contains(left), "killed after call {call}: {text}");
        }
        was_killed
    })
    .await;
    assert!(killed >= 25, "the run made only {killed} calls");
}

/// The same without a tag that alone does nothing.
fn without(left: &str, mut things: Value) -> Value {
    for thing in things.as_array_mut().unwrap().iter_mut().flat_map(|it| it.as_array_mut().unwrap())
    {
        if let Some(tags) = thing.as_array_mut().unwrap().last_mut().unwrap().as_array_mut() {
            tags.retain(|tag| tag != left);
        }
    }
    things
}

#[tokio::test]
async fn taking_in_killed_after_any_call_and_not_wanted_any_more_leaves_everything_as_it_was() {
    let wanted = adopting();
    let nothing = Stack { components: BTreeMap::new(), ..wanted.clone() };
    let killed = in_every_place(async |call| {
        let (bed, _) = account().await;
        let before = things(&bed).await;
        let was_killed = killed_after(&bed, &wanted, call).await;
        let outcome = bed.up(&nothing).await;
        assert_eq!(outcome.class(), None, "killed after call {call}: {outcome:?}");
        // It is put on before the claim is, and says no more than that a machine was not made.
        let after = without("dostack-adopted", things(&bed).await);
        assert_eq!(after, before, "killed after call {call}");
        was_killed
    })
    .await;
    assert!(killed >= 25, "the run made only {killed} calls");
}

#[tokio::test]
async fn letting_go_of_what_left_the_file_killed_after_any_call_is_finished_by_the_next_run() {
    let wanted = adopting();
    let nothing = Stack { components: BTreeMap::new(), ..wanted.clone() };
    let killed = in_every_place(async |call| {
        let (bed, _) = account().await;
        let before = things(&bed).await;
        assert_eq!(bed.up(&wanted).await.class(), None);
        let was_killed = killed_after(&bed, &nothing, call).await;
        assert_eq!(bed.up(&nothing).await.class(), None, "killed after call {call}");
        // Before the very last call only the claim is left, which `destroy` looks for.
        let after = without("dostack-claim:core:app", things(&bed).await);
        assert_eq!(after, before, "killed after call {call}");
        let go = bed.plan(&wanted, &Asked::go()).await;
        assert_eq!(bed.carry_out(&go).await.class(), None, "killed after call {call}");
        assert_eq!(things(&bed).await, before, "killed after call {call}");
        was_killed
    })
    .await;
    assert!(killed >= 10, "the run made only {killed} calls");
}

#[tokio::test]
async fn letting_go_killed_after_any_call_leaves_everything_as_it_was() {
    let wanted = adopting();
    let killed = in_every_place(async |call| {
        let (bed, _) = account().await;
        let before = things(&bed).await;
        assert_eq!(bed.up(&wanted).await.class(), None);
        let go = bed.plan(&wanted, &Asked::go()).await;
        let was_killed = killed_in(&bed, &go, call).await;
        let again = bed.plan(&wanted, &Asked::go()).await;
        assert_eq!(bed.carry_out(&again).await.class(), None, "killed after call {call}");
        assert_eq!(things(&bed).await, before, "killed after call {call}");
        let left = bed.plan(&wanted, &Asked::go()).await;
        assert!(left.is_empty(), "{:?}", left.changes().collect::<Vec<_>>());
        was_killed
    })
    .await;
    assert!(killed >= 15, "the run made only {killed} calls");
}
