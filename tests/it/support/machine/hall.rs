//! The machines behind a sandbox's droplets: one for each that is up, with the volumes it has.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, MutexGuard,
        mpsc::{self, RecvTimeoutError, Sender},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

use reqwest::Client;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use tempfile::TempDir;
use tokio::runtime::Builder;

use crate::support::{
    cloud::Cloud,
    machine::{Birth, Blueprint, Disk, Machine, Wire, copy},
    until::until,
};

/// How often it looks at the account: as a machine's own switch would act, at once.
const LOOKS: Duration = Duration::from_millis(50);

/// The number of the first address that is given away.
const FIRST: u8 = 10;

/// A hall that follows a sandbox for as long as it is held.
pub struct Hall {
    floor: Arc<Mutex<Floor>>,
    stop: Option<Sender<()>>,
    keeper: Option<JoinHandle<()>>,
}

/// What stands in it.
struct Floor {
    machines: BTreeMap<u64, Standing>,
    volumes: BTreeMap<String, Plugged>,
    /// The files of snapshots, as the volumes were when they were seen.
    copies: BTreeMap<String, PathBuf>,
    wire: Wire,
    folder: TempDir,
    key: String,
}

struct Standing {
    name: String,
    machine: Machine,
}

struct Plugged {
    disk: Disk,
    gib: u64,
    droplet: Option<u64>,
}

/// The part of the account that machines depend on.
#[derive(Deserialize)]
struct Account {
    droplets: BTreeMap<u64, Droplet>,
    volumes: BTreeMap<String, Volume>,
    volume_snapshots: BTreeMap<String, Snapshot>,
    vpcs: BTreeMap<String, Vpc>,
}

#[derive(Deserialize)]
struct Droplet {
    id: u64,
    name: String,
    power: String,
    vpc: String,
    addresses: Addresses,
}

#[derive(Deserialize)]
struct Addresses {
    assigned: Option<String>,
    private: String,
}

#[derive(Deserialize)]
struct Volume {
    id: String,
    name: String,
    size_gigabytes: u64,
    droplet: Option<u64>,
    snapshot: Option<String>,
}

#[derive(Deserialize)]
struct Snapshot {
    id: String,
    volume: String,
}

#[derive(Deserialize)]
struct Vpc {
    ip_range: String,
}

impl Hall {
    /// Opens one beside a sandbox, for droplets of these names: they are given addresses at which
    /// their machines answer. Droplets without user data let the holder of the public key in.
    pub fn open(cloud: &Cloud, names: &[&str], key: &str) -> Self {
        let wire = Wire::new();
        let public = |number| wire.address(number).split('/').next().unwrap().to_owned();
        let assigned = names
            .iter()
            .zip(FIRST..)
            .map(|(name, number)| ((*name).to_owned(), json!({ "public": public(number) })))
            .collect::<Map<String, Value>>();
        cloud.call("PUT", "/_sandbox/addresses", Some(&Value::Object(assigned)));
        let floor = Floor {
            machines: BTreeMap::new(),
            volumes: BTreeMap::new(),
            copies: BTreeMap::new(),
            wire,
            folder: TempDir::with_prefix("volumes-").unwrap(),
            key: key.to_owned(),
        };
        let floor = Arc::new(Mutex::new(floor));
        let (stop, stopped) = mpsc::channel();
        let (shared, address) = (Arc::clone(&floor), cloud.address().to_owned());
        let keeper = thread::spawn(move || {
            let account = Reader::new(address);
            while stopped.recv_timeout(LOOKS) == Err(RecvTimeoutError::Timeout) {
                shared.lock().unwrap().follow(&account);
            }
        });
        Self { floor, stop: Some(stop), keeper: Some(keeper) }
    }

    /// Lets something be done with the machine of a droplet, which must be up.
    pub fn with<T>(&self, name: &str, act: impl FnOnce(&Machine) -> T) -> T {
        let floor = self.floor();
        let standing = floor.machines.values().find(|standing| standing.name == name);
        assert!(standing.is_some(), "no machine {name}");
        act(&standing.unwrap().machine)
    }

    /// Runs a script as root on the machine of a droplet.
    pub fn run(&self, name: &str, script: &str) -> String {
        self.with(name, |machine| machine.run(script))
    }

    /// Waits until a droplet has a machine that is on.
    pub fn await_machine(&self, name: &str) {
        until(&format!("{name} is on"), || self.is_on(name));
    }

    /// Waits until a droplet's machine is off, or gone.
    pub fn await_silence(&self, name: &str) {
        until(&format!("{name} is off"), || !self.is_on(name));
    }

    /// Waits until so many snapshots are there, and lets something be done with the file of each.
    pub fn await_copies(&self, count: usize, act: impl Fn(&Path)) {
        until(&format!("{count} snapshots"), || self.floor().copies.len() >= count);
        self.floor().copies.values().for_each(|file| act(file));
    }

    fn is_on(&self, name: &str) -> bool {
        let floor = self.floor();
        floor.machines.values().any(|it| it.name == name && it.machine.is_on())
    }

    fn floor(&self) -> MutexGuard<'_, Floor> {
        self.floor.lock().unwrap()
    }
}

impl Drop for Hall {
    fn drop(&mut self) {
        self.stop.take();
        if let Some(keeper) = self.keeper.take() {
            // Its panic is the test's, unless that has one of its own.
            let ended = keeper.join();
            assert!(thread::panicking() || ended.is_ok(), "the hall lost its keeper");
        }
    }
}

