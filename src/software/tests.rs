//! The software of small stacks.

use std::collections::BTreeSet;

use crate::{
    components::expand,
    config::{Images, MissingKeys, OneFile, Product, Reach, Stack, load},
    render::Templates,
    software::{Bundle, Content, Generated, Service, Value, bundles, rehearsed},
};

/// A stack of these components; `DROPLET` stands for a machine of 4 processors and 8 GiB.
fn stack(components: &str) -> Stack {
    let droplet = "droplet: { size: s-4vcpu-8gb, image: ubuntu-22-04-x64 }";
    let text = format!(
        "stack: core\nregion: sfo2\nvpc: {{ ip_range: 10.120.0.0/16 }}\n\
         ssh: {{ public_keys: [~/.ssh/id_ed25519.pub], allow_from: [anywhere] }}\n\
         secrets: [ORG_KEY, ORG_PW, ORG_CERT]\ncomponents:\n{}",
        components.replace("DROPLET", droplet)
    );
    match load("stacks/core.yaml", &OneFile(&text), MissingKeys::ThrowAway) {
        Ok(loaded) => loaded.stack,
        Err(mistakes) => panic!("{mistakes:?}"),
    }
}

/// The bundles of these components.
pub fn software(components: &str) -> Vec<Bundle> {
    let (stack, templates) = (stack(components), Templates::built_in());
    let wanted = expand(&stack, &templates).unwrap();
    bundles(&stack, &templates, &rehearsed(&stack, &wanted)).unwrap()
}

pub fn text<'a>(bundle: &'a Bundle, file: &str) -> &'a str {
    let Content::Text(text) = &bundle.files[file].content else { panic!("{file} is no text") };
    text
}

pub fn compose(bundle: &Bundle) -> serde_yaml::Value {
    serde_yaml::from_str(text(bundle, "compose.yaml")).unwrap()
}

fn variable<'a>(bundle: &'a Bundle, file: &str, name: &str) -> &'a Value {
    let Content::Environment(all) = &bundle.files[file].content else {
        panic!("{file} is no environment")
    };
    &all[name]
}

const VECTOR: &str = "  vector: { kind: VectorDroplet, DROPLET, volume: { size_gb: 10 }, \
     weaviate: { api_key: \"${secret:ORG_KEY}\", acorn: true, modules: [text2vec-openai] }, \
     agents: { requirements: [weaviate-client], command: python -m agents, \
     environment: { OWN: \"${output:vector.private_ip}\", KEY: \"${secret:ORG_KEY}\" } } }\n";

#[test]
fn weaviate_keeps_its_data_on_the_volume_and_its_key_in_a_file_for_root() {
    let all = software(VECTOR);
    let [bundle] = all.as_slice() else { panic!("{all:?}") };
    let compose = compose(bundle);
    let weaviate = &compose["services"]["weaviate"];
    assert_eq!(weaviate["volumes"][0]["source"], "/mnt/core_vector_data/weaviate");
    assert_eq!(weaviate["volumes"][0]["bind"]["create_host_path"], false);
    assert_eq!(weaviate["deploy"]["resources"]["limits"]["memory"], "6553m");
    assert_eq!(weaviate["environment"]["HNSW_DEFAULT_FILTER_STRATEGY"], "acorn");
    assert_eq!(bundle.files["weaviate.env"].mode, 0o600);
    let key = variable(bundle, "weaviate.env", "AUTHENTICATION_APIKEY_ALLOWED_KEYS");
    assert!(matches!(key, Value::Secret(name) if name.as_str() == "ORG_KEY"), "{key:?}");
}

