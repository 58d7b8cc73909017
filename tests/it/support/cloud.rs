//! The sandbox as a process of its own, and what a test wants to know of it.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::{BufRead as _, BufReader},
    process::{Child, Command, Stdio},
};

use reqwest::{Client, Method};
use rustls::crypto::ring;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::runtime::{Builder, Runtime};

use crate::support::{env::PROGRAM, until::until};

/// A sandbox that runs for one test.
pub struct Cloud {
    process: Child,
    address: String,
    runtime: Runtime,
    client: Client,
}

/// What the sandbox was asked.
#[derive(Debug, Deserialize)]
pub struct Calls {
    /// How many calls there were.
    pub total: u64,
    /// How many of each kind.
    pub routes: BTreeMap<String, u64>,
    /// All of them, in their order.
    pub log: Vec<Call>,
}

/// One call.
#[derive(Clone, Debug, Deserialize)]
pub struct Call {
    /// `GET`, say.
    pub method: String,
    /// With the query.
    pub path: String,
    /// What it was answered; 0 without an answer.
    pub status: Option<u16>,
    /// When it came, in the log's own count.
    pub began: u64,
    /// When it was answered, in the same count.
    pub ended: Option<u64>,
}

impl Calls {
    /// The calls that are made to change something.
    pub fn changing(&self) -> impl Iterator<Item = &Call> {
        self.log.iter().filter(|call| call.method != "GET")
    }

    /// The calls that were too many.
    pub fn throttled(&self) -> impl Iterator<Item = &Call> {
        self.log.iter().filter(|call| call.status == Some(429))
    }

    /// The length of the longest chain of calls of which each began after the one before it ended.
    pub fn waves(&self) -> usize {
        let mut depths: Vec<(u64, usize)> = Vec::new();
        for call in &self.log {
            let before = depths.iter().filter(|(ended, _)| *ended < call.began);
            let depth = before.map(|(_, depth)| *depth).max().unwrap_or_default() + 1;
            depths.push((call.ended.unwrap_or(u64::MAX), depth));
        }
        depths.into_iter().map(|(_, depth)| depth).max().unwrap_or_default()
    }

    /// How many calls there were, without those that ask whether it is done yet: reads of an
    /// action, and reads that were made before.
    pub fn without_polling(&self) -> usize {
        let polls = |place: usize, call: &Call| {
            let again = self.log[..place].iter().any(|earlier| earlier.path == call.path);
            call.method == "GET" && (again || call.path.starts_with("/v2/actions/"))
        };
        self.log.iter().enumerate().filter(|(place, call)| !polls(*place, call)).count()
    }
}

impl Cloud {
    /// Starts one on any free port.
    pub fn start(speed: u32) -> Self {
        // Another test may have been first.
        let _ = ring::default_provider().install_default();
        let mut process = Command::new(PROGRAM)
            .args(["sandbox", "--listen", "127.0.0.1:0", "--rate-limit", "off", "--speed"])
            .arg(speed.to_string())
            .env_clear()
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let address = line.trim().strip_prefix("listening on ").expect("an address").to_owned();
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        let client = Client::builder().no_proxy().build().unwrap();
        Self { process, address, runtime, client }
    }

    /// Where it is.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Makes a call of the API as another program would, which must succeed.
    pub fn call(&self, method: &str, path: &str, body: Option<&Value>) -> Value {
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        let request = self.client.request(method, format!("{}{path}", self.address));
        let request = request.bearer_auth("sandbox");
        let request = match body {
            Some(body) => request.json(body),
            None => request,
        };
        let (status, text) = self.runtime.block_on(async {
            let answer = request.send().await.unwrap();
            (answer.status(), answer.text().await.unwrap())
        });
        assert!(status.is_success(), "{path}: {status} {text}");
        if text.is_empty() { Value::Null } else { serde_json::from_str(&text).unwrap() }
    }

    /// Has it count calls as DigitalOcean does, in minutes that are as short as its pace is fast.
    pub fn limit_calls(&self) {
        self.call("PUT", "/_sandbox/settings", Some(&json!({ "rate_limit": "on" })));
    }

