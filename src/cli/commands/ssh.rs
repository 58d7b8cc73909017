//! `dostack ssh`: a login on a machine, by the `ssh` of this computer.

use std::{fs, io, os::unix::process::CommandExt as _, path::PathBuf, process::Command};

use crate::{
    cli::{
        Context, Exit, Failure,
        args::Ssh,
        commands::{machine::Fleet, refusal},
        project::private_folder,
    },
    engine::Machine,
    ssh::{Deadlines, Target, greet},
    values::ShownKey,
};

/// Variables that are nobody's business but ours.
const OURS: [&str; 3] = ["DIGITALOCEAN_", "DOSTACK_", "ORG_"];

/// Becomes `ssh`.
pub async fn run(context: &Context, args: &Ssh) -> Result<Exit, Failure> {
    let fleet = Fleet::find(context).await?;
    let machine = fleet.called(&args.node)?;
    let unreached = |error| refusal::unreached(&error);
    let target = machine.target(&fleet.stack, &fleet.login).map_err(unreached)?;
    let greeted = greet(&target, Deadlines::default()).await;
    let key = greeted.map_err(|error| unreached(machine.failed(error)))?;
    let known = known_hosts(&fleet, machine, &key).map_err(|error| {
        Failure::new(Exit::Journal, format!("cannot write the machine's host key down: {error}"))
    })?;
    let mut ssh = Command::new("ssh");
    ssh.args(options(&target, machine, &key)).arg("-o").arg(quoted("UserKnownHostsFile", &known));
    if let Some(file) = &target.login.key_file {
        ssh.arg("-i").arg(file);
    }
    ssh.arg(format!("{}@{}", target.user, target.address.ip())).args(&args.arguments);
    ssh.env_clear().envs(
        context
            .settings
            .variables
            .iter()
            .filter(|(name, _)| !OURS.iter().any(|ours| name.starts_with(ours))),
    );
    // It comes back only if there is no such program.
    let error = ssh.exec();
    Err(Failure::new(Exit::Input, format!("cannot start `ssh`: {error}"))
        .hint("install OpenSSH's client (`apt-get install openssh-client`)"))
}

/// The file with the machine's key, written anew at every call: the account is what is believed.
fn known_hosts(fleet: &Fleet, machine: &Machine, key: &ShownKey) -> io::Result<PathBuf> {
    let folder = fleet.project.state().join(fleet.stack.name.as_str()).join("known_hosts");
    private_folder(&folder)?;
    let file = folder.join(machine.droplet.id.to_string());
    fs::write(&file, format!("{} {}\n", alias(machine), key.line()))?;
    file.canonicalize()
}

/// The name the key is known by: an address is given to another machine some day.
fn alias(machine: &Machine) -> String {
    format!("dostack-{}", machine.droplet.id)
}

/// What `ssh` is held to; it takes the first of what it is told, so nothing after it changes that.
fn options(target: &Target, machine: &Machine, key: &ShownKey) -> Vec<String> {
    let line = key.line();
    let kind = line.split(' ').next().unwrap_or_default();
    let settings = [
        ("Port", target.address.port().to_string()),
        ("HostKeyAlias", alias(machine)),
        ("HostKeyAlgorithms", kind.replace("ssh-rsa", "rsa-sha2-512,rsa-sha2-256")),
        ("StrictHostKeyChecking", "yes".to_owned()),
        ("GlobalKnownHostsFile", "none".to_owned()),
        ("UpdateHostKeys", "no".to_owned()),
        ("CheckHostIP", "no".to_owned()),
        ("PasswordAuthentication", "no".to_owned()),
        ("KbdInteractiveAuthentication", "no".to_owned()),
        ("ForwardAgent", "no".to_owned()),
    ];
    settings
        .into_iter()
        .flat_map(|(name, value)| ["-o".to_owned(), format!("{name}={value}")])
        .collect()
}

/// A setting whose value may have blanks in it.
fn quoted(name: &str, path: &std::path::Path) -> String {
    format!("{name}=\"{}\"", path.display())
}
