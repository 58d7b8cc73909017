//! Keys and certificates, made by openssl.

use std::path::Path;

use crate::support::tool::tool;

/// A key and a certificate for loopback and for DigitalOcean's address, of its own authority or of
/// another; nothing where there is no openssl.
pub fn certificate(folder: &Path, name: &str, authority: Option<&str>) -> Option<()> {
    let file = |name: &str, end: &str| folder.join(format!("{name}.{end}"));
    let mut openssl = tool("openssl")?;
    openssl
        .args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"])
        .args(["-days", "2", "-subj"])
        .arg(format!("/CN={name}"))
        .args(["-addext", "subjectAltName=IP:127.0.0.1,DNS:api.digitalocean.com", "-keyout"])
        .arg(file(name, "key"))
        .arg("-out")
        .arg(file(name, "pem"));
    if let Some(authority) = authority {
        openssl.arg("-CA").arg(file(authority, "pem")).arg("-CAkey").arg(file(authority, "key"));
        openssl.args(["-addext", "basicConstraints=critical,CA:FALSE"]);
    }
    let made = openssl.output().unwrap();
    assert!(made.status.success(), "{made:?}");
    Some(())
}
