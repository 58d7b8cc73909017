//! The loop: look, decide, make one move.

use tokio::time::Instant;

use crate::{
    apply::{
        StepError, What,
        job::Job,
        resize::{
            debt::Open,
            decide::{Move, Power, Seen, Shutdown, Tried, next},
        },
    },
    digitalocean::{
        ApiError,
        actions::ActionStatus,
        droplets::{Droplet, DropletAction, DropletStatus},
    },
    plan::PowerCycle,
    values::{Tag, in_full},
};

/// One droplet on its way through.
pub struct Cycle<'a> {
    job: &'a Job<'a>,
    id: u64,
    wanted: &'a PowerCycle,
    debt: &'a Open,
    tried: Tried,
    began: Instant,
    moved: Instant,
    /// When it was asked to shut down.
    asked: Option<Instant>,
    /// The action whose end has not been seen.
    action: Option<u64>,
    /// The last thing that went wrong.
    trouble: Option<String>,
}

/// What one round came to.
enum Round {
    Again,
    Over,
}

impl<'a> Cycle<'a> {
    /// A droplet to which nothing has been done yet.
    pub fn new(job: &'a Job<'a>, id: u64, wanted: &'a PowerCycle, debt: &'a Open) -> Self {
        let now = Instant::now();
        Self {
            job,
            id,
            wanted,
            debt,
            tried: Tried::default(),
            began: now,
            moved: now,
            asked: None,
            action: None,
            trouble: None,
        }
    }

    /// Goes on until the droplet is on.
    ///
    /// Once it may be off, no failed call ends this: only time does, and then the debt stays.
    pub async fn run(mut self) -> Result<(), StepError> {
        self.say(format!("droplet {} to have the size {}", self.id, self.wanted.to));
        loop {
            match self.round().await {
                Ok(Round::Over) => return Ok(()),
                Ok(Round::Again) => {}
                Err(error) if self.is_worth_going_on(&error) => {
                    self.trouble = Some(in_full(&error));
                }
                Err(error) => return Err(error),
            }
            if self.began.elapsed() > self.job.timing().power_on {
                return Err(self.not_on("it took too long"));
            }
            let interval = self.job.timing().interval(self.moved.elapsed());
            if let Err(stopped) = self.job.pause(interval).await {
                self.leave_on().await;
                return Err(stopped);
            }
        }
    }

    async fn round(&mut self) -> Result<Round, StepError> {
        let droplet = self.job.droplet_alone(self.id).await?;
        let droplet =
            droplet.ok_or_else(|| StepError::Vanished { what: format!("droplet {}", self.id) })?;
        let seen = self.seen(&droplet);
        if seen.power == Power::Off {
            self.job.starts(self.may_be_off());
        }
        if !seen.is_busy {
            self.note_end_of_action().await?;
        }
        self.note_time();
        let step = next(seen, self.tried);
        if !is_marked(&droplet, &self.debt.own) && !matches!(step, Move::Finish | Move::Keep) {
            return self.without_mark();
        }
        match step {
            Move::Wait => {}
            Move::Finish => return Ok(Round::Over),
            Move::Keep => return Err(self.kept(&droplet)),
            Move::Leave => return Err(self.not_on(&format!("its status is {}", droplet.status))),
            Move::Shutdown => {
                self.asked = Some(Instant::now());
                self.send(DropletAction::Shutdown).await?;
            }
            Move::PowerOff => {
                self.tried.power_offs += 1;
                self.send(DropletAction::PowerOff).await?;
            }
            Move::Resize => {
                self.tried.resizes += 1;
                let size = self.wanted.to.to_string();
                self.send(DropletAction::Resize { size, disk: false }).await?;
            }
            Move::PowerOn => self.send(DropletAction::PowerOn).await?,
        }
        Ok(Round::Again)
    }

    fn seen(&self, droplet: &Droplet) -> Seen {
        let power = match droplet.status {
            DropletStatus::Active => Power::On,
            DropletStatus::Off => Power::Off,
            DropletStatus::New | DropletStatus::Archive | DropletStatus::Other(_) => Power::Other,
        };
        let is_at_target = droplet.size_slug == self.wanted.to.as_str();
        Seen { power, is_busy: droplet.locked, is_at_target }
    }

