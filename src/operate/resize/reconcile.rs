//! One look at a component: debts first, then what its rule says.

use std::time::Duration;

use jiff::SignedDuration;
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use tokio_util::sync::CancellationToken;

use crate::{
    apply::{Class, Event, Outcome},
    config::{By, Component, Stack},
    digitalocean::metadata::Home,
    engine::{
        Doors, EngineError, Labour, Machine, Manner, Run, Site, ask, look, machines, probes_of,
        source,
    },
    journal::JournalError,
    lock::LockError,
    matrix::{Finding, Verdict},
    operate::resize::{
        Decided, Done, Errand, Report, ResizeError, Watched, explain, owed, prepare, propose,
    },
    plan::{Asked, Plan},
    policy::Decision,
    ssh::Login,
    values::{Address, ComponentName, SizeSlug, in_full},
};

/// What whoever reconciles has at hand.
pub struct Means<'a> {
    /// The command, for the journal.
    pub command: &'a str,
    /// Where this program runs.
    pub home: Home,
    /// Whose rules are obeyed; everybody's if none.
    pub by: Option<By>,
    /// How we prove who we are to the machine that watches the stack; without it, it is not asked.
    pub login: Option<&'a Login>,
    /// Whether a machine is asked how it is after its resize, and how.
    pub health: Health<'a>,
    /// What pages of metrics told before.
    pub watched: &'a Watched,
    /// Who watches.
    pub events: UnboundedSender<Event>,
    /// Cancelled when nothing new is to be started.
    pub stop: &'a CancellationToken,
}

/// Whether a machine is asked how it is after its resize.
#[derive(Clone, Copy)]
pub enum Health<'a> {
    /// Its software is made to serve with what it has now, and its probes are asked.
    Check(&'a Login),
    /// It is not.
    Skip,
}

/// Pays what a component's machines owe, reads, decides, and acts if it is time to.
///
/// It takes nothing from whoever woke it: what is true is read from the account and the metrics, so
/// calling it too often, or for a reason that somebody made up, does nothing. Of several machines
/// one is changed at a time.
pub async fn reconcile(
    site: &Site,
    stack: &Stack,
    component: &ComponentName,
    means: &Means<'_>,
) -> Result<Report, ResizeError> {
    let visit = Visit { site, stack, means };
    let all = visit.reads(async { Ok(machines(site, stack).await?) }).await?;
    let of_it = |machine: &&Machine| machine.address.component_name() == Some(component);
    let own: Vec<&Machine> = all.iter().filter(of_it).collect();
    let owing = own.iter().copied().find(|machine| !machine.droplet.debts().is_empty());
    let (machine, decision, done) = match owing {
        Some(machine) => (Some(machine), None, Box::pin(visit.acts(machine, Aim::On)).await?),
        None => Box::pin(visit.decides(component, &own, &all)).await?,
    };
    let machine = machine.map(|machine| machine.address.clone());
    let report = Report { machine, decision: decision.map(Decided::from), done };
    let reason = report.decision.as_ref().map(|decided| decided.said.as_str());
    tracing::info!(%component, done = report.done.word(), reason, "looked at");
    Ok(report)
}

/// What is done to a machine.
enum Aim {
    /// It is switched on.
    On,
    /// It gets another size.
    Size(SizeSlug),
}

struct Visit<'a> {
    site: &'a Site,
    stack: &'a Stack,
    means: &'a Means<'a>,
}

