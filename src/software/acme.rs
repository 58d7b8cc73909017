//! Certificates from an authority, which never stand in Nginx' way.
//!
//! A client beside Nginx asks for one for each name (ACME, RFC 8555: HTTP-01), and in time for the
//! next. Until there is one, and for names that the authority knows nothing of, Nginx shows the one
//! that was made on the machine.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::{
    config::{Acme, AppStack, Tls},
    software::{DataFolder, File, Place, Service, Value, app::Share, nginx},
};

/// Asks, and asks again, for as long as it runs.
const ASK: &str = include_str!("../../templates/acme.sh");

/// Where there is no other: Let's Encrypt (docs: ACME protocol updates).
const DIRECTORY: &str = "https://acme-v02.api.letsencrypt.org/directory";

/// What the template may use.
#[derive(Serialize)]
pub struct Facts {
    image: String,
    script: String,
    account: String,
    served: String,
}

/// The client, if an authority is to be asked.
pub fn share(place: &Place<'_>, app: &AppStack) -> Option<(Facts, Share)> {
    let Tls::Acme(acme) = &app.nginx.tls else { return None };
    let facts = Facts {
        image: place.stack.images.certbot(),
        script: place.path("acme"),
        account: place.data("certbot"),
        served: format!("/var/lib/dostack/{}/certificates", place.project()),
    };
    let files = BTreeMap::from([
        ("acme/ask.sh".to_owned(), File::text(ASK.to_owned())),
        ("acme.env".to_owned(), File::environment(environment(app, acme))),
    ]);
    let services =
        BTreeMap::from([("acme".to_owned(), Service::own(files.keys().cloned().collect()))]);
    let folder = |path: &str| DataFolder { path: path.to_owned(), owner: (0, 0), mode: 0o700 };
    let data = BTreeSet::from([folder(&facts.account), folder(&facts.served)]);
    Some((facts, Share { files, services, data }))
}

fn environment(app: &AppStack, acme: &Acme) -> BTreeMap<String, Value> {
    let directory = acme.directory.as_deref().unwrap_or(DIRECTORY);
    [
        ("ACME_NAMES", nginx::names(app).join(" ")),
        ("ACME_EMAIL", acme.email.clone().unwrap_or_default()),
        ("ACME_DIRECTORY", directory.to_owned()),
    ]
    .map(|(name, text)| (name.to_owned(), Value::Text(text)))
    .into()
}
