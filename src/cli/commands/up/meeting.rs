//! The first contact with a machine whose host key nobody has vouched for.

use std::io::{self, IsTerminal as _};

use crate::{
    cli::{Context, commands::change::confirm, view::style},
    provision::Machine,
    resources::Status,
    ssh::{Deadlines, door, host_key},
};

/// Shows the host keys that nobody has vouched for, and asks. `--yes` vouches for none: a machine
/// whose key nobody confirmed is sent nothing, and the others are worked on.
pub async fn meet(context: &Context, machines: &mut [Machine]) {
    let unknown = machines.iter_mut().filter(|machine| machine.host_keys.is_empty());
    for machine in unknown.filter(|machine| machine.status == Status::Active) {
        let Some(ip) = machine.public_ip else { continue };
        // Whoever does not answer now is told of when it is to be worked on.
        let Ok(key) = host_key(door(ip), Deadlines::default()).await else {
            continue;
        };
        let (address, shown) = (&machine.address, key.fingerprint());
        let note = style::warning("note");
        let text = format!("{note}: {address} ({ip}) shows the host key {shown}\n");
        context.output.words(&text);
        if context.global.yes || !io::stdin().is_terminal() {
            let help = style::hint("help");
            let text = format!(
                "{help}: compare it on the machine's console (`ssh-keygen -l -f \
                 /etc/ssh/ssh_host_ed25519_key.pub`), then vouch for it in the stack file: \
                 `droplet: {{ host_key: \"{shown}\" }}`\n"
            );
            context.output.words(&text);
        } else if confirm(context, "Is it the machine's own?").await.is_ok() {
            machine.host_keys.insert(key.digest().clone());
        }
    }
}
