//! Prometheus, Alertmanager, `dostack serve` and its guard, wired together by the stack file.
//!
//! All of it is on the machine's own network and listens on loopback, so nothing asks a stranger who
//! it is. The daemon and the guard are this program, sent along and run in a Debian; they work by
//! the stack file as one text, and with tokens that only root can read.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::{
    config::{AppStack, MonitoringSpec, VolumeSpec, written},
    render::RenderError,
    software::{
        DataFolder, File, PROGRAM_VERSION, Place, Service, Value, alerts, app::Share, targets,
    },
};

/// The rules about the daemon, for people.
const RULES: &str = include_str!("../../deploy/prometheus/dostack.rules.yaml");

/// Sends what wakes the daemon on to it.
const RECEIVER: &str = include_str!("../../deploy/prometheus/alertmanager.yaml");

/// Runs the guard, and again, for as long as it runs.
const GUARD: &str = include_str!("../../templates/guard.sh");

/// Which version of this program it is.
const VERSION: &str = concat!(env!("CARGO_PKG_VERSION"), "\n");

/// GiB of the smallest disk of a droplet, for a machine without a volume (DigitalOcean: Droplet
/// pricing, `s-1vcpu-512mb-10gb`).
const ROOT_DISK_GB: u64 = 10;

/// MB of readings that are enough for any stack of ours.
const MOST_READINGS: u64 = 4096;

/// Who Prometheus runs as in its image (prometheus/prometheus: Dockerfile, `nobody`).
const NOBODY: (u32, u32) = (65_534, 65_534);

/// What the template may use.
#[derive(Serialize)]
pub struct Facts {
    stack: String,
    prometheus: ServerFacts,
    retention: String,
    retention_mb: u64,
    alertmanager: ServerFacts,
    daemon: DaemonFacts,
}

#[derive(Serialize)]
struct ServerFacts {
    image: String,
    configuration: String,
    data: String,
    memory_mb: u32,
}

#[derive(Serialize)]
struct DaemonFacts {
    image: String,
    program: String,
    settings: String,
    stacks: String,
    alerts_token: String,
    data: String,
}

/// What watches the stack, if it does so from here.
pub fn share(place: &Place<'_>, app: &AppStack) -> Result<Option<(Facts, Share)>, RenderError> {
    let Some(monitoring) = &app.monitoring else { return Ok(None) };
    let facts = facts(place, monitoring, app.volume.as_ref());
    let files = files(place, monitoring)?;
    let folder = |path: &String, owner| DataFolder { path: path.clone(), owner, mode: 0o700 };
    let data = BTreeSet::from([
        folder(&facts.prometheus.data, NOBODY),
        folder(&facts.alertmanager.data, (0, 0)),
        folder(&facts.daemon.data, (0, 0)),
    ]);
    let reads = |parts: &[&str]| {
        let is_read = |name: &&String| parts.iter().any(|part| name.starts_with(part));
        Service::own(files.keys().filter(is_read).cloned().collect())
    };
    // The program itself is known by its version.
    let services = BTreeMap::from([
        ("prometheus".to_owned(), reads(&["prometheus/"])),
        ("alertmanager".to_owned(), reads(&["alertmanager/", ALERTS_TOKEN])),
        (
            "dostack-serve".to_owned(),
            reads(&[PROGRAM_VERSION, "serve/stacks/", ALERTS_TOKEN, TOKEN]),
        ),
        ("dostack-guard".to_owned(), reads(&[PROGRAM_VERSION, "serve/guard.sh", TOKEN])),
    ]);
    Ok(Some((facts, Share { files, services, data })))
}

/// What Alertmanager shows the daemon; made on the machine, for nobody else needs it.
const ALERTS_TOKEN: &str = "serve/alerts.token";

/// What the daemon and the guard show DigitalOcean.
const TOKEN: &str = "serve/digitalocean.token";

/// How many MB of readings are kept at most: they share the volume with a database, and leave it four
/// fifths of a small one.
fn share_of(volume: Option<&VolumeSpec>) -> u64 {
    let whole = volume.map_or(ROOT_DISK_GB, |volume| u64::from(volume.size_gb)) * 1024;
    (whole / 5).min(MOST_READINGS)
}

