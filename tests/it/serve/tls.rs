//! TLS, with certificates made by openssl.

use std::{fs, path::Path};

use reqwest::{Certificate, Client, Error, Identity, StatusCode};
use serde_json::json;
use tempfile::TempDir;

use super::{Daemon, STACK};
use crate::support::{certificate::certificate, env::Env, until::until};

/// Makes keys and certificates: two authorities, each with one that it signed; nothing where there
/// is no openssl.
fn certificates() -> Option<TempDir> {
    let folder = TempDir::with_prefix("tls-").unwrap();
    for (name, authority) in [
        ("ours", None),
        ("theirs", None),
        ("foreign", None),
        ("server", Some("ours")),
        ("caller", Some("theirs")),
        ("stranger", Some("foreign")),
    ] {
        certificate(folder.path(), name, authority)?;
    }
    Some(folder)
}

/// A caller who trusts our authority, with a certificate of his own or without.
fn caller(folder: &Path, own: Option<&str>) -> Client {
    let read = |name: &str, end: &str| fs::read(folder.join(format!("{name}.{end}"))).unwrap();
    let trusted = Certificate::from_pem(&read("ours", "pem")).unwrap();
    let builder = Client::builder().no_proxy().tls_certs_only([trusted]);
    let builder = match own {
        None => builder,
        Some(name) => {
            let pair = [read(name, "pem"), read(name, "key")].concat();
            builder.identity(Identity::from_pem(&pair).unwrap())
        }
    };
    builder.build().unwrap()
}

/// A daemon that speaks TLS; `more` are its options.
fn daemon(env: &Env, folder: &Path, more: &str) -> Daemon {
    env.stack(STACK);
    let at = |name: &str| folder.join(name).display().to_string();
    let (certificate, key) = (at("server.pem"), at("server.key"));
    let options = format!("--tls-certificate {certificate} --tls-key {key} --every 3600 {more}");
    Daemon::start(env, &options)
}

/// What a post of an alert is answered, with the token or without.
fn posts(daemon: &Daemon, client: &Client, token: Option<&str>) -> Result<StatusCode, Error> {
    let alert = json!({ "status": "firing", "labels": { "alertname": "Overloaded" } });
    let delivery = json!({ "version": "4", "status": "firing", "alerts": [alert] });
    let post = client.post(format!("https://{}/alerts", daemon.alerts)).json(&delivery);
    let post = match token {
        None => post,
        Some(token) => post.bearer_auth(token),
    };
    Ok(daemon.runtime.block_on(post.send())?.status())
}

#[test]
fn a_certificate_of_the_callers_authority_stands_for_the_token_and_nothing_else_does() {
    let Some(made) = certificates() else { return };
    let (folder, env) = (made.path(), Env::with_cloud());
    let authorities = folder.join("theirs.pem").display().to_string();
    let daemon = daemon(&env, folder, &format!("--client-ca {authorities}"));
    let token = Some(daemon.token.as_str());
    assert_eq!(posts(&daemon, &caller(folder, Some("caller")), None).unwrap(), 200);
    for (own, shown) in [(None, None), (None, token), (Some("stranger"), token)] {
        let refused = posts(&daemon, &caller(folder, own), shown);
        assert!(refused.is_err(), "{own:?}: {refused:?}");
    }
    let plain = daemon.client.post(format!("http://{}/alerts", daemon.alerts)).send();
    assert!(daemon.runtime.block_on(plain).is_err(), "plain words are not understood");
    // People have no certificates; they show the token.
    let page = caller(folder, None).get(format!("https://{}/", daemon.status));
    let page = daemon.runtime.block_on(page.basic_auth("anybody", token).send()).unwrap();
    assert_eq!(page.status(), 200);
    daemon.stop();
    let audit = env.read(".dostack/core/audit.jsonl");
    assert_eq!(audit.matches("\"event\":\"woken\"").count(), 1, "{audit}");
}

#[test]
fn over_tls_without_authorities_the_token_is_asked_for() {
    let Some(made) = certificates() else { return };
    let (folder, env) = (made.path(), Env::with_cloud());
    let daemon = daemon(&env, folder, "");
    let token = Some(daemon.token.as_str());
    for own in [None, Some("stranger")] {
        assert_eq!(posts(&daemon, &caller(folder, own), None).unwrap(), 401);
        assert_eq!(posts(&daemon, &caller(folder, own), token).unwrap(), 200);
    }
    daemon.stop();
}

#[test]
fn a_renewed_certificate_is_shown_after_a_reload_and_a_broken_one_never() {
    let Some(made) = certificates() else { return };
    let (folder, env) = (made.path(), Env::with_cloud());
    let daemon = daemon(&env, folder, "");
    let token = Some(daemon.token.as_str());
    let before = caller(folder, None);
    // Whoever signs it from now on, callers trust as they trusted `ours`.
    certificate(folder, "ours", None).unwrap();
    certificate(folder, "server", Some("ours")).unwrap();
    let after = caller(folder, None);
    assert_eq!(posts(&daemon, &before, token).unwrap(), 200);
    assert!(posts(&daemon, &after, token).is_err());
    daemon.process.signal("HUP");
    until("the new certificate is shown", || posts(&daemon, &after, token).is_ok());

    fs::write(folder.join("server.key"), "no key").unwrap();
    daemon.process.signal("HUP");
    let told = || env.read(".dostack/core/audit.jsonl").contains("holds no private key");
    until("the broken key is told", told);
    assert_eq!(posts(&daemon, &caller(folder, None), token).unwrap(), 200);
    daemon.stop();
}
