//! What a person types after `dostack snapshot`; the doc comments here are the help.

use clap::{Args, Subcommand};

/// Copy volumes by night, and put copies back.
///
/// When a volume is copied, and which copies stay, stands under `snapshots` of its component. A copy's
/// name is its night in UTC, so no night is ever copied twice.
#[derive(Debug, Subcommand)]
pub enum Snapshot {
    /// Take what is due, and delete nothing unless asked to.
    Run(Run),
    /// List snapshots: age, size, price, why each stays, and what the next prune deletes.
    List(Volumes),
    /// Delete what no rule of the policy wants, never below three of a volume.
    Prune(Volumes),
    /// Keep a snapshot whatever the policy says, or let it go again.
    Hold(Hold),
    /// Make a volume from a snapshot, and put it in the old one's place if asked to.
    Restore(Restore),
    /// Try a snapshot: mount it on a droplet made for it, check it, remove both.
    Drill(Drill),
}

/// Take what is due.
///
/// A night that was missed is caught up with until `catch_up` is over; of several only the last.
#[derive(Debug, Args)]
pub struct Run {
    /// Only these volumes, by component, address or name.
    #[arg(value_name = "NAME")]
    pub names: Vec<String>,
    /// Delete what no rule wants once tonight's copy is good; the token needs a scope more for it.
    #[arg(long)]
    pub prune: bool,
}

/// Volumes that are meant.
#[derive(Debug, Args)]
pub struct Volumes {
    /// Only these volumes, by component, address or name.
    #[arg(value_name = "NAME")]
    pub names: Vec<String>,
}

/// Keep a snapshot whatever the policy says.
#[derive(Debug, Args)]
pub struct Hold {
    /// The snapshot, by its name or id.
    #[arg(value_name = "SNAPSHOT")]
    pub name: String,
    /// Let it go: the policy decides again.
    #[arg(long)]
    pub release: bool,
}

/// Make a volume from a snapshot.
///
/// Without `--swap` the new volume is attached to nothing: it is listed and kept as data. With it, the
/// services that use the old volume are stopped if their machine can be reached, the new volume takes
/// its place, and the old one is kept beside. Killed anywhere, it is finished by the same command.
#[derive(Debug, Args)]
pub struct Restore {
    /// The snapshot, by its name or id.
    #[arg(value_name = "SNAPSHOT")]
    pub snapshot: String,
    /// What the new volume is called; the volume's name and the night, unless given.
    #[arg(long, value_name = "NAME")]
    pub name: Option<String>,
    /// Put it in the place of the volume that the snapshot was taken of.
    #[arg(long)]
    pub swap: bool,
}

/// Try a snapshot.
///
/// A volume is made from it and attached to a droplet that is made for it, mounted without a byte
/// written, its files are counted, and its file system is checked as it is after a power cut. Volume
/// and droplet are removed whatever comes of it, also after Ctrl-C; what a killed drill left behind
/// the next one removes. Exit code 11 says that the snapshot is not whole.
#[derive(Debug, Args)]
pub struct Drill {
    /// The snapshot by its name or id, or a volume whose newest is tried; the stack's newest, unless
    /// given.
    #[arg(value_name = "ADDRESS")]
    pub what: Option<String>,
    /// Try it on this machine of the stack instead of a droplet made for it.
    #[arg(long, value_name = "NODE")]
    pub on: Option<String>,
}
