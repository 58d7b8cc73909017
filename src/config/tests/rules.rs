//! One rule a line: a small change to a small stack, and what is said.

use std::time::Duration;

use crate::{
    config::{
        Component, Consistency, Hook,
        tests::{KEY, SMALL, World},
    },
    values::{ComponentName, Ports},
};

const DROPLET: &str = "droplet: { size: s-1vcpu-1gb, image: debian-12-x64 }";

/// What is said of one plain machine with these fields.
fn said_of(fields: &str) -> Vec<String> {
    World::of(&format!("web: {{ kind: Droplet, {DROPLET}, {fields} }}")).messages()
}

fn assert_said(said: &[String], what: &str, about: &str) {
    assert!(said.iter().any(|message| message.contains(what)), "{about}: {said:?}");
}

#[test]
fn an_authority_is_asked_for_names_and_not_beside_a_certificate_that_is_brought() {
    let app = |nginx: &str| {
        let postgres = "volume: { size_gb: 10 }, postgres: { password: \"${secret:ORG_KEY}\" }";
        let app = format!("app: {{ kind: AppStack, {DROPLET}, {postgres}, nginx: {{ {nginx} }} }}");
        World::of(&app).messages()
    };
    let brought = "tls: { certificate: \"${secret:ORG_KEY}\", key: \"${secret:ORG_KEY}\" }";
    let named = "server_name: app.example.com, acme:";
    assert_said(&app("acme: {}"), "an authority vouches for a name", "no name");
    assert_said(&app(&format!("{named} {{}}, {brought}")), "not both", "both");
    assert_said(&app(&format!("{named} {{ email: me }}")), "no e-mail address", "email");
    assert_said(&app(&format!("{named} {{ directory: acme }}")), "no address", "directory");
}

#[test]
fn fields_of_a_machine_keep_their_rules() {
    for (fields, what) in [
        ("count: 1001", "a whole number from 1 to 1000"),
        ("count: 1.5", "a whole number from 1 to 1000, found a number"),
        ("count: 2, records: [a]", "cannot be used with `count`"),
        ("volume: { size_gb: 16385 }", "a whole number from 1 to 16384"),
        ("volume: { size_gb: 1, label: aaaaaaaaaaaaaaaaa }", "ext4 holds at most 16"),
        ("volume: { size_gb: 1, filesystem: xfs, label: aaaaaaaaaaaaa }", "xfs holds at most 12"),
        ("volume: all", "expected one of `none`, found `all`"),
        ("snapshots: { at: \"03:00\", keep: { last: 1 } }", "no volume"),
        ("volume: { size_gb: 1 }, snapshots: { at: 25:00, keep: { last: 1 } }", "no time of day"),
        ("volume: { size_gb: 1 }, snapshots: { at: \"03:00\", keep: {} }", "keep at least one"),
        (
            "volume: { size_gb: 1 }, snapshots: { at: \"03:00\", time_zone: Mars, keep: { last: 1 } }",
            "no time zone",
        ),
        ("reserved_ip: maybe", "expected one of `true`, `false`, found `maybe`"),
        ("records: [a]", "records need a domain"),
        ("inbound: [{ protocol: tcp, ports: 70000, from: [vpc] }]", "names no ports"),
        ("inbound: [{ protocol: tcp, ports: \"80\", from: [] }]", "no other end"),
        ("inbound: [{ protocol: tcp, ports: \"80\", from: [db] }]", "there is no component `db`"),
        ("inbound: [{ protocol: tcp, ports: \"80\", from: [10.0.0.1/8] }]", "host bits"),
        ("was: web", "still a component"),
        ("<<: { count: 1 }", "unknown field `<<`"),
        ("count: ~", "there is no value here"),
        ("count: !!int 3", "YAML tags"),
    ] {
        assert_said(&said_of(fields), what, fields);
    }
}