fn facts(place: &Place<'_>, monitoring: &MonitoringSpec, volume: Option<&VolumeSpec>) -> Facts {
    let images = &place.stack.images;
    Facts {
        stack: place.stack.name.to_string(),
        prometheus: ServerFacts {
            image: images.prometheus(),
            configuration: place.path("prometheus"),
            data: place.data("prometheus"),
            memory_mb: (place.host.memory_mb / 8).clamp(256, 2048),
        },
        retention: written(monitoring.retention),
        retention_mb: share_of(volume),
        alertmanager: ServerFacts {
            image: images.alertmanager(),
            configuration: place.path("alertmanager"),
            data: place.data("alertmanager"),
            memory_mb: 128,
        },
        daemon: DaemonFacts {
            image: images.debian(),
            program: place.path("program/dostack"),
            settings: place.path("serve"),
            stacks: place.path("serve/stacks"),
            alerts_token: place.path(ALERTS_TOKEN),
            data: place.data("dostack"),
        },
    }
}

fn files(
    place: &Place<'_>,
    monitoring: &MonitoringSpec,
) -> Result<BTreeMap<String, File>, RenderError> {
    let scrapes = place.templates.prometheus(&targets::of(place, monitoring))?;
    let stack = format!("serve/stacks/{}.yaml", place.stack.name);
    let files = [
        ("prometheus/prometheus.yaml", File::text(scrapes)),
        ("prometheus/dostack.rules.yaml", File::text(RULES.to_owned())),
        ("prometheus/resize.rules.yaml", File::text(alerts::rules(place))),
        ("alertmanager/alertmanager.yaml", File::text(RECEIVER.to_owned())),
        (ALERTS_TOKEN, File::whole(Value::Generated("alerts-token"))),
        (TOKEN, File::secret(monitoring.token.clone())),
        (stack.as_str(), File::text(place.stack.whole.clone())),
        ("serve/guard.sh", File::text(GUARD.to_owned())),
        (PROGRAM_VERSION, File::text(VERSION.to_owned())),
        ("program/dostack", File::program()),
    ];
    Ok(files.map(|(name, file)| (name.to_owned(), file)).into())
}

#[cfg(test)]
mod tests {
    use crate::software::{
        Bundle, Content, Value,
        tests::{MONITORING, app, compose, software, text},
    };

    const VECTOR: &str = "  vector: { kind: VectorDroplet, DROPLET, volume: none, \
         resize: { ladder: [s-4vcpu-8gb, s-8vcpu-16gb], on_alerts: [Full, Slow], \
         when: { metric: node_memory_MemAvailable_bytes, below: 500000000, for: 10m } } }\n  \
         cache: { kind: MicroCache, on: vector }\n  workers: { kind: Droplet, count: 2, DROPLET, \
         resize: { ladder: [s-4vcpu-8gb], on_alerts: [Late], \
         when: { metric: chat_latency_p95_ms, above: 50, for: 5m } } }\n";

    fn watched() -> Bundle {
        let mut all = software(&format!("{}{VECTOR}", app(MONITORING)));
        all.retain(|bundle| bundle.component.to_string() == "app");
        all.remove(0)
    }

    #[test]
    fn every_machine_is_read_once_and_every_program_that_shows_figures() {
        let bundle = watched();
        let settings = text(&bundle, "prometheus/prometheus.yaml");
        let settings: serde_yaml::Value = serde_yaml::from_str(settings).unwrap();
        let targets = |job: &str| -> Vec<String> {
            let jobs = settings["scrape_configs"].as_sequence().unwrap();
            let job = jobs.iter().find(|it| it["job_name"] == job).unwrap();
            let statics = job["static_configs"].as_sequence().unwrap().iter();
            statics.map(|it| it["targets"][0].as_str().unwrap().to_owned()).collect()
        };
        // app, vector with the cache on it, and two workers.
        let nodes = ["192.0.2.2:9100", "192.0.2.3:9100", "192.0.2.4:9100", "192.0.2.5:9100"];
        assert_eq!(targets("node"), nodes);
        assert_eq!(targets("weaviate"), ["192.0.2.3:2112"]);
        assert_eq!(targets("dostack"), ["127.0.0.1:9098"]);
        assert_eq!(targets("http://127.0.0.1:8001/figures"), ["127.0.0.1:8001"]);
        let retention = &compose(&bundle)["services"]["prometheus"]["command"][2];
        assert_eq!(retention, "--storage.tsdb.retention.time=30d");
    }

