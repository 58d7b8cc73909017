//! What is a secret is never shown.

use crate::{
    config::tests::{SMALL, World},
    values::SecretName,
};

const VECTOR: &str = "vector:\n  kind: VectorDroplet\n  droplet: { size: s-1vcpu-1gb, image: ubuntu }\n  volume: none\n";

fn vector(weaviate: &str) -> World {
    World::small(&format!(
        "secrets: [ORG_KEY]\ncomponents:\n  {}\n    weaviate: {weaviate}\n",
        VECTOR.trim_end().replace('\n', "\n  "),
    ))
}

#[test]
fn a_literal_in_a_secret_field_is_refused_without_being_shown() {
    let text = vector("{ version: 1.30, api_key: hunter2, sise: 3 }").refused();
    assert!(text.contains("a secret must not stand in a stack file"), "{text}");
    assert!(text.contains("api_key: *******, sise: 3"), "{text}");
    assert!(!text.contains("hunter2"), "{text}");
}

#[test]
fn a_secret_beside_a_syntax_error_is_not_shown() {
    for line in ["{ api_key: hunter2, version: [ }", "{ api_key = hunter2 : : ]"] {
        let text = vector(line).refused();
        assert!(!text.contains("hunter2"), "{text}");
    }
}

#[test]
fn a_secret_under_a_mistyped_field_is_not_shown() {
    for key in ["api_keyy", "apikey", "Password", "db_pw", "authToken"] {
        let text = vector(&format!("{{ {key}: hunter2 }}")).refused();
        assert!(text.contains("unknown field") && !text.contains("hunter2"), "{text}");
    }
}

#[test]
fn a_value_listed_as_a_secrets_name_is_not_shown() {
    let text = World::small("secrets: [hunter2, ORG_A=hunter2]\ncomponents: {}\n").refused();
    assert!(text.contains("this is no secret name") && !text.contains("hunter2"), "{text}");
}

#[test]
fn a_private_key_in_the_file_is_not_shown() {
    let key = "|\n    -----BEGIN OPENSSH PRIVATE KEY-----\n    b3BlbnNza\n    -----END OPENSSH PRIVATE KEY-----";
    let listed = SMALL.replace("{ public_keys: [key.pub], ", "{ ").replace(
        "ssh: { allow_from: [\"203.0.113.0/24\"] }",
        &format!("ssh:\n  public_keys:\n  - {key}\n"),
    );
    let text = World::with(listed + "components: {}\n").refused();
    assert!(text.contains("this is a private key"), "{text}");
    assert!(!text.contains("b3BlbnNza") && !text.contains("BEGIN"), "{text}");
    let named =
        SMALL.replace("ssh: {", "ssh: { private_key: \"-----BEGIN PRIVATE KEY----- b3BlbnNza\",");
    let text = World::with(named + "components: {}\n").refused();
    assert!(text.contains("name the file that holds") && !text.contains("b3BlbnNza"), "{text}");
}

#[test]
fn a_key_file_that_holds_no_public_key_is_refused_without_being_shown() {
    for content in ["-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNza", "b3BlbnNza", ""] {
        let text = World::small("components: {}\n").key("key.pub", content).refused();
        assert!(text.contains("`key.pub`: this is"), "{text}");
        assert!(!text.contains("b3BlbnNza"), "{text}");
    }
}

#[test]
fn a_listed_secret_cannot_be_read_as_a_variable() {
    for name in ["ORG_KEY", "DIGITALOCEAN_TOKEN", "DOSTACK_STACK"] {
        let text = vector(&format!("{{ version: \"${{env:{name}}}\" }}"));
        let text = text.variable(name, "hunter2").refused();
        assert!(text.contains(&format!("`${{env:{name}}}` is")), "{text}");
        assert!(!text.contains("hunter2"), "{text}");
    }
}

#[test]
fn a_secret_must_be_listed_and_stand_in_a_secret_field() {
    let text = vector("{ api_key: \"${secret:ORG_KYE}\" }").refused();
    assert!(text.contains("the secret `ORG_KYE` is not listed"), "{text}");
    assert!(text.contains("did you mean `ORG_KEY`?"), "{text}");
    let text = vector("{ version: \"${secret:ORG_KEY}\" }").refused();
    assert!(text.contains("this field cannot hold such a reference"), "{text}");
    let text = vector("{ api_key: \"a${secret:ORG_KEY}\" }").refused();
    assert!(text.contains("this field cannot hold such a reference"), "{text}");
    let text = vector("{ api_key: \"${secret:KEY}\" }").refused();
    assert!(text.contains("`KEY` is no secret name"), "{text}");
}

#[test]
fn a_url_with_a_password_is_refused_without_being_shown() {
    let text = World::small("metrics: { prometheus: \"http://me:hunter2@h\" }\ncomponents: {}\n");
    let text = text.refused();
    assert!(text.contains("must not carry"), "{text}");
    assert!(!text.contains("hunter2"), "{text}");
}

#[test]
fn a_secret_may_name_the_program_that_tells_it() {
    let listed =
        "secrets: [ORG_A, { name: ORG_B, exec: [op, read, \"op://team/${env:VAULT}\"] }]\n";
    let loaded = World::small(&format!("{listed}components: {{}}\n")).variable("VAULT", "b");
    let secrets = loaded.loaded().stack.secrets;
    let exec = |name: &str| secrets[&SecretName::parse(name).unwrap()].exec.clone();
    assert_eq!(exec("ORG_A"), None);
    assert_eq!(exec("ORG_B"), Some(["op", "read", "op://team/b"].map(str::to_owned).to_vec()));
}

#[test]
fn a_program_that_is_none_is_told_where_it_stands() {
    for (exec, message) in [
        ("[]", "this names no program"),
        ("[\"\"]", "this names no program"),
        ("op read x", "expected a list, found a text"),
        ("[op, \"${secret:ORG_A}\"]", "this field cannot hold such a reference"),
        ("[op, [read]]", "expected a text, found a list"),
    ] {
        let text = World::small(&format!(
            "secrets:\n- ORG_A\n- name: ORG_B\n  exec: {exec}\ncomponents: {{}}\n"
        ))
        .refused();
        assert!(text.contains(message) && text.contains("stacks/a.yaml:8"), "{exec}: {text}");
    }
    let text = World::small("secrets: [{ exec: [op] }]\ncomponents: {}\n").refused();
    assert!(text.contains("the field `name` is missing"), "{text}");
}
