//! The software of small stacks.

use crate::{
    components::expand,
    config::{MissingKeys, OneFile, load},
    render::Templates,
    software::{Bundle, Content, Value, bundles, rehearsed},
};

/// The bundles of these components; `DROPLET` stands for a machine of 4 processors and 8 GiB.
fn software(components: &str) -> Vec<Bundle> {
    let droplet = "droplet: { size: s-4vcpu-8gb, image: ubuntu-22-04-x64 }";
    let text = format!(
        "stack: core\nregion: sfo2\nvpc: {{ ip_range: 10.120.0.0/16 }}\n\
         ssh: {{ public_keys: [~/.ssh/id_ed25519.pub], allow_from: [anywhere] }}\n\
         secrets: [ORG_KEY, ORG_PW]\ncomponents:\n{}",
        components.replace("DROPLET", droplet)
    );
    let loaded = match load("stacks/core.yaml", &OneFile(&text), MissingKeys::ThrowAway) {
        Ok(loaded) => loaded,
        Err(mistakes) => panic!("{mistakes:?}"),
    };
    let templates = Templates::built_in();
    let wanted = expand(&loaded.stack, &templates).unwrap();
    bundles(&loaded.stack, &templates, &rehearsed(&wanted)).unwrap()
}

fn text<'a>(bundle: &'a Bundle, file: &str) -> &'a str {
    let Content::Text(text) = &bundle.files[file].content else { panic!("{file} is no text") };
    text
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
    let compose: serde_yaml::Value = serde_yaml::from_str(text(bundle, "compose.yaml")).unwrap();
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
    for bundle in software(&format!("{VECTOR}  cache: {{ kind: MicroCache, DROPLET }}\n")) {
        let compose: serde_yaml::Value =
            serde_yaml::from_str(text(&bundle, "compose.yaml")).unwrap();
        for (name, service) in compose["services"].as_mapping().unwrap() {
            for port in service["ports"].as_sequence().into_iter().flatten() {
                let port = port.as_str().unwrap();
                assert!(port.starts_with("${BIND_IP:?}:"), "{name:?}: {port}");
            }
            assert!(service.get("healthcheck").is_some(), "{name:?} has no health check");
        }
        assert!(text(&bundle, ".env").starts_with("BIND_IP=192.0.2."));
    }
}
