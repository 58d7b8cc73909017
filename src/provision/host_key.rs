//! The host key a machine was born with is replaced at the first contact.
//!
//! Any process on the machine could read it, so it proves who answers once. The new one is made
//! there and never leaves it. Its digest is a tag before it answers, and the old tag goes after: at
//! every moment whoever answers has a key that a tag knows.

use std::collections::BTreeSet;

use crate::{
    provision::{
        Account, Crew, Reach,
        error::ProvisionError,
        machine::{Birth, Machine},
        orders,
        state::{HostKeyState, Whose},
    },
    ssh::{Output, Remote},
    values::{HostDigest, Tag},
};

/// Replaces it where that is still to be done; the tags that speak of keys which are gone, and are
/// to be taken off.
pub async fn renew<R: Reach, A: Account>(
    crew: &Crew<'_, R, A>,
    machine: &Machine,
    (remote, key): (&R::Machine, Option<HostKeyState>),
) -> Result<BTreeSet<Tag>, ProvisionError> {
    if machine.birth == Birth::Adopted {
        return remember(crew, machine).await.map(|()| BTreeSet::new());
    }
    let Some(key) = key else { return Ok(BTreeSet::new()) };
    let current = match key.whose {
        Whose::Own => digest_of(&key.line)?,
        Whose::Born => {
            crew.tell_doing(machine, "replacing its host key");
            let made = remote.run(&orders::host_key("make")).await?;
            let digest = digest_of(good(&made)?.trim())?;
            crew.put(machine, &crew.mark.host_key_tag(&digest)).await?;
            good(&remote.run(&orders::host_key("swap")).await?)?;
            digest
        }
    };
    let known = crew.mark.host_key_tag(&current);
    if !machine.tags.contains(&known) && key.whose == Whose::Own {
        crew.put(machine, &known).await?;
    }
    let keys = machine.tags.iter().filter(|tag| crew.mark.is_host_key(tag));
    Ok(keys.filter(|tag| **tag != known).cloned().collect())
}

/// A machine that was there before keeps its key; whoever vouched for it is asked no second time.
async fn remember<R: Reach, A: Account>(
    crew: &Crew<'_, R, A>,
    machine: &Machine,
) -> Result<(), ProvisionError> {
    for digest in &machine.host_keys {
        let tag = crew.mark.host_key_tag(digest);
        if !machine.tags.contains(&tag) {
            crew.put(machine, &tag).await?;
        }
    }
    Ok(())
}

fn good(output: &Output) -> Result<String, ProvisionError> {
    if output.is_good() {
        return Ok(output.text());
    }
    Err(ProvisionError::refused("replace its host key", &output.complaint()))
}

fn digest_of(line: &str) -> Result<HostDigest, ProvisionError> {
    HostDigest::of_line(line).ok_or_else(|| ProvisionError::HostKey { said: line.to_owned() })
}
