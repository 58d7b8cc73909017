//! TLS, with certificates made by openssl.

use std::{path::Path, process::Command};

use reqwest::{Certificate, Identity};

use super::*;
use crate::operate::serve::TlsFiles;

const VECTOR: &[(Duty, &str, &str)] = &[(Duty::Size, "vector", "Full")];

/// A key and a certificate, of its own authority or of another, or nothing without openssl.
fn certificate(folder: &Path, name: &str, authority: Option<&str>) -> Option<()> {
    let file = |name: &str, end: &str| folder.join(format!("{name}.{end}"));
    let mut openssl = Command::new("openssl");
    openssl
        .args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"])
        .args(["-days", "2", "-subj"])
        .arg(format!("/CN={name}"))
        .args(["-addext", "subjectAltName=IP:127.0.0.1", "-keyout"])
        .arg(file(name, "key"))
        .arg("-out")
        .arg(file(name, "pem"));
    if let Some(authority) = authority {
        openssl.arg("-CA").arg(file(authority, "pem")).arg("-CAkey").arg(file(authority, "key"));
        openssl.args(["-addext", "basicConstraints=critical,CA:FALSE"]);
    }
    let made = openssl.output().ok()?;
    assert!(made.status.success(), "{made:?}");
    Some(())
}

fn client(folder: &Path, own: Option<&str>) -> Client {
    let read = |name: String| std::fs::read(folder.join(name)).unwrap();
    let trusted = Certificate::from_pem(&read("ours.pem".to_owned())).unwrap();
    let builder = Client::builder().no_proxy().tls_certs_only([trusted]);
    match own {
        None => builder.build().unwrap(),
        Some(name) => {
            let pair = [read(format!("{name}.pem")), read(format!("{name}.key"))].concat();
            builder.identity(Identity::from_pem(&pair).unwrap()).build().unwrap()
        }
    }
}

#[tokio::test]
async fn a_certificate_stands_for_the_token_and_nothing_else_does() {
    let made = TempDir::new().unwrap();
    let wanted = [
        ("ours", None),
        ("theirs", None),
        ("server", Some("ours")),
        ("caller", Some("theirs")),
        ("stranger", Some("ours")),
    ];
    for (name, authority) in wanted {
        if certificate(made.path(), name, authority).is_none() {
            return;
        }
    }
    let at = |name: &str| made.path().join(name);
    let files = TlsFiles {
        certificate: at("server.pem"),
        key: at("server.key"),
        clients: Some(at("theirs.pem")),
    };
    let bed = Bed::with(VECTOR, |options| options.tls = Some(files)).await;
    let url = format!("https://{}/alerts", bed.running.alerts());
    let post = |own| client(made.path(), own).post(&url).json(&delivery("Full")).send();
    assert_eq!(post(Some("caller")).await.unwrap().status().as_u16(), 200);
    assert!(post(Some("stranger")).await.is_err());
    assert!(post(None).await.is_err());
    assert!(bed.client.post(bed.alerts()).send().await.is_err(), "plain words are not understood");
    let page = format!("https://{}/", bed.running.status());
    let page = client(made.path(), None).get(page).basic_auth("a", Some(TOKEN)).send().await;
    assert_eq!(page.unwrap().status().as_u16(), 200);
}

#[test]
fn a_file_that_is_no_certificate_is_told() {
    let made = TempDir::new().unwrap();
    let path = made.path().join("x.pem");
    std::fs::write(&path, "nothing").unwrap();
    let files = TlsFiles { certificate: path.clone(), key: path, clients: None };
    let error = super::super::tls::greeting(Some(&files)).unwrap_err();
    assert!(error.to_string().contains("holds no certificate in PEM"), "{error}");
}
