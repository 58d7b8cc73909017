//! `dostack guard`: what a run left off is switched on, whichever stack it belongs to.

use serde_json::{Value, json};
use tokio::sync::mpsc::unbounded_channel;
use tokio_util::sync::CancellationToken;

use crate::{
    apply::{Class, Outcome},
    cli::{
        Context, Exit, Failure,
        args::Guard,
        commands::refusal,
        connect::Connection,
        project::Project,
        stop::stoppable,
        view::{json, progress::Progress},
    },
    engine::Site,
    operate::resize::{Debtor, debtors, pay},
    values::in_full,
};

/// What to do where a debt could not be paid.
const AGAIN: &str =
    "run the same command again; if it stays off, switch it on in the control panel";

/// Pays what is due, or everything.
pub async fn run(context: &Context, args: &Guard) -> Result<Exit, Failure> {
    let project = Project::find_or_here(None)?;
    let stop = CancellationToken::new();
    let whole = async {
        let connection = Connection::open(context, &project).await?;
        let watch = Watch { context, site: &connection.site, stop: &stop };
        let done = Box::pin(watch.run(args)).await;
        connection.close_after(done).await
    };
    let (exit, stopped) = stoppable(&stop, Box::pin(whole)).await?;
    match stopped {
        Some(exit) => Err(Failure::new(exit, "stopped").hint(AGAIN)),
        None => Ok(exit),
    }
}

/// One watch over the account.
struct Watch<'a> {
    context: &'a Context,
    site: &'a Site,
    /// Cancelled by the first signal.
    stop: &'a CancellationToken,
}

impl Watch<'_> {
    async fn run(&self, args: &Guard) -> Result<Exit, Failure> {
        let found = debtors(self.site).await.map_err(|error| refusal::unread(&error))?;
        let now = (self.site.clock)();
        let (due, waiting): (Vec<Debtor>, Vec<Debtor>) =
            found.into_iter().partition(|debtor| args.now || debtor.is_due(now));
        let (events, heard) = unbounded_channel();
        let progress = Progress::new(self.context.output, self.context.global.json, due.len());
        let paying = pay(self.site, &due, (events, self.stop));
        let (paid, _) = tokio::join!(Box::pin(paying), progress.watch(heard));
        self.tell(&paid, &waiting);
        match paid.iter().filter_map(|(_, outcome)| outcome.class()).max() {
            None => Ok(Exit::Done),
            Some(class) => Err(Failure::new(exit(class), "not everything is on").hint(AGAIN)),
        }
    }

    fn tell(&self, paid: &[(&Debtor, Outcome)], waiting: &[Debtor]) {
        let text = if self.context.global.json {
            let paid: Vec<Value> = paid.iter().map(document).collect();
            json::line(&json::document("guard", &json!({ "paid": paid, "waiting": waiting })))
        } else if paid.is_empty() && waiting.is_empty() {
            "nothing owes being on\n".to_owned()
        } else {
            paid.iter().map(told).chain(waiting.iter().map(|one| self.awaited(one))).collect()
        };
        self.context.output.data(&self.context.output.fitted(&text));
    }

    /// A debt whose time is not up may be one of a run that is at work.
    fn awaited(&self, debtor: &Debtor) -> String {
        let left = debtor.debt.deadline - (self.site.clock)().as_second();
        format!(
            "{}: left to whoever is at work on it for {left} s more; `--now` does not wait\n",
            subject(debtor)
        )
    }
}

fn told((debtor, outcome): &(&Debtor, Outcome)) -> String {
    match error(outcome) {
        None => format!("{}: on\n", subject(debtor)),
        Some(why) => format!("{}: {why}\n", subject(debtor)),
    }
}

fn document((debtor, outcome): &(&Debtor, Outcome)) -> Value {
    json!({ "debtor": debtor, "error": error(outcome) })
}

/// Why a machine is not known to be on, if it is not.
fn error(outcome: &Outcome) -> Option<String> {
    let failed = outcome.failures().map(|(_, error)| in_full(error)).next();
    failed.or_else(|| outcome.class().map(|_| "stopped".to_owned()))
}

fn subject(debtor: &Debtor) -> String {
    format!("{} (droplet {})", debtor.droplet.name, debtor.droplet.id)
}

const fn exit(class: Class) -> Exit {
    match class {
        Class::Bug => Exit::Bug,
        Class::Refused => Exit::Refused,
        Class::Unreachable => Exit::Unreachable,
        Class::Partly | Class::Stopped => Exit::Partly,
        Class::Token => Exit::Token,
        Class::Journal => Exit::Journal,
        Class::Ambiguous => Exit::Ambiguous,
    }
}
