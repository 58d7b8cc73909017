//! A machine that somebody made by hand is taken in, serves, is looked after, and is let go of.

use serde_json::{Value, json};

use crate::{
    machines::lab::lab,
    support::{
        env::Env,
        machine::{Hall, Machine, there_are_machines},
    },
};

/// A vector store on a machine that is there already. Its volume is to grow: XFS lets whoever may
/// mount it do that, and ext4 only the kernel's owner.
const STACK: &str = r#"stack: lab
region: sfo2
vpc: { adopt: default-sfo2 }
ssh: { public_keys: [~/.ssh/own.pub], private_key: ~/.ssh/own, allow_from: [anywhere] }
secrets: [ORG_WEAVIATE_API_KEY]
components:
  vector:
    kind: VectorDroplet
    droplet: { size: s-4vcpu-8gb, image: ubuntu-22-04-x64, adopt: old }
    volume: { size_gb: 5, filesystem: xfs }
    weaviate: { version: "1.30", api_key: "${secret:ORG_WEAVIATE_API_KEY}" }
"#;

/// What somebody put on it: a Weaviate with data of its own, settings of the engine, and a program
/// that has nothing to do with any of it.
const BY_HAND: &str = r#"set -e
mkdir -p /etc/docker /srv/weaviate
echo '{"log-driver":"json-file"}' >/etc/docker/daemon.json
systemctl start docker
docker run -d --name mine --restart unless-stopped --network host -v /srv/weaviate:/var/lib/weaviate \
    -e PERSISTENCE_DATA_PATH=/var/lib/weaviate -e CLUSTER_HOSTNAME=node1 \
    -e AUTHENTICATION_ANONYMOUS_ACCESS_ENABLED=true -e DEFAULT_VECTORIZER_MODULE=none \
    -e DISABLE_TELEMETRY=true \
    "$(docker image ls --format '{{.Repository}}:{{.Tag}}' | grep semitechnologies/weaviate)" \
    --host 127.0.0.1 --port 8080 --scheme http
until curl -fsS http://127.0.0.1:8080/v1/.well-known/ready; do sleep 0.2; done
curl -fsS -H 'Content-Type: application/json' http://127.0.0.1:8080/v1/schema \
    -d '{"class":"Kept","vectorizer":"none"}'
systemd-run --unit foreign sleep infinity
echo 'their own' >/etc/default/prometheus-node-exporter"#;

/// A machine that was made by hand, and a stack that does not speak of its data yet.
fn inherited() -> (Env, Hall) {
    let (env, hall) = lab(STACK, &["old"]);
    let body = json!({ "name": "old", "region": "sfo2", "size": "s-4vcpu-8gb", "image": "ubuntu-22-04-x64" });
    env.cloud().post("/v2/droplets", body);
    hall.await_machine("old");
    let _ = hall.with("old", Machine::await_cloud_init);
    hall.run("old", BY_HAND);
    (env, hall)
}

/// The fingerprint of its host key, as its console shows it.
fn fingerprint(hall: &Hall) -> String {
    let shown = hall.run("old", "ssh-keygen -l -f /etc/ssh/ssh_host_ed25519_key.pub");
    shown.split(' ').nth(1).unwrap().to_owned()
}

fn tags(env: &Env) -> Vec<String> {
    let droplet = env.cloud().call("GET", "/v2/droplets", None)["droplets"][0].clone();
    let tags = droplet["tags"].as_array().unwrap().iter().map(|tag| tag.as_str().unwrap());
    tags.map(str::to_owned).collect()
}

/// What Weaviate answers to its key.
fn weaviate(hall: &Hall, rest: &str) -> String {
    let address = hall.with("old", |machine| machine.private().to_owned());
    let key = "Authorization: Bearer first-key";
    hall.run(
        "old",
        &format!(
            "curl -sS -o /dev/null -w '%{{http_code}}' -H '{key}' http://{address}:8080/v1/{rest}"
        ),
    )
}

/// What is theirs is as they left it.
fn is_theirs(hall: &Hall) {
    assert_eq!(hall.run("old", "systemctl is-active foreign"), "active\n");
    assert_eq!(hall.run("old", "cat /etc/docker/daemon.json"), "{\"log-driver\":\"json-file\"}\n");
    assert_ne!(hall.run("old", "ls /srv/weaviate"), "");
}