impl Visit<'_> {
    /// Something that only reads, for as long as nobody asks to stop: whoever is not answered tries
    /// for half a minute.
    async fn reads<T>(
        &self,
        reading: impl Future<Output = Result<T, ResizeError>>,
    ) -> Result<T, ResizeError> {
        let read = self.means.stop.run_until_cancelled(reading).await;
        read.unwrap_or(Err(ResizeError::Stopped))
    }

    /// Decides about each machine, and obeys the first decision that moves one.
    async fn decides<'m>(
        &self,
        component: &ComponentName,
        own: &[&'m Machine],
        all: &[Machine],
    ) -> Result<(Option<&'m Machine>, Option<Decision>, Done), ResizeError> {
        let mut first = None;
        if !self.obeys(component) {
            return Ok((own.first().copied(), None, Done::Nothing));
        }
        let source = self.reads(async { Ok(source(self.stack, all, self.means.login).await) });
        let source = source.await?;
        for &machine in own {
            // The stack's budget is looked at before anything is off.
            let aids = (&source, self.means.watched, None);
            let explaining = async { Ok(explain(self.site, self.stack, machine, aids).await?) };
            let explained = self.reads(explaining).await?;
            let Some(decision) = explained.map(|explained| explained.decision) else { continue };
            if let Some(to) = decision.step().map(|step| step.to.clone()) {
                let done = match Box::pin(self.reads(self.refused(machine, &to))).await? {
                    Some(refused) => refused,
                    None => Box::pin(self.acts(machine, Aim::Size(to))).await?,
                };
                return Ok((Some(machine), Some(decision), done));
            }
            first.get_or_insert((machine, decision));
        }
        let (machine, decision) = first.unzip();
        Ok((machine.or(own.first().copied()), decision, Done::Nothing))
    }

    /// Whether a component has a rule, and one that is for us.
    fn obeys(&self, component: &ComponentName) -> bool {
        let rule = self.stack.components.get(component).and_then(Component::resize);
        rule.is_some_and(|rule| self.means.by.is_none_or(|by| by == rule.by))
    }

    /// What speaks against a size, looked at before any lock is taken: what a budget refuses is
    /// refused every minute, and neither the account nor the journal has to hear of that.
    async fn refused(&self, machine: &Machine, to: &SizeSlug) -> Result<Option<Done>, ResizeError> {
        let look = Box::pin(look(self.site, self.stack, &Asked::stand())).await?;
        let whole = (self.site, self.stack);
        let plan = propose(whole, &look, &self.errand(machine, to)).await?;
        let refusals = plan.refusals;
        Ok((!refusals.is_empty()).then_some(Done::Refused { refusals }))
    }

    fn errand(&self, machine: &Machine, to: &SizeSlug) -> Errand {
        let (home, machine) = (self.means.home.clone(), machine.address.clone());
        Errand { machine, to: to.clone(), home }
    }

    /// Does one thing to one machine, under the stack's lock.
    async fn acts(&self, machine: &Machine, aim: Aim) -> Result<Done, ResizeError> {
        let asked = Asked::stand();
        let begun = Run::begin(self.site, self.stack, &asked, self.means.command);
        let mut run = match Box::pin(begun).await {
            Ok(run) => run,
            Err(error) => return held(error),
        };
        let done = self.under_lock(&mut run, machine, aim).await;
        let released = run.release(self.means.stop).await;
        let done = done?;
        released?;
        Ok(done)
    }

    async fn under_lock(
        &self,
        run: &mut Run,
        machine: &Machine,
        aim: Aim,
    ) -> Result<Done, ResizeError> {
        match (owed(&run.look, &machine.address), aim) {
            (Some(plan), Aim::On | Aim::Size(_)) => {
                let outcome = self.carry_out(run, &plan).await;
                Ok(unfinished(&outcome).unwrap_or(Done::PaidDebt))
            }
            (None, Aim::On) => self.decline(run, "nothing to do", Done::Nothing).await,
            (None, Aim::Size(to)) => self.resize(run, machine, to).await,
        }
    }

    async fn resize(
        &self,
        run: &mut Run,
        machine: &Machine,
        to: SizeSlug,
    ) -> Result<Done, ResizeError> {
        let errand = self.errand(machine, &to);
        prepare((self.site, self.stack), run, &errand).await?;
        let plan = run.look.plan.clone();
        if !plan.refusals.is_empty() {
            let refused = Done::Refused { refusals: plan.refusals };
            return self.decline(run, "refused", refused).await;
        }
        if plan.is_empty() {
            return self.decline(run, "nothing to do", Done::Nothing).await;
        }
        let began = (self.site.clock)();
        let outcome = self.carry_out(run, &plan).await;
        if let Some(unfinished) = unfinished(&outcome) {
            return Ok(unfinished);
        }
        let took = (self.site.clock)().duration_since(began);
        let took = Duration::try_from(took.max(SignedDuration::ZERO)).unwrap_or_default();
        let unwell = self.unwell(run, &machine.address).await;
        Ok(Done::Resized { from: machine.droplet.size.clone(), to, took, unwell })
    }

    async fn decline(&self, run: &Run, why: &str, done: Done) -> Result<Done, ResizeError> {
        run.decline(why).await?;
        Ok(done)
    }

    async fn carry_out(&self, run: &Run, plan: &Plan) -> Outcome {
        let (events, stop) = (self.means.events.clone(), self.means.stop.clone());
        run.carry_out(self.site, plan, Manner { at_once: 1, events, stop }).await
    }

    /// Makes the machine's software fit what it has now, and asks its probes; tells what is wrong.
    async fn unwell(&self, run: &Run, machine: &Address) -> Option<String> {
        let Health::Check(login) = self.means.health else { return None };
        let whole = (self.site, self.stack);
        let asked = Asked { targets: [machine.clone()].into(), ..Asked::stand() };
        let goals = match run.goals(whole, &asked).await {
            Ok(goals) => goals,
            Err(error) => return Some(in_full(&error)),
        };
        // What happens to software is no event of a plan's.
        let (events, _unheard) = unbounded_channel();
        let doors = Doors { login: login.clone() };
        let labour = Labour { reach: &doors, events, stop: self.means.stop };
        let outcome = Box::pin(run.provision(whole, &goals, labour)).await;
        if let Some(error) = outcome.failed.values().next() {
            return Some(in_full(error));
        }
        let mut own = match machines(self.site, self.stack).await {
            Ok(machines) => machines,
            Err(error) => return Some(in_full(&error)),
        };
        own.retain(|one| one.address == *machine);
        let mut probes = probes_of(self.stack, &own);
        probes.retain(|probe| !probe.is_load());
        failed(&Box::pin(ask(self.stack, login, &own, probes)).await)
    }
}