#[test]
fn agents_find_outputs_and_secrets_in_their_environment() {
    let all = software(VECTOR);
    let own = variable(&all[0], "agents.env", "OWN");
    assert_eq!(*own, Value::Text("192.0.2.2".to_owned()));
    assert!(matches!(variable(&all[0], "agents.env", "KEY"), Value::Secret(_)));
    assert_eq!(compose(&all[0])["services"]["agents"]["init"], true);
    let inputs = &all[0].services["agents"].inputs;
    for file in ["agents.env", "agents/requirements.txt", "agents/start.sh"] {
        assert!(inputs.contains(file), "{file}: {inputs:?}");
    }
}

#[test]
fn a_password_nobody_gave_is_made_on_the_machine() {
    let all = software(
        "  vector: { kind: VectorDroplet, DROPLET, volume: none }\n  \
         cache: { kind: MicroCache, DROPLET }\n",
    );
    let [cache, vector] = all.as_slice() else { panic!("{all:?}") };
    let key = variable(vector, "weaviate.env", "AUTHENTICATION_APIKEY_ALLOWED_KEYS");
    assert!(matches!(key, Value::Generated(_)));
    assert!(matches!(variable(cache, "dragonfly.env", "DFLY_requirepass"), Value::Generated(_)));
    assert!(vector.data.iter().any(|data| data.path == "/var/lib/dostack/vector/weaviate"));
}

#[test]
fn no_port_opens_on_every_address() {
    let app = app(LANGFUSE_4);
    for bundle in software(&format!("{VECTOR}{app}  cache: {{ kind: MicroCache, DROPLET }}\n")) {
        let compose = compose(&bundle);
        for (name, service) in compose["services"].as_mapping().unwrap() {
            for port in service["ports"].as_sequence().into_iter().flatten() {
                let port = port.as_str().unwrap();
                let closed = ["${BIND_IP:?}:", "127.0.0.1:"].iter().any(|at| port.starts_with(at));
                assert!(closed, "{name:?}: {port}");
            }
            assert!(service.get("healthcheck").is_some(), "{name:?} has no health check");
        }
        assert!(text(&bundle, ".env").starts_with("BIND_IP=192.0.2."));
    }
}

/// An application with an orchestrator and admin pages, and these fields.
pub fn app(fields: &str) -> String {
    format!(
        "  app: {{ kind: AppStack, DROPLET, volume: {{ size_gb: 10 }}, \
         postgres: {{ password: \"${{secret:ORG_PW}}\", extensions: [vector] }}, \
         orchestrator: {{ requirements: [mcp], command: python -m orchestrator }}, \
         admin: {{ upstream: \"http://127.0.0.1:8000\" }}, {fields} }}\n"
    )
}

/// An application that watches its stack.
pub const MONITORING: &str = "monitoring: { enabled: true, token: \"${secret:ORG_CERT}\", \
     retention: 30d, scrape: [\"http://127.0.0.1:8001/figures\"] }";

const LANGFUSE_4: &str = "nginx: { server_name: app.example.com }, langfuse: { version: 4, \
     bucket: { name: traces, access_key: \"${secret:ORG_KEY}\", secret_key: \"${secret:ORG_PW}\" } }";

/// The application's bundle, alone.
fn app_alone(fields: &str) -> Bundle {
    let mut all = software(&app(fields));
    assert_eq!(all.len(), 1);
    all.remove(0)
}

#[test]
fn postgres_keeps_its_data_below_the_mount_and_is_tuned_to_its_machine() {
    let bundle = app_alone("nginx: { server_name: app.example.com }");
    let postgres = &compose(&bundle)["services"]["postgres"];
    assert_eq!(postgres["image"], "docker.io/pgvector/pgvector:0.8.6-pg16-bookworm");
    assert_eq!(postgres["volumes"][0]["source"], "/mnt/core_app_data/postgres");
    assert_eq!(postgres["volumes"][0]["bind"]["create_host_path"], false);
    assert_eq!(postgres["environment"]["PGDATA"], "/var/lib/postgresql/data/pgdata");
    assert!(bundle.data.iter().any(|data| data.path == "/mnt/core_app_data/postgres"));
    assert!(text(&bundle, "postgres/postgresql.conf").contains("shared_buffers = 2048MB\n"));
    for file in ["postgres.env", "postgres/postgresql.conf", "postgres-first/setup.sh"] {
        assert!(bundle.services["postgres"].inputs.contains(file), "{file}");
    }
}

