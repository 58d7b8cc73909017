//! A machine that somebody made by hand, taken in and let go of by runs that end anywhere.

use serde_json::Value;

use crate::{
    apply::tests::{
        bed::{Bed, SMALL, stack},
        killed::{killed_after, killed_in},
    },
    config::{Adopt, Otherwise, Stack},
    digitalocean::droplets::{ImageName, NewDroplet},
    plan::Asked,
};

/// The small stack on a machine and in a network that are there.
fn adopting() -> Stack {
    let droplet =
        "droplet: { size: s-2vcpu-4gb, image: ubuntu-22-04-x64, adopt: superagi-dev-sfo2-01 }";
    let mut stack = stack(&SMALL.replace("DROPLET", droplet));
    let target = "default-sfo2".to_owned();
    stack.vpc.adopt = Some(Adopt { target, otherwise: Otherwise::Refuse });
    stack.vpc.ip_range = None;
    stack
}

/// An account with one droplet, made by hand; gives back its id.
async fn account() -> (Bed, u64) {
    let bed = Bed::new().await;
    let made = NewDroplet {
        name: "superagi-dev-sfo2-01".to_owned(),
        region: "sfo2".to_owned(),
        size: "s-1vcpu-1gb".to_owned(),
        image: ImageName::Slug("ubuntu-22-04-x64".to_owned()),
        tags: vec!["web".to_owned()],
        ..NewDroplet::default()
    };
    let made = bed.client(None).create_droplet(&made).await.unwrap();
    bed.advance(120).await;
    (bed, made.droplet.id)
}

/// The one droplet there is.
async fn droplet(bed: &Bed) -> Value {
    let client = bed.client(None);
    let droplets = client.droplets().await.unwrap();
    let [only] = droplets.as_slice() else { panic!("{droplets:?}") };
    serde_json::json!({ "id": only.id, "size": only.size_slug, "status": only.status.to_string(),
        "tags": only.tags })
}

/// Everything the account holds, by kind and number.
async fn counts(bed: &Bed) -> Vec<(String, usize)> {
    let world = bed.get("world").await;
    let kinds = ["droplets", "volumes", "firewalls", "vpcs", "keys"];
    let count = |kind: &str| world[kind].as_object().unwrap().len();
    kinds.map(|kind| (kind.to_owned(), count(kind))).into()
}

#[tokio::test]
async fn taking_in_killed_after_any_call_ends_with_the_same_machine() {
    let wanted = adopting();
    for call in 1.. {
        let (bed, id) = account().await;
        let was_killed = killed_after(&bed, &wanted, call).await;
        let outcome = bed.up(&wanted).await;
        assert_eq!(outcome.class(), None, "killed after call {call}: {outcome:?}");
        bed.assert_stands(&wanted).await;
        let droplet = droplet(&bed).await;
        assert_eq!((&droplet["id"], &droplet["status"]), (&id.into(), &"active".into()));
        let tags = droplet["tags"].to_string();
        assert!(tags.contains("dostack:core:app") && tags.contains("dostack-adopted"), "{tags}");
        assert!(!tags.contains("claim") && !tags.contains("must-be-on"), "{call}: {tags}");
        if !was_killed {
            assert!(call > 25, "the run made only {call} calls");
            return;
        }
    }
}

#[tokio::test]
async fn letting_go_killed_after_any_call_leaves_the_machine_as_it_was() {
    let wanted = adopting();
    let asked = Asked { delete_data: ["app:volume".to_owned()].into(), ..Asked::go() };
    for call in 1.. {
        let (bed, id) = account().await;
        let before = counts(&bed).await;
        assert_eq!(bed.up(&wanted).await.class(), None);
        let was_killed = killed_in(&bed, &bed.plan(&wanted, &asked).await, call).await;
        let again = bed.plan(&wanted, &Asked::go()).await;
        assert_eq!(bed.carry_out(&again).await.class(), None, "killed after call {call}");
        let droplet = droplet(&bed).await;
        assert_eq!((&droplet["id"], &droplet["status"]), (&id.into(), &"active".into()));
        assert_eq!(droplet["tags"], serde_json::json!(["web"]), "killed after call {call}");
        let left = bed.plan(&wanted, &Asked::go()).await;
        assert!(left.is_empty(), "{:?}", left.changes().collect::<Vec<_>>());
        if !was_killed {
            assert_eq!(counts(&bed).await, before);
            assert!(call > 15, "the run made only {call} calls");
            return;
        }
    }
}
