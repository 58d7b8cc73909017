//! What is in the stack file, and what it refers to.

use insta::assert_snapshot;

use crate::{mistakes::offline, support::env::Env};

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
    help: set them in the environment
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
