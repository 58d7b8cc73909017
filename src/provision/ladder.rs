//! A machine's way from its first answer to serving, a rung at a time.
//!
//! A machine as wanted is asked twice: how it is, and whether its secrets are the wanted ones. A
//! run that is killed on any rung and begun anew climbs to the same end, since every rung looks
//! before it acts.

use std::{collections::BTreeSet, time::Duration};

use futures_util::future::try_join_all;
use tokio::{
    join,
    time::{Instant, sleep},
};

use crate::{
    provision::{
        Account, Crew, Reach,
        adoption::{Before, Renamed, before, renamed},
        component::Component,
        difference,
        error::ProvisionError,
        host_key,
        machine::{BOOTSTRAP, Birth, Machine},
        orders::{self, Mode},
        quick::with_quick_checks,
        said::{Settled, last_line},
        state::{Bootstrap, Progress, State},
    },
    software::Bundle,
    ssh::{Remote, SshError},
};

/// How often a machine that does not answer yet is tried.
const KNOCK: Duration = Duration::from_millis(200);

/// How long to wait before a machine that does not know our keys yet is tried again, in seconds. It
/// counts how often it turned us down, and a door that closes after that (OpenSSH 9.8:
/// `PerSourcePenalties`, five seconds for each, from fifteen on) has to stay open.
const DENIED: [u64; 3] = [1, 2, 5];

/// How long a machine is asked at a time to wait for its bootstrap script.
const ROUND: Duration = Duration::from_secs(20);

/// Climbs to the top; what was changed on the way.
pub async fn climb<R: Reach, A: Account>(
    crew: &Crew<'_, R, A>,
    machine: &Machine,
) -> Result<Vec<String>, ProvisionError> {
    machine.must_be_on()?;
    let remote = answer(crew, machine).await?;
    let state = look(crew, machine, &remote).await?;
    // While the account is told of one thing, the machine is told of another.
    let renewing = host_key::renew(crew, machine, (&remote, state.host_key.clone()));
    let (renewed, in_order) = join!(renewing, put_in_order(crew, machine, (&remote, state)));
    let former_keys = renewed?;
    let raising = async { raise(crew, machine, (&remote, in_order?)).await };
    let (forgotten, raised) = join!(crew.forget_all(&former_keys), raising);
    forgotten.and(raised)
}

/// A machine on which all is in order up to its services.
struct InOrder {
    state: State,
    settled: Settled,
    changed: Vec<String>,
}

async fn put_in_order<R: Reach, A: Account>(
    crew: &Crew<'_, R, A>,
    machine: &Machine,
    (remote, state): (&R::Machine, State),
) -> Result<InOrder, ProvisionError> {
    let (state, mut changed) = ready(crew, machine, (remote, state)).await?;
    crew.forget_all(&machine.stale_tags(crew.mark)).await?;
    changed.extend(take_over(crew, machine, (remote, &state)).await?);
    let settled = settle(crew, machine, (remote, &state)).await?;
    changed.extend(settled.changed.iter().cloned());
    if !machine.bundles.is_empty() && state.engine.is_none() {
        return Err(ProvisionError::NoEngine);
    }
    Ok(InOrder { state, settled, changed })
}

/// Makes its services serve, and says so in the account.
async fn raise<R: Reach, A: Account>(
    crew: &Crew<'_, R, A>,
    machine: &Machine,
    (remote, in_order): (&R::Machine, InOrder),
) -> Result<Vec<String>, ProvisionError> {
    let InOrder { state, settled, changed } = in_order;
    let (failed, forgotten) = (Vec::new(), BTreeSet::new());
    let engine = state.engine.as_deref();
    let mut work = Component { crew, machine, remote, engine, changed, failed, forgotten };
    work.clear(&state).await?;
    for bundle in &machine.bundles {
        let name = bundle.component.owner().to_string();
        let keyed = settled.keyed.get(&name).cloned().unwrap_or_default();
        let found = state.components.get(&name).cloned().unwrap_or_default();
        work.raise(bundle, &found, &keyed).await?;
    }
    let Component { changed, failed, forgotten, .. } = work;
    if !failed.is_empty() {
        return Err(ProvisionError::Services(failed));
    }
    let mut tags = machine.wanted_tags(crew.mark);
    tags.retain(|_, tag| forgotten.contains(tag) || !machine.tags.contains(tag));
    try_join_all(tags.values().map(|tag| crew.put(machine, tag))).await?;
    Ok(changed)
}

