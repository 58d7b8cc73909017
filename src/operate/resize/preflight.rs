//! What is known to fail, or is not allowed, while nothing is off yet: pure.

use crate::{
    config::Resize,
    digitalocean::{
        actions::{Action, ActionStatus},
        metadata::Home,
    },
    plan::{OUTAGE, Plan, Refusal, Refused, size_refusal},
    resources::{Catalog, LiveDroplet, Status},
    values::{Address, Money, SizeSlug},
};

/// A resize makes about forty calls, and a machine that is off must not wait for room.
const ROOM: u64 = 100;

/// All that is known before a machine is switched off.
pub struct Facts<'a> {
    /// Where it is in the stack.
    pub address: &'a Address,
    /// The machine.
    pub live: &'a LiveDroplet,
    /// What was ever done to it.
    pub actions: &'a [Action],
    /// The sizes there are.
    pub catalog: &'a Catalog,
    /// Where this program runs.
    pub home: &'a Home,
    /// How many more calls the account may make this hour.
    pub room: u64,
    /// What the month may cost.
    pub budget: Option<Money>,
    /// What the file says of its size.
    pub rule: Option<&'a Resize>,
}

impl Facts<'_> {
    /// Everything that speaks against giving it that size, as the plan would.
    pub fn refusals(&self, to: &SizeSlug, plan: &Plan) -> Vec<Refusal> {
        let all = [
            self.state(),
            self.running(),
            self.own(),
            self.size(to),
            self.month(plan),
            self.price(plan),
            self.outage(),
            self.calls(),
        ];
        all.into_iter().flatten().collect()
    }

    fn refusal(&self, why: Refused, text: String, way_out: impl Into<String>) -> Refusal {
        Refusal { address: Some(self.address.clone()), why, text, way_out: way_out.into() }
    }

    fn state(&self) -> Option<Refusal> {
        let text = || format!("the machine is `{}`, not `active`", self.live.status);
        match self.live.status {
            Status::Active => None,
            Status::Off => Some(self.refusal(
                Refused::Unsafe,
                text(),
                "somebody switched it off: switch it on in the control panel, then run this again",
            )),
            Status::New => Some(self.refusal(
                Refused::Unsafe,
                text(),
                "wait until it is built, then run this again",
            )),
            Status::Archive | Status::Other(_) => {
                Some(self.refusal(Refused::Ambiguous, text(), "see to it in the control panel"))
            }
        }
    }

    fn running(&self) -> Option<Refusal> {
        let is_running = |action: &&Action| action.status == ActionStatus::InProgress;
        let running = self.actions.iter().find(is_running);
        let what = match (running, self.live.locked) {
            (Some(action), _) => format!("`{}` (action {})", action.kind, action.id),
            (None, true) => "an action".to_owned(),
            (None, false) => return None,
        };
        let text = format!("{what} is running on the machine, which takes one at a time");
        Some(self.refusal(Refused::Unsafe, text, "wait until it ends, then run this again"))
    }

    /// Nobody switches off the machine he stands on.
    fn own(&self) -> Option<Refusal> {
        let text = match self.home {
            Home::Elsewhere => return None,
            Home::Droplet(id) if *id != self.live.id => return None,
            Home::Droplet(id) => format!("this program runs on droplet {id} itself"),
            Home::Unknown => "this program runs on a droplet that does not tell its id".to_owned(),
        };
        let way_out = "run it on another machine: nobody here could switch it on again";
        Some(self.refusal(Refused::Unsafe, text, way_out))
    }

    fn size(&self, to: &SizeSlug) -> Option<Refusal> {
        let (region, disk) = (&self.live.region, self.live.disk_gb);
        let (text, way_out) = size_refusal(self.catalog, (to, region), disk)?;
        Some(self.refusal(Refused::Impossible, text, way_out))
    }

    fn month(&self, plan: &Plan) -> Option<Refusal> {
        let budget = self.budget.filter(|budget| plan.monthly.after > *budget)?;
        let text = format!(
            "the month would cost {}, which is above the budget of {budget}",
            plan.monthly.after
        );
        let grows = plan.monthly.after > plan.monthly.before;
        let way_out = "raise `budget.monthly_usd`, or ask for less";
        grows.then(|| self.refusal(Refused::Unsafe, text, way_out))
    }

    fn price(&self, plan: &Plan) -> Option<Refusal> {
        let most = self.rule?.max_monthly?;
        let monthly = plan.steps.first()?.monthly;
        let is_too_much = monthly.after > most && monthly.after > monthly.before;
        let text = format!("the machine would cost {} a month, and may cost {most}", monthly.after);
        let way_out = "raise `resize.max_monthly_usd`, or ask for less";
        is_too_much.then(|| self.refusal(Refused::Unsafe, text, way_out))
    }

    fn outage(&self) -> Option<Refusal> {
        let most = self.rule?.max_outage.filter(|most| *most < OUTAGE)?;
        let (most, usual) = (most.as_secs(), OUTAGE.as_secs());
        let text = format!("it would be off for about {usual} s, and may be off for {most} s");
        Some(self.refusal(Refused::Unsafe, text, "raise `resize.max_outage`"))
    }

    fn calls(&self) -> Option<Refusal> {
        let text = format!(
            "the account has {} calls left this hour, and a resize needs {ROOM} to be safe",
            self.room
        );
        let way_out = "wait an hour at most, then run this again";
        (self.room < ROOM).then(|| self.refusal(Refused::Quota, text, way_out))
    }
}