#[test]
fn what_can_never_resize_a_machine_is_told() {
    for (fields, what) in [
        ("resize: { ladder: [] }", "a ladder needs a rung"),
        ("resize: { ladder: [s-1vcpu-1gb, s-1vcpu-1gb] }", "on the ladder twice"),
        ("resize: { ladder: [s-1vcpu-1gb], cooldown: { up: 5 } }", "no length of time"),
        (
            "resize: { ladder: [s-1vcpu-1gb], window: { from: \"01:00\", to: \"01:00\", time_zone: UTC } }",
            "never opens",
        ),
        (
            "resize: { ladder: [s-1vcpu-1gb], when: { metric: a, query: b, above: 1, for: 1m } }",
            "`metric` or `query`, not both",
        ),
        (
            "resize: { ladder: [s-1vcpu-1gb], when: { metric: a, for: 1m } }",
            "give `above` or `below`",
        ),
        (
            "resize: { ladder: [s-1vcpu-1gb], when: { metric: a, above: .inf, for: 1m } }",
            "expected a number",
        ),
        (
            "resize: { ladder: [s-1vcpu-1gb], when: { metric: a, above: 5, for: 1m }, down: { metric: a, below: 6, for: 1h } }",
            "the bounds overlap",
        ),
        (
            "resize: { ladder: [s-1vcpu-1gb], when: { metric: a, below: 5, for: 1m }, down: { metric: a, below: 1, for: 1h } }",
            "the bounds overlap",
        ),
        (
            "resize: { ladder: [s-1vcpu-1gb], when: { metric: free_bytes, below: 0, for: 1m } }",
            "`free_bytes` is never below 0",
        ),
        (
            "resize: { ladder: [s-1vcpu-1gb], when: { metric: queries_durations_p95_ms, above: 300000, for: 1m } }",
            "the highest bucket of `queries_durations_ms` ends at 300000",
        ),
        (
            "resize: { ladder: [s-1vcpu-1gb], when: { query: \"histogram_quantile(0.9, rate(queries_durations_ms_bucket[5m]))\", above: 4e5, for: 1m } }",
            "the highest bucket",
        ),
        ("resize: { ladder: [s-1vcpu-1gb, g-2vcpu-8gb] }", "of another family"),
        ("resize: { ladder: [s-1vcpu-1gb, s-1vcpu-512mb-10gb] }", "is smaller than that of"),
        (
            "resize: { ladder: [s-1vcpu-1gb], window: { from: \"01:00\", to: \"02:00\", time_zone: Mars } }",
            "no time zone",
        ),
    ] {
        assert_said(&said_of(fields), what, fields);
    }
}

#[test]
fn a_page_of_metrics_answers_no_query() {
    let rule = "resize: { ladder: [s-1vcpu-1gb], when: { query: max(a), above: 1, for: 1m } }";
    let of = |metrics: &str| {
        let web = format!("components:\n  web: {{ kind: Droplet, {DROPLET}, {rule} }}\n");
        World::small(&format!("metrics: {{ {metrics} }}\n{web}")).messages()
    };
    assert_eq!(of("prometheus: \"http://10.0.0.2:9090\""), [""; 0]);
    assert_said(&of("scrape: [\"http://10.0.0.2:9100/metrics\"]"), "answers no query", "scraped");
}

#[test]
fn bounds_with_room_between_them_are_apart() {
    let rule = "resize: { ladder: [s-1vcpu-1gb], when: { metric: a, above: 8, for: 1m }, down: { metric: a, below: 3, for: 1h } }";
    assert_eq!(said_of(rule), [""; 0]);
}

#[test]
fn names_put_together_keep_digitaloceans_rules() {
    let long = format!("volume: {{ size_gb: 1, name: {} }}", "a".repeat(63));
    assert_eq!(said_of(&long), [""; 0]);
    let said = said_of(&format!("count: 10, {long}"));
    assert_said(&said, "at most 64 characters", "a number makes it too long");
}