#[test]
fn postgres_asks_everybody_from_outside_for_a_password() {
    let bundle = app_alone("nginx: { server_name: app.example.com }");
    let lines = text(&bundle, "postgres/pg_hba.conf");
    assert!(lines.contains("host all all 10.120.0.0/16 scram-sha-256\n"), "{lines}");
    for line in lines.lines().filter(|line| line.starts_with("host")) {
        assert!(line.ends_with(" scram-sha-256") && !line.contains("0.0.0.0/0"), "{line}");
    }
}

#[test]
fn the_setup_makes_a_database_and_holds_no_password() {
    let bundle = app_alone(LANGFUSE_4);
    let setup = text(&bundle, "postgres-first/setup.sh");
    for part in [
        "CREATE DATABASE \"orchestrator\" OWNER \"orchestrator\"",
        "CREATE EXTENSION IF NOT EXISTS \"vector\"",
        "CREATE DATABASE \"langfuse\" OWNER \"langfuse\"",
        "\\getenv password LANGFUSE_PASSWORD",
    ] {
        assert!(setup.contains(part), "{part} is missing:\n{setup}");
    }
    let password = variable(&bundle, "postgres.env", "DATABASE_PASSWORD");
    assert!(matches!(password, Value::Secret(_)), "{password:?}");
    assert!(matches!(variable(&bundle, "postgres.env", "LANGFUSE_PASSWORD"), Value::Generated(_)));
}

#[test]
fn the_orchestrator_finds_the_database_and_the_vector_store() {
    let all = software(&format!("{}{VECTOR}", app("nginx: { server_name: app.example.com }")));
    let dsn = variable(&all[0], "orchestrator.env", "POSTGRES_DSN");
    let Value::Joined(parts) = dsn else { panic!("{dsn:?}") };
    assert_eq!(parts[0], Value::text("postgresql://orchestrator:"));
    assert!(matches!(&parts[1], Value::InUrl(it) if matches!(**it, Value::Secret(_))), "{dsn:?}");
    assert_eq!(parts[2], Value::text("@192.0.2.2:5432/orchestrator"));
    let endpoint = variable(&all[0], "orchestrator.env", "WEAVIATE_ENDPOINT");
    assert_eq!(*endpoint, Value::text("http://192.0.2.3:8080"));
    let key = variable(&all[0], "orchestrator.env", "WEAVIATE_API_KEY");
    assert!(matches!(key, Value::Secret(_)), "{key:?}");
}

/// The application's bundle, alone, with these MCP servers.
fn with_servers(servers: &str) -> Bundle {
    let command = "command: python -m orchestrator";
    let text = app("records: []").replace(command, &format!("{command}, mcp: {servers}"));
    let mut all = software(&text);
    assert_eq!(all.len(), 1);
    all.remove(0)
}

const SERVERS: &str = "{ web-search: { command: python -m search, port: 8101 }, \
     files: { image: \"me/files:1\", port: 8102, path: /sse, environment: { KEY: \"${secret:ORG_KEY}\" } }, \
     sums: { requirements: [numpy], command: python -m sums, port: 8103 } }";

