//! A sandbox, a stack, and the way from one to the other.

use std::{
    collections::{BTreeMap, BTreeSet},
    iter,
    sync::Arc,
    time::Duration,
};

use jiff::Timestamp;
use reqwest::{Certificate, Url};
use rustls::crypto::ring::default_provider;
use secrecy::SecretString;
use serde_json::{Map, Value, json};
use tempfile::TempDir;
use tokio::{
    sync::mpsc::{UnboundedReceiver, unbounded_channel},
    task::yield_now,
    time::Instant,
};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::{
    apply::{Event, Outcome, World, run},
    components::{Wanted, expand},
    config::{MissingKeys, OneFile, Stack, load},
    digitalocean::{Client, Pace, Recorder, Settings},
    inventory::{Extent, Listing, Wish, collect},
    journal::{Clock, Journal, JournalError},
    plan::{Asked, Plan, Purpose, diff},
    render::Templates,
    resources::Resource,
    sandbox::{Options, RateLimit, Running, start},
    secrets::Store,
    values::{Address, SecretName, Seed},
};

/// How much faster than DigitalOcean everything is.
const SPEED: u32 = 200;

/// One of every kind: a droplet with a volume, a reserved IP, a record, a firewall of its own and
/// one for all.
pub const SMALL: &str = "  app: { kind: AppStack, DROPLET, volume: { size_gb: 10 }, records: [app], reserved_ip: true, \
     postgres: { version: 16, password: \"${secret:ORG_PW}\" }, \
     alerts: [{ type: cpu, above: 80, for: 5m, slack: [{ channel: x, url: \"${secret:ORG_PW}\" }] }] }\n  \
     network: { kind: NetworkFirewall, \
     inbound: [{ protocol: tcp, ports: \"443\", from: [anywhere] }] }\n";

/// A sandbox and where runs against it keep their journal.
pub struct Bed {
    running: Running,
    speed: u32,
    folder: TempDir,
    http: reqwest::Client,
}

/// A stack of these components; `DROPLET` stands for a small machine.
pub fn stack(components: &str) -> Stack {
    let droplet = "droplet: { size: s-1vcpu-1gb, image: ubuntu-22-04-x64 }";
    let text = format!(
        "stack: core\nregion: sfo2\nvpc: {{ ip_range: 10.120.0.0/16 }}\n\
         ssh: {{ public_keys: [~/.ssh/id_ed25519.pub], allow_from: [anywhere] }}\n\
         dns: {{ domain: example.com }}\nproject: Shop\nsecrets: [ORG_PW]\ncomponents:\n{}",
        components.replace("DROPLET", droplet)
    );
    match load("stacks/core.yaml", &OneFile(&text), MissingKeys::ThrowAway) {
        Ok(loaded) => loaded.stack,
        Err(mistakes) => panic!("{mistakes:?}"),
    }
}

pub fn clock() -> Clock {
    let began = Instant::now();
    let epoch = Timestamp::from_second(1_800_000_000).unwrap();
    Arc::new(move || epoch + began.elapsed())
}

fn reserved_ips(wanted: &Wanted) -> BTreeSet<Address> {
    let droplets = wanted.iter().filter_map(|(_, node)| {
        let Resource::ReservedIp(reserved) = &node.value else { return None };
        Some(reserved.droplet.clone())
    });
    droplets.collect()
}

fn pace(speed: u32) -> Pace {
    let second = Duration::from_secs(1) / speed;
    Pace {
        calls_a_minute: 1_000_000,
        key_listings_a_minute: 1_000_000,
        patience: second * 100,
        first_retry: second,
        longest_retry: second * 5,
        first_poll: second,
        longest_poll: second * 10,
        ..Pace::default()
    }
}

impl Bed {
    pub async fn new() -> Self {
        Self::at_speed(SPEED).await
    }

    /// One that is slower, where what is counted must not hang on how busy the machine is.
    pub async fn at_speed(speed: u32) -> Self {
        let options = Options {
            listen: "127.0.0.1:0".parse().unwrap(),
            token: "a-token-of-the-tests".to_owned(),
            speed: f64::from(speed),
            state: None,
            rate_limit: RateLimit::Off,
        };
        let running = start(options).await.unwrap();
        drop(default_provider().install_default());
        let builder = reqwest::Client::builder().no_proxy();
        let http = builder.tls_certs_only(iter::empty::<Certificate>());
        let (folder, http) = (TempDir::new().unwrap(), http.build().unwrap());
        Self { running, speed, folder, http }
    }

    pub fn client(&self, recorder: Option<Recorder>) -> Client {
        let base = Url::parse(&format!("http://{}", self.running.address())).unwrap();
        let settings = Settings::new(base, SecretString::from("a-token-of-the-tests"));
        Client::new(Settings { pace: pace(self.speed), recorder, ..settings }).unwrap()
    }

