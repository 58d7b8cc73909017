//! What is in the stack file, and what it refers to.

use insta::assert_snapshot;

use crate::{
    mistakes::offline,
    support::{env::Env, output::Ran},
};

#[test]
fn every_mistake_of_a_file_is_told_at_once() {
    let env = Env::with_cloud();
    env.edit_stack("size_gb: 160", "sise_gb: 160");
    env.edit_stack("region: sfo2", "region: Mars!");
    env.edit_stack("10.120.0.0/16", "10.120.0.1/16");
    assert_snapshot!(offline(&env, "up --yes"), @"
    exit 3
    ---- stderr
    error: `Mars!` cannot be a region: lower-case letters, digits, `-`, `.` and `_`
      --> stacks/dev.yaml:10:9
       |
    10 | region: Mars!
       |         ^^^^^

    error: `[private]/16` has host bits set: the range is `10.120.0.0/16`
      --> stacks/dev.yaml:13:18
       |
    13 | vpc: { ip_range: [private]/16 }
       |                  ^^^^^^^^^^^^^

    error: the field `size_gb` is missing
      --> stacks/dev.yaml:39:5
       |
    39 |     volume: { sise_gb: 160, filesystem: ext4 }       # grows in place; never shrinks
       |     ^^^^^^
       |
       = help: GiB; it can grow later and never shrink.

    error: unknown field `sise_gb`
      --> stacks/dev.yaml:39:15
       |
    39 |     volume: { sise_gb: 160, filesystem: ext4 }       # grows in place; never shrinks
       |               ^^^^^^^
       |
       = help: did you mean `size_gb`?
    ");
}

#[test]
fn a_private_key_in_the_place_of_a_public_one_is_not_shown() {
    let env = Env::with_cloud();
    let private =
        "-----BEGIN OPENSSH PRIVATE KEY-----\nhunter2hunter2\n-----END OPENSSH PRIVATE KEY-----\n";
    env.write("home/.ssh/id_ed25519", private);
    env.edit_stack("[~/.ssh/id_ed25519.pub]", "[~/.ssh/id_ed25519]    ");
    let ran = offline(&env, "up --yes");
    assert!(!ran.to_string().contains("hunter2"));
    assert_snapshot!(ran, @"
    exit 3
    ---- stderr
    error: `~/.ssh/id_ed25519`: this is a private key; name the file that ends in `.pub`
      --> stacks/dev.yaml:17:17
       |
    17 |   public_keys: [~/.ssh/id_ed25519]       # a path, or the key itself; registered if it is missing
       |                 ^^^^^^^^^^^^^^^^^
    ");
}

#[test]
fn secrets_without_values_are_named_before_anything_is_sent() {
    let mut env = Env::with_cloud();
    env.set("ORG_POSTGRES_PW", "hunter2");
    let ran = offline(&env, "up --yes");
    assert!(!ran.to_string().contains("hunter2"));
    assert_snapshot!(ran, @"
    exit 3
    ---- stderr
    error: no value for the secrets `ORG_OPENAI_API_KEY`, `ORG_WEAVIATE_API_KEY`; nothing was sent
    help: set them in the environment or in `.env.<stack>`, or give them with `dostack secrets set NAME`
    help: `dostack secrets list` tells where each is looked for
    help: or pass `--no-provision` to bring up the machines alone
    ");
}

#[test]
fn any_bytes_as_a_stack_file_are_answered_without_a_panic() {
    let env = Env::new();
    for bytes in [
        &b""[..],
        b"\0\0\0",
        b"\xff\xfe\x00",
        b"{{{{",
        b"a: &a [*a, *a]",
        b"stack: [",
        b"- - - -",
        b"stack: core\nstack: core",
        b"%YAML 9.9\n---\n",
        b"? ? ?",
        b"\xf0\x9f\x92\xa9: \xf0\x9f\x92\xa9",
    ] {
        std::fs::write(env.path("stacks/dev.yaml"), bytes).unwrap();
        let ran = env.run("validate").expect(3);
        assert!(ran.stderr.contains("error"), "{ran}");
    }
}

/// What `validate` says of the development stack with one place changed.
fn changed(from: &str, to: &str) -> Ran {
    let env = Env::new();
    env.edit_stack(from, to);
    env.run("validate")
}

#[test]
fn what_yaml_cannot_read_is_shown_where_it_is() {
    assert_snapshot!(changed("region: sfo2", "region: sfo2\n\tcolour: red"), @"
    exit 3
    ---- stderr
    error: this is no YAML: while scanning a plain scalar, found a tab
      --> stacks/dev.yaml:10:9
       |
    10 | region: sfo2
       |         ^
       |
       = help: YAML indents with blanks: put two in the tabulator's place
    ");
    assert_snapshot!(changed("region: sfo2", "region sfo2"), @"
    exit 3
    ---- stderr
    error: this is no YAML: simple key expected ':'
      --> stacks/dev.yaml:10:1
       |
    10 | region sfo2
       | ^
       |
       = help: a field is written `name: value`
    ");
    assert_snapshot!(changed("ip_range: 10.120.0.0/16 }", "ip_range: 10.120.0.0/16"), @"
    exit 3
    ---- stderr
    error: this is no YAML: while parsing a flow mapping, did not find expected ',' or '}'
      --> stacks/dev.yaml:15:4
       |
    15 | ssh:
       |    ^
       |
       = help: a `{` above is not closed by a `}`
    ");
    let env = Env::new();
    env.stack("");
    assert_snapshot!(env.run("validate"), @"
    exit 3
    ---- stderr
    error: the file is empty
     --> stacks/dev.yaml:1:1
      |
    1 |
      | ^
      |
      = help: `dostack init` in an empty folder writes one that can be copied
    ");
}

#[test]
fn a_network_that_cannot_be_had_is_refused() {
    assert_snapshot!(changed("10.120.0.0/16", "203.0.113.0/24"), @"
    exit 3
    ---- stderr
    error: `203.0.113.0/24` is no private range: a VPC lies in 10.0.0.0/8, 172.16.0.0/12 or 192.168.0.0/16 (RFC 1918)
      --> stacks/dev.yaml:13:18
       |
    13 | vpc: { ip_range: 203.0.113.0/24 }
       |                  ^^^^^^^^^^^^^^
    ");
    assert_snapshot!(changed("10.120.0.0/16", "10.0.0.0/8"), @"
    exit 3
    ---- stderr
    error: a VPC's range is /16 to /28, not /8
      --> stacks/dev.yaml:13:18
       |
    13 | vpc: { ip_range: 10.0.0.0/8 }
       |                  ^^^^^^^^^^
    ");
}

#[test]
fn ports_and_sources_that_make_no_rule_are_refused() {
    assert_snapshot!(changed("ports: \"443\"", "ports: \"8010-8000\""), @r#"
    exit 3
    ---- stderr
    error: `8010-8000` names no ports: write one as "443", a range as "8000-8010", or `all`
      --> stacks/dev.yaml:98:33
       |
    98 |       - { protocol: tcp, ports: "8010-8000", from: [anywhere] }
       |                                 ^^^^^^^^^^^
    "#);
    assert_snapshot!(changed("ports: \"443\"", "ports: \"80,443\""), @r#"
    exit 3
    ---- stderr
    error: `80,443` names no ports: write one as "443", a range as "8000-8010", or `all`
      --> stacks/dev.yaml:98:33
       |
    98 |       - { protocol: tcp, ports: "80,443", from: [anywhere] }
       |                                 ^^^^^^^^
    "#);
    assert_snapshot!(changed("from: [vpc]", "from: [vector, nobody]"), @"
    exit 3
    ---- stderr
    error: there is no component `nobody`
      --> stacks/dev.yaml:99:53
       |
    99 |       - { protocol: tcp, ports: all, from: [vector, nobody] }
       |                                                     ^^^^^^
       |
       = help: it is one of `app`, `cache`, `vector`, `anywhere`, `vpc`
    ");
}

#[test]
fn a_key_that_is_not_there_is_told_with_the_way_to_make_one() {
    assert_snapshot!(changed("[~/.ssh/id_ed25519.pub]", "[~/.ssh/id_rsa.pub]"), @"
    exit 3
    ---- stderr
    error: cannot read the key file `~/.ssh/id_rsa.pub`: there is no such file
      --> stacks/dev.yaml:17:17
       |
    17 |   public_keys: [~/.ssh/id_rsa.pub]   # a path, or the key itself; registered if it is missing
       |                 ^^^^^^^^^^^^^^^^^
       |
       = help: make a key with `ssh-keygen -t ed25519`, or name another
    ");
}

#[test]
fn a_secret_written_out_is_refused_and_not_shown() {
    let ran = changed("\"${secret:ORG_POSTGRES_PW}\"", "hunter2");
    assert!(!ran.to_string().contains("hunter2"), "{ran}");
    assert_snapshot!(ran, @r#"
    exit 3
    ---- stderr
    error: a secret must not stand in a stack file
      --> stacks/dev.yaml:70:17
       |
    70 |       password: *******
       |                 ^^^^^^^
       |
       = help: write `"${secret:NAME}"`, and list the name under `secrets:`
    "#);
    assert_snapshot!(changed("${secret:ORG_POSTGRES_PW}", "${secret:ORG_POSTGRESS_PW}"), @r#"
    exit 3
    ---- stderr
    error: the secret `ORG_POSTGRESS_PW` is not listed
      --> stacks/dev.yaml:70:17
       |
    70 |       password: "${secret:ORG_POSTGRESS_PW}"
       |                 ^^^^^^^^^^^^^^^^^^^^^^^^^^^^
       |
       = help: did you mean `ORG_POSTGRES_PW`?
    "#);
    assert_snapshot!(changed("command: \"python -m agents\"", "command: \"${env:NOBODY_SET}\""), @r#"
    exit 3
    ---- stderr
    error: `${env:NOBODY_SET}` is not set in the environment
      --> stacks/dev.yaml:46:57
       |
    46 |     agents: { requirements: [weaviate-client], command: "${env:NOBODY_SET}" }
       |                                                         ^^^^^^^^^^^^^^^^^^^
       |
       = help: set it before dostack is run, or write the value here
    "#);
}

#[test]
fn a_component_that_is_none_is_refused() {
    assert_snapshot!(changed("kind: VectorDroplet", "kind: vectordroplet"), @"
    exit 3
    ---- stderr
    error: expected one of `VectorDroplet`, `AppStack`, `MicroCache`, `NetworkFirewall`, `Droplet`, found `vectordroplet`
      --> stacks/dev.yaml:37:11
       |
    37 |     kind: vectordroplet
       |           ^^^^^^^^^^^^^
       |
       = help: did you mean `VectorDroplet`?
    ");
    assert_snapshot!(changed("  cache:", "  Cache_1:"), @"
    exit 3
    ---- stderr
    error: `Cache_1` is no valid component name: lower-case letters, digits and single dashes, starting with a letter, not ending in a dash and a number, at most 32 characters, and not `stack`
      --> stacks/dev.yaml:87:3
       |
    87 |   Cache_1:
       |   ^^^^^^^
    ");
    assert_snapshot!(changed("    volume: { size_gb: 160, filesystem: ext4 }", "    # no volume"), @"
    exit 3
    ---- stderr
    error: the field `volume` is missing
      --> stacks/dev.yaml:36:3
       |
    36 |   vector:
       |   ^^^^^^
       |
       = help: The data volume, as `{ size_gb: 100 }`; `none` keeps the data on the machine's own disk, where it dies with it.

    error: there is no volume to take snapshots of
      --> stacks/dev.yaml:48:5
       |
    48 |     snapshots:
       |     ^^^^^^^^^
    ");
    assert_snapshot!(changed("components:", "component:"), @"
    exit 3
    ---- stderr
    error: the field `components` is missing
     --> stacks/dev.yaml:9:1
      |
    9 | stack: core-dev                  # lower case, digits, dashes; everything the stack owns is marked with it
      | ^^^^^
      |
      = help: The stack's parts, by name.

    error: unknown field `component`
      --> stacks/dev.yaml:34:1
       |
    34 | component:
       | ^^^^^^^^^
       |
       = help: did you mean `components`?
    ");
}