#[test]
fn the_orchestrator_finds_mcp_servers_that_are_services_of_their_own() {
    let bundle = with_servers(SERVERS);
    let compose = compose(&bundle);
    let url = |name| variable(&bundle, "orchestrator.env", name);
    assert_eq!(*url("MCP_WEB_SEARCH_URL"), Value::text("http://127.0.0.1:8101/mcp"));
    assert_eq!(*url("MCP_FILES_URL"), Value::text("http://127.0.0.1:8102/sse"));
    for (service, port) in [("mcp-web-search", "1FA5"), ("mcp-files", "1FA6"), ("mcp-sums", "1FA7")]
    {
        let section = &compose["services"][service];
        let needs = &compose["services"]["orchestrator"]["depends_on"][service]["condition"];
        assert_eq!(*needs, "service_healthy");
        assert_eq!((&section["init"], &section["network_mode"]), (&true.into(), &"host".into()));
        let listens = format!(":{port} [0-9A-F]+:0000 0A ");
        assert_eq!(section["healthcheck"]["test"][3], listens.as_str());
        let inputs = &bundle.services[service].inputs;
        assert!(inputs.contains(&format!("{service}.env")), "{inputs:?}");
        assert!(!inputs.contains("orchestrator.env"), "{inputs:?}");
    }
    assert_eq!(compose["services"]["mcp-files"]["image"], "me/files:1");
    assert!(compose["volumes"].as_mapping().unwrap().contains_key("mcp-sums-environment"));
    assert_eq!(compose["volumes"].as_mapping().unwrap().len(), 3);
}

#[test]
fn an_mcp_server_is_made_of_what_the_orchestrator_is_unless_it_says_otherwise() {
    let bundle = with_servers(SERVERS);
    let packages = |service: &str| text(&bundle, &format!("{service}/requirements.txt")).to_owned();
    assert_eq!(packages("mcp-web-search"), packages("orchestrator"));
    assert_eq!(packages("mcp-sums"), "numpy\n");
    let command = variable(&bundle, "mcp-web-search.env", "DOSTACK_COMMAND");
    assert_eq!(*command, Value::text("python -m search"));
    assert_eq!(*variable(&bundle, "mcp-sums.env", "PORT"), Value::text("8103"));
    let dsn = |file| variable(&bundle, file, "POSTGRES_DSN");
    assert_eq!(dsn("mcp-sums.env"), dsn("orchestrator.env"));
    // Whose an image of its own is nobody knows: it has no password it was not given.
    let Content::Environment(files) = &bundle.files["mcp-files.env"].content else { panic!() };
    let names: Vec<&str> = files.keys().map(String::as_str).collect();
    assert_eq!(names, ["HOST", "KEY", "PORT"]);
}

#[test]
fn a_change_of_one_mcp_server_is_read_by_that_server_alone() {
    let before = with_servers(SERVERS);
    let after = with_servers(&SERVERS.replace("numpy", "scipy").replace("-m sums", "-m totals"));
    let changed: BTreeSet<&String> = after
        .files
        .iter()
        .filter(|(name, file)| before.files[*name] != **file)
        .map(|it| it.0)
        .collect();
    for (service, Service { inputs, .. }) in &after.services {
        let is_read = inputs.iter().any(|input| changed.contains(input));
        assert_eq!(is_read, service == "mcp-sums", "{service}: {changed:?}");
    }
    assert!(!changed.contains(&"compose.yaml".to_owned()), "{changed:?}");
}

