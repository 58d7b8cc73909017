//! DigitalOcean's address, as machines behind a sandbox see it.

use std::{fs, net::SocketAddr, sync::Arc};

use rustls::{
    ServerConfig,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _},
};
use tempfile::TempDir;
use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
    runtime::Runtime,
};
use tokio_rustls::TlsAcceptor;

use crate::support::{
    certificate::certificate,
    cloud::Cloud,
    machine::{Hall, Machine},
};

/// `https://api.digitalocean.com` of a machine, behind which the sandbox is, for as long as it is held.
pub struct Api {
    _runtime: Runtime,
}

impl Api {
    /// Lets a machine that is on reach it: by a line in its hosts, and an authority it trusts.
    pub fn open(cloud: &Cloud, hall: &Hall, name: &str) -> Self {
        let folder = TempDir::with_prefix("api-").unwrap();
        certificate(folder.path(), "authority", None).expect("openssl");
        certificate(folder.path(), "api", Some("authority")).expect("openssl");
        let read = |file: &str| fs::read_to_string(folder.path().join(file)).unwrap();
        let test = hall.with(name, Machine::test);
        let trust = "/etc/ssl/certs/ca-certificates.crt";
        hall.run(
            name,
            &format!(
                "echo '{test} api.digitalocean.com' >>/etc/hosts\ncat >>{trust} <<'E'\n{}\nE",
                read("authority.pem")
            ),
        );
        let runtime = Runtime::new().unwrap();
        let listener = runtime.block_on(TcpListener::bind((test, 443))).unwrap();
        let address = cloud.address().strip_prefix("http://").unwrap().parse().unwrap();
        runtime.spawn(answer(listener, acceptor(&read("api.pem"), &read("api.key")), address));
        Self { _runtime: runtime }
    }
}

fn acceptor(certificate: &str, key: &str) -> TlsAcceptor {
    let chain = CertificateDer::pem_slice_iter(certificate.as_bytes());
    let key = PrivateKeyDer::from_pem_slice(key.as_bytes()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(chain.map(Result::unwrap).collect(), key)
        .unwrap();
    TlsAcceptor::from(Arc::new(config))
}

/// Passes on what comes, and what is answered.
async fn answer(listener: TcpListener, acceptor: TlsAcceptor, sandbox: SocketAddr) {
    while let Ok((stream, _)) = listener.accept().await {
        let acceptor = acceptor.clone();
        tokio::spawn(async move {
            let mut caller = acceptor.accept(stream).await?;
            let mut sandbox = TcpStream::connect(sandbox).await?;
            copy_bidirectional(&mut caller, &mut sandbox).await
        });
    }
}