/// Knocks until it answers: a machine that has just started needs its time, and one that is still
/// being set up may not know our keys yet.
async fn answer<R: Reach, A: Account>(
    crew: &Crew<'_, R, A>,
    machine: &Machine,
) -> Result<R::Machine, ProvisionError> {
    let began = Instant::now();
    let mut is_told = false;
    let mut denied = 0;
    loop {
        let error = match crew.reach.reach(machine).await {
            Ok(remote) => return Ok(remote),
            Err(error) => error,
        };
        let patience = if matches!(error, SshError::Denied { .. }) {
            crew.patience.strange
        } else if error.may_pass() {
            crew.patience.silent
        } else {
            Duration::ZERO
        };
        if began.elapsed() >= patience {
            return Err(error.into());
        }
        if !is_told {
            crew.tell_doing(machine, "waiting for its SSH server");
            is_told = true;
        }
        let is_denied = matches!(error, SshError::Denied { .. });
        sleep(if is_denied { after_denial(denied) } else { KNOCK }).await;
        denied += usize::from(is_denied);
    }
}

/// How long to wait after so many times that we were turned down before.
fn after_denial(times: usize) -> Duration {
    Duration::from_secs(DENIED[times.min(DENIED.len() - 1)])
}

/// Asks how it is, until its bootstrap script has ended.
async fn look<R: Reach, A: Account>(
    crew: &Crew<'_, R, A>,
    machine: &Machine,
    remote: &R::Machine,
) -> Result<State, ProvisionError> {
    let began = Instant::now();
    loop {
        let state = ask(machine, remote, ROUND).await?;
        let Some(Bootstrap { status: Progress::Running, step }) = &state.bootstrap else {
            return Ok(state);
        };
        let waited = began.elapsed();
        if waited >= crew.patience.bootstrap {
            return Err(ProvisionError::Late { step: step.clone(), waited });
        }
        crew.tell_doing(machine, &format!("cloud-init: {step}"));
    }
}

/// Asks a machine how it is.
pub async fn ask<M: Remote>(
    machine: &Machine,
    remote: &M,
    patience: Duration,
) -> Result<State, ProvisionError> {
    let said = remote.run(&orders::look(machine, patience)).await?;
    if said.is_good() {
        return Ok(State::parse(&said.text()));
    }
    Err(ProvisionError::refused("see how it is", &said.complaint()))
}

/// Makes it ready for containers where cloud-init did not, or not as it is wanted now.
async fn ready<R: Reach, A: Account>(
    crew: &Crew<'_, R, A>,
    machine: &Machine,
    (remote, state): (&R::Machine, State),
) -> Result<(State, Vec<String>), ProvisionError> {
    let missing: Vec<&str> =
        machine.base.missing(&state.files).into_keys().map(String::as_str).collect();
    let is_done =
        state.bootstrap.as_ref().is_some_and(|bootstrap| bootstrap.status == Progress::Done);
    let has_script = machine.base.files.contains_key(BOOTSTRAP);
    if missing.is_empty() && (is_done || !has_script) {
        return Ok((state, Vec::new()));
    }
    crew.tell_doing(machine, "making it ready for containers");
    if !missing.is_empty() {
        let sent = remote.run(&orders::send_base(machine, &missing)).await?;
        if !sent.is_good() {
            return Err(ProvisionError::refused("send its first files", &sent.complaint()));
        }
    }
    if has_script {
        bootstrap(crew, machine, remote).await?;
    }
    let words = match machine.birth {
        Birth::Ours => "made ready for containers anew",
        Birth::Adopted => "made ready for containers",
    };
    Ok((ask(machine, remote, Duration::ZERO).await?, vec![words.to_owned()]))
}