#[test]
fn a_key_that_was_made_on_a_machine_is_lent_to_programs_there_and_to_no_others() {
    let own = VECTOR.replace("api_key: \"${secret:ORG_KEY}\", ", "");
    assert_ne!(own, VECTOR);
    let cache = "  cache: { kind: MicroCache, DROPLET }\n";
    let apart =
        software(&format!("{}{own}{cache}", app("nginx: { server_name: app.example.com }")));
    let Content::Environment(variables) = &apart[0].files["orchestrator.env"].content else {
        panic!()
    };
    assert!(!variables.contains_key("WEAVIATE_API_KEY"), "{variables:?}");
    assert!(!variables.contains_key("REDIS_URL"), "{variables:?}");

    let guest = app("nginx: { server_name: app.example.com }")
        .replace("DROPLET, volume: { size_gb: 10 }", "on: vector, volume: { size_gb: 10 }");
    let cache = "  cache: { kind: MicroCache, on: vector }\n";
    let together = software(&format!("{guest}{own}{cache}"));
    let bundle = together.iter().find(|it| it.component.to_string() == "app").unwrap();
    let key = variable(bundle, "orchestrator.env", "WEAVIATE_API_KEY");
    assert_eq!(*key, Value::Borrowed("vector".parse().unwrap(), "weaviate-api-key"));
    let Value::Joined(url) = variable(bundle, "orchestrator.env", "REDIS_URL") else { panic!() };
    let password = Value::Borrowed("cache".parse().unwrap(), "dragonfly-password");
    assert_eq!(url[1], Value::InUrl(Box::new(password)));
    let vector = together.iter().find(|it| it.component.to_string() == "vector").unwrap();
    let agents = variable(vector, "agents.env", "WEAVIATE_API_KEY");
    assert_eq!(agents, variable(vector, "weaviate.env", "AUTHENTICATION_APIKEY_ALLOWED_KEYS"));
    assert!(matches!(agents, Value::Generated(_)), "{agents:?}");
}

#[test]
fn a_cache_with_a_password_of_the_file_s_is_found_from_other_machines() {
    let cache = "  cache: { kind: MicroCache, DROPLET, password: \"${secret:ORG_KEY}\" }\n";
    let all = software(&format!("{}{cache}", app("nginx: { server_name: app.example.com }")));
    let Value::Joined(url) = variable(&all[0], "orchestrator.env", "REDIS_URL") else { panic!() };
    assert!(matches!(&url[1], Value::InUrl(it) if matches!(**it, Value::Secret(_))), "{url:?}");
    assert!(matches!(&url[2], Value::Text(it) if it.ends_with(":6379/0")), "{url:?}");
}

#[test]
fn only_programs_of_the_user_s_wait_for_other_machines() {
    let text = format!(
        "{}{VECTOR}  cache: {{ kind: MicroCache, DROPLET }}\n",
        app(LANGFUSE_4)
            .replace("[vector]", "[vector], pool: {}")
            .replace("nginx: { server_name", "nginx: { acme: {}, server_name")
    );
    let all = software(&text);
    let services = all.iter().flat_map(|bundle| &bundle.services);
    let waiting: Vec<_> =
        services.filter(|(_, service)| service.asks_others).map(|(name, _)| name).collect();
    assert_eq!(waiting, ["orchestrator", "agents"]);
}

#[test]
fn a_pool_stands_between_the_orchestrator_and_the_database() {
    let pooled =
        app("records: []").replace("[vector]", "[vector], pool: { size: 30, mode: session }");
    let all = software(&pooled);
    let dsn = variable(&all[0], "orchestrator.env", "POSTGRES_DSN");
    let Value::Joined(parts) = dsn else { panic!("{dsn:?}") };
    assert_eq!(parts[2], Value::text("@192.0.2.2:6432/orchestrator"));
    let compose = compose(&all[0]);
    let services = &compose["services"];
    assert_eq!(services["pgbouncer"]["ports"][0], "${BIND_IP:?}:6432:6432");
    let needs = &services["orchestrator"]["depends_on"]["pgbouncer"]["condition"];
    assert_eq!(*needs, "service_healthy");
    let set = |name| variable(&all[0], "pgbouncer.env", name);
    assert_eq!(*set("POOL_MODE"), Value::text("session"));
    assert_eq!(*set("DEFAULT_POOL_SIZE"), Value::text("30"));
    assert_eq!(*set("MAX_CLIENT_CONN"), Value::text("500"));
    assert!(matches!(set("DB_PASSWORD"), Value::Secret(_)));
}

