//! What machines are made from, read by the programs that read it there.

use std::path::PathBuf;

use crate::support::{env::Env, tool::tool};

/// The files of this name that a stack is made from, one of each component that has it.
fn rendered(env: &Env, name: &str) -> Vec<PathBuf> {
    let out = env.path("rendered");
    let _ = env.run(&format!("render --out {}", out.display())).expect(0);
    let folders = std::fs::read_dir(&out).unwrap();
    let mut files: Vec<PathBuf> = folders
        .map(|folder| folder.unwrap().path().join(name))
        .filter(|file| file.exists())
        .collect();
    files.sort();
    files
}

#[test]
fn cloud_init_finds_nothing_wrong_with_what_machines_start_with() {
    let env = Env::new();
    env.edit_stack("user: root", "user: deploy");
    let files = rendered(&env, "cloud-init.yaml");
    assert!(files.len() >= 2, "{files:?}");
    for file in files {
        let Some(mut cloud_init) = tool("cloud-init") else { return };
        let checked = cloud_init.args(["schema", "--config-file"]).arg(&file).output().unwrap();
        let said = String::from_utf8_lossy(&checked.stderr);
        let text = String::from_utf8_lossy(&checked.stdout);
        assert!(checked.status.success(), "{}: {text}{said}", file.display());
        assert!(text.contains("Valid"), "{text}");
    }
}

#[test]
fn compose_finds_nothing_wrong_with_what_services_are_made_from() {
    let env = Env::new();
    env.edit_stack("enabled: auto", "enabled: true");
    with_everything(&env);
    let files = rendered(&env, "compose.yaml");
    assert!(files.len() >= 3, "{files:?}");
    compose_takes(&files);
}

/// Compose reads these projects and finds nothing wrong with them.
fn compose_takes(files: &[PathBuf]) {
    for file in files {
        let Some(mut compose) = tool("docker-compose") else { return };
        let checked = compose.arg("--file").arg(file).args(["config", "--quiet"]).output().unwrap();
        let said = String::from_utf8_lossy(&checked.stderr);
        assert!(checked.status.success() && said.is_empty(), "{}: {said}", file.display());
    }
}

/// A whole stack on one server.
const SERVER: &str = r"stack: lab
region: sfo2
vpc: { ip_range: 10.88.0.0/16 }
ssh: { public_keys: [~/.ssh/id_ed25519.pub], allow_from: [anywhere] }
components:
  server: { kind: Droplet, droplet: { size: s-8vcpu-16gb, image: ubuntu-24-04-x64 } }
  vector: { kind: VectorDroplet, on: server, volume: { size_gb: 10, label: vectors } }
  app: { kind: AppStack, on: server, volume: { size_gb: 10, filesystem: xfs } }
  cache: { kind: MicroCache, on: server }
";

#[test]
fn one_server_starts_with_all_volumes_and_has_a_project_for_each_component() {
    let env = Env::new();
    env.stack(SERVER);
    let files = rendered(&env, "compose.yaml");
    assert_eq!(files.len(), 3, "{files:?}");
    let starts = rendered(&env, "cloud-init.yaml");
    let [start] = starts.as_slice() else { panic!("{starts:?}") };
    let text = std::fs::read_to_string(start).unwrap();
    let volumes =
        "lab-app-data:/mnt/lab_app_data:xfs: lab-vector-data:/mnt/lab_vector_data:ext4:vectors";
    assert!(text.contains(&format!("VOLUMES='{volumes}'")), "{text}");
    compose_takes(&files);
}

/// Every service an application can have: a pool, MCP servers, traces, and who asks for certificates.
fn with_everything(env: &Env) {
    let bucket = "{ name: traces, access_key: \"${secret:ORG_POSTGRES_PW}\", \
                  secret_key: \"${secret:ORG_POSTGRES_PW}\" }";
    env.edit_stack("extensions: [vector]", "extensions: [vector]\n      pool: { clients: 200 }");
    let servers = "mcp: { search: { command: \"python -m search\", port: 8101 }, \
                   files: { image: \"me/files:1\", port: 8102 } }";
    env.edit_stack("orchestrator\" }", &format!("orchestrator\", {servers} }}"));
    let token = "token: \"${secret:ORG_POSTGRES_PW}\"";
    let pages =
        "scrape: [\"http://127.0.0.1:8001/metrics\", \"http://${output:vector.private_ip}:9\"]";
    env.edit_stack(
        "    nginx: {",
        &format!(
            "    monitoring: {{ enabled: true, {token}, {pages} }}\n    \
             langfuse: {{ version: 4, bucket: {bucket} }}\n    nginx: {{ acme: {{}},"
        ),
    );
}

