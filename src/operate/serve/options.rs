//! How a daemon is to run, and what it refuses to begin with.

use std::{
    fmt, io,
    net::SocketAddr,
    path::{Path, PathBuf},
    time::Duration,
};

use thiserror::Error;

use crate::operate::serve::{
    audit::AuditError,
    tls::{TlsError, TlsFiles},
    token::{TokenError, Tokens},
};

/// How a daemon is to run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// Where alerts come in.
    pub alerts: SocketAddr,
    /// Where it tells how it is.
    pub status: SocketAddr,
    /// The file with the token, or with two while they are rotated.
    pub token: TokenFile,
    /// Its certificate, where it speaks TLS.
    pub tls: Option<TlsFiles>,
    /// Where it writes down what happens.
    pub audit: PathBuf,
    /// How often everything is seen to without any alert.
    pub every: Duration,
    /// How long callers may take.
    pub patience: Patience,
}

/// How long callers may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// For the head of a request, and between two of them.
    pub head: Duration,
    /// For the body of one.
    pub body: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self { head: Duration::from_secs(5), body: Duration::from_secs(10) }
    }
}

/// Where the token is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TokenFile {
    /// In a file that was named, and has to be there.
    Given(PathBuf),
    /// In a file of our own, which is made where it is missing.
    Own(PathBuf),
}

/// Why a daemon did not start.
#[derive(Debug, Error)]
pub enum ServeError {
    /// Others than this machine would reach it without having to prove who they are.
    #[error("`{address}` can be reached from elsewhere, and there is {lacking}")]
    Exposed {
        /// Where it was to listen.
        address: SocketAddr,
        /// What is missing for that.
        lacking: Lacking,
    },
    /// The address cannot be listened on; most often another program has it.
    #[error("cannot listen on {address}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the system said.
        source: io::Error,
    },
    /// The token file cannot be used.
    #[error(transparent)]
    Token(#[from] TokenError),
    /// TLS cannot be set up.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The audit log cannot be written.
    #[error(transparent)]
    Audit(#[from] AuditError),
}

/// What a listener that others reach needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lacking {
    /// A certificate and its key.
    Tls,
    /// A token file that was named, or the authorities of callers' certificates.
    Proof,
}

impl fmt::Display for Lacking {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Tls => "no TLS certificate",
            Self::Proof => "neither a token file nor an authority of callers' certificates",
        })
    }
}

impl Options {
    /// Refuses to listen where others can reach it without TLS and a proof of who they are.
    pub fn check(&self) -> Result<(), ServeError> {
        let proves = match (&self.token, &self.tls) {
            (TokenFile::Given(_), _) => true,
            (TokenFile::Own(_), tls) => tls.as_ref().is_some_and(|files| files.clients.is_some()),
        };
        let lacking = match (&self.tls, proves) {
            (Some(_), true) => return Ok(()),
            (None, _) => Lacking::Tls,
            (Some(_), false) => Lacking::Proof,
        };
        let exposed = [self.alerts, self.status].into_iter().find(|at| !at.ip().is_loopback());
        exposed.map_or(Ok(()), |address| Err(ServeError::Exposed { address, lacking }))
    }
}

impl TokenFile {
    /// Which file it is.
    pub fn path(&self) -> &Path {
        match self {
            Self::Given(path) | Self::Own(path) => path,
        }
    }

    /// Reads the tokens, after making one where the file is our own and not there.
    pub fn tokens(&self) -> Result<Tokens, TokenError> {
        match self {
            Self::Given(path) => Tokens::read(path),
            Self::Own(path) => {
                if !path.exists() {
                    Tokens::make(path)?;
                }
                Tokens::read(path)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(alerts: &str, status: &str) -> Options {
        Options {
            alerts: alerts.parse().unwrap(),
            status: status.parse().unwrap(),
            token: TokenFile::Own("token".into()),
            tls: None,
            audit: "audit".into(),
            every: Duration::from_mins(1),
            patience: Patience::default(),
        }
    }

    fn tls(clients: Option<&str>) -> TlsFiles {
        let clients = clients.map(PathBuf::from);
        TlsFiles { certificate: "cert".into(), key: "key".into(), clients }
    }

    fn lacking(options: &Options) -> Option<Lacking> {
        match options.check() {
            Err(ServeError::Exposed { lacking, .. }) => Some(lacking),
            Err(error) => panic!("{error}"),
            Ok(()) => None,
        }
    }

    #[test]
    fn others_reach_it_only_over_tls_and_with_a_proof() {
        let local = options("127.0.0.1:0", "[::1]:0");
        assert_eq!(lacking(&local), None);
        for exposed in [options("0.0.0.0:0", "[::1]:0"), options("127.0.0.1:0", "10.0.0.1:0")] {
            let given = TokenFile::Given("token".into());
            assert_eq!(lacking(&exposed), Some(Lacking::Tls));
            let named = Options { token: given.clone(), ..exposed.clone() };
            assert_eq!(lacking(&named), Some(Lacking::Tls));
            let secret = Options { tls: Some(tls(None)), ..exposed.clone() };
            assert_eq!(lacking(&secret), Some(Lacking::Proof));
            assert_eq!(lacking(&Options { tls: Some(tls(None)), ..named }), None);
            assert_eq!(lacking(&Options { tls: Some(tls(Some("ca"))), ..exposed }), None);
        }
    }
}