    /// Calls it, as another program with the same token, until that is too often.
    pub fn use_up_the_minute(&self) {
        let address = format!("{}/v2/regions", self.address);
        self.runtime.block_on(async {
            let call = || self.client.get(&address).bearer_auth("sandbox").send();
            while call().await.unwrap().status() != 429 {}
        });
    }

    /// Makes something in the account that is not the stack's.
    #[expect(clippy::needless_pass_by_value, reason = "reads better where it is called")]
    pub fn post(&self, path: &str, body: Value) -> Value {
        self.call("POST", path, Some(&body))
    }

    /// Has calls of a method and a path go wrong, `times` of them from the `nth` on.
    pub fn fault(&self, (method, path): (&str, &str), (nth, times): (u32, u32), effect: &Value) {
        let rule =
            json!({ "method": method, "path": path, "nth": nth, "times": times, "effect": effect });
        self.post("/_sandbox/faults", rule);
    }

    /// Has the change that comes after so many of these wait for longer than any test.
    pub fn hold_after(&self, changes: &[&str], count: usize) {
        let method = changes[count].split(' ').next().unwrap();
        let before = changes[..count].iter().filter(|change| change.starts_with(method)).count();
        let nth = u32::try_from(before).unwrap() + 1;
        self.fault((method, "/v2/"), (nth, 1), &json!({ "delay_ms": 3_600_000 }));
    }

    /// Has calls go wrong by chance.
    pub fn chance(&self, seed: u64, rate: f64, kinds: &[&str]) {
        let chance = json!({ "seed": seed, "rate": rate, "kinds": kinds });
        self.post("/_sandbox/faults/random", chance);
    }

    /// Answers what is not known of the API, anew.
    pub fn answer(&self, unknowns: &Value) {
        self.call("PUT", "/_sandbox/unknowns", Some(unknowns));
    }

    /// Ends all faults.
    pub fn heal(&self) {
        self.call("DELETE", "/_sandbox/faults", None);
    }

    /// What it was asked so far.
    pub fn calls(&self) -> Calls {
        serde_json::from_value(self.call("GET", "/_sandbox/calls", None)).unwrap()
    }

    /// Waits until it was asked something so often: a method and a route.
    pub fn wait_for(&self, route: &str, count: u64) {
        let so_many = || self.calls().routes.get(route).is_some_and(|calls| *calls >= count);
        until(&format!("{count} of {route}"), so_many);
    }

    /// Waits until it was asked for so many changes.
    pub fn wait_for_changes(&self, count: usize) {
        until(&format!("{count} changes"), || self.calls().changing().count() >= count);
    }

    /// The calls that were made to change something, by what they do.
    pub fn changes(&self) -> Vec<String> {
        let told = |path: &str| -> String {
            let path = path.split('?').next().unwrap().trim_start_matches("/v2/");
            let is_word = |part: &&str| part.chars().all(|letter| letter.is_ascii_lowercase());
            path.split('/').filter(is_word).collect::<Vec<_>>().join("/")
        };
        let calls = self.calls();
        calls.changing().map(|call| format!("{} {}", call.method, told(&call.path))).collect()
    }

    /// Forgets what it was asked.
    pub fn forget_calls(&self) {
        self.call("DELETE", "/_sandbox/calls", None);
    }

    /// Everything in the account but these tags, and those that begin with one that ends in a colon.
    pub fn things_but(&self, tags: &[&str]) -> Vec<String> {
        let is_meant =
            |tag: &&str, own: &str| tag.ends_with(':') && own.starts_with(tag) || own == *tag;
        let is_left_out = |thing: &str| {
            let own = thing.strip_prefix("tag ");
            own.is_some_and(|own| tags.iter().any(|tag| is_meant(tag, own)))
        };
        let mut things = self.things();
        things.retain(|thing| !is_left_out(thing));
        things
    }

    /// Everything a user may have made in the account, a line each, by name and sorted.
    pub fn things(&self) -> Vec<String> {
        let world = World(self.call("GET", "/_sandbox/world", None));
        let mut things: Vec<String> = [
            world.droplets(),
            world.volumes(),
            world.firewalls(),
            world.reserved_ips(),
            world.vpcs(),
            world.domains(),
            world.projects(),
            world.named("keys", "key"),
            world.alerts(),
            world.tags(),
        ]
        .concat();
        things.sort();
        things
    }
}

