//! The loop: look, decide, make one move.

use tokio::time::Instant;

use crate::{
    apply::{
        StepError, What,
        job::Job,
        resize::{
            course::{ALARMING, Aim, Course, Limits},
            debt::Open,
            decide::{Mark, Move, Power, Seen},
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
    course: Course,
    began: Instant,
    moved: Instant,
    /// The move whose end has not been seen, by the action it became.
    action: Option<(Move, u64)>,
    /// The last thing that went wrong.
    trouble: Option<String>,
}

/// Why nothing is done to a droplet whose debt is not on it.
const TAKEN_OVER: &str = "the tag that says it must be on is gone, so another run may be at work";

/// What one round came to.
enum Round {
    Again,
    Over,
}

impl<'a> Cycle<'a> {
    /// A droplet to which nothing has been done yet.
    pub fn new(job: &'a Job<'a>, id: u64, wanted: &'a PowerCycle, debt: &'a Open) -> Self {
        let (now, timing) = (Instant::now(), job.timing());
        let limits = Limits {
            shutdown: timing.shutdown,
            debt: timing.debt,
            mark: timing.volume,
            second: timing.second(),
        };
        // A debt that asks for no other size asks for nothing but being on.
        let aim = if wanted.from == wanted.to { Aim::On } else { Aim::Size };
        Self {
            job,
            id,
            wanted,
            debt,
            course: Course::new(limits, aim),
            began: now,
            moved: now,
            action: None,
            trouble: None,
        }
    }

    /// Goes on until the droplet is on.
    ///
    /// Once it may be off, no failed call ends this: only time does, and then the debt stays for
    /// whoever looks next, `dostack guard` above all, which is run for ever.
    pub async fn run(mut self) -> Result<(), StepError> {
        self.say(match self.aim() {
            Aim::Size => format!("droplet {} to have the size {}", self.id, self.wanted.to),
            Aim::On => format!("droplet {} to be on", self.id),
        });
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
        let mut seen = self.seen(droplet.as_ref());
        if seen.power == Power::Off {
            self.job.starts(self.may_be_off());
        }
        if !seen.is_busy {
            seen.is_busy = self.is_under_way().await?;
        }
        let was_given_up = self.course.is_given_up();
        let step = self.course.next(seen, self.began.elapsed());
        if self.course.is_given_up() && !was_given_up {
            self.trouble.get_or_insert_with(|| "it took too long".to_owned());
        }
        let Some(droplet) = droplet else {
            return if step == Move::Lose { Err(self.lost()) } else { Ok(Round::Again) };
        };
        match step {
            Move::Wait => {}
            Move::Finish => return Ok(Round::Over),
            Move::Keep if self.aim() == Aim::On => return Ok(Round::Over),
            Move::Keep => return Err(self.kept(&droplet)),
            Move::Lose => return Err(self.lost()),
            Move::Leave => return Err(self.not_on(&format!("its status is {}", droplet.status))),
            Move::Yield => return Err(self.not_on(TAKEN_OVER)),
            Move::Shutdown => self.send(step, DropletAction::Shutdown).await?,
            Move::PowerOff => self.send(step, DropletAction::PowerOff).await?,
            Move::Resize => {
                let size = self.wanted.to.to_string();
                self.send(step, DropletAction::Resize { size, disk: false }).await?;
            }
            Move::PowerOn => self.send(step, DropletAction::PowerOn).await?,
        }
        Ok(Round::Again)
    }

    fn aim(&self) -> Aim {
        if self.wanted.from == self.wanted.to { Aim::On } else { Aim::Size }
    }

    fn seen(&self, droplet: Option<&Droplet>) -> Seen {
        let power = match droplet.map(|droplet| &droplet.status) {
            None => Power::Gone,
            Some(DropletStatus::Active) => Power::On,
            Some(DropletStatus::Off) => Power::Off,
            Some(DropletStatus::New | DropletStatus::Archive | DropletStatus::Other(_)) => {
                Power::Other
            }
        };
        let is_busy = droplet.is_some_and(|droplet| droplet.locked);
        let is_at_target =
            droplet.is_some_and(|droplet| droplet.size_slug == self.wanted.to.as_str());
        let is_marked = droplet.is_some_and(|droplet| is_marked(droplet, &self.debt.own));
        let mark = if is_marked { Mark::Carried } else { Mark::Missing };
        Seen { power, is_busy, is_at_target, mark }
    }

    /// Starts an action. Whether its answer came does not matter: the next look tells.
    async fn send(&mut self, step: Move, action: DropletAction) -> Result<(), StepError> {
        self.moved = Instant::now();
        self.course.makes(step, self.began.elapsed());
        let doing = action.doing();
        self.say(format!("DigitalOcean to {doing} droplet {}", self.id));
        self.job.starts(self.may_be_off());
        match self.job.client().act_on_droplet(self.id, &action).await {
            Ok(started) => self.action = Some((step, started.id)),
            Err(error) if error.is_ambiguous() || error.is_pending_event() => {}
            Err(error) => self.note_refusal(doing, step, error)?,
        }
        Ok(())
    }

    /// A size that is refused is given up; being on never is.
    fn note_refusal(&mut self, doing: &str, step: Move, error: ApiError) -> Result<(), StepError> {
        let at = self.began.elapsed();
        let is_refusal = matches!(error, ApiError::Refused(_));
        let is_forbidden = matches!(error, ApiError::Forbidden(_));
        let error = StepError::api(format!("{doing} droplet {}", self.id))(error);
        self.trouble = Some(in_full(&error));
        if is_refusal {
            self.course.refused(step, at);
        } else if is_forbidden {
            self.course.forbidden(step, at);
        } else if step == Move::PowerOn {
            self.course.could_not_switch_on(at);
        }
        if step == Move::PowerOn {
            self.alarm();
        }
        if is_refusal || is_forbidden { Ok(()) } else { Err(error) }
    }

    /// Tells whoever watches, and the log, that switching on fails again and again.
    fn alarm(&self) {
        if self.course.failures() < ALARMING {
            return;
        }
        let (times, why) = (self.course.failures(), self.trouble.as_deref().unwrap_or("no reason"));
        tracing::error!(droplet = self.id, times, why, "a droplet cannot be switched on");
        self.say(format!("droplet {} to be on, which failed {times} times: {why}", self.id));
    }

    /// Whether the action that this run began still runs.
    ///
    /// One that failed is worth a word; what to do next is seen on the droplet.
    async fn is_under_way(&mut self) -> Result<bool, StepError> {
        let Some((step, id)) = self.action else { return Ok(false) };
        let read = self.job.client().action(id).await;
        let action = read.map_err(StepError::api(format!("read action {id}")))?;
        let is_patient = self.moved.elapsed() < self.job.timing().idle;
        let status = action.map(|action| action.status);
        if status == Some(ActionStatus::InProgress) && is_patient {
            return Ok(true);
        }
        self.action = None;
        if status == Some(ActionStatus::Errored) {
            let doing = match step {
                Move::Shutdown => "shut it down",
                Move::PowerOff => "switch it off",
                Move::Resize => "resize it",
                Move::PowerOn
                | Move::Wait
                | Move::Finish
                | Move::Keep
                | Move::Lose
                | Move::Leave
                | Move::Yield => "switch it on",
            };
            self.trouble = Some(format!("DigitalOcean failed to {doing} (action {id})"));
            if step == Move::PowerOn {
                self.course.could_not_switch_on(self.began.elapsed());
                self.alarm();
            }
        }
        Ok(false)
    }

    fn is_worth_going_on(&self, error: &StepError) -> bool {
        let was_touched = self.course.has_begun() || self.course.is_given_up();
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
        if self.seen(Some(&droplet)).power == Power::On && !droplet.locked {
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

    fn lost(&self) -> StepError {
        StepError::Vanished { what: format!("droplet {}", self.id) }
    }

    fn may_be_off(&self) -> String {
        format!(
            "droplet {} may be off; `dostack guard --now` switches it on, and so do the next `up` and `resize`",
            self.id
        )
    }

    fn say(&self, reason: String) {
        self.job.tell(What::Waiting { reason });
    }
}

fn is_marked(droplet: &Droplet, debt: &Tag) -> bool {
    droplet.tags.iter().any(|tag| Tag::new(tag) == *debt)
}
