//! Nginx: one name in front of each thing that is shown.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::{
    config::{AppStack, Tls},
    render::RenderError,
    software::{DataFolder, File, Generated, Place, Service, app::Share, langfuse, runtime},
    values::DomainName,
};

/// What the compose template may use.
#[derive(Serialize)]
pub struct Facts {
    image: String,
    configuration: String,
    certificates: String,
    challenges: String,
    watches: bool,
}

/// What the template of its settings may use.
#[derive(Serialize)]
struct Settings {
    sites: Vec<Site>,
}

/// A name, and what is behind it.
#[derive(Serialize)]
struct Site {
    name: String,
    upstream: Option<String>,
    default: bool,
    /// Whether an authority is asked for its certificate.
    asked: bool,
}

/// Starts Nginx where certificates come while it runs.
const SERVE: &str = include_str!("../../templates/serve.sh");

/// The web server.
pub fn share(place: &Place<'_>, app: &AppStack) -> Result<(Facts, Share), RenderError> {
    let challenges = format!("/var/lib/dostack/{}/acme", place.project());
    let facts = Facts {
        image: place.stack.images.nginx(),
        configuration: place.path("nginx"),
        certificates: place.path("certificates"),
        challenges: challenges.clone(),
        watches: is_asked(app),
    };
    let settings = place.templates.nginx(&Settings { sites: sites(place, app) })?;
    let [certificate, key] = certificate(app);
    let mut files = BTreeMap::from([
        ("nginx/nginx.conf".to_owned(), File::text(settings)),
        ("certificates/fullchain.pem".to_owned(), certificate),
        ("certificates/privkey.pem".to_owned(), key),
    ]);
    if is_asked(app) {
        files.insert("nginx/serve.sh".to_owned(), File::text(SERVE.to_owned()));
    }
    let services =
        BTreeMap::from([("nginx".to_owned(), Service::own(files.keys().cloned().collect()))]);
    let data = BTreeSet::from([DataFolder { path: challenges, owner: (0, 0), mode: 0o755 }]);
    Ok((facts, Share { files, services, data }))
}

/// A name for a part of the component: the one it states, else one below the web server's.
pub fn name(app: &AppStack, part: &str, stated: Option<&DomainName>) -> Option<String> {
    let below = || app.nginx.server_name.as_ref().map(|name| format!("{part}.{name}"));
    stated.map(ToString::to_string).or_else(below)
}

/// The orchestrator under the web server's own name, the others under theirs.
///
/// Without a name of its own the web server shows the orchestrator under every name; with one,
/// whoever asks for another gets no answer.
fn sites(place: &Place<'_>, app: &AppStack) -> Vec<Site> {
    let upstream = app.orchestrator_port().map(|port| format!("http://127.0.0.1:{port}"));
    let own = app.nginx.server_name.as_ref().map(ToString::to_string);
    let asked = is_asked(app);
    let site = |name, upstream| Site { name, upstream: Some(upstream), default: false, asked };
    let rest = |upstream| Site { name: "_".to_owned(), upstream, default: true, asked: false };
    let admin = app.admin.as_ref().and_then(|admin| {
        let name = name(app, "admin", admin.server_name.as_ref())?;
        Some(site(name, runtime::filled(place, &admin.upstream)))
    });
    let traces = langfuse::site(app).map(|name| site(name, langfuse::UPSTREAM.to_owned()));
    let first = match own {
        None => vec![rest(upstream)],
        Some(name) => vec![rest(None), Site { name, upstream, default: false, asked }],
    };
    first.into_iter().chain(admin).chain(traces).collect()
}

const fn is_asked(app: &AppStack) -> bool {
    matches!(app.nginx.tls, Tls::Acme(_))
}

/// Where the certificate and its key come from. One that an authority is asked for comes later,
/// so that Nginx starts before.
fn certificate(app: &AppStack) -> [File; 2] {
    match &app.nginx.tls {
        Tls::SelfSigned | Tls::Acme(_) => {
            let made = Generated::Certificate(names(app));
            [File::generated(made), File::generated(Generated::CertificateKey)]
        }
        Tls::Brought { certificate, key } => {
            [File::secret(certificate.clone()), File::secret(key.clone())]
        }
    }
}

/// The names a certificate is for; `localhost` where nothing has a name.
pub fn names(app: &AppStack) -> Vec<String> {
    let own = app.nginx.server_name.as_ref().map(ToString::to_string);
    let admin = app.admin.as_ref();
    let admin = admin.and_then(|admin| name(app, "admin", admin.server_name.as_ref()));
    let all: Vec<String> = [own, admin, langfuse::site(app)].into_iter().flatten().collect();
    if all.is_empty() { vec!["localhost".to_owned()] } else { all }
}