#[test]
fn compose_takes_langfuse_with_postgres_alone() {
    let env = Env::new();
    env.edit_stack("    nginx: {", "    langfuse: { version: 2 }\n    nginx: {");
    let files = rendered(&env, "compose.yaml");
    let all: String = files.iter().map(|file| std::fs::read_to_string(file).unwrap()).collect();
    assert!(all.contains("langfuse-web:") && !all.contains("langfuse-clickhouse:"), "{all}");
    compose_takes(&files);
}

#[test]
fn prometheus_and_alertmanager_find_nothing_wrong_with_what_they_are_given() {
    let env = Env::new();
    with_everything(&env);
    for (file, checker, check) in [
        ("prometheus/prometheus.yaml", "promtool", ["check", "config"].as_slice()),
        ("prometheus/resize.rules.yaml", "promtool", &["check", "rules", "--lint-fatal"]),
        ("alertmanager/alertmanager.yaml", "amtool", &["check-config"]),
    ] {
        let files = rendered(&env, file);
        let [file] = files.as_slice() else { panic!("{files:?}") };
        let Some(mut checker) = tool(checker) else { return };
        let checked = checker.args(check).arg(file).output().unwrap();
        let said = [checked.stdout, checked.stderr].concat();
        let said = String::from_utf8_lossy(&said);
        assert!(checked.status.success(), "{}: {said}", file.display());
    }
    // The rule of the stack's own ladder is among them.
    let rules = rendered(&env, "prometheus/resize.rules.yaml").remove(0);
    let rules = std::fs::read_to_string(rules).unwrap();
    assert!(rules.contains("alert: WeaviateMemoryHigh"), "{rules}");
}

#[test]
fn the_stack_file_of_the_daemon_is_one_that_it_takes() {
    let env = Env::new();
    with_everything(&env);
    let file = rendered(&env, "serve/stacks/core-dev.yaml").remove(0);
    let text = std::fs::read_to_string(file).unwrap();
    let there = Env::new();
    there.stack(&text);
    let _ = there.run("validate").expect(0);
}

#[test]
fn nginx_finds_nothing_wrong_with_its_settings() {
    let env = Env::new();
    with_everything(&env);
    let files = rendered(&env, "nginx/nginx.conf");
    let [file] = files.as_slice() else { panic!("{files:?}") };
    let (Some(mut nginx), Some(mut openssl)) = (tool("nginx"), tool("openssl")) else { return };
    let certificates = env.path("certificates");
    std::fs::create_dir_all(&certificates).unwrap();
    let subject = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost"];
    let made = openssl
        .args(subject)
        .arg("-keyout")
        .arg(certificates.join("privkey.pem"))
        .arg("-out")
        .arg(certificates.join("fullchain.pem"))
        .output()
        .unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    // An authority gave one for the first name and none for the others.
    let given = format!(
        "ssl_certificate {0}/fullchain.pem; ssl_certificate_key {0}/privkey.pem;",
        certificates.display()
    );
    env.write("acme/app.example.com/site.conf", &given);
    let settings = std::fs::read_to_string(file).unwrap();
    assert!(settings.matches("include /etc/nginx/acme/").count() >= 2, "{settings}");
    let settings = settings
        .replace("/etc/nginx/certificates", &certificates.display().to_string())
        .replace("/etc/nginx/acme", &env.path("acme").display().to_string())
        .replace("/tmp/nginx.pid", &env.path("nginx.pid").display().to_string());
    let there = env.path("nginx.conf");
    std::fs::write(&there, settings).unwrap();
    let checked = nginx.arg("-t").arg("-c").arg(&there).output().unwrap();
    let said = String::from_utf8_lossy(&checked.stderr);
    assert!(checked.status.success() && !said.contains("[warn]"), "{said}");
}