async fn bootstrap<R: Reach, A: Account>(
    crew: &Crew<'_, R, A>,
    machine: &Machine,
    remote: &R::Machine,
) -> Result<(), ProvisionError> {
    let ran = remote.run(&orders::bootstrap(crew.patience.bootstrap)).await?;
    if ran.is_good() {
        return Ok(());
    }
    let state = ask(machine, remote, Duration::ZERO).await?;
    let step = state.bootstrap.map_or_else(|| "start".to_owned(), |bootstrap| bootstrap.step);
    Err(ProvisionError::Bootstrap { step, said: last_line(&ran.complaint()) })
}

/// Takes over data that was there before us, as the file says; without a word of it nothing goes on.
async fn take_over<R: Reach, A: Account>(
    crew: &Crew<'_, R, A>,
    machine: &Machine,
    (remote, state): (&R::Machine, &State),
) -> Result<Vec<String>, ProvisionError> {
    if let Some(Renamed { service, container, nodes: [theirs, ours] }) = renamed(machine, state) {
        return Err(ProvisionError::OtherNode { service, container, theirs, ours });
    }
    let mut changed = Vec::new();
    for Before { service, container, lies, ours, nodes } in before(machine, state) {
        let (Some(choice), Some(from)) = (machine.old_data, &lies) else {
            let lies = lies.map_or_else(|| "inside of it".to_owned(), |path| format!("in {path}"));
            return Err(ProvisionError::OldData { service, container, lies, ours });
        };
        if let Some([theirs, ours]) = nodes {
            return Err(ProvisionError::OtherNode { service, container, theirs, ours });
        }
        crew.tell_doing(machine, &format!("taking over the data of {container}"));
        let said = remote.run(&orders::adopt(choice, &container, from, &ours)).await?;
        if !said.is_good() {
            return Err(ProvisionError::refused(
                format!("take over the data of {container}"),
                &said.complaint(),
            ));
        }
        changed.push(format!("the data of {container} in {from} is {service}'s"));
    }
    Ok(changed)
}

/// Puts everything in order that services need: the volume, keys, folders, files with secrets.
async fn settle<R: Reach, A: Account>(
    crew: &Crew<'_, R, A>,
    machine: &Machine,
    (remote, state): (&R::Machine, &State),
) -> Result<Settled, ProvisionError> {
    crew.tell_doing(machine, "putting it in order");
    let command = orders::settle(machine, &stale(machine, state), crew.secrets, Mode::Make)?;
    let said = remote.run(&command).await?;
    if said.is_good() {
        return Ok(Settled::parse(&said.text()));
    }
    Err(ProvisionError::refused("put it in order", &said.complaint()))
}

/// The files of each bundle that are wanted no more.
pub fn stale(machine: &Machine, state: &State) -> Vec<Vec<String>> {
    let of = |bundle: &Bundle| {
        let found = state.components.get(&bundle.component.owner().to_string());
        let bundle = with_quick_checks(bundle, state.engine.as_deref());
        let files = found.map(|found| difference::files(&bundle, found));
        files.map(|files| files.remove.into_iter().collect()).unwrap_or_default()
    };
    machine.bundles.iter().map(of).collect()
}

#[cfg(test)]
mod tests {
    use super::after_denial;

    #[test]
    fn a_machine_that_turns_us_down_is_tried_soon_and_then_more_seldom() {
        let waits = [0, 1, 2, 3, 9].map(|times| after_denial(times).as_secs());
        assert_eq!(waits, [1, 2, 5, 5, 5]);
    }
}
