//! What a person sees for each obvious mistake.

use insta::assert_snapshot;

use crate::config::{
    MissingKeys, load,
    tests::{KEY, SMALL, World},
};

/// The small stack with one plain machine, its last lines to be replaced.
fn web(lines: &str) -> World {
    World::of(&format!("web:\n  kind: Droplet\n{lines}"))
}

const DROPLET: &str = "  droplet: { size: s-1vcpu-1gb, image: ubuntu-22-04-x64 }\n";

#[test]
fn an_unknown_field_is_told_with_the_one_that_was_meant() {
    let world = web("  droplet: { sise: s-1vcpu-1gb, size: s-1vcpu-1gb, image: ubuntu-22-04-x64 }");
    assert_snapshot!(world.refused(), @r"
    error: unknown field `sise`
     --> stacks/a.yaml:8:16
      |
    8 |     droplet: { sise: s-1vcpu-1gb, size: s-1vcpu-1gb, image: ubuntu-22-04-x64 }
      |                ^^^^
      |
      = help: did you mean `size`?
    ");
}

#[test]
fn a_missing_field_is_told_with_what_it_is_for() {
    assert_snapshot!(web("  droplet: { image: ubuntu-22-04-x64 }").refused(), @r"
    error: the field `size` is missing
     --> stacks/a.yaml:8:5
      |
    8 |     droplet: { image: ubuntu-22-04-x64 }
      |     ^^^^^^^
      |
      = help: Its size, as `s-4vcpu-8gb`; with a ladder, the lowest rung.
    ");
}

#[test]
fn a_value_of_the_wrong_type_is_told_with_the_right_one() {
    let world = web(&format!("{DROPLET}  volume: {{ size_gb: many }}\n  records: www"));
    assert_snapshot!(world.refused(), @r"
    error: expected a whole number from 1 to 16384, found a text
     --> stacks/a.yaml:9:24
      |
    9 |     volume: { size_gb: many }
      |                        ^^^^

    error: expected a list, found a text
      --> stacks/a.yaml:10:14
       |
    10 |     records: www
       |              ^^^
    ");
}

#[test]
fn a_key_given_twice_shows_both_places() {
    assert_snapshot!(World::small("region: fra1\ncomponents: {}").refused(), @r"
    error: `region` is given twice
     --> stacks/a.yaml:5:1
      |
    2 | region: sfo2
      | ------ first given here
    ...
    5 | region: fra1
      | ^^^^^^
    ");
}

#[test]
fn a_syntax_error_shows_its_line() {
    assert_snapshot!(World::small("components: { a: [1, 2 }\n").refused(), @r"
    error: this is no YAML: mismatched bracket '[' closed by '}'
     --> stacks/a.yaml:5:18
      |
    5 | components: { a: [1, 2 }
      |                  ^
    ");
}

#[test]
fn an_unknown_kind_is_told_with_the_one_that_was_meant() {
    assert_snapshot!(World::of("web:\n  kind: Dropelt").refused(), @r"
    error: expected one of `VectorDroplet`, `AppStack`, `MicroCache`, `NetworkFirewall`, `Droplet`, found `Dropelt`
     --> stacks/a.yaml:7:11
      |
    7 |     kind: Dropelt
      |           ^^^^^^^
      |
      = help: did you mean `Droplet`?
    ");
}

#[test]
fn a_bad_name_is_told_with_the_rule() {
    let world = World::of(&format!("Web_1:\n  kind: Droplet\n{DROPLET}"));
    assert_snapshot!(world.refused(), @r"
    error: `Web_1` is no valid component name: lower-case letters, digits and single dashes, starting with a letter, not ending in a dash and a number, at most 32 characters, and not `stack`
     --> stacks/a.yaml:6:3
      |
    6 |   Web_1:
      |   ^^^^^
    ");
}

#[test]
fn a_volume_name_against_digitaloceans_rule_is_told_with_it() {
    let world = web(&format!("{DROPLET}  volume: {{ size_gb: 10, name: My_Data }}"));
    assert_snapshot!(world.refused(), @r"
    error: `My_Data` is no valid volume name: lower-case letters, digits and `-`, starting with a letter and ending with a letter or digit, at most 64 characters
     --> stacks/a.yaml:9:34
      |
    9 |     volume: { size_gb: 10, name: My_Data }
      |                                  ^^^^^^^
    ");
}

#[test]
fn a_range_with_host_bits_is_told_with_the_range_meant() {
    let text = SMALL.replace("10.0.0.0/16", "10.0.0.1/16");
    assert_snapshot!(World::with(text + "components: {}").refused(), @r"
    error: `10.0.0.1/16` has host bits set: the range is `10.0.0.0/16`
     --> stacks/a.yaml:3:18
      |
    3 | vpc: { ip_range: 10.0.0.1/16 }
      |                  ^^^^^^^^^^^
    ");
}

#[test]
fn more_snapshots_than_a_volume_holds_show_the_sum() {
    let lines = "  volume: { size_gb: 10 }\n  snapshots: { at: \"03:00\", keep: { last: 5, daily: 7, weekly: 5, monthly: 12 } }";
    assert_snapshot!(web(&format!("{DROPLET}{lines}")).refused(), @r#"
    error: this may need 29 snapshots (last 5 + daily 7 + weekly 5 + monthly 12), and a volume keeps at most 24
      --> stacks/a.yaml:10:31
       |
    10 |     snapshots: { at: "03:00", keep: { last: 5, daily: 7, weekly: 5, monthly: 12 } }
       |                               ^^^^
       |
       = help: DigitalOcean holds 25 a volume, and one place stays free for the next
    "#);
}

#[test]
fn a_data_component_must_say_where_its_data_is() {
    let world = World::of(&format!("db:\n  kind: AppStack\n{DROPLET}"));
    assert_snapshot!(world.refused(), @r"
    error: the field `volume` is missing
     --> stacks/a.yaml:6:3
      |
    6 |   db:
      |   ^^
      |
      = help: The data volume, as `{ size_gb: 100 }`; `none` keeps the data on the machine's own disk, where it dies with it.
    ");
}

#[test]
fn two_droplets_with_one_name_show_both_places() {
    let other = DROPLET.replace("size:", "name: small-web, size:");
    let world =
        World::of(&format!("web:\n  kind: Droplet\n{DROPLET}api:\n  kind: Droplet\n{other}"));
    assert_snapshot!(world.refused(), @r"
    error: two droplets would be called `small-web`
      --> stacks/a.yaml:11:22
       |
     6 |   web:
       |   --- the other one
    ...
    11 |     droplet: { name: small-web, size: s-1vcpu-1gb, image: ubuntu-22-04-x64 }
       |                      ^^^^^^^^^
       |
       = help: give one of them a `name` of its own
    ");
}

#[test]
fn a_record_claimed_twice_shows_both_places() {
    let world = World::small(&format!(
        "dns: {{ domain: example.com }}\ncomponents:\n  a:\n    kind: Droplet\n  {DROPLET}    records: [www]\n  b:\n    kind: Droplet\n  {DROPLET}    records: [www]\n"
    ));
    assert_snapshot!(world.refused(), @r"
    error: two records would be called `www`
      --> stacks/a.yaml:14:15
       |
    10 |     records: [www]
       |               --- the other one
    ...
    14 |     records: [www]
       |               ^^^
       |
       = help: a name in the domain points at one component
    ");
}

#[test]
fn a_size_beside_its_ladder_shows_the_ladder() {
    let world = web(&format!("{DROPLET}  resize: {{ ladder: [s-2vcpu-2gb, s-4vcpu-8gb] }}"));
    assert_snapshot!(world.refused(), @r"
    error: the droplet's size `s-1vcpu-1gb` is not on its ladder
     --> stacks/a.yaml:8:22
      |
    8 |     droplet: { size: s-1vcpu-1gb, image: ubuntu-22-04-x64 }
      |                      ^^^^^^^^^^^
    9 |     resize: { ladder: [s-2vcpu-2gb, s-4vcpu-8gb] }
      |               ------ the ladder
    ");
}

#[test]
fn a_rung_shows_the_one_below_it() {
    let world = web(&format!("{DROPLET}  resize: {{ ladder: [s-1vcpu-1gb, s-2vcpu-4gb-amd] }}"));
    assert_snapshot!(world.refused(), @r"
    error: `s-2vcpu-4gb-amd` has processors of another family than `s-1vcpu-1gb`: a ladder stays in one
     --> stacks/a.yaml:9:37
      |
    9 |     resize: { ladder: [s-1vcpu-1gb, s-2vcpu-4gb-amd] }
      |                        -----------  ^^^^^^^^^^^^^^^
      |                        |
      |                        the rung below it
    ");
}

#[test]
fn icmp_with_ports_and_tcp_without_are_told() {
    let rules = "  inbound:\n    - { protocol: icmp, ports: \"1\", from: [vpc] }\n    - { protocol: tcp, from: [vpc] }\n    - { protocol: tpc, ports: all, from: [10.0.0.1/8, wbe] }";
    assert_snapshot!(web(&format!("{DROPLET}{rules}")).refused(), @r#"
    error: icmp has no ports
      --> stacks/a.yaml:10:34
       |
    10 |       - { protocol: icmp, ports: "1", from: [vpc] }
       |                                  ^^^

    error: the field `ports` is missing: tcp and udp need it, `all` is every port
      --> stacks/a.yaml:11:9
       |
    11 |       - { protocol: tcp, from: [vpc] }
       |         ^

    error: expected one of `tcp`, `udp`, `icmp`, found `tpc`
      --> stacks/a.yaml:12:21
       |
    12 |       - { protocol: tpc, ports: all, from: [10.0.0.1/8, wbe] }
       |                     ^^^
       |
       = help: did you mean `tcp`?

    error: `10.0.0.1/8` has host bits set: the range is `10.0.0.0/8`
      --> stacks/a.yaml:12:45
       |
    12 |       - { protocol: tpc, ports: all, from: [10.0.0.1/8, wbe] }
       |                                             ^^^^^^^^^^

    error: there is no component `wbe`
      --> stacks/a.yaml:12:57
       |
    12 |       - { protocol: tpc, ports: all, from: [10.0.0.1/8, wbe] }
       |                                                         ^^^
       |
       = help: did you mean `web`?
    "#);
}

#[test]
fn a_port_that_two_servers_would_have_is_told_at_its_line() {
    let app = format!("app:\n  kind: AppStack\n{DROPLET}  volume: none\n");
    let servers =
        "      one: { command: serve, port: 8101 }\n      two: { command: serve, port: 8101 }";
    let text = format!("{app}  orchestrator:\n    image: a\n    mcp:\n{servers}");
    assert_snapshot!(World::of(&text).refused(), @r"
    error: mcp-one of `app` and mcp-two of `app` would both have port 8101 of the machine of `app`
      --> stacks/a.yaml:14:38
       |
    13 |         one: { command: serve, port: 8101 }
       |                                      ---- the other one
    14 |         two: { command: serve, port: 8101 }
       |                                      ^^^^
       |
       = help: give one of them another machine, or another port where it has a choice
    ");
}

#[test]
fn an_unknown_variable_is_told() {
    let text = SMALL.replace("sfo2", "${env:REGION}");
    assert_snapshot!(World::with(text + "components: {}").refused(), @r"
    error: `${env:REGION}` is not set in the environment
     --> stacks/a.yaml:2:9
      |
    2 | region: ${env:REGION}
      |         ^^^^^^^^^^^^^
      |
      = help: set it before dostack is run, or write the value here
    ");
}

#[test]
fn components_that_wait_for_each_other_are_told_as_a_circle() {
    let one = |name: &str, other: &str| {
        format!(
            "{name}:\n  kind: VectorDroplet\n{DROPLET}  volume: none\n  agents: {{ image: me/a, command: \"${{output:{other}.private_ip}}\" }}\n"
        )
    };
    let world = World::of(&[one("a", "b"), one("b", "c"), one("c", "a")].concat());
    assert_snapshot!(world.refused(), @r#"
    error: components wait for each other: `a` -> `b` -> `c` -> `a`
      --> stacks/a.yaml:20:37
       |
    20 |     agents: { image: me/a, command: "${output:a.private_ip}" }
       |                                     ^^^^^^^^^^^^^^^^^^^^^^^^
    "#);
}

#[test]
fn an_output_of_nothing_is_told_with_the_component_meant() {
    let world = World::of(&format!(
        "vector:\n  kind: VectorDroplet\n{DROPLET}  volume: none\n  agents: {{ image: me/a, command: \"${{output:vektor.private_ip}}\" }}"
    ));
    assert_snapshot!(world.refused(), @r#"
    error: there is no component `vektor`
      --> stacks/a.yaml:10:37
       |
    10 |     agents: { image: me/a, command: "${output:vektor.private_ip}" }
       |                                     ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
       |
       = help: did you mean `vector`?
    "#);
}

#[test]
fn an_invisible_character_is_told_by_its_code_point() {
    let text = SMALL.replace("sfo2", "sf\u{202e}o2");
    assert_snapshot!(World::with(text + "components: {}").refused(), @r"
    error: the invisible character U+202E stands here
     --> stacks/a.yaml:2:9
      |
    2 | region: sf�o2
      |         ^^^^^
      |
      = help: type the text anew
    ");
}

#[test]
fn a_missing_key_file_is_told_with_a_way_out() {
    let text = SMALL.replace("key.pub", "~/.ssh/none.pub");
    assert_snapshot!(World::with(text + "components: {}").refused(), @r#"
    error: cannot read the key file `~/.ssh/none.pub`: there is no such file
     --> stacks/a.yaml:4:22
      |
    4 | ssh: { public_keys: [~/.ssh/none.pub], allow_from: ["203.0.113.0/24"] }
      |                      ^^^^^^^^^^^^^^^
      |
      = help: make a key with `ssh-keygen -t ed25519`, or name another
    "#);
}

#[test]
fn auto_without_its_condition_is_told() {
    let world = World::of(&format!("cache:\n  kind: MicroCache\n  enabled: auto\n{DROPLET}"));
    assert_snapshot!(world.refused(), @r"
    error: the field `when` is missing: `auto` needs its condition
     --> stacks/a.yaml:8:14
      |
    8 |     enabled: auto
      |              ^^^^
    ");
}

#[test]
fn an_empty_file_is_told() {
    assert_snapshot!(World::with("# nothing\n").refused(), @r"
    error: the file is empty
     --> stacks/a.yaml:1:1
      |
    1 | # nothing
      | ^
      |
      = help: `dostack init` in an empty folder writes one that can be copied
    ");
}

#[test]
fn a_file_that_is_not_there_is_told() {
    let world = World::default();
    let refused = load("stacks/none.yaml", &world, MissingKeys::Refuse).unwrap_err();
    assert_snapshot!(refused, @"error: cannot read `stacks/none.yaml`: there is no such file");
}

#[test]
fn every_mistake_of_a_file_is_told_at_once() {
    let world = World::with(
        "stack: Bad\nregion: sfo2\nvpc: { ip_range: 8.8.0.0/16 }\nssh: { public_keys: [] }\nbudget: { monthly_usd: -1 }\ndns: { domain: localhost, ttl: 1 }\nbuget: 1\ncomponents: { web: { kind: Droplet, count: 0 } }\n",
    );
    assert_eq!(world.messages().len(), 10, "{}", world.refused());
}

#[test]
fn open_ssh_is_a_warning() {
    let text = SMALL.replace(", allow_from: [\"203.0.113.0/24\"]", "");
    let loaded = World::with(text + "components: {}").key("key.pub", KEY).loaded();
    assert_snapshot!(loaded.warnings, @r"
    warning: port 22 of every machine is open to the whole internet
     --> stacks/a.yaml:4:1
      |
    4 | ssh: { public_keys: [key.pub] }
      | ^^^
      |
      = help: list your own addresses under `allow_from`
    ");
}

#[test]
fn a_throw_away_key_takes_the_place_of_a_missing_one_where_asked() {
    let text = SMALL.replace("key.pub", "none.pub, none2.pub");
    let world = World::with(text + "components: {}");
    let loaded = load("stacks/a.yaml", &world, MissingKeys::ThrowAway).unwrap();
    assert_eq!(loaded.stack.ssh.public_keys.len(), 1);
    assert_snapshot!(loaded.warnings, @r#"
    note: there is no file `none.pub`: a throw-away key takes its place
     --> stacks/a.yaml:4:22
      |
    4 | ssh: { public_keys: [none.pub, none2.pub], allow_from: ["203.0.113.0/24"] }
      |                      ^^^^^^^^

    note: there is no file `none2.pub`: a throw-away key takes its place
     --> stacks/a.yaml:4:32
      |
    4 | ssh: { public_keys: [none.pub, none2.pub], allow_from: ["203.0.113.0/24"] }
      |                                ^^^^^^^^^
    "#);
}