/// A function of the script that makes machines ready for containers.
fn function(name: &str) -> String {
    let script = include_str!("../../cloud-init/bootstrap.sh");
    let (_, rest) = script.split_once(&format!("\n{name}() {{")).unwrap();
    let (body, _) = rest.split_once("\n}\n").unwrap();
    format!("{name}() {{{body}\n}}\n")
}

/// What a script of bash says, which must end well.
fn bash(script: &str) -> String {
    let ran = std::process::Command::new("bash")
        .args(["-Eeuo", "pipefail", "-c", script])
        .output()
        .unwrap();
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    String::from_utf8_lossy(&ran.stdout).into_owned()
}

#[test]
fn compose_is_installed_by_the_name_the_distribution_has_for_it() {
    let env = Env::new();
    for (distribution, packages) in [
        ("debian", "docker.io docker-cli docker-compose"),
        ("ubuntu", "docker.io docker-compose-v2"),
    ] {
        let release = env.path("os-release");
        std::fs::write(&release, format!("ID={distribution}\n")).unwrap();
        let function = function("distribution_docker");
        let function = function.replace("/etc/os-release", &release.display().to_string());
        let text = format!("install() {{ echo \"$@\"; }}\n{function}distribution_docker");
        assert_eq!(bash(&text).trim(), packages);
    }
}

/// What the node exporter is told, on a machine that no metadata is on and whose interfaces are these.
fn node_exporter(interfaces: &str) -> String {
    let stand_ins = "CONFIG=/nowhere CHANGED=no\nstep() { :; }\ncurl() { return 7; }\n\
                     write() { cat; }\ninstall() { :; }\nhas_systemd() { return 1; }\n";
    let own = [function("private_address"), function("node_exporter")].concat();
    bash(&format!("{stand_ins}ip() {{ {interfaces}; }}\n{own}node_exporter"))
}

#[test]
fn the_node_exporter_answers_in_the_private_network_or_says_that_there_is_none() {
    let line =
        |name: &str, address: &str| format!("2: {name}    inet {address} scope global {name}\\n");
    let public = [line("eth0", "203.0.113.9/20"), line("eth0", "10.15.0.5/16")].concat();
    let docker = line("docker0", "172.17.0.1/16");
    for (other, told) in [
        (line("eth1", "10.120.0.4/16"), "10.120.0.4"),
        (line("ens4", "192.168.1.5/24"), "192.168.1.5"),
    ] {
        let said = node_exporter(&format!("printf '{public}{docker}{other}'"));
        assert_eq!(said, format!("ARGS=\"--web.listen-address={told}:9100\"\n"));
    }
    for none in [format!("printf '{public}{docker}'"), "return 127".to_owned()] {
        let said = node_exporter(&none);
        assert!(said.starts_with("dostack: no address in a private network"), "{said}");
        assert!(said.ends_with("ARGS=\"--web.listen-address=127.0.0.1:9100\"\n"), "{said}");
    }
}

#[test]
fn scripts_have_no_flaw_that_shellcheck_knows() {
    let Some(mut shellcheck) = tool("shellcheck") else { return };
    let own = [
        "cloud-init/bootstrap.sh",
        "src/probe/ask.sh",
        "src/probe/state.sh",
        "templates/acme.sh",
        "templates/guard.sh",
        "templates/serve.sh",
        "templates/start.sh",
    ];
    let scripts = own.map(|script| format!("{}/{script}", env!("CARGO_MANIFEST_DIR")));
    let env = Env::new();
    let setup = rendered(&env, "postgres-first/setup.sh");
    assert_eq!(setup.len(), 1, "{setup:?}");
    let checked = shellcheck.args(scripts).args(setup).output().unwrap();
    assert!(checked.status.success(), "{}", String::from_utf8_lossy(&checked.stdout));
}

#[test]
fn nothing_secret_is_in_what_machines_start_with() {
    let mut env = Env::new();
    env.set("ORG_WEAVIATE_API_KEY", "canary-weaviate");
    env.set("ORG_POSTGRES_PW", "canary-postgres");
    for file in rendered(&env, "cloud-init.yaml") {
        let text = std::fs::read_to_string(&file).unwrap();
        assert!(!text.contains("canary"), "{}", file.display());
    }
}
