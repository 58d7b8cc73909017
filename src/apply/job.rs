//! What a step has at hand while it is worked on.

use std::{
    collections::BTreeMap,
    net::IpAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::time::{Instant, sleep};

use crate::{
    apply::{Event, StepError, What, World, board::Board, timing::Timing},
    digitalocean::{
        Client, droplets::Droplet, firewalls::Firewall, reserved_ips::ReservedIp, volumes::Volume,
    },
    inventory::{Found, Id, Known},
    journal::{Record, Via},
    plan::{Plan, Step},
    values::{Address, Region},
};

/// What all steps of a run share.
pub struct Run<'a> {
    /// What the run works with.
    pub world: &'a World,
    /// What is to be done.
    pub plan: &'a Plan,
    /// How long things may take.
    pub timing: Timing,
    /// When the run began.
    pub began: Instant,
    /// All droplets of the account.
    census: Board<Droplet>,
    /// The stack's droplets.
    droplets: Board<Droplet>,
    /// The volumes of the stack's region.
    volumes: Board<Volume>,
    /// All firewalls of the account.
    firewalls: Board<Firewall>,
    /// All reserved IPs of the account.
    reserved_ips: Board<ReservedIp>,
    learnt: Mutex<Known>,
    running: Mutex<BTreeMap<Address, String>>,
}

impl<'a> Run<'a> {
    /// A run that has not begun.
    pub fn new(world: &'a World, plan: &'a Plan) -> Self {
        Self {
            world,
            plan,
            timing: Timing::at(world.client.pace()),
            began: Instant::now(),
            census: Board::new(),
            droplets: Board::new(),
            volumes: Board::new(),
            firewalls: Board::new(),
            reserved_ips: Board::new(),
            learnt: Mutex::new(Known::new()),
            running: Mutex::new(BTreeMap::new()),
        }
    }

    /// What the run learnt.
    pub fn into_learnt(self) -> Known {
        self.learnt.into_inner().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is known of something: from a step before, or from the plan.
    pub fn found(&self, address: &Address) -> Option<Found> {
        let learnt = guard(&self.learnt).get(address).cloned();
        learnt.or_else(|| self.plan.known.get(address).cloned())
    }
}

/// One step at work.
pub struct Job<'a> {
    /// The run it belongs to.
    pub run: &'a Run<'a>,
    /// The step.
    pub step: &'a Step,
    began: Instant,
}

impl<'a> Job<'a> {
    /// A step that is about to begin.
    pub fn new(run: &'a Run<'a>, step: &'a Step) -> Self {
        Self { run, step, began: Instant::now() }
    }

