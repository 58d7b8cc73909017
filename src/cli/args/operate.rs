//! What is typed for day two: other sizes, debts of power, the daemon.

use std::{net::SocketAddr, path::PathBuf};

use clap::Args;

/// Give a machine another size, with its disk as it is.
///
/// It is off for about two minutes. Everything that can be known to fail is looked at while it is
/// on, and a resize that fails all the same ends with the machine on at its old size. Without `--to`
/// its rule in the stack file decides, as it does every minute under `serve`; where only the machine
/// that `monitoring:` is on has readings, it is asked over SSH.
#[derive(Debug, Args)]
pub struct Resize {
    /// Which machine, by component, address or name; without one those whose rule says
    /// `by: schedule`.
    #[arg(value_name = "COMPONENT")]
    pub component: Option<String>,
    /// The size it is to have, as `s-4vcpu-8gb`; it need not be on the ladder.
    #[arg(long, value_name = "SIZE", requires = "component")]
    pub to: Option<String>,
    /// Do not ask the machine afterwards whether it serves.
    #[arg(long)]
    pub no_health_check: bool,
    /// Only say what its rule comes to now, and by which readings.
    #[arg(long, conflicts_with_all = ["to", "no_health_check"])]
    pub explain: bool,
}

/// Switch on what a run left off.
///
/// It looks at the whole account, needs no stack file and no lock, asks nothing, and does nothing to
/// a machine but switch it on. Made to be run every minute, by a timer.
#[derive(Debug, Args)]
pub struct Guard {
    /// Do not wait until whoever switched a machine off has had the time to switch it on.
    #[arg(long)]
    pub now: bool,
}

/// Look after the stack: sizes that follow readings, copies by night, machines that stay on.
///
/// `POST /alerts` takes what Alertmanager sends, which only makes it look sooner. The other address
/// has `/healthz`, `/readyz`, `/metrics`, and a page at `/`.
#[derive(Debug, Args)]
pub struct Serve {
    /// Where alerts come in; where others reach it, it wants TLS and a token or certificates.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:9099")]
    pub listen: SocketAddr,
    /// Where it tells how it is.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:9098")]
    pub status_listen: SocketAddr,
    /// A token of 32 characters or more, or two of them, a line each; without it one is made in
    /// .dostack/serve.token.
    #[arg(long, value_name = "FILE")]
    pub token_file: Option<PathBuf>,
    /// Its certificate and those that vouch for it, as PEM.
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    pub tls_certificate: Option<PathBuf>,
    /// The certificate's private key, as PEM.
    #[arg(long, value_name = "FILE", requires = "tls_certificate")]
    pub tls_key: Option<PathBuf>,
    /// Who signs the certificates by which callers prove themselves instead of a token, as PEM.
    #[arg(long, value_name = "FILE", requires = "tls_certificate")]
    pub client_ca: Option<PathBuf>,
    /// Where it writes down what happens; `.dostack/STACK/audit.jsonl` unless given.
    #[arg(long, value_name = "FILE")]
    pub audit_log: Option<PathBuf>,
    /// Do not ask a machine how it is after a resize; no secrets are needed then.
    #[arg(long)]
    pub no_health_check: bool,
    /// Delete snapshots that no rule wants once the night's is good; the token needs a scope more
    /// for it, and without it `snapshot prune` does that.
    #[arg(long)]
    pub prune: bool,
    /// Every how many seconds it looks at everything without any alert.
    #[arg(long, value_name = "SECONDS", default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub every: u64,
}
