//! The loop: look, decide, make one move.

use std::{collections::BTreeSet, net::IpAddr};

use tokio::time::Instant;

use crate::{
    apply::{
        Class, StepError, What, droplet,
        job::Job,
        replacement::{
            copy,
            decide::{Data, Goal, Machine, Move, Seen, Tried, next},
            look,
        },
        resize::debt::{self, Open},
        volume::Change,
    },
    digitalocean::{
        droplets::{Droplet, DropletAction},
        volumes::{Volume, VolumeAction},
    },
    inventory::{Found, Id},
    plan::{PowerCycle, Replacement, Succeed},
    values::{Region, Tag, in_full},
};

/// One machine on its way into the place of another.
pub struct Exchange<'a> {
    job: &'a Job<'a>,
    wanted: &'a Replacement,
    volumes: Vec<String>,
    new: Option<u64>,
    goal: Goal,
    tried: Tried,
    /// The promise that the old machine will be on again.
    debt: Option<Open>,
    /// Whether that promise was made for this very switching-off.
    is_promised: bool,
    /// The volumes that were copied since.
    copied: BTreeSet<String>,
    /// When the goal was set.
    since: Instant,
    moved: Instant,
    /// When the old machine was asked to shut down.
    asked: Option<Instant>,
    /// The last thing that went wrong.
    trouble: Option<String>,
}

/// One round's view of the account.
struct View {
    seen: Seen,
    old: Option<Droplet>,
    new: Option<Droplet>,
    volume: Option<Volume>,
}

/// What one round came to.
enum Round {
    Again,
    Over,
}

impl<'a> Exchange<'a> {
    /// Two machines, of which nothing has been looked at yet.
    pub fn new(job: &'a Job<'a>, wanted: &'a Replacement) -> Result<Self, StepError> {
        let volumes = wanted.volumes.iter().map(|volume| job.text_id(volume));
        let now = Instant::now();
        let (goal, new) = match &wanted.succeed {
            Succeed::By(successor) => (Goal::Replace, successor.made),
            Succeed::NotAtAll => (Goal::Restore, None),
        };
        Ok(Self {
            job,
            wanted,
            volumes: volumes.collect::<Result<_, _>>()?,
            new,
            goal,
            tried: Tried::default(),
            debt: debt::taken_over(&wanted.debts),
            is_promised: false,
            copied: BTreeSet::new(),
            since: now,
            moved: now,
            asked: None,
            trouble: None,
        })
    }

    /// Makes the new machine and waits until it is on; the old one serves meanwhile.
    ///
    /// Where that fails for good, the new machine is taken away again by [`Exchange::run`].
    pub async fn prepare(&mut self) -> Result<(), StepError> {
        match self.make().await {
            Ok(()) => Ok(()),
            Err(error) if is_for_later(&error) => Err(error),
            Err(error) => {
                self.give_up(in_full(&error));
                Ok(())
            }
        }
    }

    async fn make(&mut self) -> Result<(), StepError> {
        let Succeed::By(successor) = &self.wanted.succeed else { return Ok(()) };
        let (id, action) = if let Some(id) = successor.made {
            (id, None)
        } else {
            for id in &self.volumes {
                copy::check(self.job, &look::read(self.job, id).await?).await?;
            }
            droplet::succeed(self.job, &successor.droplet, &successor.generation).await?
        };
        self.new = Some(id);
        self.job.starts(format!("droplet {id} is being created"));
        droplet::until_ready(self.job, id, action).await?;
        self.job.settled();
        Ok(())
    }

    /// Goes on until one of the two machines is on with the data, and the other is out of the way.
    ///
    /// Once the old one may be off, no failed call ends this: only time does, and then the debt
    /// stays.
    pub async fn run(mut self) -> Result<(), StepError> {
        loop {
            match self.round().await {
                Ok(Round::Over) => return self.end(),
                Ok(Round::Again) => {}
                Err(error) => self.weigh(error).await?,
            }
            self.check_time()?;
            let interval = self.job.timing().interval(self.moved.elapsed());
            if let Err(stopped) = self.job.pause(interval).await {
                self.leave().await;
                return Err(stopped);
            }
        }
    }

