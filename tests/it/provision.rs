//! What is said of software without a connection to the machines.

use serde_json::json;

use crate::support::env::Env;

const STACK: &str = r"stack: lab
region: sfo2
vpc: { ip_range: 10.88.0.0/16 }
ssh: { public_keys: [~/.ssh/id_ed25519.pub], allow_from: [anywhere] }
components:
  cache: { kind: MicroCache, enabled: true, droplet: { size: s-1vcpu-1gb, image: ubuntu-22-04-x64 } }
";

/// Puts a tag on the one droplet.
fn tag(env: &Env, name: &str) {
    let droplets = env.cloud().call("GET", "/v2/droplets", None);
    let id = droplets["droplets"][0]["id"].to_string();
    env.cloud().post("/v2/tags", json!({ "name": name }));
    let on = json!({ "resources": [{ "resource_id": id, "resource_type": "droplet" }] });
    env.cloud().post(&format!("/v2/tags/{name}/resources"), on);
}

#[test]
fn a_preview_says_which_software_does_not_serve_yet_and_which_differs() {
    let env = Env::with_cloud();
    env.stack(STACK);
    let before = env.run("preview --json").expect(0);
    let shown: serde_json::Value = serde_json::from_str(&before.stdout).unwrap();
    assert_eq!(shown["software"][0]["state"], "missing");
    let _ = env.run("up --yes --no-provision").expect(0);
    let missing = env.run("preview --detailed-exitcode").expect(2);
    assert!(missing.stdout.contains("+ cache"), "{missing}");
    assert!(missing.stdout.contains("does not serve yet"), "{missing}");
    assert!(missing.stdout.contains("No change to the account: all "), "{missing}");
    let _ = env.run("preview --no-provision --detailed-exitcode").expect(0);
    tag(&env, "dostack-soft:lab:cache:0123456789ab");
    let differs = env.run("preview --detailed-exitcode").expect(2);
    assert!(differs.stdout.contains("~ cache"), "{differs}");
    assert!(differs.stdout.contains("only services whose inputs changed"), "{differs}");
    let markdown = env.run("preview --markdown").expect(0);
    assert!(markdown.stdout.contains("software of `cache` differs"), "{markdown}");
}
