//! What is marked is recognised, and nothing else.

use crate::values::{Address, ComponentName, HostDigest, Mark, Scheduler, StackName, Tag};

fn mark() -> Mark {
    Mark::new(StackName::parse("core").unwrap())
}

#[test]
fn an_address_is_read_back_from_its_tag() {
    let address: Address = "vector:volume".parse().unwrap();
    let tag = mark().address_tag(&address);
    assert_eq!(tag.as_str(), "dostack:core:vector:volume");
    assert_eq!(mark().address_among([&Tag::new("web"), &tag]), Some(address));
}

#[test]
fn a_claim_is_ours_and_no_address_yet() {
    let address: Address = "vector".parse().unwrap();
    let claim = mark().claim_tag(&address);
    assert_eq!(claim.as_str(), "dostack-claim:core:vector");
    assert!(mark().owns_tag(&claim) && !mark().owns_tag(&Mark::adopted_tag()));
    assert_eq!(mark().claim_among([&claim]), Some(address));
    assert_eq!(mark().address_among([&claim]), None);
}

#[test]
fn who_takes_snapshots_by_night_stands_in_a_tag_of_the_stack() {
    let tag = mark().nights_tag(Scheduler::Github);
    assert_eq!(tag.as_str(), "dostack-nights:core:github");
    assert_eq!(mark().scheduler_among([&tag]), Some(Scheduler::Github));
    assert!(mark().owns_tag(&tag) && mark().address_among([&tag]).is_none());
    let others = ["dostack-nights:core-dev:serve", "dostack-nights:core:nobody"].map(Tag::new);
    assert_eq!(mark().scheduler_among(&others), None);
}

#[test]
fn a_drill_is_known_by_its_stack_and_by_who_is_at_it() {
    let tag = mark().own_drill_tag("1f-2");
    assert_eq!(tag.as_str(), "dostack-drill:core:1f-2");
    assert_eq!(mark().drill_claim_in(&tag), Some("1f-2"));
    assert_eq!(mark().drill_claim_in(&Tag::new("dostack-drill:core-dev:1f-2")), None);
    assert_eq!(mark().drill_claim_in(&Mark::drill_tag()), None);
    assert!(!mark().owns_tag(&tag) && mark().address_among([&tag]).is_none());
    for text in [tag.as_str(), "Dostack-Drill", "dostack-drill:core-dev:1"] {
        assert!(Mark::is_any_drill(text), "{text}");
    }
    assert!(!Mark::is_any_drill("dostack:core") && !Mark::is_any_drill("dostack-drills"));
}

#[test]
fn another_stack_is_told_from_this_one_and_from_none() {
    let other = |text: &str| mark().other_stack_among([&Tag::new(text)]).map(str::to_owned);
    assert_eq!(other("dostack:core-dev:app").as_deref(), Some("core-dev"));
    assert_eq!(other("DOSTACK-claim:next:app").as_deref(), Some("next"));
    for text in ["dostack:core", "dostack-claim:core:app", "dostack-adopted", "web"] {
        assert_eq!(other(text), None, "{text}");
    }
}

#[test]
fn an_old_name_of_a_component_is_read_as_the_new_one() {
    let name = |text| ComponentName::parse(text).unwrap();
    let mark = mark().renaming([(name("vector"), name("search"))]);
    let address = |text: &str| text.parse::<Address>().unwrap();
    for (old, new) in [("vector-2:volume", "search-2:volume"), ("vector", "search")] {
        let tag = Tag::new(format!("dostack:core:{old}"));
        assert_eq!(mark.address_in(tag.as_str()), Some(address(new)));
        assert!(mark.is_former(tag.as_str()));
        assert_eq!(mark.now(&tag), mark.address_tag(&address(new)));
    }
    assert!(!mark.is_former("dostack:core:search"));
    assert_eq!(mark.now(&Tag::new("web")), Tag::new("web"));
    assert_eq!(mark.former_name(&name("search")), Some(&name("vector")));
}

#[test]
fn any_stack_s_mark_is_recognised_and_its_stack_named() {
    for (text, stack) in [
        ("dostack:core-dev:app", Some("core-dev")),
        ("DOSTACK:core", Some("core")),
        ("a network of dostack:core", Some("core")),
        ("dostack-made:core:0a1b", Some("core")),
        ("dostack-lock-core", None),
    ] {
        assert!(Mark::is_any_in(text), "{text}");
        assert_eq!(Mark::stack_in(text).as_deref(), stack, "{text}");
    }
    for text in ["", "web", "my dostacks", "mydostack:core"] {
        assert!(!Mark::is_any_in(text) && Mark::stack_in(text).is_none(), "{text}");
    }
}

#[test]
fn another_stack_whose_name_begins_alike_is_not_ours() {
    for text in
        ["dostack:core-dev", "dostack:core-dev:app", "dostack-made:core2:x", "dostack-ip:core2"]
    {
        assert!(!mark().owns_tag(&Tag::new(text)), "{text}");
    }
    let own = [
        "dostack:core",
        "DOSTACK:core:app",
        "dostack-made:core:x",
        "dostack-ip:core",
        "dostack-alerts:core",
    ];
    for text in own {
        assert!(mark().owns_tag(&Tag::new(text)), "{text}");
    }
    assert!(mark().owns_key_named(&mark().key_name("0a1b")));
    assert!(!mark().owns_key_named("dostack core-dev 0a1b"));
}

#[test]
fn an_address_that_leaves_is_read_back_from_its_tag() {
    let ip = "203.0.113.9".parse().unwrap();
    let tag = mark().leaving_ip_tag(ip);
    assert_eq!(tag.as_str(), "dostack-ip:core:203-0-113-9");
    assert_eq!(mark().leaving_ip_in(&tag), Some(ip));
    assert_eq!(Mark::any_leaving_ip_in(tag.as_str()), Some(ip));
    assert!(mark().owns_tag(&tag) && mark().is_of_reserved_ip(&mark().reserved_ip_tag()));
    for text in ["dostack-ip:core", "dostack-ip:core2:203-0-113-9", "dostack-ip:core:app"] {
        assert_eq!(mark().leaving_ip_in(&Tag::new(text)), None, "{text}");
    }
}

#[test]
fn the_digests_of_host_keys_are_read_back_from_their_tags() {
    let digests = [HostDigest::of(b"old"), HostDigest::of(b"new")];
    let other = Mark::new(StackName::parse("core-dev").unwrap());
    let mut tags: Vec<Tag> = digests.iter().map(|it| mark().host_key_tag(it)).collect();
    tags.extend([other.host_key_tag(&HostDigest::of(b"other")), Tag::new("dostack-host:core:x")]);
    assert_eq!(mark().host_keys_among(&tags), digests.into());
}