    async fn round(&mut self) -> Result<Round, StepError> {
        let view = self.view().await?;
        if view.seen.old == Machine::Off {
            self.job.starts(self.may_be_off());
        }
        self.tried.is_late =
            self.asked.is_some_and(|asked| asked.elapsed() >= self.job.timing().shutdown);
        match next(self.goal, view.seen, self.tried) {
            Move::Wait => {}
            Move::GiveUp => {
                let why = "the machines or their volumes are not as they were planned with";
                self.give_up(why.to_owned());
            }
            Move::Leave => return Err(self.not_on("it is in a state that only a person can judge")),
            Move::Finish => return self.finish(&view).await,
            Move::Restored => return self.restored(&view).await,
            Move::Shutdown => self.shut_down(&view).await?,
            Move::PowerOff => {
                self.tried.power_offs += 1;
                self.send(self.wanted.old, &DropletAction::PowerOff).await?;
            }
            Move::SwitchOnNew => {
                let new = self.new.unwrap_or(self.wanted.old);
                self.send(new, &DropletAction::PowerOn).await?;
            }
            Move::SwitchOnOld => self.send(self.wanted.old, &DropletAction::PowerOn).await?,
            Move::RemoveNew => {
                let new = self.new.unwrap_or_default();
                self.say(format!("droplet {new}, which was to be the new one, to be gone"));
                droplet::delete(self.job, new).await?;
            }
            Move::Copy => {
                self.promise(&view).await?;
                self.copy(&view).await?;
            }
            Move::Detach => self.carry(&view, None).await?,
            Move::AttachToNew => self.carry(&view, self.new).await?,
            Move::AttachToOld => self.carry(&view, Some(self.wanted.old)).await?,
        }
        Ok(Round::Again)
    }

    async fn view(&self) -> Result<View, StepError> {
        let old = self.job.droplet_alone(self.wanted.old).await?;
        let new = match self.new {
            Some(id) => self.job.droplet_alone(id).await?,
            None => None,
        };
        let ids = (self.wanted.old, self.new);
        let (data, volume) = look::data(self.job, &self.volumes, self.goal, ids).await?;
        let is_copied = volume.as_ref().is_some_and(|volume| self.copied.contains(&volume.id));
        let (was, is) = (look::machine(old.as_ref()), look::successor(new.as_ref()));
        Ok(View { seen: Seen { old: was, new: is, data, is_copied }, old, new, volume })
    }

    /// Asks the old machine to stop, once the account says that it has to be on again.
    async fn shut_down(&mut self, view: &View) -> Result<(), StepError> {
        self.promise(view).await?;
        let is_marked = self
            .debt
            .as_ref()
            .zip(view.old.as_ref())
            .is_some_and(|(debt, old)| old.tags.iter().any(|tag| Tag::new(tag) == debt.own));
        if is_marked {
            self.asked = Some(Instant::now());
            self.tried.is_asked = true;
            self.send(self.wanted.old, &DropletAction::Shutdown).await?;
        }
        Ok(())
    }

    /// Writes the debt down. One that an earlier run wrote serves while the machine is off: it
    /// names the copies that were taken since.
    async fn promise(&mut self, view: &View) -> Result<(), StepError> {
        let serves = self.debt.is_some() && view.seen.old != Machine::On;
        if self.is_promised || serves || view.old.is_none() {
            return Ok(());
        }
        let size = self.wanted.size.clone();
        let superseded = self.wanted.debts.clone();
        let cycle = PowerCycle { from: size.clone(), to: size, debt: None, superseded };
        self.debt = Some(debt::open(self.job, self.wanted.old, &cycle).await?);
        self.is_promised = true;
        Ok(())
    }

    /// Puts the volume on a machine, or takes it off the old one.
    async fn carry(&mut self, view: &View, to: Option<u64>) -> Result<(), StepError> {
        self.promise(view).await?;
        let Some(volume) = &view.volume else { return Ok(()) };
        self.moved = Instant::now();
        let (old, region) = (self.wanted.old, volume.region.slug.clone());
        let (action, reason) = match to {
            None => {
                let reason = format!("the volume {} to leave droplet {old}", volume.name);
                (VolumeAction::Detach { droplet_id: old, region }, reason)
            }
            Some(droplet_id) => {
                let reason = format!("the volume {} to be on droplet {droplet_id}", volume.name);
                (VolumeAction::Attach { droplet_id, region }, reason)
            }
        };
        let region = Region::new(&volume.region.slug);
        let change = Change { id: &volume.id, region, action, reason };
        change.until(self.job, |volume| volume.droplet_ids.first().copied() == to).await
    }

    async fn copy(&mut self, view: &View) -> Result<(), StepError> {
        let (Some(volume), Some(debt)) = (&view.volume, &self.debt) else { return Ok(()) };
        self.say(format!("a snapshot of the volume {}", volume.name));
        copy::ensure(self.job, volume, debt).await?;
        self.copied.insert(volume.id.clone());
        Ok(())
    }

    /// Starts an action. Whether its answer came does not matter: the next look tells.
    async fn send(&mut self, droplet: u64, action: &DropletAction) -> Result<(), StepError> {
        self.moved = Instant::now();
        let doing = action.doing();
        self.say(format!("DigitalOcean to {doing} droplet {droplet}"));
        self.job.starts(self.may_be_off());
        match self.job.client().act_on_droplet(droplet, action).await {
            Ok(_) => Ok(()),
            Err(error) if error.is_ambiguous() || error.is_pending_event() => Ok(()),
            Err(error) => {
                let error = StepError::api(format!("{doing} droplet {droplet}"))(error);
                self.trouble = Some(in_full(&error));
                // What it came to is seen on the droplet.
                if error.class() == Class::Refused { Ok(()) } else { Err(error) }
            }
        }
    }

