//! Facts about this machine and this process.

use std::{fs, process};

use reqwest::Url;
use uuid::Uuid;

use crate::{
    cli::settings::Settings,
    digitalocean::metadata::{self, Home, INSTANCE, METADATA},
    lock::Holder,
};

/// This process as the holder of a lock.
pub fn holder() -> Holder {
    let pid = process::id();
    Holder {
        machine: machine(),
        boot: read("/proc/sys/kernel/random/boot_id"),
        host: read("/proc/sys/kernel/hostname"),
        pid,
        began: began(pid).unwrap_or_default(),
        nonce: Uuid::new_v4().as_u64_pair().0,
    }
}

/// Whether this machine is a droplet, and which.
///
/// Only a machine that `DigitalOcean` made is asked: elsewhere somebody else may answer there.
/// `DOSTACK_METADATA_URL` says where to ask in its place, for programs in containers.
pub async fn home(settings: &Settings) -> Home {
    let named = settings.variables.get("DOSTACK_METADATA_URL").map(String::as_str);
    let ours = (read("/sys/class/dmi/id/sys_vendor") == "DigitalOcean").then_some(METADATA);
    let home = match named.or(ours).map(Url::parse) {
        Some(Ok(service)) => metadata::home(&service).await,
        Some(Err(_)) => Home::Unknown,
        None => Home::Elsewhere,
    };
    match home {
        Home::Unknown if named.is_none() => metadata::instance(&read(INSTANCE)),
        Home::Unknown | Home::Elsewhere | Home::Droplet(_) => home,
    }
}

/// The machine's id and the space its process numbers are counted in: containers of one image share
/// the first and not the second. Empty where the machine has none.
fn machine() -> String {
    let id = read("/etc/machine-id");
    match fs::read_link("/proc/self/ns/pid") {
        Ok(space) if !id.is_empty() => format!("{id} {}", space.display()),
        Ok(_) | Err(_) => id,
    }
}

/// Whether a process with this number that began then is there.
///
/// Where that cannot be known, it counts as there: a lock is not taken from the living.
pub fn is_alive(pid: u32, began_then: u64) -> bool {
    if !fs::exists("/proc/self/stat").unwrap_or(false) {
        return true;
    }
    began(pid) == Some(began_then)
}

/// When a process began, in ticks since boot: the twenty-second field (man 5 `proc_pid_stat`).
fn began(pid: u32) -> Option<u64> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The second field is the program's name in parentheses, which may hold anything.
    let (_, rest) = stat.rsplit_once(") ")?;
    rest.split(' ').nth(19)?.parse().ok()
}

fn read(path: &str) -> String {
    fs::read_to_string(path).map(|text| text.trim().to_owned()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::{holder, is_alive};

    #[test]
    fn this_process_is_alive_and_one_that_began_otherwise_is_not() {
        let own = holder();
        assert!(is_alive(own.pid, own.began));
        assert!(!is_alive(own.pid, own.began + 1));
        assert_ne!(holder().nonce, own.nonce);
    }
}
