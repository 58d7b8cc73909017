//! The work on a real account: what the hands do there.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use futures_util::future::BoxFuture;
use jiff::Timestamp;
use tokio::{
    runtime::Handle,
    sync::mpsc::unbounded_channel,
    task::{self, JoinError},
};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::{
    config::{By, Stack},
    digitalocean::metadata::Home,
    engine::{Site, look, machines},
    operate::{
        resize::{self, Done, Health, Report, ResizeError, Watched, reconcile},
        serve::{
            nights, shown,
            view::View,
            work::{Charge, Duty, Round, Target, Verdict, Work},
        },
        snapshots::{self, Nowhere, Order, Prunes, SnapshotError, nightly, survey},
    },
    plan::Asked,
    ssh::Login,
    values::{ComponentName, in_full},
};

/// The command, for the journal.
const COMMAND: &str = "serve";

/// Why nothing can be done on a machine of the sandbox.
const IN_THE_BOX: &str = "no machine stands behind a droplet of the sandbox";

/// A stack that is looked after in its account.
pub struct Keeper {
    account: Arc<Account>,
}

/// What a keeper has at hand beside the account.
#[derive(Clone, Debug)]
pub struct Means {
    /// Where this program runs; the machine it runs on is never switched off.
    pub home: Home,
    /// The way to the machines.
    pub reach: Reach,
    /// Whether snapshots that no rule wants are deleted once the night's is good.
    pub prunes: Prunes,
}

/// Which machines can be worked on, and for what.
#[derive(Clone, Debug)]
pub enum Reach {
    /// All, and after a resize they are asked how they are.
    Checked(Login),
    /// All; after a resize they are left alone.
    Unchecked(Login),
    /// None: there is none behind a droplet of the sandbox.
    Nowhere,
}

/// The account, as one stack file has it.
struct Account {
    site: Site,
    stack: Stack,
    means: Means,
    /// What pages of metrics told before.
    watched: Watched,
    /// What the last decision about each component was, with what was read for it.
    decided: Mutex<BTreeMap<ComponentName, String>>,
}

impl Keeper {
    /// Looks after a stack.
    pub fn new(site: Site, stack: Stack, means: Means) -> Self {
        Self {
            account: Arc::new(Account {
                site,
                stack,
                means,
                watched: Watched::default(),
                decided: Mutex::default(),
            }),
        }
    }

    /// Does something on a thread aside: what a run is made of may not move between threads.
    async fn aside<T, F>(
        &self,
        work: impl FnOnce(Arc<Account>) -> F + Send + 'static,
    ) -> Result<T, JoinError>
    where
        T: Send + 'static,
        F: Future<Output = T>,
    {
        let account = Arc::clone(&self.account);
        task::spawn_blocking(move || Handle::current().block_on(work(account))).await
    }

    fn charge(&self, duty: Duty, component: &ComponentName) -> Charge {
        let resize =
            self.account.stack.components.get(component).and_then(|component| component.resize());
        let alerts = match duty {
            Duty::Size => resize.iter().flat_map(|resize| &resize.on_alerts).cloned().collect(),
            Duty::Copies => [].into(),
        };
        Charge { target: Target { duty, component: component.clone() }, alerts }
    }
}

impl Account {
    /// The account, as a run of its own.
    fn site(&self) -> Site {
        Site { run: Uuid::now_v7(), ..self.site.clone() }
    }

    /// Pays what the component's machines owe, reads, decides, and acts if it is time to.
    async fn size(&self, component: &ComponentName, stop: &CancellationToken) -> Round {
        let (events, _unheard) = unbounded_channel();
        let (health, login) = match &self.means.reach {
            Reach::Checked(login) => (Health::Check(login), Some(login)),
            Reach::Unchecked(login) => (Health::Skip, Some(login)),
            Reach::Nowhere => (Health::Skip, None),
        };
        let means = resize::Means {
            command: COMMAND,
            home: self.means.home.clone(),
            by: Some(By::Serve),
            login,
            health,
            watched: &self.watched,
            events,
            stop,
        };
        let site = self.site();
        let report = Box::pin(reconcile(&site, &self.stack, component, &means)).await;
        let (mut round, owes_nothing) = match report {
            Ok(report) => {
                self.remember(component, &report);
                (told(&report), report.done.owes_nothing())
            }
            Err(ResizeError::Stopped) => return stopped(),
            Err(error) => (Round::failure(in_full(&error)), false),
        };
        round.debts = if owes_nothing {
            Some(0)
        } else {
            stop.run_until_cancelled(self.debts(component)).await.flatten()
        };
        round
    }

    fn remember(&self, component: &ComponentName, report: &Report) {
        if let Some(decided) = &report.decision {
            self.decided().insert(component.clone(), decided.said.clone());
        }
    }

    fn decided(&self) -> MutexGuard<'_, BTreeMap<ComponentName, String>> {
        self.decided.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many machines of a component must be on again; none where that cannot be read.
    async fn debts(&self, component: &ComponentName) -> Option<usize> {
        let mut own = machines(&self.site, &self.stack).await.ok()?;
        own.retain(|machine| machine.address.component_name() == Some(component));
        Some(own.iter().filter(|machine| !machine.droplet.debts().is_empty()).count())
    }

