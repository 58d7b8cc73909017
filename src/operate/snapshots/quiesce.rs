//! What is done on the machine so that a copy can be used, and undone whatever happens.
//!
//! A filesystem that stands still is the dangerous part. The machine is told to thaw it before it is
//! told to freeze it; the command that freezes thaws when it ends, for whatever reason; and a second
//! connection thaws as soon as the snapshot is there.

use std::time::Duration;

use tokio::sync::oneshot;

use crate::{
    config::{Consistency, Hook},
    operate::snapshots::{TakeError, Watched, Way},
    render::mount,
    ssh::{Chunk, Command, Output, Remote, SshError, plain},
    values::in_full,
};

const FREEZE: &str = include_str!("freeze.sh");
const THAW: &str = include_str!("thaw.sh");
const SYNC: &str = include_str!("sync.sh");
const CHECKPOINT: &str = include_str!("checkpoint.sh");

/// How long each of our own commands may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// How still the data was while the copy was taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Calm {
    /// What was reached, in the stack file's word.
    pub reached: &'static str,
    /// Why that is less than the stack file asks for, where it is.
    pub short: Option<String>,
}

impl Calm {
    const fn full(reached: &'static str) -> Self {
        Self { reached, short: None }
    }

    const fn short(reached: &'static str, why: String) -> Self {
        Self { reached, short: Some(why) }
    }
}

/// Takes a copy between what has to be done before and after.
///
/// What cannot be done is done by less, and said so: a copy that is what a power cut would leave is
/// worth more than none. Only where a command of the stack file's own fails is none taken.
pub async fn calmly<W: Way>(
    way: &W,
    watched: &Watched,
    take: impl Future<Output = Result<(), TakeError>>,
) -> Result<Calm, TakeError> {
    let wanted = watched.policy.as_ref().map_or(&Consistency::Crash, |policy| &policy.consistency);
    // A volume that is on no machine is still already.
    let Some(droplet) = watched.droplet() else { return take.await.map(|()| Calm::full("crash")) };
    let quiet = Quiet { way, droplet, about: mount(&watched.volume.name) };
    match wanted {
        Consistency::Crash => take.await.map(|()| Calm::full("crash")),
        Consistency::Sync => quiet.after(SYNC, "sync", take).await,
        Consistency::Pg => {
            let component = watched.address.owner().to_string();
            let quiet = Quiet { about: component, ..quiet };
            quiet.after(CHECKPOINT, "pg", take).await
        }
        Consistency::Freeze => quiet.frozen(take).await,
        Consistency::Hook(hook) => quiet.hooked(hook, take).await,
    }
}

/// The machine a volume is on.
struct Quiet<'a, W> {
    way: &'a W,
    droplet: u64,
    /// What a script is told: where the volume is mounted, or whose Postgres it is.
    about: String,
}

impl<W: Way> Quiet<'_, W> {
    /// After a script that has to be over before.
    async fn after(
        &self,
        script: &str,
        level: &'static str,
        take: impl Future<Output = Result<(), TakeError>>,
    ) -> Result<Calm, TakeError> {
        let calm = match self.run(script).await {
            Ok(()) => Calm::full(level),
            Err(why) => Calm::short("crash", why),
        };
        take.await.map(|()| calm)
    }

    /// While the filesystem stands still; where it cannot be made to, after what is in memory is
    /// written out.
    async fn frozen(
        &self,
        take: impl Future<Output = Result<(), TakeError>>,
    ) -> Result<Calm, TakeError> {
        tokio::pin!(take);
        let (tell, frozen) = oneshot::channel();
        let work = async {
            // Nobody tells where the freeze did not come.
            let taken = match frozen.await {
                Ok(()) => Some(take.as_mut().await),
                Err(_) => None,
            };
            let thawed = if taken.is_some() { self.run(THAW).await } else { Ok(()) };
            (taken, thawed)
        };
        let (ended, (taken, thawed)) = tokio::join!(self.freeze(tell), work);
        if let Some(taken) = taken {
            let why = thawed.and(ended).err();
            return taken
                .map(|()| why.map_or(Calm::full("freeze"), |why| Calm::short("crash", why)));
        }
        let why = ended.err().unwrap_or_default();
        let calm = self.after(SYNC, "sync", take).await?;
        let short = calm.short.map_or_else(|| why.clone(), |more| format!("{why}; {more}"));
        Ok(Calm::short(calm.reached, short))
    }

    /// Freezes, tells when the filesystem stands still, and ends when it does not any more.
    async fn freeze(&self, tell: oneshot::Sender<()>) -> Result<(), String> {
        let machine = self.way.to(self.droplet).await?;
        let (mut tell, mut said) = (Some(tell), Vec::new());
        let ended = machine
            .stream(&self.command(FREEZE), &mut |chunk| match chunk {
                Chunk::Out(bytes) if !bytes.is_empty() => {
                    // Who took the copy already has no ear for it any more.
                    let _ = tell.take().map(|tell| tell.send(()));
                }
                Chunk::Out(_) => {}
                Chunk::Err(bytes) => said.extend_from_slice(bytes),
            })
            .await;
        match ended {
            Ok(0) => Ok(()),
            Ok(_) => Err(one_line(&plain(&said))),
            Err(error) => Err(in_full(&error)),
        }
    }

    /// Between the commands of the stack file.
    async fn hooked(
        &self,
        hook: &Hook,
        take: impl Future<Output = Result<(), TakeError>>,
    ) -> Result<Calm, TakeError> {
        let before = self.own(&hook.before, hook.deadline).await;
        let taken = match &before {
            Ok(()) => take.await,
            Err(why) => Err(TakeError::Hook(why.clone())),
        };
        let after = match &hook.after {
            Some(after) => self.own(after, hook.deadline).await,
            None => Ok(()),
        };
        let short = after.err().map(|why| format!("the command after the copy failed: {why}"));
        taken.map(|()| Calm { reached: "hook", short })
    }

    /// Runs one of our scripts over a connection of its own.
    async fn run(&self, script: &str) -> Result<(), String> {
        let machine = self.way.to(self.droplet).await?;
        ended(machine.run(&self.command(script)).await)
    }

    /// Runs a command of the stack file's.
    async fn own(&self, script: &str, deadline: Duration) -> Result<(), String> {
        let machine = self.way.to(self.droplet).await?;
        ended(machine.run(&Command::new(script).within(deadline)).await)
    }

    /// A script of ours with its argument, which comes in on its standard input.
    fn command(&self, script: &str) -> Command {
        Command::new(script).with_stdin(format!("{}\n", self.about).into_bytes()).within(PATIENCE)
    }
}

fn ended(ended: Result<Output, SshError>) -> Result<(), String> {
    match ended {
        Ok(output) if output.is_good() => Ok(()),
        Ok(output) => {
            let complaint = one_line(&output.complaint());
            Err(if complaint.is_empty() {
                format!("it ended with {}", output.code)
            } else {
                complaint
            })
        }
        Err(error) => Err(in_full(&error)),
    }
}

/// The last line that somebody complained with: what led to it is above.
fn one_line(text: &str) -> String {
    text.trim().lines().last().unwrap_or_default().to_owned()
}