#[test]
fn a_firewall_has_at_most_fifty_rules_and_a_rule_a_thousand_ends() {
    let rule = "{ protocol: tcp, ports: \"1\", from: [vpc] }";
    let of = |count: usize| said_of(&format!("inbound: [{}]", vec![rule; count].join(", ")));
    assert_eq!(of(46), [""; 0]);
    assert_said(&of(47), "51 rules (47 in, 1 for SSH, 3 out)", "47 rules");
    let ends = |count: usize| {
        let all: Vec<_> = (0..count).map(|at| format!("10.0.{}.{}", at / 250, at % 250)).collect();
        said_of(&format!(
            "inbound: [{{ protocol: tcp, ports: \"1\", from: [{}] }}]",
            all.join(", ")
        ))
    };
    assert_eq!(ends(1000), [""; 0]);
    assert_said(&ends(1001), "at most 1000, here are 1001", "1001 ends");
}

#[test]
fn sections_of_the_stack_keep_their_rules() {
    for (lines, what) in [
        ("dns: { domain: localhost }", "`localhost` is no valid domain name"),
        ("dns: { domain: example.com, ttl: 29 }", "a whole number from 30 to 86400"),
        ("budget: { monthly_usd: 0 }", "a number above zero"),
        ("budget: { monthly_usd: .nan }", "a number above zero"),
        ("metrics: {}", "either `prometheus` or `scrape`"),
        ("metrics: { scrape: [10.0.0.1] }", "no address"),
        ("secrets: [ORG_A, ORG_A]", "listed twice"),
        ("components: []", "expected a map, found a list"),
        ("1: 2", "unknown field `1`"),
        ("? [a]\n: b", "a key must be a word"),
        ("--- {}", "a second document begins here"),
        ("a: &x [*x]", "this alias stands for what contains it"),
    ] {
        assert_said(&World::small(&format!("{lines}\n")).messages(), what, lines);
    }
    for (from, to, what) in [
        ("stack: small", "stack: true", "expected a text, found a boolean"),
        ("region: sfo2", "region: SFO 2", "cannot be a region"),
        ("[key.pub]", "[key.pub, key.pub]", "given twice"),
        ("allow_from: [\"203.0.113.0/24\"]", "allow_from: [\"203.0.113.7/24\"]", "host bits"),
        ("ssh: {", "ssh: { user: Root!,", "no user name"),
    ] {
        let text = SMALL.replace(from, to) + "components: {}\n";
        assert_said(&World::with(text).messages(), what, to);
    }
}

#[test]
fn a_key_can_stand_in_the_file_itself() {
    let text = SMALL.replace("key.pub", KEY) + "components: {}\n";
    let stack = World::with(text).loaded().stack;
    assert_eq!(stack.ssh.public_keys[0].line(), KEY);
}

#[test]
fn windows_line_ends_and_a_byte_order_mark_are_taken() {
    let text = format!("\u{feff}{SMALL}components: {{}}\n").replace('\n', "\r\n");
    assert_eq!(World::with(text).messages(), [""; 0]);
    let wrong = format!("\u{feff}{SMALL}components: {{}}\nbuget: 1\n").replace('\n', "\r\n");
    let refused = World::with(wrong).refused();
    assert!(refused.contains("stacks/a.yaml:6:1"), "{refused}");
}

#[test]
fn an_alias_stands_for_its_whole_value() {
    let lines = "a: { kind: Droplet, droplet: &d { size: s-1vcpu-1gb, image: debian-12-x64 } }\nb: { kind: Droplet, droplet: *d }";
    assert_eq!(World::of(lines).loaded().stack.components.len(), 2);
}

#[test]
fn words_and_numbers_mean_what_their_field_says() {
    assert_said(&said_of("count: \"3\""), "from 1 to 1000, found a text", "quoted");
    let block = "web:\n  kind: Droplet\n  droplet: { size: s-1vcpu-1gb, image: 123456 }\n  count: \"${env:COUNT}\"\n  inbound: [{ protocol: tcp, ports: 8080, from: [anywhere] }]\n  volume: { size_gb: 0x10 }\n  snapshots: { at: 03:00, keep: { last: 1 }, consistency: sync }";
    let stack = World::of(block).variable("COUNT", "3").loaded().stack;
    let Component::Droplet(web) = &stack.components[&ComponentName::parse("web").unwrap()] else {
        panic!("no droplet")
    };
    assert_eq!((web.count, web.volume.as_ref().unwrap().size_gb), (Some(3), 16));
    assert_eq!((web.inbound[0].ports, web.droplet.image.as_str()), (Ports::one(8080), "123456"));
    assert_eq!(web.snapshots.as_ref().unwrap().consistency, Consistency::Sync);
}

