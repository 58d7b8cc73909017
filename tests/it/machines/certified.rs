//! Certificates from an authority, by the real client and Let's Encrypt's own server for tests.

use serde_json::Value;

use crate::{
    machines::{lab::lab, traced},
    support::machine::{Hall, there_are_machines},
};

/// The authority is on the machine, at the address by which containers reach it.
const STACK: &str = r#"stack: lab
region: sfo2
vpc: { ip_range: 10.88.0.0/16 }
ssh: { public_keys: [~/.ssh/own.pub], private_key: ~/.ssh/own, allow_from: [anywhere] }
secrets: [ORG_POSTGRES_PW]
components:
  app:
    kind: AppStack
    droplet: { size: s-2vcpu-4gb, image: ubuntu-22-04-x64 }
    volume: { size_gb: 5, filesystem: ext4 }
    postgres: { version: 16, password: "${secret:ORG_POSTGRES_PW}" }
    nginx:
      server_name: app.example.com
      acme: { email: ops@example.com, directory: "https://172.17.0.1:14000/dir" }
"#;

/// How often the client is asked: a certificate is due for renewal after ten seconds.
const TURNS: u32 = 6;

/// The client asks, rests, and is found well ten seconds later; Nginx looks for another certificate
/// twice meanwhile.
const TURN: &str = "docker restart app-acme-1; for _ in $(seq 150); do \
                    docker top app-acme-1 | grep -q 'sleep [0-9]' && \
                    docker inspect -f '{{.State.Health.Status}}' app-acme-1 | grep -qx healthy && break; \
                    sleep 0.2; done";

/// What Nginx shows: who vouches, and the number of the certificate.
fn shown(hall: &Hall, name: &str) -> String {
    let script = "openssl s_client -connect 127.0.0.1:443 -servername NAME </dev/null 2>/dev/null | \
                  openssl x509 -noout -issuer -serial";
    hall.run("lab-app", &script.replace("NAME", name))
}

/// Has the client ask again until Nginx shows another certificate than this one: one that is not
/// due yet is not renewed.
fn asked_again(hall: &Hall, before: &str) -> String {
    let mut turns = (0..TURNS).map(|_| {
        hall.run("lab-app", TURN);
        shown(hall, "app.example.com")
    });
    let another = turns.find(|now| now != before);
    let log = hall.run("lab-app", "docker logs --tail 50 app-acme-1 2>&1");
    assert!(another.is_some(), "no other certificate than {before}:\n{log}");
    another.unwrap()
}

/// When Nginx was started.
fn started(hall: &Hall) -> String {
    hall.run("lab-app", "docker inspect -f '{{.State.StartedAt}}' app-nginx-1")
}

#[test]
fn a_certificate_comes_from_an_authority_and_is_renewed_and_langfuse_joins_in() {
    if !there_are_machines() {
        return;
    }
    let (env, hall) = lab(STACK, &["lab-app"]);
    // Nobody answers at the authority's address: the stack serves, by a certificate of its own.
    let _ = env.run("up --yes").expect(0);
    let own = shown(&hall, "app.example.com");
    assert!(own.contains("CN = app.example.com") || own.contains("CN=app.example.com"), "{own}");

    let since = started(&hall);
    hall.run("lab-app", "echo 127.0.0.1 app.example.com >>/etc/hosts");
    let authority = "systemd-run --unit authority --setenv PEBBLE_VA_NOSLEEP=1 \
                     --setenv PEBBLE_WFE_NONCEREJECT=0 /opt/pebble/pebble -config /opt/pebble/pebble.json";
    hall.run("lab-app", authority);
    let first = asked_again(&hall, &own);
    assert!(first.contains("Pebble"), "{first}");
    let second = asked_again(&hall, &first);
    assert!(second.contains("Pebble"), "{second}");
    // Whoever asks for another name is shown nothing of it.
    assert_eq!(shown(&hall, "other.example.com"), own);

    // Nginx went on through all of it, and nothing of it is a change.
    assert_eq!(started(&hall), since);
    let _ = env.run("preview --deep --detailed-exitcode").expect(0);
    let _ = env.run("up --yes").expect(0);
    assert_eq!(started(&hall), since);

    let status: Value = serde_json::from_str(&env.run("--json status").expect(0).stdout).unwrap();
    let days = status["nodes"][0]["state"]["certificates"].as_array().unwrap().iter();
    let days: Vec<i64> = days.map(|certificate| certificate["days"].as_i64().unwrap()).collect();
    assert_eq!(days, [824, 0]);

    // While the machine is up: what an application can have besides.
    traced::joins(&env, &hall);
}
