//! The work on a real account: what the hands do there.

use std::sync::Arc;

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
    config::Stack,
    digitalocean::metadata::Home,
    engine::{Site, look},
    operate::{
        resize::{self, Done, Health, Report, reconcile},
        serve::{
            shown,
            view::View,
            work::{Charge, Duty, Round, Target, Verdict, Work},
        },
    },
    plan::Asked,
    ssh::Login,
    values::{ComponentName, in_full},
};

/// The command, for the journal.
const COMMAND: &str = "serve";

/// A stack that is looked after in its account.
pub struct Keeper {
    account: Arc<Account>,
}

/// What a keeper has at hand beside the account.
#[derive(Clone, Debug)]
pub struct Means {
    /// Where this program runs; the machine it runs on is never switched off.
    pub home: Home,
    /// The way to the machines, where they are asked how they are after a resize.
    pub login: Option<Login>,
}

/// The account, as one stack file has it.
struct Account {
    site: Site,
    stack: Stack,
    means: Means,
}

impl Keeper {
    /// Looks after a stack.
    pub fn new(site: Site, stack: Stack, means: Means) -> Self {
        Self { account: Arc::new(Account { site, stack, means }) }
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
        let health = self.means.login.as_ref().map_or(Health::Skip, Health::Check);
        let home = self.means.home.clone();
        let means = resize::Means { command: COMMAND, home, health, events, stop };
        let site = self.site();
        let report = Box::pin(reconcile(&site, &self.stack, component, &means)).await;
        report.map_or_else(|error| Round::failure(in_full(&error)), |report| told(&report))
    }

    /// Reads how everything is.
    async fn view(&self) -> Result<View, String> {
        let asked = Asked::stand();
        let looked = Box::pin(look(&self.site, &self.stack, &asked)).await;
        looked.map(|look| shown::view(&self.stack, &look)).map_err(|error| in_full(&error))
    }
}

/// What became of looking after a machine's size.
fn told(report: &Report) -> Round {
    let (verdict, reason) = match &report.done {
        Done::Nothing => (Verdict::Held, "nothing is to be done".to_owned()),
        Done::PaidDebt => (Verdict::Acted, "it was off, and is on again".to_owned()),
        Done::Resized { from, to, took, unwell } => {
            let took = format!("from {from} to {to} in {} s", took.as_secs());
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
    Round::new(verdict, report.done.word(), reason)
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
                Duty::Copies => Round::failure("not yet"),
            });
            visit.await.unwrap_or_else(|_| Round::failure("the visit broke down"))
        })
    }

    fn view(&self, _now: Timestamp) -> BoxFuture<'_, Result<View, String>> {
        Box::pin(async {
            let read = self.aside(async move |account| account.view().await).await;
            read.unwrap_or_else(|_| Err("reading the account broke down".to_owned()))
        })
    }
}