#[test]
fn a_machine_made_by_hand_is_taken_in_over_ssh_and_let_go_of_again() {
    if !there_are_machines() {
        return;
    }
    let (env, hall) = inherited();
    let shown = env.run("preview").expect(0);
    assert!(shown.stdout.contains("comes under the stack's firewalls"), "{shown}");
    assert!(shown.stdout.contains("software"), "{shown}");

    // Nobody has vouched for its host key: it is shown, and the machine is sent nothing.
    let refused = env.run("up --yes").expect(11);
    assert!(refused.stderr.contains(&fingerprint(&hall)), "{refused}");
    assert_eq!(hall.run("old", "ls -d /etc/dostack /var/lib/dostack 2>/dev/null | wc -l"), "0\n");
    assert!(!tags(&env).iter().any(|tag| tag.starts_with("dostack-host:")), "{:?}", tags(&env));

    // A person does; and data that lies elsewhere is not left behind unasked.
    let mut terminal = env.on_terminal("up");
    terminal.wait_for("Do this?");
    terminal.type_in("yes\r");
    terminal.wait_for("Is it the machine's own?");
    terminal.type_in("yes\r");
    assert_eq!(terminal.finish(), Some(11), "{}", terminal.text());
    assert!(terminal.text().contains("/srv/weaviate"), "{}", terminal.text());
    assert_eq!(hall.run("old", "docker ps --format '{{.Names}}'"), "mine\n");
    assert!(tags(&env).iter().any(|tag| tag.starts_with("dostack-host:")), "{:?}", tags(&env));

    // As the file says, it is copied to the volume.
    env.edit_stack("adopt: old", "adopt: old, data: move");
    let _ = env.run("up --yes").expect(0);
    assert_eq!(weaviate(&hall, "schema/Kept"), "200");
    assert_eq!(hall.run("old", "findmnt -n -o FSTYPE /mnt/lab_vector_data"), "xfs\n");
    assert_eq!(hall.run("old", "docker ps --format '{{.Names}}'"), "vector-weaviate-1\n");
    is_theirs(&hall);
    let saved = hall.run("old", "cat /var/lib/dostack/saved");
    assert!(saved.contains("/srv/weaviate\n"), "{saved}");
    assert!(saved.contains("/etc/default/prometheus-node-exporter.before-dostack\n"), "{saved}");
    let quiet = env.run("up --yes").expect(0);
    assert!(quiet.stdout.contains("Nothing to do"), "{quiet}");
    let _ = env.run("preview --detailed-exitcode").expect(0);
    let _ = env.run("preview --deep --detailed-exitcode").expect(0);

    is_looked_after(&env, &hall);

    let _ = env.run("destroy --yes").expect(0);
    assert_eq!(tags(&env), [""; 0]);
    assert_eq!(weaviate(&hall, "schema/Kept"), "200");
    is_theirs(&hall);
}

/// What is done on a machine day by day.
fn is_looked_after(env: &Env, hall: &Hall) {
    // What somebody changed by hand is seen by who asks the machine, and put back.
    hall.run("old", "echo '# mine' >>/opt/dostack/vector/compose.yaml");
    let _ = env.run("preview --detailed-exitcode").expect(0);
    let seen = env.run("preview --deep --detailed-exitcode").expect(2);
    assert!(seen.stdout.contains("vector/compose.yaml"), "{seen}");
    let _ = env.run("up --yes").expect(0);
    let _ = env.run("preview --deep --detailed-exitcode").expect(0);

    // What a service writes, and what it goes on to write.
    let logs = env.run("logs weaviate").expect(0);
    assert!(logs.stdout.contains("\"level\":\"info\""), "{logs}");
    let mut following = env.start("logs weaviate --follow --tail 1");
    let mut lines = following.lines();
    assert!(lines.next().is_some());
    hall.run("old", "docker restart vector-weaviate-1");
    assert!(lines.next().is_some());
    following.signal("INT");
    let _ = following.finish().expect(0);

    // A command, with what it reads, says and ends with.
    let ran = env.run_with("exec --stdin vector -- tr a-z A-Z", "quiet").expect(0);
    assert_eq!(ran.stdout, "QUIET");
    let ended = env.run_words(&["exec", "vector", "--", "hostname; exit 7"]).expect(7);
    assert_eq!(ended.stdout, "old\n");

    // A volume that was made larger has a file system that is, too.
    let size = "df -BG --output=size /mnt/lab_vector_data | tail -n 1 | tr -d ' '";
    assert_eq!(hall.run("old", size), "5G\n");
    env.edit_stack("size_gb: 5", "size_gb: 9");
    let _ = env.run("up --yes").expect(0);
    assert_eq!(hall.run("old", size), "9G\n");

    let status: Value = serde_json::from_str(&env.run("--json status").expect(0).stdout).unwrap();
    let services = &status["nodes"][0]["state"]["services"];
    assert_eq!(services[0]["health"], "healthy", "{status}");
}
