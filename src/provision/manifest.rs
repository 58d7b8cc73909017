//! What a machine says it has, and the digest that a tag keeps of what it was to have.

use std::{collections::BTreeMap, fmt::Write as _};

use serde::{Deserialize, Serialize};

use crate::{
    provision::digest::sha256,
    software::{Bundle, Content, File, Generated, Value},
};

/// How many digits of a digest a tag keeps: 48 bits, enough to tell a component's versions apart.
const DIGITS: usize = 12;

/// What a component has on a machine, as `/var/lib/dostack/<component>/manifest.json` keeps it.
///
/// It is written when a wave of services is healthy, so what it says was reached once; a service
/// that is not in it, or with another digest, is started anew.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Manifest {
    /// What the tag keeps; empty until all of it serves.
    pub digest: String,
    /// The component's files, by their names in its folder: the SHA-256 of one that anybody may
    /// read, a digest with a key that stays on the machine of one with secrets.
    pub files: BTreeMap<String, String>,
    /// Its services, each with the digest of all it is made from.
    pub services: BTreeMap<String, String>,
}

impl Manifest {
    /// The document.
    pub fn text(&self) -> String {
        let text = serde_json::to_string_pretty(self);
        text.expect("a manifest is plain data") + "\n"
    }
}

/// The digest of a component's software, for a tag: of everything but the values of secrets, which
/// no tag may help to guess.
///
/// `base` is what it shares with the rest of its machine.
pub fn digest(base: &str, bundle: Option<&Bundle>) -> String {
    let mut text = format!("{base}\n");
    if let Some(bundle) = bundle {
        for (name, file) in &bundle.files {
            let _ = writeln!(text, "file {name} {:o} {}", file.mode, described(file));
        }
        for (name, service) in &bundle.services {
            let _ = writeln!(text, "service {name} {:?}", service.inputs);
        }
        for data in &bundle.data {
            let _ = writeln!(text, "data {} {:?} {:o}", data.path, data.owner, data.mode);
        }
    }
    sha256(text.as_bytes()).chars().take(DIGITS).collect()
}

/// What is in a file, with names for what is secret.
fn described(file: &File) -> String {
    match &file.content {
        Content::Text(text) => sha256(text.as_bytes()),
        Content::Whole(value) => named(value),
        Content::Program => "this program".to_owned(),
        Content::Generated(Generated::Certificate(names)) => format!("certificate {names:?}"),
        Content::Generated(Generated::CertificateKey) => "its key".to_owned(),
        Content::Environment(all) => {
            let all = all.iter().map(|(name, value)| format!("{name}={}", named(value)));
            sha256(all.collect::<Vec<_>>().join("\n").as_bytes())
        }
    }
}

fn named(value: &Value) -> String {
    match value {
        Value::Text(text) => format!("text {text:?}"),
        Value::Secret(name) => format!("secret {name}"),
        Value::Generated(name) => format!("made {name}"),
        Value::Borrowed(whose, name) => format!("made {name} for {whose}"),
        Value::InUrl(inner) => format!("url ({})", named(inner)),
        Value::Joined(parts) => parts.iter().map(named).collect::<Vec<_>>().join(" + "),
    }
}

#[cfg(test)]
mod tests {
    use super::{Manifest, digest};
    use crate::{
        provision::tests::bundle,
        software::{File, Value},
    };

    #[test]
    fn it_reads_back_and_a_field_it_does_not_know_is_no_harm() {
        let manifest = Manifest {
            digest: "0a1b".to_owned(),
            files: [("compose.yaml".to_owned(), "ab".to_owned())].into(),
            services: [("weaviate".to_owned(), "cd".to_owned())].into(),
        };
        assert_eq!(serde_json::from_str::<Manifest>(&manifest.text()).unwrap(), manifest);
        let other: Manifest = serde_json::from_str(r#"{"later":1,"digest":"0a"}"#).unwrap();
        assert_eq!((other.digest.as_str(), other.files.len()), ("0a", 0));
    }

    #[test]
    fn a_tag_s_digest_follows_every_file_and_no_secret_s_value() {
        let before = bundle();
        assert_eq!(digest("base", Some(&before)).len(), 12);
        assert_eq!(digest("base", Some(&before)), digest("base", Some(&bundle())));
        assert_ne!(digest("base", Some(&before)), digest("other", Some(&before)));
        assert_ne!(digest("base", Some(&before)), digest("base", None));
        let mut after = bundle();
        after.files.insert("web/web.conf".to_owned(), File::text("listen 81".to_owned()));
        assert_ne!(digest("base", Some(&before)), digest("base", Some(&after)));
        let mut after = bundle();
        let open = [("KEY".to_owned(), Value::text("ORG_KEY"))].into();
        after.files.insert("web.env".to_owned(), File::environment(open));
        assert_ne!(digest("base", Some(&before)), digest("base", Some(&after)));
    }
}