#[test]
fn dollars_are_escaped_by_doubling_them() {
    let lines = "vector:\n  kind: VectorDroplet\n  droplet: { size: s-1vcpu-1gb, image: debian-12-x64 }\n  volume: none\n  agents: { image: me/a, command: \"echo $${HOME} $HOME ${output:vector.public_ip}\" }";
    let stack = World::of(lines).loaded().stack;
    let Component::VectorDroplet(vector) =
        &stack.components[&ComponentName::parse("vector").unwrap()]
    else {
        panic!("no vector")
    };
    let command = vector.agents.as_ref().unwrap().command.as_ref().unwrap();
    assert_eq!(command.to_string(), "echo ${HOME} $HOME ${output:vector.public_ip}");
}

#[test]
fn backups_keep_their_rules() {
    for (backups, what) in [
        ("often", "expected one of `true`, `false`, found `often`"),
        ("{ hour: 4 }", "the field `plan` is missing"),
        ("{ plan: hourly }", "expected one of `daily`, `weekly`"),
        ("{ plan: weekly, weekday: monday }", "found `monday`"),
        ("{ plan: daily, weekday: mon }", "daily backups have no `weekday`"),
        (
            "{ plan: daily, hour: 5 }",
            "backups begin at 0, 4, 8, 12, 16 or 20 o'clock UTC, not at 5",
        ),
    ] {
        let droplet = "size: s-1vcpu-1gb, image: debian-12-x64";
        let web = format!("web: {{ kind: Droplet, droplet: {{ {droplet}, backups: {backups} }} }}");
        assert_said(&World::of(&web).messages(), what, backups);
    }
}

/// The one component of a file with these fields of `snapshots`.
fn copied(kind: &str, fields: &str) -> World {
    let droplet = "droplet: { size: s-1vcpu-1gb, image: debian-12-x64 }, volume: { size_gb: 1 }";
    let snapshots = format!("snapshots: {{ at: \"03:00\", keep: {{ last: 1 }}, {fields} }}");
    let own = match kind {
        "AppStack" => ", postgres: {}, nginx: { server_name: a.example.com }",
        _ => "",
    };
    World::of(&format!("web: {{ kind: {kind}, {droplet}, {snapshots}{own} }}"))
}

#[test]
fn commands_around_a_copy_are_told_with_hook_and_only_with_it() {
    for (fields, what) in [
        ("consistency: hook", "say which commands: `hook: { before: … }`"),
        ("hook: { before: a }", "these commands are run with `consistency: hook` only"),
        (
            "consistency: sync, hook: { before: a }",
            "these commands are run with `consistency: hook` only",
        ),
        ("consistency: hook, hook: { after: a }", "the field `before` is missing"),
        ("consistency: hook, hook: { before: a, deadline: soon }", "soon"),
        ("consistency: pg", "only an `AppStack` has a Postgres of ours"),
        ("consistency: still", "expected one of `crash`, `sync`, `freeze`, `pg`, `hook`"),
    ] {
        assert_said(&copied("Droplet", fields).messages(), what, fields);
    }
}

#[test]
fn what_is_done_around_a_copy_is_read_as_it_stands() {
    let consistency = |kind: &str, fields: &str| {
        let stack = copied(kind, fields).loaded().stack;
        let component = stack.components.values().next().unwrap();
        component.snapshots().unwrap().consistency.clone()
    };
    assert_eq!(consistency("Droplet", "catch_up: 1h"), Consistency::Crash);
    assert_eq!(consistency("Droplet", "consistency: freeze"), Consistency::Freeze);
    assert_eq!(consistency("AppStack", "consistency: pg"), Consistency::Pg);
    let hook = "consistency: hook, hook: { before: flush, after: go on, deadline: 2m }";
    let expected = Hook {
        before: "flush".to_owned(),
        after: Some("go on".to_owned()),
        deadline: Duration::from_mins(2),
    };
    assert_eq!(consistency("Droplet", hook), Consistency::Hook(expected));
    let Consistency::Hook(short) = consistency("Droplet", "consistency: hook, hook: { before: a }")
    else {
        panic!("it has commands")
    };
    assert_eq!((short.after, short.deadline), (None, Duration::from_secs(30)));
}