#[test]
fn no_two_services_of_a_stack_want_one_port_of_a_machine() {
    let cache = "  cache: { kind: MicroCache, DROPLET }\n";
    let pooled = app(LANGFUSE_4).replace("[vector]", "[vector], pool: {}");
    let all = software(&format!("{pooled}{VECTOR}{cache}"));
    assert_eq!(all.len(), 3);
    let mut taken = BTreeSet::from(["80".to_owned(), "443".to_owned(), "8001".to_owned()]);
    for bundle in &all {
        let compose = compose(bundle);
        let services = compose["services"].as_mapping().unwrap();
        for port in services.values().filter_map(|service| service["ports"].as_sequence()).flatten()
        {
            let port = port.as_str().unwrap().rsplit(':').nth(1).unwrap();
            assert!(taken.insert(port.to_owned()), "{port} is taken twice");
        }
        let name = compose["name"].as_str().unwrap();
        assert_eq!(name, bundle.component.owner().to_string());
    }
    assert!(taken.len() > 8, "{taken:?}");
}

#[test]
fn an_image_of_the_files_own_takes_the_place_of_the_one_that_was_tried() {
    let text = format!("{}{VECTOR}  cache: {{ kind: MicroCache, DROPLET }}\n", app(LANGFUSE_4));
    let text = text
        .replace("[vector]", "[vector], pool: {}")
        .replace("server_name: app.example.com", "server_name: app.example.com, acme: {}")
        .replace("langfuse: {", &format!("{MONITORING}, langfuse: {{"));
    let mut stack = stack(&text);
    let own = |product: Product| (product, format!("mirror.example.com/{}:1.0", product.word()));
    stack.images = Images(Product::ALL.into_iter().map(own).collect());
    let templates = Templates::built_in();
    let wanted = expand(&stack, &templates).unwrap();
    let all = bundles(&stack, &templates, &rehearsed(&stack, &wanted)).unwrap();
    let mut seen: BTreeSet<String> = BTreeSet::new();
    for bundle in &all {
        let compose = compose(bundle);
        let services = compose["services"].as_mapping().unwrap();
        seen.extend(services.values().map(|it| it["image"].as_str().unwrap().to_owned()));
    }
    let wanted: BTreeSet<String> = Product::ALL.into_iter().map(|it| own(it).1).collect();
    assert_eq!(seen, wanted);
}

/// The vector store's machine with everything on it.
fn on_one_machine() -> Vec<Bundle> {
    let own = "DROPLET, volume: { size_gb: 10 }";
    let guest = app(LANGFUSE_4).replace(own, "on: vector, volume: { size_gb: 10 }");
    software(&format!("{VECTOR}{guest}  cache: {{ kind: MicroCache, on: vector }}\n"))
}

#[test]
fn components_on_one_machine_have_folders_of_their_own_and_one_address() {
    let all = on_one_machine();
    assert_eq!(all.len(), 3);
    let mut folders: BTreeSet<String> = BTreeSet::new();
    for bundle in &all {
        assert_eq!(text(bundle, ".env"), "BIND_IP=192.0.2.2\n");
        let name = compose(bundle)["name"].as_str().unwrap().to_owned();
        assert!(folders.insert(name), "{folders:?}");
        for data in &bundle.data {
            assert!(folders.insert(data.path.clone()), "{} is taken twice", data.path);
        }
    }
    assert!(folders.contains("/mnt/core_app_data/postgres"), "{folders:?}");
    let endpoint = variable(&all[0], "orchestrator.env", "WEAVIATE_ENDPOINT");
    assert_eq!(*endpoint, Value::text("http://192.0.2.2:8080"));
}

#[test]
fn components_on_one_machine_share_its_memory() {
    let all = on_one_machine();
    let [app, cache, vector] = all.as_slice() else { panic!("{all:?}") };
    let limit = |bundle: &Bundle, service: &str| -> u32 {
        let limit = compose(bundle)["services"][service]["deploy"]["resources"]["limits"].clone();
        limit["memory"].as_str().unwrap().trim_end_matches('m').parse().unwrap()
    };
    let (vector, cache) = (limit(vector, "weaviate"), limit(cache, "dragonfly"));
    // Three eighths of 8 GiB, of which Weaviate has four fifths; an eighth; and a half, of which
    // Postgres has a quarter.
    assert_eq!((vector, cache), (2457, 800));
    assert!(text(app, "postgres/postgresql.conf").contains("shared_buffers = 1024MB\n"));
}

