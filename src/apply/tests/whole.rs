//! Runs without trouble.

use crate::{
    apply::{
        Class, What, run,
        tests::bed::{Bed, SMALL, stack},
    },
    config::Dns,
    plan::Asked,
    values::{DomainName, Region},
};

/// The dev stack's shape: two machines with volumes, three firewalls, three records.
const DEV: &str = "  app: { kind: AppStack, DROPLET, volume: { size_gb: 10 }, records: [app, admin], \
     postgres: { version: 16, password: \"${secret:ORG_PW}\" } }\n  \
     vector: { kind: VectorDroplet, DROPLET, volume: { size_gb: 10 }, records: [vector], \
     weaviate: { version: \"1.30\", api_key: \"${secret:ORG_PW}\" } }\n  \
     network: { kind: NetworkFirewall, \
     inbound: [{ protocol: tcp, ports: \"443\", from: [anywhere] }] }\n";

#[tokio::test]
async fn a_run_makes_what_is_planned_and_a_second_has_nothing_to_do() {
    let bed = Bed::new().await;
    let outcome = bed.up(&stack(SMALL)).await;
    assert_eq!(outcome.class(), None, "{outcome:?}");
    bed.assert_stands(&stack(SMALL)).await;
}

#[tokio::test]
async fn the_dev_stack_in_a_project_takes_21_calls_besides_waiting() {
    let bed = Bed::at_speed(20).await;
    let plan = bed.plan(&stack(DEV), &Asked::stand()).await;
    bed.forget_calls().await;
    let outcome = bed.carry_out(&plan).await;
    assert_eq!(outcome.class(), None, "{outcome:?}");
    let routes = bed.routes().await;
    let changes: u64 =
        routes.iter().filter(|(route, _)| !route.starts_with("GET")).map(|(_, count)| count).sum();
    assert_eq!(changes, 21, "{routes:#?}");
    let waiting: u64 = routes.values().sum::<u64>() - changes - 1;
    assert!(waiting <= 28, "{waiting} calls to wait: {routes:#?}");
    bed.assert_stands(&stack(DEV)).await;
}

#[tokio::test]
async fn what_was_made_can_be_removed_again_data_last() {
    let bed = Bed::new().await;
    bed.up(&stack(SMALL)).await;
    let mut asked = Asked::go();
    asked.delete_data.insert("app:volume".to_owned());
    let outcome = bed.carry_out(&bed.plan(&stack(SMALL), &asked).await).await;
    assert_eq!(outcome.class(), None, "{outcome:?}");
    let world = bed.get("world").await;
    for kind in ["droplets", "volumes", "reserved_ips", "firewalls", "keys"] {
        assert_eq!(world[kind].as_object().unwrap().len(), 0, "{kind}");
    }
}

#[tokio::test]
async fn records_of_a_domain_the_file_no_longer_names_are_removed_too() {
    let dns = stack(SMALL).dns.unwrap();
    let other = Dns { domain: DomainName::parse("example.net").unwrap(), ..dns };
    for (now, others) in [(None, 0), (Some(other), 1)] {
        let bed = Bed::new().await;
        bed.up(&stack(SMALL)).await;
        let mut changed = stack(SMALL);
        changed.dns = now;
        if others > 0 {
            let outcome = bed.up(&changed).await;
            assert_eq!(outcome.class(), None, "{outcome:?}");
        }
        let plan = bed.plan(&changed, &Asked::go()).await;
        assert_eq!(bed.carry_out(&plan).await.class(), None);
        let world = bed.get("world").await;
        let domains = world["domains"].as_object().unwrap();
        assert_eq!(domains.len(), 1 + others);
        for (domain, zone) in domains {
            let left = zone["records"].to_string();
            assert!(!left.contains("dostack") && !left.contains("\"A\""), "{domain}: {left}");
        }
    }
}

#[tokio::test]
async fn a_volume_grows_and_a_firewall_comes_back() {
    let bed = Bed::new().await;
    bed.up(&stack(SMALL)).await;
    let grown = stack(&SMALL.replace("size_gb: 10", "size_gb: 20").replace("\"443\"", "\"444\""));
    let outcome = bed.up(&grown).await;
    assert_eq!((outcome.class(), outcome.counts().done), (None, 2), "{outcome:?}");
    bed.assert_stands(&grown).await;
}

#[tokio::test]
async fn a_stop_ends_the_waiting_and_names_what_goes_on() {
    let bed = Bed::new().await;
    let plan = bed.plan(&stack(SMALL), &Asked::stand()).await;
    let (world, mut events) = bed.world(bed.client(None)).await;
    let stop = world.stop.clone();
    let (outcome, ()) = tokio::join!(run(&world, &plan), async {
        while let Some(event) = events.recv().await {
            let droplet = event.address.to_string() == "app";
            if droplet && matches!(event.what, What::Waiting { .. }) {
                stop.cancel();
                break;
            }
        }
    });
    assert_eq!(outcome.class(), Some(Class::Stopped), "{outcome:?}");
    let running: Vec<&str> = outcome.still_running().collect();
    assert!(running.iter().any(|text| text.ends_with("is being created")), "{running:?}");
    drop(world);
    assert_eq!(bed.up(&stack(SMALL)).await.class(), None);
    bed.assert_stands(&stack(SMALL)).await;
}

#[tokio::test]
async fn data_in_another_region_than_the_file_says_keeps_its_marks_and_is_not_made_anew() {
    let bed = Bed::new().await;
    bed.up(&stack(SMALL)).await;
    let mut moved = stack(SMALL);
    moved.region = Region::new("nyc3");
    let plan = bed.plan(&moved, &Asked::go()).await;
    assert_eq!(plan.kept.len(), 1);
    assert_eq!(bed.carry_out(&plan).await.class(), None);
    let world = bed.get("world").await;
    let volume = world["volumes"].as_object().unwrap().values().next().unwrap();
    assert!(volume["tags"].to_string().contains("dostack:core:app:volume"), "{volume}");
    let plan = bed.plan(&moved, &Asked::stand()).await;
    let refused: Vec<&str> = plan.refusals.iter().map(|refusal| refusal.text.as_str()).collect();
    assert_eq!(refused, ["`region` of a volume cannot be changed, and its data would be lost"]);
}
