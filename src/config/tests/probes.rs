//! Probes, and what is said about them.

use std::time::Duration;

use insta::assert_snapshot;

use crate::config::{Check, tests::World};

/// A component of a kind with these probes.
fn of(kind: &str, probes: &str) -> World {
    World::of(&format!(
        "it:\n  kind: {kind}\n  droplet: {{ size: s-1vcpu-1gb, image: ubuntu-22-04-x64 }}\n{}  probes:\n    {}",
        if kind == "Droplet" || kind == "MicroCache" { "" } else { "  volume: none\n" },
        probes.trim_end().replace('\n', "\n    ")
    ))
}

#[test]
fn a_probe_is_added_changed_or_taken_away_by_its_name() {
    let world = of(
        "VectorDroplet",
        "ready: { kind: weaviate-ready, within: 250ms }\nqueries: false\nhome: { kind: http, url: \"http://127.0.0.1/\" }",
    );
    let loaded = world.loaded();
    let probes = loaded.stack.components.values().next().unwrap().probes().unwrap();
    let ready = Check::WeaviateReady { within: Duration::from_millis(250) };
    assert_eq!(probes["ready"], Some(ready));
    assert_eq!(probes["queries"], None);
    assert!(matches!(&probes["home"], Some(Check::Http(http)) if http.status == 200));
}

#[test]
fn what_is_wrong_with_probes_is_told_at_once() {
    let world = of(
        "AppStack",
        "\
ready: { kind: weaviate-ready }
load: { kind: postgres-lod, clients: 0 }
Home: { kind: http, url: 127.0.0.1 }
slow: { kind: http, url: \"http://127.0.0.1/\", within: 2m }
hard: { kind: postgres-load, lasting: 1h }",
    );
    assert_snapshot!(world.refused(), @r#"
    error: `weaviate-ready` is about software that this component does not run
      --> stacks/a.yaml:11:22
       |
    11 |       ready: { kind: weaviate-ready }
       |                      ^^^^^^^^^^^^^^
       |
       = help: there is `http`, `postgres-cache`, `postgres-connections`, `postgres-tables`, `postgres-load`

    error: expected one of `http`, `weaviate-ready`, `weaviate-key`, `weaviate-nodes`, `weaviate-share`, `weaviate-search`, `weaviate-question`, `postgres-cache`, `postgres-connections`, `postgres-tables`, `postgres-load`, `cache-ping`, found `postgres-lod`
      --> stacks/a.yaml:12:21
       |
    12 |       load: { kind: postgres-lod, clients: 0 }
       |                     ^^^^^^^^^^^^
       |
       = help: did you mean `postgres-load`?

    error: `Home` is no name of a probe: lower-case letters, digits and dashes, at most 64
      --> stacks/a.yaml:13:7
       |
    13 |       Home: { kind: http, url: 127.0.0.1 }
       |       ^^^^

    error: `127.0.0.1` is no address: write it as `http://10.120.0.3:9090`
      --> stacks/a.yaml:13:32
       |
    13 |       Home: { kind: http, url: 127.0.0.1 }
       |                                ^^^^^^^^^

    error: `2m` is no time for an answer: write `150ms` or `2s`, a minute at most
      --> stacks/a.yaml:14:61
       |
    14 |       slow: { kind: http, url: "http://127.0.0.1/", within: 2m }
       |                                                             ^^

    error: load for more than 10m is no probe
      --> stacks/a.yaml:15:45
       |
    15 |       hard: { kind: postgres-load, lasting: 1h }
       |                                             ^^
    "#);
}

#[test]
fn a_class_and_a_tenant_cannot_end_their_place_in_a_query() {
    let search = |place: &str| {
        let probe = format!("search: {{ kind: weaviate-search, {place} }}");
        of("VectorDroplet", &probe).messages()
    };
    assert_eq!(search("class: Session_2, tenant: 2026-11-21"), [""; 0]);
    for place in ["class: session", "class: \"A){b}\"", "tenant: \"a\\\"b\"", "tenant: \"\""] {
        assert_eq!(search(place).len(), 1, "{place}");
    }
}

#[test]
fn a_probe_of_another_machine_makes_no_circle() {
    let world = World::of(
        "\
one:
  kind: AppStack
  droplet: { size: s-1vcpu-1gb, image: ubuntu-22-04-x64 }
  volume: none
  orchestrator: { image: \"a:1\", environment: { OTHER: \"${output:two.private_ip}\" } }
two:
  kind: Droplet
  droplet: { size: s-1vcpu-1gb, image: ubuntu-22-04-x64 }
  probes:
    other: { kind: http, url: \"http://${output:one.private_ip}/\" }
",
    );
    assert_eq!(world.messages(), [""; 0]);
    let gone = of("Droplet", "other: { kind: http, url: \"http://${output:nobody.id}/\" }");
    assert_eq!(gone.messages(), ["there is no component `nobody`"]);
}