/// What an application's services have on their machine's own network.
const OWN: [&str; 7] = [
    "*:443",
    "*:80",
    "127.0.0.1:8001",
    "127.0.0.1:9090",
    "127.0.0.1:9093",
    "127.0.0.1:9098",
    "127.0.0.1:9099",
];

#[test]
fn every_port_that_opens_stands_in_the_table_of_ports() {
    let pooled = app(LANGFUSE_4).replace("[vector]", "[vector], pool: {}");
    let watched = pooled.replace("langfuse: {", &format!("{MONITORING}, langfuse: {{"));
    let text = format!("{watched}{VECTOR}  cache: {{ kind: MicroCache, DROPLET }}\n");
    let stack = stack(&text);
    let all = software(&text);
    for bundle in &all {
        let component = &stack.components[bundle.component.component_name().unwrap()];
        let mut known: BTreeSet<String> = component
            .ports()
            .into_iter()
            .map(|port| match port.reach {
                Reach::Machine => format!("127.0.0.1:{}", port.number),
                Reach::Network => format!("${{BIND_IP:?}}:{}", port.number),
                Reach::Everybody => format!("*:{}", port.number),
            })
            .collect();
        let compose = compose(bundle);
        let services = compose["services"].as_mapping().unwrap();
        let published = services.values().filter_map(|it| it["ports"].as_sequence()).flatten();
        for port in published {
            let (port, _) = port.as_str().unwrap().rsplit_once(':').unwrap();
            assert!(known.remove(port), "{port}: {known:?}");
        }
        // What is left listens on the machine's own network.
        let left: Vec<&str> = known.iter().map(String::as_str).collect();
        let is_app = bundle.component.to_string() == "app";
        let own: &[&str] = if is_app { &OWN } else { &[] };
        assert_eq!(left, own, "{}", bundle.component);
    }
}

#[test]
fn what_an_environment_states_stands_above_what_it_is_given() {
    let own = app("nginx: { acme: {}, server_name: app.example.com }").replace(
        "command: python -m orchestrator",
        "command: python -m orchestrator, environment: { PORT: \"9100\", POSTGRES_DSN: mine }",
    );
    let all = software(&own);
    assert_eq!(*variable(&all[0], "orchestrator.env", "POSTGRES_DSN"), Value::text("mine"));
    assert!(text(&all[0], "nginx/nginx.conf").contains("proxy_pass http://127.0.0.1:9100;"));
}

#[test]
fn nginx_answers_to_names_alone_once_it_has_one() {
    let named = app_alone(LANGFUSE_4);
    let settings = text(&named, "nginx/nginx.conf");
    for (name, upstream) in [
        ("app.example.com", "http://127.0.0.1:8001"),
        ("admin.app.example.com", "http://127.0.0.1:8000"),
        ("langfuse.app.example.com", "http://127.0.0.1:3000"),
    ] {
        let (_, site) = settings.split_once(&format!("server_name {name};")).unwrap();
        assert!(site.split('}').next().unwrap().contains(&format!("proxy_pass {upstream};")));
    }
    let (_, nobody) = settings.split_once("server_name _;").unwrap();
    assert!(nobody.split('}').next().unwrap().contains("return 404;"));
    assert!(text(&app_alone("records: []"), "nginx/nginx.conf").contains("server_name _;"));
}