    #[test]
    fn readings_leave_the_database_its_part_of_the_volume() {
        for (volume, kept) in [
            ("{ size_gb: 1 }", "204MB"),
            ("{ size_gb: 10 }", "2048MB"),
            ("{ size_gb: 100 }", "4096MB"),
            ("none", "2048MB"),
        ] {
            let app = app(MONITORING).replace("{ size_gb: 10 }", volume);
            let mut all = software(&format!("{app}{VECTOR}"));
            all.retain(|bundle| bundle.component.to_string() == "app");
            let words = &compose(&all[0])["services"]["prometheus"]["command"];
            assert_eq!(words[3], format!("--storage.tsdb.retention.size={kept}"), "{volume}");
        }
    }

    #[test]
    fn an_alert_that_a_rule_is_woken_by_is_made_from_its_condition() {
        let bundle = watched();
        let rules = text(&bundle, "prometheus/resize.rules.yaml");
        let rules: serde_yaml::Value = serde_yaml::from_str(rules).unwrap();
        let rules = rules["groups"][0]["rules"].as_sequence().unwrap();
        let told = |name: &str| {
            let rule = rules.iter().find(|rule| rule["alert"] == name).unwrap();
            assert_eq!(rule["labels"]["dostack"], "wake");
            [&rule["expr"], &rule["for"]].map(|it| it.as_str().unwrap().to_owned())
        };
        assert_eq!(rules.len(), 3);
        let full = "node_memory_MemAvailable_bytes{instance=~\"192[.]0[.]2[.]3:9100\"} < 500000000";
        assert_eq!(told("Full"), [full, "10m"]);
        assert_eq!(told("Slow"), [full, "10m"]);
        assert!(told("Late")[0].starts_with("(chat_latency_p95_ms or histogram_quantile(0.95"));
        assert!(told("Late")[0].ends_with("> 50"));
    }

    #[test]
    fn nothing_of_it_listens_elsewhere_than_on_loopback_or_has_powers() {
        let compose = compose(&watched());
        for name in ["prometheus", "alertmanager", "dostack-serve", "dostack-guard"] {
            let service = &compose["services"][name];
            assert_eq!(service["network_mode"], "host", "{name}");
            assert_eq!(service["cap_drop"][0], "ALL", "{name}");
            assert_eq!(service["read_only"], true, "{name}");
            assert!(service.get("ports").is_none(), "{name}");
            let words = service["command"].as_sequence().unwrap().iter();
            let words: Vec<&str> = words.map(|word| word.as_str().unwrap()).collect();
            let address = words.iter().find(|word| word.starts_with("--web.listen-address="));
            let is_server = !name.starts_with("dostack");
            assert_eq!(address.is_some_and(|it| it.contains("=127.0.0.1:")), is_server, "{name}");
        }
    }

    #[test]
    fn tokens_are_files_for_root_and_the_stack_file_lies_beside_them_without_secrets() {
        let bundle = watched();
        let whole = |name: &str| {
            let Content::Whole(value) = &bundle.files[name].content else { panic!("{name}") };
            value.clone()
        };
        assert!(matches!(whole("serve/alerts.token"), Value::Generated("alerts-token")));
        let token = whole("serve/digitalocean.token");
        assert!(matches!(token, Value::Secret(name) if name.as_str() == "ORG_CERT"));
        let stack = text(&bundle, "serve/stacks/core.yaml");
        assert!(
            stack.contains("${secret:ORG_CERT}") && stack.contains("127.0.0.1:9090"),
            "{stack}"
        );
        let serve = &bundle.services["dostack-serve"].inputs;
        for input in ["program/version", "serve/stacks/core.yaml", "serve/alerts.token"] {
            assert!(serve.contains(input), "{input}: {serve:?}");
        }
        assert_eq!(bundle.files["program/dostack"].content, Content::Program);
    }
}