#[test]
fn the_range_of_an_adopted_network_may_be_left_out() {
    let with = |vpc: &str| {
        let text = SMALL.replace("vpc: { ip_range: 10.0.0.0/16 }", &format!("vpc: {vpc}"));
        World::with(text + "components: {}\n").messages().join("\n")
    };
    assert_eq!(with("{ adopt: default-sfo2 }"), "");
    assert_eq!(with("{ adopt: { name: default-sfo2, else: refuse } }"), "");
    for vpc in ["{ name: mine }", "{ adopt: { name: default-sfo2, else: create } }"] {
        assert_eq!(with(vpc), "the field `ip_range` is missing", "{vpc}");
    }
}

/// What is said of components that share the machine of a vector store.
fn said_of_sharing(components: &str) -> Vec<String> {
    let text = format!(
        "vector: {{ kind: VectorDroplet, {DROPLET}, volume: none }}\n\
         workers: {{ kind: Droplet, {DROPLET}, count: 2 }}\n\
         maybe: {{ kind: MicroCache, {DROPLET}, enabled: false }}\n\
         network: {{ kind: NetworkFirewall, inbound: [] }}\n{components}"
    );
    World::of(&text).messages()
}

#[test]
fn a_machine_is_shared_by_those_that_get_along() {
    for (components, what) in [
        ("app: { kind: AppStack, on: vctor, volume: none }", "there is no component `vctor`"),
        ("app: { kind: AppStack, on: app, volume: none }", "cannot be on its own machine"),
        ("app: { kind: AppStack, on: workers, volume: none }", "is several machines"),
        ("app: { kind: AppStack, on: maybe, volume: none }", "is not always there"),
        ("app: { kind: AppStack, on: network, volume: none }", "`network` has no machine"),
        (
            "app: { kind: AppStack, on: vector, volume: none }\ncache: { kind: MicroCache, on: app }",
            "`app` has no machine of its own",
        ),
        ("app: { kind: AppStack, volume: none }", "the field `droplet` is missing"),
        (
            &format!("app: {{ kind: AppStack, on: vector, {DROPLET}, volume: none }}"),
            "give `droplet` or `on`, not both",
        ),
        (
            "app: { kind: AppStack, on: vector, volume: none, reserved_ip: true }",
            "`reserved_ip` cannot be used with `on`",
        ),
        (
            "app: { kind: AppStack, on: vector, volume: none, resize: { ladder: [s-1vcpu-1gb] } }",
            "`resize` cannot be used with `on`",
        ),
        (
            "app: { kind: AppStack, on: vector, volume: none, alerts: [] }",
            "`alerts` cannot be used with `on`",
        ),
        ("other: { kind: VectorDroplet, on: vector, volume: none }", "would both have port 8080"),
        (
            "app: { kind: AppStack, on: vector, volume: none, orchestrator: { image: a, environment: { PORT: \"80\" } } }",
            "nginx of `app` and orchestrator of `app` would both have port 80",
        ),
        (
            "app: { kind: AppStack, on: vector, volume: none, orchestrator: { image: a, environment: { PORT: \"22\" } } }",
            "SSH and orchestrator of `app` would both have port 22",
        ),
    ] {
        assert_said(&said_of_sharing(components), what, components);
    }
    let good = "app: { kind: AppStack, on: vector, volume: none, \
         orchestrator: { image: a, environment: { PORT: \"8080\", PEER: \"${output:cache.private_ip}\" } } }\n\
         cache: { kind: MicroCache, on: vector }";
    assert_eq!(said_of_sharing(good), Vec::<String>::new());
}