    /// The account.
    pub fn client(&self) -> &'a Client {
        &self.run.world.client
    }

    /// How long things may take.
    pub fn timing(&self) -> &'a Timing {
        &self.run.timing
    }

    /// How long it has been worked on.
    pub fn elapsed(&self) -> Duration {
        self.began.elapsed()
    }

    /// Tells those who watch.
    pub fn tell(&self, what: What) {
        let event = Event {
            at: (self.run.world.clock)(),
            address: self.step.address.clone(),
            kind: self.step.kind,
            name: self.step.name.clone(),
            action: self.step.action,
            what,
        };
        // Nobody has to watch.
        drop(self.run.world.events.send(event));
    }

    /// Writes a line in the journal.
    pub async fn record(&self, record: Record) -> Result<(), StepError> {
        Ok(self.run.world.journal.append(record).await?)
    }

    /// Writes down that a call that changes something is about to be sent.
    pub async fn intend(&self, name: &str, body: Option<String>) -> Result<(), StepError> {
        self.record(Record::Intent {
            address: self.step.address.clone(),
            kind: self.step.kind.word().to_owned(),
            name: name.to_owned(),
            action: self.step.action.word().to_owned(),
            body,
        })
        .await
    }

    /// Writes down that something exists.
    pub async fn acknowledge(&self, id: String, via: Via) -> Result<(), StepError> {
        self.record(Record::Acknowledged { address: self.step.address.clone(), id, via }).await
    }

    /// Remembers what the step's thing is, for the steps that need it.
    pub fn learn(&self, found: Found) {
        guard(&self.run.learnt).insert(self.step.address.clone(), found);
    }

    /// Says what goes on at DigitalOcean until [`Job::settled`], should the run be stopped.
    pub fn starts(&self, running: impl Into<String>) {
        guard(&self.run.running).insert(self.step.address.clone(), running.into());
    }

    /// Nothing goes on at DigitalOcean any more.
    pub fn settled(&self) {
        guard(&self.run.running).remove(&self.step.address);
    }

    /// What goes on at DigitalOcean.
    pub fn running(&self) -> Option<String> {
        guard(&self.run.running).get(&self.step.address).cloned()
    }

    /// Waits, or returns at once when the run is stopped.
    pub async fn pause(&self, wait: Duration) -> Result<(), StepError> {
        tokio::select! {
            biased;
            () = self.run.world.stop.cancelled() => Err(StepError::Stopped),
            () = sleep(wait) => Ok(()),
        }
    }

    /// The id of a droplet this step needs.
    pub fn droplet_id(&self, need: &Address) -> Result<u64, StepError> {
        match self.run.found(need).map(|found| found.id) {
            Some(Id::Number(id)) => Ok(id),
            Some(Id::Text(_)) | None => Err(StepError::Unknown { need: need.clone() }),
        }
    }

    /// The id of a volume or network this step needs.
    pub fn text_id(&self, need: &Address) -> Result<String, StepError> {
        match self.run.found(need).map(|found| found.id) {
            Some(Id::Text(id)) => Ok(id),
            Some(Id::Number(_)) | None => Err(StepError::Unknown { need: need.clone() }),
        }
    }

    /// The public address of a droplet this step needs, if it is known.
    pub fn public_ip(&self, need: &Address) -> Option<IpAddr> {
        self.run.found(need).and_then(|found| found.public_ip)
    }

    /// All droplets of the account, asked for since the run began or later.
    pub async fn census(&self, since: Instant) -> Result<Arc<Vec<Droplet>>, StepError> {
        let list = || self.client().droplets();
        let listed = self.run.census.since(since, list).await;
        listed.map_err(StepError::api("list the account's droplets"))
    }

    /// A droplet of the stack: from the listing that all share or, if it is not in it, by itself.
    pub async fn droplet(&self, id: u64, since: Instant) -> Result<Option<Droplet>, StepError> {
        let tag = self.run.plan.mark.stack_tag();
        let list = || self.client().droplets_tagged(tag.as_str());
        let listed = self.run.droplets.since(since, list).await;
        let listed = listed.map_err(StepError::api("list the stack's droplets"))?;
        match listed.iter().find(|droplet| droplet.id == id) {
            Some(droplet) => Ok(Some(droplet.clone())),
            None => self.droplet_alone(id).await,
        }
    }

    /// A droplet, read by itself.
    pub async fn droplet_alone(&self, id: u64) -> Result<Option<Droplet>, StepError> {
        let read = self.client().droplet(id).await;
        read.map_err(StepError::api(format!("read droplet {id}")))
    }

    /// A volume: from the listing that all share or, if it is not in it, by itself.
    pub async fn volume(
        &self,
        id: &str,
        region: &Region,
        since: Instant,
    ) -> Result<Option<Volume>, StepError> {
        let list = || self.client().volumes(region.as_str());
        let listed = self.run.volumes.since(since, list).await;
        let listed = listed.map_err(StepError::api("list the region's volumes"))?;
        if let Some(volume) = listed.iter().find(|volume| volume.id == id) {
            return Ok(Some(volume.clone()));
        }
        let read = self.client().volume(id).await;
        read.map_err(StepError::api(format!("read volume {id}")))
    }

    /// All reserved IPs of the account, asked for since then or later.
    pub async fn reserved_ips(&self, since: Instant) -> Result<Arc<Vec<ReservedIp>>, StepError> {
        let list = || self.client().reserved_ips();
        let listed = self.run.reserved_ips.since(since, list).await;
        listed.map_err(StepError::api("list the account's reserved IPs"))
    }

    /// A firewall: from the listing that all share or, if it is not in it, by itself.
    pub async fn firewall(&self, id: &str, since: Instant) -> Result<Option<Firewall>, StepError> {
        let list = || self.client().firewalls();
        let listed = self.run.firewalls.since(since, list).await;
        let listed = listed.map_err(StepError::api("list the account's firewalls"))?;
        if let Some(wall) = listed.iter().find(|wall| wall.id == id) {
            return Ok(Some(wall.clone()));
        }
        let read = self.client().firewall(id).await;
        read.map_err(StepError::api(format!("read firewall {id}")))
    }
}

/// A lock whose holder panicked guards nothing half done here.
fn guard<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