#[test]
fn an_authority_is_asked_beside_nginx_which_starts_without_its_answer() {
    let bundle =
        app_alone("nginx: { server_name: app.example.com, acme: { email: ops@example.com } }");
    let services = &compose(&bundle)["services"];
    assert_eq!(services["acme"]["depends_on"]["nginx"]["condition"], "service_healthy");
    assert!(services["nginx"].get("depends_on").is_none());
    let names = Value::text("app.example.com admin.app.example.com");
    assert_eq!(*variable(&bundle, "acme.env", "ACME_NAMES"), names);
    assert!(matches!(
        &bundle.files["certificates/fullchain.pem"].content,
        Content::Generated(Generated::Certificate(_))
    ));
    let settings = text(&bundle, "nginx/nginx.conf");
    assert!(settings.contains("include /etc/nginx/acme/admin.app.example.com/*.conf;"));
    assert!(!settings.contains("/etc/nginx/acme/_"), "{settings}");
    // Who asks keeps what it got with the data, and nothing of it is begun anew with Nginx.
    let data: Vec<&str> = bundle.data.iter().map(|data| data.path.as_str()).collect();
    assert!(data.contains(&"/mnt/core_app_data/certbot"), "{data:?}");
    assert!(!bundle.services["nginx"].inputs.contains("acme.env"));
    assert!(!app_alone("records: []").services.contains_key("acme"));
}

#[test]
fn a_certificate_is_brought_or_made_on_the_machine() {
    let made = app_alone(LANGFUSE_4);
    let file = &made.files["certificates/fullchain.pem"];
    let Content::Generated(Generated::Certificate(names)) = &file.content else {
        panic!("{file:?}")
    };
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    assert_eq!(names, ["app.example.com", "admin.app.example.com", "langfuse.app.example.com"]);
    let brought = app_alone(
        "nginx: { tls: { certificate: \"${secret:ORG_CERT}\", key: \"${secret:ORG_KEY}\" } }",
    );
    let key = &brought.files["certificates/privkey.pem"];
    assert!(
        matches!(&key.content, Content::Whole(Value::Secret(name)) if name.as_str() == "ORG_KEY")
    );
    assert_eq!(key.mode, 0o600);
    assert!(brought.services["nginx"].inputs.contains("certificates/privkey.pem"));
}

#[test]
fn langfuse_4_has_stores_of_its_own_and_a_bucket() {
    let bundle = app_alone(LANGFUSE_4);
    let all: Vec<&str> = bundle.services.keys().map(String::as_str).collect();
    for service in ["langfuse-web", "langfuse-worker", "langfuse-clickhouse", "langfuse-valkey"] {
        assert!(all.contains(&service), "{service}: {all:?}");
    }
    let endpoint = variable(&bundle, "langfuse.env", "LANGFUSE_S3_EVENT_UPLOAD_ENDPOINT");
    assert_eq!(*endpoint, Value::text("https://sfo2.digitaloceanspaces.com"));
    let key = variable(&bundle, "langfuse.env", "ENCRYPTION_KEY");
    assert!(matches!(key, Value::Generated(_)), "{key:?}");
    assert!(text(&bundle, "compose.yaml").contains("maxmemory-policy noeviction"));
}

#[test]
fn langfuse_2_has_postgres_alone_and_4_without_a_bucket_is_not_set_up() {
    let two = app_alone("langfuse: { version: 2 }");
    let all: Vec<&str> = two.services.keys().map(String::as_str).collect();
    assert_eq!(all, ["langfuse-web", "nginx", "orchestrator", "postgres"]);
    let Content::Environment(variables) = &two.files["langfuse.env"].content else { panic!() };
    assert!(!variables.keys().any(|name| name.starts_with("CLICKHOUSE")), "{variables:?}");
    let none = app_alone("langfuse: { version: 4 }");
    assert!(!none.services.contains_key("langfuse-web"));
}

#[test]
fn what_holds_a_secret_is_for_root_alone() {
    for (name, file) in app_alone(LANGFUSE_4).files {
        let open = matches!(file.content, Content::Text(_) | Content::Program);
        assert_eq!(file.mode == 0o600, !open, "{name}: {:o}", file.mode);
    }
}
