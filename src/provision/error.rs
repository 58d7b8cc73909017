//! Why a machine does not serve.

use std::{fmt, time::Duration};

use thiserror::Error;

use crate::{digitalocean::ApiError, provision::recipe::MissingSecret, ssh::SshError};

/// Why a machine does not serve. Everything else of the run went on.
#[derive(Debug, Error)]
pub enum ProvisionError {
    /// It cannot be worked on over SSH.
    #[error("cannot work on it over SSH")]
    Ssh(#[from] SshError),
    /// A secret has no value.
    #[error(transparent)]
    Secret(#[from] MissingSecret),
    /// A tag could not be put on it or taken off it.
    #[error("cannot {doing}")]
    Tag {
        /// What was tried.
        doing: String,
        /// Why not.
        #[source]
        source: Box<ApiError>,
    },
    /// It has no address to be reached at.
    #[error("it has no public address")]
    NoAddress,
    /// It is not on.
    #[error("it is {status}")]
    NotOn {
        /// What it is instead.
        status: String,
    },
    /// The script that makes it ready for containers stopped.
    #[error("making it ready for containers stopped at the step `{step}`: {said}")]
    Bootstrap {
        /// Where.
        step: String,
        /// What the machine said last.
        said: String,
    },
    /// Making it ready takes longer than it ever should.
    #[error("it was not ready for containers after {} s; the step is `{step}`", waited.as_secs())]
    Late {
        /// The step it is at.
        step: String,
        /// How long was waited.
        waited: Duration,
    },
    /// A container that was there before us has data that ours would need.
    #[error(
        "`{service}` is to have its data in {ours}, and the container `{container}` has it {lies} already"
    )]
    OldData {
        /// The service of ours.
        service: String,
        /// The container.
        container: String,
        /// Where its data lies, in words.
        lies: String,
        /// Where ours has it.
        ours: String,
    },
    /// The data of a container knows its node by another name than the service is to have.
    #[error(
        "the data of the container `{container}` is of a node called `{theirs}`, and `{service}` is to \
         be called `{ours}`: it would not find its data"
    )]
    OtherNode {
        /// The service of ours.
        service: String,
        /// The container.
        container: String,
        /// What its data calls the node.
        theirs: String,
        /// What ours is to be called.
        ours: String,
    },
    /// No container engine answers on it.
    #[error("its container engine does not answer")]
    NoEngine,
    /// Something was refused on it, or failed.
    #[error("cannot {doing}: {said}")]
    Refused {
        /// What was tried.
        doing: String,
        /// What the machine said.
        said: String,
    },
    /// It is to run this program, which cannot be sent to it.
    #[error("cannot send this program to it: {why}")]
    Program {
        /// Why not.
        why: String,
        /// What to do about it.
        help: &'static str,
    },
    /// Its new host key cannot be read.
    #[error("it made a host key that cannot be read: {said}")]
    HostKey {
        /// What it said instead.
        said: String,
    },
    /// Services do not serve.
    #[error("{}", list(.0))]
    Services(Vec<FailedService>),
}

/// A service that does not serve.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FailedService {
    /// The component it belongs to.
    pub component: String,
    /// Its name.
    pub service: String,
    /// Why it counts as failed.
    pub why: String,
    /// The last of what it wrote.
    pub log: String,
    /// Services that were not begun because of it.
    pub held_back: Vec<String>,
}

impl ProvisionError {
    /// What to do next.
    pub fn help(&self) -> String {
        match self {
            Self::Ssh(error) => error.help(),
            Self::Secret(missing) => format!(
                "set `{}` in the environment, or keep it with `dostack secrets set {}`",
                missing.0, missing.0
            ),
            Self::NotOn { .. } => "switch it on in the control panel, then run `dostack up`".into(),
            Self::NoAddress => "a machine without a public address cannot be provisioned".into(),
            Self::Bootstrap { .. } => {
                "put right what it says, then run `dostack up` again: what is done is kept. The \
                 whole of it is in /var/log/cloud-init-output.log there"
                    .into()
            }
            Self::Services(_) => {
                "the rest goes on serving; put right what the log says, then run `dostack up` again"
                    .into()
            }
            Self::OldData { .. } => {
                "say what becomes of it in the stack file: `droplet: { data: move }` copies it, \
                 `droplet: { data: keep }` uses it where it lies; either stops that container"
                    .into()
            }
            Self::OtherNode { theirs, .. } => {
                format!("keep the name: say `weaviate: {{ node: {theirs} }}` in the stack file")
            }
            Self::NoEngine => {
                "look at `systemctl status docker` there (`dostack ssh`), then run `dostack up` again"
                    .into()
            }
            Self::Program { help, .. } => (*help).into(),
            Self::Tag { .. } | Self::Late { .. } | Self::Refused { .. } | Self::HostKey { .. } => {
                "run `dostack up` again; what is done is not done twice".into()
            }
        }
    }

    /// Something a machine refused to do, or failed at.
    pub fn refused(doing: impl Into<String>, said: &str) -> Self {
        let said = said.trim().trim_start_matches("dostack: ");
        let said = if said.is_empty() { "it did not say why" } else { said };
        Self::Refused { doing: doing.into(), said: said.to_owned() }
    }
}

impl fmt::Display for FailedService {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "`{}` of {} does not serve: {}", self.service, self.component, self.why)?;
        if !self.held_back.is_empty() {
            write!(out, "; `{}` waits for it", self.held_back.join("`, `"))?;
        }
        if self.log.is_empty() {
            return write!(out, "; it wrote nothing");
        }
        write!(out, "; the last it wrote:")?;
        self.log.lines().try_for_each(|line| write!(out, "\n    {line}"))
    }
}

fn list(failed: &[FailedService]) -> String {
    failed.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}