impl Floor {
    /// Makes the hall as the account is.
    fn follow(&mut self, reader: &Reader) {
        // A sandbox that has ended has no more to say.
        let Some(account) = reader.account() else { return };
        self.machines.retain(|id, _| account.droplets.contains_key(id));
        for (id, standing) in &mut self.machines {
            if account.droplets[id].power == "off" && standing.machine.is_on() {
                standing.machine.shut_down();
            }
        }
        self.follow_volumes(&account);
        for droplet in account.droplets.values().filter(|droplet| droplet.power == "active") {
            let range = &account.vpcs[&droplet.vpc].ip_range;
            self.switch_on(droplet, range, reader);
        }
        self.plug();
    }

    /// A snapshot may come in the look in which its volume comes or goes, and a volume in that of the
    /// snapshot it is made from.
    fn follow_volumes(&mut self, account: &Account) {
        self.copy(account);
        self.volumes.retain(|id, _| account.volumes.contains_key(id));
        self.make_blank(account);
        self.copy(account);
        self.make_from_copies(account);
        self.copies.retain(|id, _| account.volume_snapshots.contains_key(id));
        self.change(account);
    }

    fn make_blank(&mut self, account: &Account) {
        for volume in account.volumes.values().filter(|volume| volume.snapshot.is_none()) {
            self.make(volume, None);
        }
    }

    fn make_from_copies(&mut self, account: &Account) {
        for volume in account.volumes.values() {
            let copy = volume.snapshot.as_ref().and_then(|id| self.copies.get(id)).cloned();
            let is_there = self.volumes.contains_key(&volume.id) || copy.is_some();
            assert!(is_there, "there is no copy to make the volume {} from", volume.name);
            self.make(volume, copy.as_deref());
        }
    }

    fn make(&mut self, volume: &Volume, copy: Option<&Path>) {
        let fresh = || Plugged {
            disk: Disk::new(self.folder.path(), &volume.name, volume.size_gigabytes)
                .with_what_is_on(copy),
            gib: volume.size_gigabytes,
            droplet: None,
        };
        self.volumes.entry(volume.id.clone()).or_insert_with(fresh);
    }

    fn change(&mut self, account: &Account) {
        for volume in account.volumes.values() {
            let plugged = self.volumes.get_mut(&volume.id).unwrap();
            if plugged.gib != volume.size_gigabytes {
                plugged.disk.grow(volume.size_gigabytes);
                plugged.gib = volume.size_gigabytes;
            }
            if plugged.droplet != volume.droplet {
                plugged.disk.detach();
                plugged.droplet = volume.droplet;
            }
        }
    }

    fn copy(&mut self, account: &Account) {
        for snapshot in account.volume_snapshots.values() {
            let file = self.folder.path().join(format!("{}.copy", snapshot.id));
            if let (false, Some(plugged)) =
                (self.copies.contains_key(&snapshot.id), self.volumes.get(&snapshot.volume))
            {
                copy(&["--sparse=always"], plugged.disk.file(), &file);
                self.copies.insert(snapshot.id.clone(), file);
            }
        }
    }

    fn switch_on(&mut self, droplet: &Droplet, range: &str, reader: &Reader) {
        let standing = self.machines.entry(droplet.id).or_insert_with(|| {
            assert!(droplet.addresses.assigned.is_some(), "no address for {}", droplet.name);
            let public = droplet.addresses.assigned.as_ref().unwrap();
            let length = range.split_once('/').unwrap().1;
            let birth = match reader.user_data(droplet.id) {
                Some(text) => Birth::UserData(text),
                None => Birth::Hand(self.key.clone()),
            };
            let blueprint = Blueprint {
                name: &droplet.name,
                instance: droplet.id,
                birth,
                addresses: [
                    format!("{public}/24"),
                    format!("{}/{length}", droplet.addresses.private),
                ],
            };
            let machine = Machine::new(blueprint).with_images();
            Standing { name: droplet.name.clone(), machine }
        });
        if !standing.machine.is_on() {
            for plugged in self.volumes.values_mut() {
                if plugged.droplet == Some(droplet.id) {
                    plugged.disk.detach();
                    plugged.disk.attach(&standing.machine);
                }
            }
            standing.machine.start(&self.wire);
        }
    }

    /// Plugs in what came to a machine that is on.
    fn plug(&mut self) {
        for plugged in self.volumes.values_mut().filter(|plugged| !plugged.disk.is_attached()) {
            let standing = plugged.droplet.and_then(|id| self.machines.get(&id));
            if let Some(standing) = standing.filter(|standing| standing.machine.is_on()) {
                plugged.disk.attach(&standing.machine);
            }
        }
    }
}

/// Reads the sandbox's world.
struct Reader {
    address: String,
    client: Client,
}

impl Reader {
    fn new(address: String) -> Self {
        Self { address, client: Client::builder().no_proxy().build().unwrap() }
    }

    fn account(&self) -> Option<Account> {
        serde_json::from_str(&self.get("world")?).unwrap()
    }

    /// What a droplet was made with; none if it was made by hand.
    fn user_data(&self, droplet: u64) -> Option<String> {
        self.get(&format!("user_data/{droplet}")).filter(|text| !text.is_empty())
    }

    fn get(&self, what: &str) -> Option<String> {
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let answer = self.client.get(format!("{}/_sandbox/{what}", self.address)).send();
            answer.await.ok()?.text().await.ok()
        })
    }
}
