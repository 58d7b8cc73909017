//! What machines are told: the scripts of this folder, and what they read.

use std::{path::Path, time::Duration};

use secrecy::zeroize::Zeroizing;

use crate::{
    provision::{
        adoption::OldData,
        difference::{Deed, Task},
        machine::Machine,
        manifest::Manifest,
        recipe::{MissingSecret, Recipe},
    },
    secrets::Store,
    software::{Bundle, Content, File, Generated, ROOT},
    ssh::{Command, Upload, upload},
};

/// Where machines keep what they say of themselves.
pub const STATE: &str = "/var/lib/dostack";

const LOOK: &str = include_str!("look.sh");
const SETTLE: &str = include_str!("settle.sh");
const START: &str = include_str!("start.sh");
const ADOPT: &str = include_str!("adopt.sh");
const REMOVE: &str = include_str!("remove.sh");
const HOST_KEY: &str = include_str!("host_key.sh");

/// How long a command may take besides what it waits for.
const SLACK: Duration = Duration::from_mins(2);

/// How long copying data may take.
const COPYING: Duration = Duration::from_hours(6);

/// How long stopping a service may take: each has two minutes.
const STOPPING: Duration = Duration::from_mins(10);

/// How long sending this program may take: some 30 MB.
const SENDING: Duration = Duration::from_mins(10);

/// Whether `settle.sh` changes something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// It does.
    Make,
    /// It only says what differs.
    Look,
}

/// Asks how a machine is, and waits so long for the end of its bootstrap script.
pub fn look(machine: &Machine, patience: Duration) -> Command {
    let seconds = patience.as_secs().to_string();
    let paths = machine.base.files.keys().map(String::as_str);
    let arguments: Vec<&str> = [seconds.as_str()].into_iter().chain(paths).collect();
    script(LOOK, &arguments).within(patience + SLACK)
}

/// Puts a machine in order up to its services; `stale` are files that are wanted no more, a list
/// for each bundle.
pub fn settle(
    machine: &Machine,
    stale: &[Vec<String>],
    secrets: &Store,
    mode: Mode,
) -> Result<Command, MissingSecret> {
    let mut out = Zeroizing::new(Vec::with_capacity(1 << 16));
    for disk in machine.disks.values() {
        say(&mut out, &format!("volume {} {} {}", disk.volume, disk.mount, disk.filesystem));
    }
    say(&mut out, &format!("keys {} {}", machine.user, machine.keys.len()));
    for key in &machine.keys {
        say(&mut out, key);
    }
    for (number, bundle) in machine.bundles.iter().enumerate() {
        let component = bundle.component.owner().to_string();
        say(&mut out, &format!("component {component} {}", store(machine, &component)));
        for data in &bundle.data {
            let (user, group) = data.owner;
            say(&mut out, &format!("data {user} {group} {:o} {}", data.mode, data.path));
        }
        for name in stale.get(number).into_iter().flatten() {
            say(&mut out, &format!("remove {name}"));
        }
        for (name, file) in &bundle.files {
            if let Some(recipe) = Recipe::of(file, secrets)? {
                say(&mut out, &format!("file {:o} {name}", file.mode));
                recipe.write(&mut out, |component| store(machine, component));
                say(&mut out, "end");
            }
            certificate(&mut out, bundle, (name, file));
        }
    }
    let mode = match mode {
        Mode::Make => "make",
        Mode::Look => "look",
    };
    Ok(script(SETTLE, &[mode]).within(SLACK).with_stdin(out))
}

/// Where passwords are kept that a machine makes: on the volume, with the data they open, so that
/// they are found again by the next machine that has it.
fn store(machine: &Machine, component: &str) -> String {
    match machine.disks.get(component) {
        Some(disk) => format!("{}/.dostack", disk.mount),
        None => format!("{STATE}/{component}/made"),
    }
}

fn certificate(out: &mut Zeroizing<Vec<u8>>, bundle: &Bundle, (name, file): (&str, &File)) {
    if let Content::Generated(Generated::Certificate(names)) = &file.content {
        let key = key_beside(bundle, name);
        say(out, &format!("certificate {name} {key} {}", names.len()));
        for name in names {
            say(out, name);
        }
    }
}

/// The key that belongs to a certificate: the one in the same folder.
fn key_beside<'a>(bundle: &'a Bundle, certificate: &str) -> &'a str {
    let folder = Path::new(certificate).parent();
    let is_key = |(name, file): &(&String, &File)| {
        file.content == Content::Generated(Generated::CertificateKey)
            && Path::new(name.as_str()).parent() == folder
    };
    let key = bundle.files.iter().find(is_key);
    key.map_or("privkey.pem", |(name, _)| name.as_str())
}

