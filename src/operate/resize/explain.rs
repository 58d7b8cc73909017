//! What the rule of a machine comes to now, and by which readings.

use std::{
    collections::BTreeMap,
    fmt,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use jiff::Timestamp;

use crate::{
    config::{Component, Resize, Stack},
    digitalocean::{ApiError, actions::Action},
    engine::{EngineError, Machine, Site, prices},
    metrics::{Host, Reading, Scrapes, Unknown},
    operate::snapshots::survey,
    policy::{Copies, Decision, History, Known, Resized, Rule, decide},
    readings::{Question, Source, What},
    values::{Address, Money, SizeSlug},
};

/// A decision about a machine, with what it was made of.
#[derive(Clone, Debug, PartialEq)]
pub struct Explained {
    /// The decision.
    pub decision: Decision,
    /// What was read.
    pub known: Known,
    /// What was done to its size before.
    pub history: History,
}

/// What pages of metrics told before, for each machine's rule; lost with the process.
#[derive(Debug, Default)]
pub struct Watched(Mutex<BTreeMap<Address, Scrapes>>);

/// How far back the use of a disk is looked at.
const RECENTLY: Duration = Duration::from_mins(10);

/// Reads what the rule of a machine asks for, and decides; none where the file has no rule for it.
///
/// `source` answers what the rule asks. `spare` is what the stack's budget leaves a month; without a
/// budget, or where somebody else looks at it before anything is done, there is none.
pub async fn explain(
    site: &Site,
    stack: &Stack,
    machine: &Machine,
    (source, watched, spare): (&Source, &Watched, Option<Money>),
) -> Result<Option<Explained>, EngineError> {
    let name = machine.address.component_name();
    let component = name.and_then(|name| stack.components.get(name));
    let Some((resize, base)) = component.and_then(rule) else { return Ok(None) };
    let now = (site.clock)();
    let mut scrapes = watched.take(&machine.address);
    let mut known = read(machine, resize, source, (&mut scrapes, now)).await;
    watched.keep(&machine.address, scrapes);
    let actions = site.client.droplet_actions(machine.droplet.id).await?;
    // Only what the clocks differ by, not what the calls took.
    let ahead = site.client.date().map(|there| there.duration_since((site.clock)()));
    let as_of = ahead.and_then(|ahead| now.checked_add(ahead).ok()).unwrap_or(now);
    let history = history(&actions, as_of);
    let catalog = prices(site).await?;
    let rule = Rule { resize, base, catalog: &catalog, spare };
    let mut decision = decide(&rule, &known, &history, now);
    if let Decision::Shrink(_) = decision {
        // Whoever never shrinks need not look at snapshots every minute.
        known.copies = copies(site, stack, machine, now).await?;
        decision = decide(&rule, &known, &history, now);
    }
    Ok(Some(Explained { decision, known, history }))
}

/// A component's rule, and the size the file gives its machine.
fn rule(component: &Component) -> Option<(&Resize, &SizeSlug)> {
    Some((component.resize()?, &component.droplet()?.size))
}

/// Asks for everything a decision needs.
async fn read(
    machine: &Machine,
    resize: &Resize,
    source: &Source,
    (scrapes, now): (&mut Scrapes, Timestamp),
) -> Known {
    let host = host(machine);
    let calm = resize.down.as_ref().map_or(RECENTLY, |down| down.held_for);
    let asked = [&resize.when, &resize.down].map(|condition| {
        condition.as_ref().map(|condition| Question {
            what: What::SignalOf(&condition.signal, &host),
            over: condition.held_for,
        })
    });
    let memory = Question { what: What::Memory(&host), over: calm };
    let disk = Question { what: What::Disk(&host), over: RECENTLY };
    let questions: Vec<Question<'_>> = asked.into_iter().flatten().chain([memory, disk]).collect();
    let mut readings = source.read(&questions, scrapes, now).await.into_iter();
    let mut next = |is_asked: bool| {
        let reading = if is_asked { readings.next() } else { None };
        reading.unwrap_or(Reading::Unknown(Unknown::Unasked))
    };
    Known {
        size: machine.droplet.size.clone(),
        disk_gb: machine.droplet.disk_gb,
        when: next(resize.when.is_some()),
        down: next(resize.down.is_some()),
        memory: next(true),
        disk: next(true),
        copies: Copies::Unasked,
    }
}

/// The snapshots of a machine's volume, where the file asks for some.
async fn copies(
    site: &Site,
    stack: &Stack,
    machine: &Machine,
    now: Timestamp,
) -> Result<Copies, ApiError> {
    let name = machine.address.component_name();
    let component = name.and_then(|name| stack.components.get(name));
    if component.and_then(Component::snapshots).is_none() {
        return Ok(Copies::Unasked);
    }
    let volumes = survey(&site.client, stack).await?;
    let mut own = volumes.iter().filter(|volume| volume.address.owner() == machine.address.owner());
    let last = own.find_map(|volume| volume.last_good(now));
    Ok(last.map_or(Copies::None, |copy| Copies::Last(copy.taken)))
}

/// What a machine may be called by who reads it: its addresses and its names.
fn host(machine: &Machine) -> Host {
    let live = &machine.droplet;
    let addresses = [live.public_ip, live.private_ip].into_iter().flatten();
    let names = [live.name.clone(), machine.address.to_string()];
    addresses.map(|ip| ip.to_string()).chain(names).collect()
}

/// The resizes among what was ever done to a droplet.
///
/// An action does not say from which size to which. `as_of` is what the account's clock said when
/// they were read, so that a clock of ours that jumped is found out.
fn history(actions: &[Action], as_of: Timestamp) -> History {
    let resizes = actions.iter().filter(|action| action.kind == "resize");
    let begun = resizes.filter_map(|action| action.started_at);
    History::new(begun.map(|at| Resized { at, from: None, to: None }), as_of)
}

impl Watched {
    fn take(&self, machine: &Address) -> Scrapes {
        self.all().remove(machine).unwrap_or_default()
    }

    fn keep(&self, machine: &Address, scrapes: Scrapes) {
        self.all().insert(machine.clone(), scrapes);
    }

    /// Whoever panicked left nothing half done.
    fn all(&self) -> MutexGuard<'_, BTreeMap<Address, Scrapes>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Display for Explained {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Known { size, when, down, memory, disk, .. } = &self.known;
        writeln!(out, "{}", self.decision)?;
        writeln!(out, "  size    {size}")?;
        let readings = [("when", when), ("down", down), ("memory", memory), ("disk", disk)];
        for (name, reading) in readings {
            writeln!(out, "  {name:<7} {reading}")?;
        }
        match self.known.copies {
            Copies::Unasked => {}
            Copies::None => writeln!(out, "  copied  never")?,
            Copies::Last(last) => writeln!(out, "  copied  {last:.0}")?,
        }
        let resizes = self.history.resizes();
        match resizes.last() {
            Some(last) => writeln!(out, "  resized {} times, last {:.0}", resizes.len(), last.at),
            None => writeln!(out, "  resized never"),
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::{SignedDuration, Timestamp};

    use super::history;
    use crate::digitalocean::actions::{Action, ActionStatus};

    #[test]
    fn what_was_done_to_a_droplet_is_its_history_where_it_is_a_resize() {
        let now: Timestamp = "2026-11-21T12:00:00Z".parse().unwrap();
        let action = |kind: &str, hours, status| Action {
            id: 1,
            status,
            kind: kind.to_owned(),
            started_at: Some(now - SignedDuration::from_hours(hours)),
            completed_at: None,
            resource_id: Some(7),
            resource_type: "droplet".to_owned(),
            region_slug: None,
        };
        let actions = [
            action("resize", 1, ActionStatus::Errored),
            action("resize", 30, ActionStatus::Completed),
            action("power_off", 2, ActionStatus::Completed),
        ];
        let history = history(&actions, now);
        assert_eq!(history.resizes().len(), 2);
        assert_eq!(history.last(), Some(now - SignedDuration::from_hours(1)));
    }
}