/// What is said of an application on the machine of a vector store, with these MCP servers.
fn said_of_servers(servers: &str) -> Vec<String> {
    let app = "app: { kind: AppStack, on: vector, volume: none, orchestrator: { image: a";
    said_of_sharing(&format!("{app}, mcp: {servers} }} }}"))
}

#[test]
fn mcp_servers_have_a_command_and_a_port_of_their_own() {
    for (servers, what) in [
        ("{ search: { command: serve } }", "the field `port` is missing"),
        ("{ search: { port: 8101 } }", "the field `command` is missing"),
        ("{ search: { requirements: [mcp], port: 8101 } }", "the field `command` is missing"),
        ("{ search: { image: a, requirements: [], port: 8101 } }", "give either"),
        ("{ search: { command: serve, port: 0 } }", "a whole number from 1 to 65535"),
        ("{ search: { command: serve, port: 8101, path: mcp } }", "`mcp` is no path"),
        ("{ my_search: { command: serve, port: 8101 } }", "no valid name of an MCP server"),
        (
            "{ search: { command: serve, port: 8101, environment: { PORT: 1 } } }",
            "`PORT` is whatever `port` says",
        ),
        (
            "{ search: { command: serve, port: 8001 } }",
            "orchestrator of `app` and mcp-search of `app` would both have port 8001",
        ),
        (
            "{ search: { command: serve, port: 80 } }",
            "nginx of `app` and mcp-search of `app` would both have port 80",
        ),
        (
            "{ a: { command: serve, port: 8101 }, b: { command: serve, port: 8101 } }",
            "mcp-a of `app` and mcp-b of `app` would both have port 8101",
        ),
    ] {
        assert_said(&said_of_servers(servers), what, servers);
    }
    // Weaviate has its port on the private network, and a server on the machine itself.
    let good = "{ a: { command: serve, port: 8080 }, b-1: { image: b, port: 8101, path: / } }";
    assert_eq!(said_of_servers(good), Vec::<String>::new());
}

#[test]
fn versions_that_their_makers_keep_no_longer_are_told() {
    for (component, what) in [
        (
            "kind: VectorDroplet, volume: none, weaviate: { version: \"1.30\" }",
            "Weaviate 1.30 gets",
        ),
        ("kind: AppStack, volume: none, postgres: { version: 14 }", "Postgres 14 has had no fixes"),
        (
            "kind: AppStack, volume: none, langfuse: { version: 2 }",
            "Langfuse 2 has had no security",
        ),
        ("kind: AppStack, volume: none, langfuse: { version: 3 }", "until January 2027"),
    ] {
        let text = format!("it: {{ {DROPLET}, {component} }}");
        assert_said(&World::of(&text).warnings(), what, component);
    }
    let text = format!("it: {{ {DROPLET}, kind: VectorDroplet, volume: none }}");
    assert_eq!(World::of(&text).warnings(), Vec::<String>::new());
}

#[test]
fn images_of_ones_own_are_names_of_images_with_versions() {
    let said = |images: &str| {
        let component = format!(
            "it: {{ {DROPLET}, kind: VectorDroplet, volume: none, weaviate: {{ version: \"1.40\" }} }}"
        );
        World::small(&format!("images: {images}\ncomponents:\n  {component}\n"))
    };
    for (images, what) in [
        ("{ postgres: \"me/pgvector:0.8.1-pg16\" }", "CVE-2026-3172"),
        ("{ nginx: me/nginx }", "names no version"),
        ("{ weaviate: \"me/weaviate:1.40.4\" }", "`images.weaviate` is what runs"),
        ("{ weaviate: \"me/weaviate:1.34.0\" }", "Weaviate 1.34 gets no more fixes"),
    ] {
        assert_said(&said(images).warnings(), what, images);
    }
    for (images, what) in
        [("{ nginxx: me }", "unknown field `nginxx`"), ("{ nginx: \"a b\" }", "no container image")]
    {
        assert_said(&said(images).messages(), what, images);
    }
}
