//! What is known to fail, or is not allowed, while nothing is off yet: pure.

use jiff::Timestamp;

use crate::{
    config::Resize,
    digitalocean::{
        actions::{Action, ActionStatus},
        metadata::Home,
    },
    plan::{OUTAGE, Plan, Refusal, Refused, size_refusal},
    policy::{Hours, hours},
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
    /// When it is.
    pub now: Timestamp,
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
            self.hours(),
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

    /// A person has to keep to them too: others count on the machine.
    fn hours(&self) -> Option<Refusal> {
        let window = self.rule?.window.as_ref()?;
        let Hours::Closed(opens) = hours(window, self.now) else { return None };
        let text = "it may not be switched off at this time of day".to_owned();
        let opens = opens.strftime("%Y-%m-%d %H:%M %Z");
        let way_out = format!("wait until {opens}, or change `resize.window`");
        Some(self.refusal(Refused::Unsafe, text, way_out))
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

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::{
        config::{MissingKeys, OneFile, load},
        plan,
        resources::{LiveBackups, Size},
        values::{Mark, Region, StackName},
    };

    const FILE: &str = "stack: core\nregion: sfo2\nvpc: { ip_range: 10.120.0.0/16 }\n\
         ssh: { public_keys: [~/.ssh/id_ed25519.pub], allow_from: [anywhere] }\n\
         components:\n  one: { kind: Droplet, \
         droplet: { size: small, image: ubuntu-22-04-x64 }, \
         resize: { ladder: [small, large], max_monthly_usd: 30, \
         window: { from: \"01:00\", to: \"05:00\", time_zone: UTC } } }\n";

    fn rule() -> Resize {
        let stack = match load("stacks/core.yaml", &OneFile(FILE), MissingKeys::ThrowAway) {
            Ok(loaded) => loaded.stack,
            Err(mistakes) => panic!("{mistakes:?}"),
        };
        stack.components.values().next().unwrap().resize().unwrap().clone()
    }

    fn catalog() -> Catalog {
        let size = |monthly, disk_gb, region| Size {
            monthly: Money::dollars(monthly),
            memory_mb: 1024,
            vcpus: 1,
            disk_gb,
            regions: [Region::new(region)].into(),
            available: true,
        };
        Catalog::new([
            (SizeSlug::new("small"), size(6.0, 25, "sfo2")),
            (SizeSlug::new("large"), size(24.0, 80, "sfo2")),
            (SizeSlug::new("dear"), size(48.0, 80, "sfo2")),
            (SizeSlug::new("narrow"), size(24.0, 10, "sfo2")),
            (SizeSlug::new("elsewhere"), size(24.0, 80, "ams3")),
        ])
    }

    fn live() -> LiveDroplet {
        LiveDroplet {
            id: 7,
            name: "core-one".to_owned(),
            region: Region::new("sfo2"),
            size: SizeSlug::new("small"),
            disk_gb: 25,
            image: "ubuntu-22-04-x64".to_owned(),
            status: Status::Active,
            backups: LiveBackups::Off,
            locked: false,
            vpc_id: None,
            tags: BTreeSet::new(),
            volume_ids: BTreeSet::new(),
            public_ip: None,
            private_ip: None,
            created_at: String::new(),
        }
    }

    /// What speaks against a size, after something was changed about a resize that is in order.
    fn told(to: &str, change: impl FnOnce(&mut Facts<'_>)) -> Vec<String> {
        let (address, catalog, live) = ("one".parse().unwrap(), catalog(), live());
        let (rule, to) = (rule(), SizeSlug::new(to));
        let mut facts = Facts {
            address: &address,
            live: &live,
            actions: &[],
            catalog: &catalog,
            home: &Home::Elsewhere,
            room: 4000,
            budget: None,
            rule: Some(&rule),
            now: "2026-07-01T02:00:00Z".parse().unwrap(),
        };
        change(&mut facts);
        let mark = Mark::new(StackName::parse("core").unwrap());
        let month = (&mark, Money::dollars(100.0));
        let plan = plan::resize(month, (&address, facts.live), &to, &catalog);
        let refusals = facts.refusals(&to, &plan);
        assert!(refusals.iter().all(|refusal| !refusal.way_out.is_empty()));
        refusals.into_iter().map(|refusal| refusal.text).collect()
    }

    fn only(told: &[String], part: &str) {
        assert!(matches!(told, [one] if one.contains(part)), "{told:?}");
    }

    #[test]
    fn a_machine_in_order_may_have_another_size() {
        assert_eq!(told("large", |_| {}), [""; 0]);
    }

    #[test]
    fn a_size_that_cannot_be_had_is_refused() {
        only(&told("none", |_| {}), "DigitalOcean has no size `none`");
        only(&told("narrow", |_| {}), "a disk cannot shrink");
        only(&told("elsewhere", |_| {}), "not offered in sfo2");
    }

    #[test]
    fn a_machine_that_is_not_simply_on_is_refused() {
        for (status, part) in [
            (Status::Off, "`off`, not `active`"),
            (Status::New, "`new`, not `active`"),
            (Status::Archive, "`archive`, not `active`"),
            (Status::Other("moving".to_owned()), "`moving`, not `active`"),
        ] {
            let other = LiveDroplet { status, ..live() };
            only(&told("large", |facts| facts.live = Box::leak(Box::new(other))), part);
        }
        let locked = LiveDroplet { locked: true, ..live() };
        only(&told("large", |facts| facts.live = Box::leak(Box::new(locked))), "is running");
    }

    #[test]
    fn what_it_would_cost_is_held_to_what_it_may_cost() {
        only(&told("dear", |_| {}), "would cost $48.00 a month, and may cost $30.00");
        let budget = |dollars| told("large", move |it| it.budget = Some(Money::dollars(dollars)));
        only(&budget(110.0), "above the budget of $110.00");
        assert_eq!(budget(118.0), [""; 0]);
    }

    #[test]
    fn nobody_switches_off_the_machine_he_may_stand_on() {
        only(&told("large", |facts| facts.home = &Home::Droplet(7)), "droplet 7 itself");
        only(&told("large", |facts| facts.home = &Home::Unknown), "does not tell its id");
        assert_eq!(told("large", |facts| facts.home = &Home::Droplet(8)), [""; 0]);
    }

    #[test]
    fn outside_its_hours_and_without_room_for_calls_it_stays_on() {
        let noon = |facts: &mut Facts<'_>| facts.now = "2026-07-01T12:00:00Z".parse().unwrap();
        only(&told("large", noon), "at this time of day");
        only(&told("large", |facts| facts.room = 99), "99 calls left this hour");
    }
}
