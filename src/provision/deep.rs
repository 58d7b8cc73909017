//! What differs on a machine, asked of the machine itself: `preview --deep`. It changes nothing.

use std::time::Duration;

use crate::{
    provision::{
        Reach,
        difference::{Deed, Difference},
        error::ProvisionError,
        ladder::{ask, stale},
        machine::Machine,
        orders::{self, Mode},
        quick::with_quick_checks,
        said::Settled,
        state::{Progress, State},
    },
    secrets::Store,
    ssh::Remote,
};

/// What `up` would do to a machine, in words; nothing where it is as wanted.
pub async fn differences<R: Reach>(
    reach: &R,
    machine: &Machine,
    secrets: &Store,
) -> Result<Vec<String>, ProvisionError> {
    machine.must_be_on()?;
    let remote = reach.reach(machine).await?;
    let state = ask(machine, &remote, Duration::ZERO).await?;
    let mut all = unready(machine, &state);
    let order = orders::settle(machine, &stale(machine, &state), secrets, Mode::Look)?;
    let said = remote.run(&order).await?;
    if !said.is_good() {
        return Err(ProvisionError::refused("compare it", &said.complaint()));
    }
    let settled = Settled::parse(&said.text());
    all.extend(settled.changed.iter().cloned());
    for bundle in &machine.bundles {
        let bundle = &with_quick_checks(bundle, state.engine.as_deref());
        let name = bundle.component.owner().to_string();
        let found = state.components.get(&name).cloned().unwrap_or_default();
        let keyed = settled.keyed.get(&name).cloned().unwrap_or_default();
        all.extend(in_words(&name, &Difference::of(bundle, &found, &keyed)));
    }
    Ok(all)
}

/// What is missing before anything can run.
fn unready(machine: &Machine, state: &State) -> Vec<String> {
    let step = match &state.bootstrap {
        Some(bootstrap) if bootstrap.status == Progress::Done => None,
        Some(bootstrap) => Some(format!("it is at `{}` of being made ready", bootstrap.step)),
        None => Some("it is not made ready for containers".to_owned()),
    };
    let files = machine.base.missing(&state.files).into_keys().cloned();
    step.into_iter().chain(files).collect()
}

fn in_words(name: &str, difference: &Difference) -> Vec<String> {
    let files = difference.files.send.iter().map(|file| format!("{name}/{file}"));
    let services = difference.waves.iter().flatten().map(|task| {
        let words = match task.deed {
            Deed::Renew => "is started anew",
            Deed::Start => "is started",
        };
        format!("{} of {name} {words}", task.service)
    });
    let gone = difference.gone.iter().map(|service| format!("{service} of {name} is stopped"));
    files.chain(services).chain(gone).collect()
}