/// Sends what a machine starts with, as far as it is not there.
pub fn send_base(machine: &Machine, paths: &[&str]) -> Command {
    let one = |path: &&str| {
        let file = machine.base.files.get(*path)?;
        Some(text((*path).to_owned(), file.mode, &file.content))
    };
    upload(&paths.iter().filter_map(one).collect::<Vec<_>>())
}

/// Sends texts of a bundle, and this program where it is among them.
pub fn send<'a>(
    bundle: &Bundle,
    names: impl IntoIterator<Item = &'a String>,
    program: &[u8],
) -> Command {
    let component = bundle.component.owner().to_string();
    let one = |name: &'a String| {
        let file = bundle.files.get(name)?;
        let content = match &file.content {
            Content::Text(content) => content.as_bytes(),
            Content::Program => program,
            Content::Environment(_) | Content::Whole(_) | Content::Generated(_) => return None,
        };
        Some(plain(format!("{ROOT}/{component}/{name}"), file.mode, content))
    };
    let patience = if program.is_empty() { SLACK } else { SENDING };
    upload(&names.into_iter().filter_map(one).collect::<Vec<_>>()).within(patience)
}

/// Writes down what was reached.
pub fn keep(component: &str, manifest: &Manifest) -> Command {
    let path = format!("{STATE}/{component}/manifest.json");
    upload(&[text(path, 0o600, &manifest.text())])
}

/// Makes the machine ready for containers, anew.
pub fn bootstrap(deadline: Duration) -> Command {
    let script = format!("exec {} </dev/null", crate::provision::machine::BOOTSTRAP);
    Command::new(script).within(deadline)
}

/// Starts a wave of services, and waits so long for each.
pub fn start(component: &str, tasks: &[Task], patience: Duration) -> Command {
    let seconds = patience.as_secs().to_string();
    let mut arguments = vec![component, &seconds];
    for task in tasks {
        let deed = match task.deed {
            Deed::Renew => "renew",
            Deed::Start => "start",
        };
        arguments.extend([task.service.as_str(), deed]);
    }
    // Images are fetched before a service's own time begins.
    script(START, &arguments).within(patience + STOPPING + SLACK)
}

/// Runs a command in a service.
pub fn inside(component: &str, arguments: &[&str]) -> Command {
    let words: Vec<String> = arguments.iter().map(|word| quoted(word)).collect();
    let folder = quoted(&format!("{ROOT}/{component}"));
    let words = words.join(" ");
    let line =
        format!("cd {folder} && exec docker compose -f compose.yaml exec -T {words} </dev/null");
    Command::new(line).within(SLACK)
}

/// Takes over the data of a container that was there before us, which may be a copy of all of it.
pub fn adopt(choice: OldData, container: &str, from: &str, to: &str) -> Command {
    let word = match choice {
        OldData::Keep => "keep",
        OldData::Move => "move",
    };
    script(ADOPT, &[word, container, from, to]).within(COPYING)
}

/// Stops services and removes their containers.
pub fn remove<'a>(component: &'a str, services: impl IntoIterator<Item = &'a String>) -> Command {
    let services = services.into_iter().map(String::as_str);
    script(REMOVE, &[component].into_iter().chain(services).collect::<Vec<_>>()).within(STOPPING)
}

/// Removes a component's files: its settings and secrets, none of its data.
pub fn remove_files(component: &str) -> Command {
    Command::new(format!("rm -rf -- {}", quoted(&format!("{ROOT}/{component}"))))
}

/// A step of the exchange of a host key: `make` or `swap`.
pub fn host_key(step: &str) -> Command {
    script(HOST_KEY, &[step])
}

fn text(path: String, mode: u32, content: &str) -> Upload {
    plain(path, mode, content.as_bytes())
}

fn plain(path: String, mode: u32, content: &[u8]) -> Upload {
    Upload { path, mode, owner: (0, 0), content: Zeroizing::new(content.to_vec()) }
}

fn say(out: &mut Zeroizing<Vec<u8>>, line: &str) {
    out.extend_from_slice(line.as_bytes());
    out.push(b'\n');
}

/// A script with its arguments.
fn script(text: &str, arguments: &[&str]) -> Command {
    let arguments: Vec<String> = arguments.iter().map(|argument| quoted(argument)).collect();
    Command::new(format!("set -- {}\n{text}", arguments.join(" ")))
}

/// A word as a shell reads it to the letter.
fn quoted(word: &str) -> String {
    format!("'{}'", word.replace('\'', r"'\''"))
}