    /// Takes the copy of a component's volumes that is due, and deletes what no rule wants if that
    /// was asked for.
    async fn copies(&self, component: &ComponentName, stop: &CancellationToken) -> Round {
        let site = self.site();
        let now = (site.clock)();
        let whole = (&site, &self.stack);
        let names = BTreeSet::from([component.to_string()]);
        let (prunes, names, command) = (self.means.prunes, &names, COMMAND);
        let nights = match &self.means.reach {
            Reach::Checked(login) | Reach::Unchecked(login) => {
                let login = login.clone();
                let way = &snapshots::Account { site: &site, stack: &self.stack, login };
                Box::pin(nightly(whole, now, &Order { names, prunes, way, command, stop })).await
            }
            Reach::Nowhere => {
                let way = &Nowhere(IN_THE_BOX);
                Box::pin(nightly(whole, now, &Order { names, prunes, way, command, stop })).await
            }
        };
        match nights {
            Err(SnapshotError::Stopped) => stopped(),
            Ok(nights) => nights::round(&nights, now),
            // Until `up` has made it there is nothing to copy.
            Err(SnapshotError::Unknown { what, .. }) => {
                Round::new(Verdict::Held, "no-volume", format!("{what} {component}"))
            }
            Err(error @ (SnapshotError::Account(_) | SnapshotError::Journal(_))) => {
                Round::failure(in_full(&error))
            }
        }
    }

    /// Reads how everything is.
    async fn view(&self, now: Timestamp) -> Result<View, String> {
        let asked = Asked::stand();
        let looked = Box::pin(look(&self.site, &self.stack, &asked)).await;
        let looked = looked.map_err(|error| in_full(&error))?;
        let volumes = survey(&self.site.client, &self.stack).await;
        let volumes = volumes.map_err(|error| in_full(&error))?;
        let mut view = shown::view(&self.stack, &looked, &self.decided().clone());
        view.calendars = volumes.iter().filter_map(|one| nights::calendar(one, now)).collect();
        view.upcoming = volumes.iter().filter_map(|one| nights::upcoming(one, now)).collect();
        view.upcoming.sort_by_key(|next| next.at);
        Ok(view)
    }
}

/// What became of a visit that had only read when the daemon was to stop.
fn stopped() -> Round {
    Round::new(Verdict::Held, "stopped", "the daemon stops")
}

/// What became of looking after a machine's size.
fn told(report: &Report) -> Round {
    let (verdict, reason) = match &report.done {
        Done::Nothing => (Verdict::Held, "it has no rule for `serve`".to_owned()),
        Done::PaidDebt => (Verdict::Acted, "it was off, and is on again".to_owned()),
        Done::Resized { took, unwell, .. } => {
            let took = format!("it took {} s", took.as_secs());
            match unwell {
                None => (Verdict::Acted, took),
                Some(why) => (Verdict::Failed, format!("{took}; it does not serve: {why}")),
            }
        }
        Done::Refused { refusals } => {
            let texts: Vec<&str> = refusals.iter().map(|refusal| refusal.text.as_str()).collect();
            (Verdict::Held, texts.join("; "))
        }
        Done::Failed { why } => (Verdict::Failed, why.clone()),
        Done::Held { why } => (Verdict::Held, why.clone()),
    };
    match (&report.decision, &report.done) {
        (Some(decided), Done::Nothing) => Round::new(verdict, decided.reason, &decided.said),
        (Some(decided), done) => {
            Round::new(verdict, done.word(), format!("{}; {reason}", decided.said))
        }
        (None, done) => Round::new(verdict, done.word(), reason),
    }
}

impl Work for Keeper {
    fn name(&self) -> String {
        self.account.stack.name.to_string()
    }

    fn charges(&self) -> Vec<Charge> {
        let components = self.account.stack.components.iter();
        let machines = components.clone().filter(|(_, component)| component.droplet().is_some());
        let copied = components.filter(|(_, component)| component.snapshots().is_some());
        let sizes = machines.map(|(name, _)| self.charge(Duty::Size, name));
        sizes.chain(copied.map(|(name, _)| self.charge(Duty::Copies, name))).collect()
    }

    fn see_to<'a>(
        &'a self,
        target: &'a Target,
        stop: &'a CancellationToken,
    ) -> BoxFuture<'a, Round> {
        let (target, stop) = (target.clone(), stop.clone());
        Box::pin(async move {
            let visit = self.aside(async move |account| match target.duty {
                Duty::Size => account.size(&target.component, &stop).await,
                Duty::Copies => account.copies(&target.component, &stop).await,
            });
            visit.await.unwrap_or_else(|_| Round::failure("the visit broke down"))
        })
    }

    fn view(&self, now: Timestamp) -> BoxFuture<'_, Result<View, String>> {
        Box::pin(async move {
            let read = self.aside(async move |account| account.view(now).await).await;
            read.unwrap_or_else(|_| Err("reading the account broke down".to_owned()))
        })
    }
}