/// Another run at work is no failure: what is to be done is done by it, or at the next look.
fn held(error: EngineError) -> Result<Done, ResizeError> {
    match &error {
        EngineError::Lock(LockError::Held { .. } | LockError::Doubled { .. })
        | EngineError::Journal(JournalError::Held { .. }) => {
            Ok(Done::Held { why: error.to_string() })
        }
        EngineError::Lock(
            LockError::Api { .. } | LockError::Refused { .. } | LockError::Lost { .. },
        )
        | EngineError::Journal(_)
        | EngineError::Stack(_)
        | EngineError::Account(_)
        | EngineError::Software(_)
        | EngineError::Flawed(_) => Err(error.into()),
    }
}

/// What became of a run that did not do all it was to do.
fn unfinished(outcome: &Outcome) -> Option<Done> {
    let class = outcome.class()?;
    let why = outcome.failures().map(|(_, error)| in_full(error)).next();
    Some(match class {
        Class::Stopped => Done::Held { why: "stopped".to_owned() },
        Class::Bug
        | Class::Refused
        | Class::Unreachable
        | Class::Partly
        | Class::Token
        | Class::Journal
        | Class::Ambiguous => Done::Failed { why: why.unwrap_or_default() },
    })
}

/// The first of what has to be true and is not.
fn failed(findings: &[Finding]) -> Option<String> {
    findings.iter().find_map(|finding| match &finding.verdict {
        Verdict::Failed(why) => Some(format!("{}: {why}", finding.probe)),
        Verdict::Passed | Verdict::Unknown(_) => None,
    })
}