    pub async fn plan(&self, stack: &Stack, asked: &Asked) -> Plan {
        let wanted = expand(stack, &Templates::built_in()).unwrap();
        let droplets = wanted.iter().filter_map(|(address, node)| {
            let droplet = node.value.as_droplet()?;
            let adopted = droplet.adopt.as_ref().map(|adopt| adopt.target.clone());
            Some((address.clone(), iter::once(droplet.name.to_string()).chain(adopted).collect()))
        });
        let wish = Wish {
            mark: stack.mark(),
            domain: stack.dns.as_ref().map(|dns| dns.domain.clone()),
            alerts: Listing::Read,
            project: stack.project.as_ref().map(|project| project.name.clone()),
            keys: stack.ssh.public_keys.iter().map(|key| key.fingerprint().clone()).collect(),
            droplets: droplets.collect(),
            volumes: BTreeSet::new(),
            reserved_ips: reserved_ips(&wanted),
            extent: match asked.purpose {
                Purpose::Stand => Extent::File,
                Purpose::Go => Extent::Everything,
            },
        };
        let inventory = Box::pin(collect(&self.client(None), &wish, None)).await.unwrap();
        diff(&wanted, &inventory, &stack.mark(), asked)
    }

    pub async fn world(&self, client: Client) -> (World, UnboundedReceiver<Event>) {
        let (events, watch) = unbounded_channel();
        let journal = self.journal().await;
        let stop = CancellationToken::new();
        let seed = Arc::new(Seed::new([7; 32]));
        let hook = SecretString::from("https://hooks.slack.com/ORG_PW");
        let secrets = Store::from_iter([(SecretName::parse("ORG_PW").unwrap(), hook)]);
        (World { client, journal, clock: clock(), seed, secrets, events, at_once: 10, stop }, watch)
    }

    /// A run that was dropped lets go of its journal when its last line is on disk.
    async fn journal(&self) -> Journal {
        let name = stack(SMALL).name;
        loop {
            match Journal::open(self.folder.path(), &name, Uuid::from_u128(9), clock()) {
                Ok((journal, _)) => return journal,
                Err(JournalError::Held { .. }) => yield_now().await,
                Err(error) => panic!("{error:?}"),
            }
        }
    }

    /// Plans, refuses nothing, and carries out.
    pub async fn up(&self, stack: &Stack) -> Outcome {
        self.carry_out(&self.plan(stack, &Asked::stand()).await).await
    }

    pub async fn carry_out(&self, plan: &Plan) -> Outcome {
        assert_eq!(plan.refusals, []);
        let (world, _watch) = self.world(self.client(None)).await;
        run(&world, plan).await
    }

    /// Makes sure that all is as the stack says, and nothing is there twice.
    pub async fn assert_stands(&self, stack: &Stack) {
        let plan = self.plan(stack, &Asked::stand()).await;
        let left: Vec<String> =
            plan.changes().map(|s| format!("{} {}", s.action, s.address)).collect();
        assert_eq!(left, Vec::<String>::new());
        assert_eq!(plan.refusals, []);
        let world = self.get("world").await;
        let count = |kind: &str| world[kind].as_object().unwrap().len();
        let wanted = expand(stack, &Templates::built_in()).unwrap();
        let wants =
            |kind: &str| wanted.iter().filter(|(_, n)| n.value.kind().word() == kind).count();
        for (there, kind) in [
            ("droplets", "droplet"),
            ("volumes", "volume"),
            ("firewalls", "firewall"),
            ("reserved_ips", "reserved IP"),
            ("keys", "SSH key"),
        ] {
            assert_eq!(count(there), wants(kind), "{there}");
        }
        let records = world["domains"]["example.com"]["records"].as_object().map_or_else(
            || world["domains"]["example.com"]["records"].as_array().unwrap().len(),
            Map::len,
        );
        let projects = world["projects"].as_object().unwrap().values();
        let own: Vec<&Value> = projects.filter(|project| project["name"] == "Shop").collect();
        assert_eq!(own.len(), wants("project"), "projects");
        assert_eq!(count("alerts"), wants("alert"), "alerts");
        // A new domain has an SOA and three NS records; each of ours has its mark.
        assert_eq!(records, 4 + 2 * wants("record"), "records");
    }

    pub async fn fault(&self, rule: Value) {
        self.http
            .post(self.control("faults"))
            .json(&rule)
            .send()
            .await
            .unwrap()
            .error_for_status()
            .unwrap();
    }

    pub async fn heal(&self) {
        self.http.delete(self.control("faults")).send().await.unwrap();
    }

    /// Lets a moment of the sandbox's own time pass at once.
    pub async fn advance(&self, seconds: u32) {
        let body = json!({ "advance_seconds": seconds });
        self.http.post(self.control("clock")).json(&body).send().await.unwrap();
    }

    pub async fn get(&self, what: &str) -> Value {
        self.http.get(self.control(what)).send().await.unwrap().json().await.unwrap()
    }

    /// How often each route was called.
    pub async fn routes(&self) -> BTreeMap<String, u64> {
        serde_json::from_value(self.get("calls").await["routes"].clone()).unwrap()
    }

    pub async fn forget_calls(&self) {
        self.http.delete(self.control("calls")).send().await.unwrap();
    }

    fn control(&self, what: &str) -> String {
        format!("http://{}/_sandbox/{what}", self.running.address())
    }
}
