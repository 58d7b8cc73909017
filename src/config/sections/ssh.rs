//! `ssh`: who may log in, and how we do.

use std::collections::BTreeSet;

use crate::{
    config::{
        reader::{MissingKeys, Reader},
        report::{Diagnostic, Severity},
        shape::{Shape, optional, required},
        source::{Place, SourceError},
        tree::{Content, Node},
    },
    values::{Cidr, PublicKey},
};

/// Who may log in, and how we do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ssh {
    /// The account on the machines.
    pub user: String,
    /// The operators' keys.
    pub public_keys: Vec<PublicKey>,
    /// The file with the private half; the agent when absent.
    pub private_key: Option<String>,
    /// Where port 22 is open to.
    pub allow_from: BTreeSet<Cidr>,
}

/// The section.
pub const SHAPE: Shape = Shape::Record(&[
    optional("user", &Shape::Text, "The account on the machines; `root` unless given."),
    required(
        "public_keys",
        &Shape::List(&Shape::Text),
        "Paths of OpenSSH public keys, or the keys themselves.",
    ),
    optional(
        "private_key",
        &Shape::Text,
        "The file with the private half; the agent unless given.",
    ),
    optional(
        "allow_from",
        &Shape::List(&Shape::Text),
        "Addresses and ranges that reach port 22; every one unless given.",
    ),
]);

/// What an OpenSSH public key begins with.
const KEY_TYPES: [&str; 4] = ["ssh-", "ecdsa-", "sk-ssh-", "sk-ecdsa-"];

/// The largest key file that is taken: 64 times an RSA key of 4,096 bits.
const MAX_KEY: usize = 1 << 16;

/// The most sources one firewall rule may have (docs: Cloud Firewalls, limits).
const MAX_SOURCES: usize = 1000;

/// Reads the section.
pub fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Ssh> {
    let user = match node.get("user") {
        Some(given) => reader.parse(Some(given), user),
        None => Some("root".to_owned()),
    };
    let public_keys = node.get("public_keys").map(|keys| public_keys(keys, reader));
    let private_key = reader.parse(node.get("private_key"), private_key);
    let allow_from = allow_from(node, reader);
    Some(Ssh { user: user?, public_keys: public_keys?, private_key, allow_from })
}

fn user(text: &str) -> Result<String, String> {
    let word =
        |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"_-".contains(&byte);
    let first = text.starts_with(|first: char| first.is_ascii_lowercase() || first == '_');
    if first && text.len() <= 32 && text.bytes().all(word) {
        Ok(text.to_owned())
    } else {
        Err(format!(
            "`{text}` is no user name: lower-case letters, digits, `_` and `-`, at most 32 characters"
        ))
    }
}

fn private_key(text: &str) -> Result<String, &'static str> {
    if text.is_empty() || text.contains("PRIVATE KEY") || text.contains('\n') {
        return Err("name the file that holds the private key, not the key itself");
    }
    Ok(text.to_owned())
}

/// The keys of the list, a throw-away key counted once.
fn public_keys(list: &Node, reader: &mut Reader<'_>) -> Vec<PublicKey> {
    if list.content == Content::List(Vec::new()) {
        let message = "there must be a key: without one nobody could log in";
        reader.mistake(list.place, message);
    }
    let mut keys: Vec<(PublicKey, Place)> = Vec::new();
    for item in list.items() {
        let Some((key, origin)) = public_key(item, reader) else { continue };
        match (keys.iter().find(|(known, _)| known.fingerprint() == key.fingerprint()), origin) {
            (None, _) => keys.push((key, item.place)),
            (Some(_), Origin::ThrowAway) => {}
            (Some((_, first)), Origin::User) => reader.tell(
                Diagnostic::error(item.place, "this key is given twice")
                    .also(*first, "first given here"),
            ),
        }
    }
    keys.into_iter().map(|(key, _)| key).collect()
}

/// Whose key it is.
enum Origin {
    User,
    ThrowAway,
}

fn public_key(item: &Node, reader: &mut Reader<'_>) -> Option<(PublicKey, Origin)> {
    let text = item.text()?.trim();
    if text.contains("PRIVATE KEY") || KEY_TYPES.iter().any(|kind| text.starts_with(kind)) {
        let key = reader.keep(item.place, PublicKey::parse(text))?;
        return Some((key, Origin::User));
    }
    match reader.sources.key_file(text) {
        Ok(bytes) => {
            let content = String::from_utf8(bytes).unwrap_or_default();
            let content = if content.len() > MAX_KEY { "" } else { content.as_str() };
            let parsed = PublicKey::parse(content).map_err(|error| format!("`{text}`: {error}"));
            Some((reader.keep(item.place, parsed)?, Origin::User))
        }
        Err(SourceError::Missing) if reader.missing_keys == MissingKeys::ThrowAway => {
            let message = format!("there is no file `{text}`: a throw-away key takes its place");
            reader.tell(Diagnostic::new(Severity::Note, Some(item.place), message));
            let seed = reader.stack.as_ref().map_or("", |stack| stack.as_str());
            Some((PublicKey::throw_away(seed), Origin::ThrowAway))
        }
        Err(error) => {
            let help = (error == SourceError::Missing)
                .then(|| "make a key with `ssh-keygen -t ed25519`, or name another".to_owned());
            let message = format!("cannot read the key file `{text}`: {error}");
            reader.tell(Diagnostic::error(item.place, message).help(help));
            None
        }
    }
}

fn allow_from(section: &Node, reader: &mut Reader<'_>) -> BTreeSet<Cidr> {
    let Some(list) = section.get("allow_from") else {
        let message = "port 22 of every machine is open to the whole internet";
        let help = "list your own addresses under `allow_from`".to_owned();
        let place = Some(section.place);
        reader.tell(Diagnostic::new(Severity::Warning, place, message).help(help));
        return Cidr::anywhere().into();
    };
    if list.items().len() > MAX_SOURCES {
        let message = format!("a firewall rule takes at most {MAX_SOURCES} sources");
        reader.mistake(list.place, message);
    }
    let anywhere = list.items().iter().any(|item| item.text() == Some("anywhere"));
    let ranges = list.items().iter().filter(|item| item.text() != Some("anywhere"));
    let mut all: BTreeSet<Cidr> =
        ranges.filter_map(|item| reader.parse(Some(item), str::parse::<Cidr>)).collect();
    if anywhere {
        all.extend(Cidr::anywhere());
    }
    all
}