    /// The new machine has the data; what the old one owed is paid by it.
    async fn finish(&mut self, view: &View) -> Result<Round, StepError> {
        self.close().await?;
        self.learn(view.new.as_ref());
        Ok(Round::Over)
    }

    async fn restored(&mut self, view: &View) -> Result<Round, StepError> {
        self.close().await?;
        self.learn(view.old.as_ref());
        Ok(Round::Over)
    }

    async fn close(&self) -> Result<(), StepError> {
        match &self.debt {
            Some(debt) => debt.close(self.job, self.wanted.old).await,
            None => Ok(()),
        }
    }

    fn learn(&self, droplet: Option<&Droplet>) {
        self.job.settled();
        if let Some(droplet) = droplet {
            self.job.learn(Found {
                id: Id::Number(droplet.id),
                public_ip: droplet.public_ipv4().map(IpAddr::V4),
                private_ip: droplet.private_ipv4().map(IpAddr::V4),
            });
        }
    }

    fn end(self) -> Result<(), StepError> {
        match (&self.wanted.succeed, self.goal) {
            (_, Goal::Replace) | (Succeed::NotAtAll, Goal::Restore) => Ok(()),
            (Succeed::By(_), Goal::Restore) => Err(StepError::NotReplaced {
                droplet: self.wanted.old,
                why: self.trouble.unwrap_or_else(|| "it took too long".to_owned()),
            }),
        }
    }

    fn give_up(&mut self, why: String) {
        if self.goal == Goal::Replace {
            self.goal = Goal::Restore;
            self.since = Instant::now();
            self.trouble = Some(match self.trouble.take() {
                Some(trouble) => format!("{why}; {trouble}"),
                None => why,
            });
        }
    }

    /// What an error means for the rest: an account that cannot be reached for a while is asked
    /// again, a refusal turns the whole around.
    async fn weigh(&mut self, error: StepError) -> Result<(), StepError> {
        if matches!(error, StepError::Stopped) {
            self.leave().await;
            return Err(error);
        }
        let is_untouched = self.asked.is_none() && self.wanted.debts.is_empty();
        let is_hopeless = error.is_fatal() || matches!(error, StepError::NotOn { .. });
        if is_hopeless || (is_untouched && is_for_later(&error)) {
            return Err(error);
        }
        if self.goal == Goal::Replace && !is_for_later(&error) {
            self.give_up(in_full(&error));
        } else {
            self.trouble = Some(in_full(&error));
        }
        Ok(())
    }

    fn check_time(&mut self) -> Result<(), StepError> {
        let timing = self.job.timing();
        match self.goal {
            Goal::Replace if self.since.elapsed() > timing.debt => {
                self.give_up("it took too long".to_owned());
                Ok(())
            }
            Goal::Restore if self.since.elapsed() > timing.power_on => {
                Err(self.not_on("it took too long"))
            }
            Goal::Replace | Goal::Restore => Ok(()),
        }
    }

    /// Switches the old machine on before leaving, if it has its data and one call can do it.
    async fn leave(&self) {
        if self.debt.is_none() {
            return;
        }
        let ids = (self.wanted.old, self.new);
        let data = look::data(self.job, &self.volumes, Goal::Restore, ids).await;
        let has_data = matches!(data, Ok((Data::InPlace, _)));
        let old = self.job.droplet_alone(self.wanted.old).await.ok().flatten();
        if has_data && look::machine(old.as_ref()) == Machine::Off {
            let action = DropletAction::PowerOn;
            if self.job.client().act_on_droplet(self.wanted.old, &action).await.is_ok() {
                self.job.starts(format!("droplet {} is being switched on", self.wanted.old));
            }
        }
    }

    fn not_on(&self, why: &str) -> StepError {
        let why = match &self.trouble {
            Some(trouble) => format!("{why}; {trouble}"),
            None => why.to_owned(),
        };
        StepError::NotOn { droplet: self.wanted.old, why }
    }

    fn may_be_off(&self) -> String {
        let old = self.wanted.old;
        format!("droplet {old} may be off; the next `dostack up` finishes its replacement")
    }

    fn say(&self, reason: String) {
        self.job.tell(What::Waiting { reason });
    }
}

/// Whether another try, by this run or the next one, is better than turning back.
fn is_for_later(error: &StepError) -> bool {
    let is_unreachable = matches!(error, StepError::Api { .. })
        && matches!(error.class(), Class::Unreachable | Class::Ambiguous);
    is_unreachable
        || error.is_fatal()
        || matches!(
            error,
            StepError::Stopped
                | StepError::Several { .. }
                | StepError::Lost { .. }
                | StepError::NotMade { .. }
        )
}