    /// Starts an action. Whether its answer came does not matter: the next look tells.
    async fn send(&mut self, action: DropletAction) -> Result<(), StepError> {
        self.moved = Instant::now();
        let doing = action.doing();
        self.say(format!("DigitalOcean to {doing} droplet {}", self.id));
        self.job.starts(self.may_be_off());
        match self.job.client().act_on_droplet(self.id, &action).await {
            Ok(started) => self.action = Some(started.id),
            Err(error) if error.is_ambiguous() || error.is_pending_event() => {}
            Err(error) => self.note_refusal(doing, &action, error)?,
        }
        Ok(())
    }

    /// A size that is refused is given up; being on never is.
    fn note_refusal(
        &mut self,
        doing: &str,
        action: &DropletAction,
        error: ApiError,
    ) -> Result<(), StepError> {
        let is_refusal = matches!(error, ApiError::Refused(_));
        let resize = matches!(action, DropletAction::Resize { .. });
        let error = StepError::api(format!("{doing} droplet {}", self.id))(error);
        self.trouble = Some(in_full(&error));
        self.tried.is_given_up |= resize && is_refusal;
        if is_refusal { Ok(()) } else { Err(error) }
    }

    /// An action that failed is worth a word; what to do next is seen on the droplet.
    async fn note_end_of_action(&mut self) -> Result<(), StepError> {
        let Some(id) = self.action else { return Ok(()) };
        let read = self.job.client().action(id).await;
        let action = read.map_err(StepError::api(format!("read action {id}")))?;
        self.action = None;
        if let Some(action) = action.filter(|action| action.status == ActionStatus::Errored) {
            self.trouble = Some(format!("DigitalOcean failed to {} it (action {id})", action.kind));
        }
        Ok(())
    }

    fn note_time(&mut self) {
        let timing = self.job.timing();
        self.tried.shutdown = match self.asked {
            None => Shutdown::NotAsked,
            Some(asked) if asked.elapsed() < timing.shutdown => Shutdown::Asked,
            Some(_) => Shutdown::Ignored,
        };
        if self.began.elapsed() > timing.debt && !self.tried.is_given_up {
            self.tried.is_given_up = true;
            self.trouble.get_or_insert_with(|| "it took too long".to_owned());
        }
    }

    /// Nothing is done to a droplet whose debt is not on it: not yet, or taken over by another.
    fn without_mark(&self) -> Result<Round, StepError> {
        if self.began.elapsed() < self.job.timing().volume {
            return Ok(Round::Again);
        }
        Err(self.not_on("the tag that says it must be on is gone, so another run may be at work"))
    }

    fn is_worth_going_on(&self, error: &StepError) -> bool {
        let was_touched = self.tried != Tried::default() || self.asked.is_some();
        let is_hopeless = error.is_fatal()
            || matches!(
                error,
                StepError::KeptSize { .. } | StepError::NotOn { .. } | StepError::Vanished { .. }
            );
        was_touched && !is_hopeless
    }

    /// Switches it on before leaving, if one call can do it.
    async fn leave_on(&mut self) {
        let droplet = self.job.droplet_alone(self.id).await.ok().flatten();
        let Some(droplet) = droplet else { return };
        if self.seen(&droplet).power == Power::On && !droplet.locked {
            self.job.settled();
        } else if !droplet.locked {
            let sent = self.job.client().act_on_droplet(self.id, &DropletAction::PowerOn).await;
            if sent.is_ok() {
                self.job.starts(format!("droplet {} is being switched on", self.id));
            }
        }
    }

    fn kept(&self, droplet: &Droplet) -> StepError {
        StepError::KeptSize {
            droplet: self.id,
            size: droplet.size_slug.clone(),
            to: self.wanted.to.clone(),
            why: self.trouble.clone().unwrap_or_else(|| "it could not be switched off".to_owned()),
        }
    }

    fn not_on(&self, why: &str) -> StepError {
        let why = match &self.trouble {
            Some(trouble) => format!("{why}; {trouble}"),
            None => why.to_owned(),
        };
        StepError::NotOn { droplet: self.id, why }
    }

    fn may_be_off(&self) -> String {
        format!("droplet {} may be off; the next `dostack up` switches it on", self.id)
    }

    fn say(&self, reason: String) {
        self.job.tell(What::Waiting { reason });
    }
}

fn is_marked(droplet: &Droplet, debt: &Tag) -> bool {
    droplet.tags.iter().any(|tag| Tag::new(tag) == *debt)
}