impl Drop for Cloud {
    fn drop(&mut self) {
        // One that has ended by itself is gone already.
        let _ = self.process.kill();
        self.process.wait().unwrap();
    }
}

/// The sandbox's whole world.
struct World(Value);

impl World {
    fn all(&self, kind: &str) -> impl Iterator<Item = &Value> {
        self.0[kind].as_object().into_iter().flat_map(|things| things.values())
    }

    fn named(&self, kind: &str, word: &str) -> Vec<String> {
        self.all(kind).map(|thing| format!("{word} {}", text(&thing["name"]))).collect()
    }

    /// Digests are left out, and how many there are: those of host keys come by chance, and one of
    /// a machine that never came up stays until the stack is destroyed.
    fn tags(&self) -> Vec<String> {
        let digests = ["dostack-made:", "dostack-host:"];
        let line = |tag: String| match tag.rsplit_once(':') {
            Some((kind, _)) if digests.iter().any(|of| tag.contains(of)) => {
                format!("{kind}:[digest]")
            }
            Some(_) | None => tag,
        };
        let lines: BTreeSet<String> = self.named("tags", "tag").into_iter().map(line).collect();
        lines.into_iter().collect()
    }

    fn droplets(&self) -> Vec<String> {
        let line = |droplet: &Value| {
            let [name, size, power] = ["name", "size", "power"].map(|key| text(&droplet[key]));
            let vpc = &self.0["vpcs"][text(&droplet["vpc"])]["name"];
            format!("droplet {name} {size} {power} in {}", text(vpc))
        };
        self.all("droplets").map(line).collect()
    }

    fn volumes(&self) -> Vec<String> {
        let line = |volume: &Value| {
            let size = &volume["size_gigabytes"];
            let droplet = &self.0["droplets"][volume["droplet"].to_string()]["name"];
            let place = droplet.as_str().map(|name| format!(" on {name}")).unwrap_or_default();
            format!("volume {} {size} GiB{place}", text(&volume["name"]))
        };
        self.all("volumes").map(line).collect()
    }

    fn firewalls(&self) -> Vec<String> {
        let line = |wall: &Value| {
            let covered = wall["covered"].as_array().map_or(0, Vec::len);
            format!("firewall {} over {covered} droplets", text(&wall["name"]))
        };
        self.all("firewalls").map(line).collect()
    }

    fn reserved_ips(&self) -> Vec<String> {
        let line = |reserved: &Value| {
            let droplet = &self.0["droplets"][reserved["droplet"].to_string()]["name"];
            format!("reserved IP on {}", droplet.as_str().unwrap_or("nothing"))
        };
        self.all("reserved_ips").map(line).collect()
    }

    /// All but the defaults that a region comes with.
    fn vpcs(&self) -> Vec<String> {
        let own = self.all("vpcs").filter(|vpc| vpc["default"] == false);
        own.map(|vpc| format!("VPC {} {}", text(&vpc["name"]), text(&vpc["ip_range"]))).collect()
    }

    /// All but the one the account began with, and how much is in each.
    fn projects(&self) -> Vec<String> {
        let line = |project: &Value| {
            let homes = self.0["homes"].as_object().into_iter().flat_map(|homes| homes.values());
            let members = homes.filter(|home| home["project"] == project["id"]).count();
            format!("project {} of {members} things", text(&project["name"]))
        };
        self.all("projects").filter(|project| project["default"] == false).map(line).collect()
    }

    fn alerts(&self) -> Vec<String> {
        let line = |alert: &Value| format!("alert {}", text(&alert["description"]));
        self.all("alerts").map(line).collect()
    }

    fn domains(&self) -> Vec<String> {
        let lines = |domain: &Value| -> Vec<String> {
            let name = text(&domain["name"]);
            let records = domain["records"].as_object().into_iter().flat_map(|all| all.values());
            let own = records.filter(|record| record["type"] == "A");
            let record = |record: &Value| format!("record A {}.{name}", text(&record["name"]));
            [format!("domain {name}")].into_iter().chain(own.map(record)).collect()
        };
        self.all("domains").flat_map(lines).collect()
    }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
