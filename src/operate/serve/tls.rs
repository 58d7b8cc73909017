//! TLS for both listeners, and callers who prove themselves by a certificate.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
};

use rustls::{
    RootCertStore, ServerConfig,
    crypto::ring,
    pki_types::{
        CertificateDer, PrivateKeyDer,
        pem::{self, PemObject as _},
    },
    server::{VerifierBuilderError, WebPkiClientVerifier},
};
use thiserror::Error;
use tokio::sync::watch;

/// Where certificates are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsFiles {
    /// The chain that is shown to callers, ours first, as PEM.
    pub certificate: PathBuf,
    /// Its private key, as PEM.
    pub key: PathBuf,
    /// The authorities that sign callers' certificates, as PEM; a caller without one is refused.
    pub clients: Option<PathBuf>,
}

/// Why TLS cannot be set up.
#[derive(Debug, Error)]
pub enum TlsError {
    /// A file cannot be read.
    #[error("cannot read `{}`", path.display())]
    Read {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file holds something else.
    #[error("`{}` holds no {expected} in PEM", path.display())]
    Pem {
        /// Which.
        path: PathBuf,
        /// What it should hold.
        expected: &'static str,
    },
    /// Certificate and key cannot be used.
    #[error("the certificate and its key cannot be used")]
    Pair(#[source] rustls::Error),
    /// The authorities cannot be used.
    #[error("the authorities of callers' certificates cannot be used")]
    Authorities(#[source] VerifierBuilderError),
}

/// How a listener greets; with nothing, it speaks plainly.
pub type Tls = Option<Arc<ServerConfig>>;

/// How the two listeners greet.
#[derive(Clone, Debug, Default)]
pub struct Greeting {
    /// Where alerts come in; with authorities, only for callers with a certificate.
    pub alerts: Tls,
    /// Where people look.
    pub status: Tls,
}

/// The greetings of the two listeners, which may be others from now on.
pub struct Greeters {
    alerts: watch::Sender<Tls>,
    status: watch::Sender<Tls>,
}

impl Greeters {
    /// Those of a daemon that begins.
    pub fn new(greeting: Greeting) -> Self {
        let Greeting { alerts, status } = greeting;
        Self { alerts: watch::Sender::new(alerts), status: watch::Sender::new(status) }
    }

    /// How those are greeted who bring alerts, now and later.
    pub fn alerts(&self) -> watch::Receiver<Tls> {
        self.alerts.subscribe()
    }

    /// How those are greeted who look.
    pub fn status(&self) -> watch::Receiver<Tls> {
        self.status.subscribe()
    }

    /// Greets otherwise whoever comes from now on.
    pub fn change(&self, greeting: Greeting) {
        self.alerts.send_replace(greeting.alerts);
        self.status.send_replace(greeting.status);
    }
}

/// Reads the files, where there are any.
pub fn greeting(files: Option<&TlsFiles>) -> Result<Greeting, TlsError> {
    let Some(files) = files else { return Ok(Greeting::default()) };
    let status = Arc::new(config(files, None)?);
    let alerts = match &files.clients {
        None => Arc::clone(&status),
        Some(authorities) => Arc::new(config(files, Some(authorities))?),
    };
    Ok(Greeting { alerts: Some(alerts), status: Some(status) })
}

fn config(files: &TlsFiles, authorities: Option<&PathBuf>) -> Result<ServerConfig, TlsError> {
    let chain = certificates(&files.certificate)?;
    let text = read(&files.key)?;
    let key = PrivateKeyDer::from_pem_slice(&text)
        .map_err(|_| TlsError::Pem { path: files.key.clone(), expected: "private key" })?;
    let provider = Arc::new(ring::default_provider());
    let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(TlsError::Pair)?;
    let builder = match authorities {
        None => builder.with_no_client_auth(),
        Some(path) => {
            let mut roots = RootCertStore::empty();
            for authority in certificates(path)? {
                roots.add(authority).map_err(TlsError::Pair)?;
            }
            let verifier =
                WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider).build();
            builder.with_client_cert_verifier(verifier.map_err(TlsError::Authorities)?)
        }
    };
    let mut config = builder.with_single_cert(chain, key).map_err(TlsError::Pair)?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let text = read(path)?;
    let all: Result<Vec<_>, pem::Error> = CertificateDer::pem_slice_iter(&text).collect();
    let wrong = || TlsError::Pem { path: path.to_owned(), expected: "certificate" };
    all.ok().filter(|all| !all.is_empty()).ok_or_else(wrong)
}

fn read(path: &Path) -> Result<Vec<u8>, TlsError> {
    fs::read(path).map_err(|source| TlsError::Read { path: path.to_owned(), source })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_no_certificate_is_told() {
        let made = tempfile::tempdir().unwrap();
        let path = made.path().join("x.pem");
        fs::write(&path, "nothing").unwrap();
        let files = TlsFiles { certificate: path.clone(), key: path, clients: None };
        let error = greeting(Some(&files)).unwrap_err();
        assert!(error.to_string().contains("holds no certificate in PEM"), "{error}");
    }
}
