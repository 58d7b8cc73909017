//! Files with secrets in them, as they are told to a machine.
//!
//! A recipe is a file in pieces: what we know, and the names of what was made on the machine and
//! never leaves it. The machine puts the pieces together, so that nobody else ever has them all.

use std::fmt::Write as _;

use secrecy::{ExposeSecret as _, zeroize::Zeroizing};
use thiserror::Error;

use crate::{
    secrets::Store,
    software::{Content, File, Value},
    values::SecretName,
};

/// A file in pieces. Shown to nobody: it has no `Debug`.
#[derive(Clone)]
pub struct Recipe {
    pieces: Vec<Piece>,
}

#[derive(Clone)]
enum Piece {
    /// Bytes that are known here.
    Known(Zeroizing<String>),
    /// What was made on the machine under this name: hexadecimal digits.
    Made(Made),
}

/// A password of a machine's own.
#[derive(Clone)]
struct Made {
    name: &'static str,
    /// Whose it is where that is another component of the machine.
    whose: Option<String>,
}

/// A secret that a file needs and nobody gave.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("there is no value for the secret `{0}`")]
pub struct MissingSecret(pub SecretName);

impl Piece {
    fn known(&self) -> Option<&str> {
        match self {
            Self::Known(text) => Some(text),
            Self::Made(_) => None,
        }
    }

    const fn made(&self) -> Option<&Made> {
        match self {
            Self::Known(_) => None,
            Self::Made(made) => Some(made),
        }
    }
}

impl Recipe {
    /// The recipe of a file that holds secrets; none for one that anybody may read, or that is
    /// made on the machine as a whole.
    pub fn of(file: &File, secrets: &Store) -> Result<Option<Self>, MissingSecret> {
        let pieces = match &file.content {
            Content::Text(_) | Content::Generated(_) | Content::Program => return Ok(None),
            Content::Whole(value) => pieces_of(value, secrets)?,
            Content::Environment(all) => {
                let mut pieces = Vec::new();
                for (name, value) in all {
                    pieces.extend(line(name, pieces_of(value, secrets)?));
                }
                pieces
            }
        };
        Ok(Some(Self { pieces }))
    }

    /// The lines by which `settle.sh` makes it: `text COUNT` with that many bytes after it, and
    /// `made NAME`, with another component and the folder where that has it, by `store`.
    pub fn write(&self, out: &mut Zeroizing<Vec<u8>>, store: impl Fn(&str) -> String) {
        // The machine starts a program for each piece.
        for run in self.pieces.chunk_by(|one, next| one.known().is_some() && next.known().is_some())
        {
            let texts = || run.iter().filter_map(Piece::known);
            let length: usize = texts().map(str::len).sum();
            if length > 0 {
                out.extend_from_slice(format!("text {length}\n").as_bytes());
                texts().for_each(|text| out.extend_from_slice(text.as_bytes()));
            }
            for Made { name, whose } in run.iter().filter_map(Piece::made) {
                let whose = whose.as_ref().map(|whose| format!(" {whose} {}", store(whose)));
                let whose = whose.unwrap_or_default();
                out.extend_from_slice(format!("made {name}{whose}\n").as_bytes());
            }
        }
    }
}

fn value(name: &SecretName, secrets: &Store) -> Result<Zeroizing<String>, MissingSecret> {
    let value = secrets.value(name).ok_or_else(|| MissingSecret(name.clone()))?;
    Ok(Zeroizing::new(value.expose_secret().to_owned()))
}

fn pieces_of(wanted: &Value, secrets: &Store) -> Result<Vec<Piece>, MissingSecret> {
    Ok(match wanted {
        Value::Text(text) => vec![Piece::Known(Zeroizing::new(text.clone()))],
        Value::Secret(name) => vec![Piece::Known(value(name, secrets)?)],
        Value::Generated(name) => vec![Piece::Made(Made { name, whose: None })],
        Value::Borrowed(whose, name) => {
            vec![Piece::Made(Made { name, whose: Some(whose.owner().to_string()) })]
        }
        Value::InUrl(inner) => pieces_of(inner, secrets)?.into_iter().map(in_url).collect(),
        Value::Joined(parts) => {
            let parts: Result<Vec<_>, _> =
                parts.iter().map(|part| pieces_of(part, secrets)).collect();
            parts?.concat()
        }
    })
}

/// Digits stand in a URL as they are.
fn in_url(piece: Piece) -> Piece {
    match piece {
        Piece::Known(text) => Piece::Known(percent_encoded(&text)),
        Piece::Made(made) => Piece::Made(made),
    }
}

/// A text as it stands in a URL: only RFC 3986's unreserved characters are themselves.
pub fn percent_encoded(text: &str) -> Zeroizing<String> {
    let mut encoded = Zeroizing::new(String::with_capacity(text.len() * 3));
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(byte.into());
        } else {
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

/// `NAME='value'`, in a form that Compose reads to the letter (compose-go: dotenv, parser).
///
/// Between single quotes everything is itself, but there is no way to write a quote after a
/// backslash or a backslash at the end; such a value stands between double quotes.
fn line(name: &str, value: Vec<Piece>) -> Vec<Piece> {
    let plain = value.iter().all(|piece| match piece {
        Piece::Known(text) => !text.contains('\'') && !text.ends_with('\\'),
        Piece::Made(_) => true,
    });
    let quote = if plain { '\'' } else { '"' };
    let known = |text: String| Piece::Known(Zeroizing::new(text));
    let between = value.into_iter().map(|piece| match piece {
        Piece::Known(text) if !plain => Piece::Known(escaped(&text)),
        Piece::Known(_) | Piece::Made(_) => piece,
    });
    let mut pieces = vec![known(format!("{name}={quote}"))];
    pieces.extend(between);
    pieces.push(known(format!("{quote}\n")));
    pieces
}

fn escaped(text: &str) -> Zeroizing<String> {
    let mut escaped = Zeroizing::new(String::with_capacity(text.len() * 2));
    for letter in text.chars() {
        if matches!(letter, '\\' | '"' | '$') {
            escaped.push('\\');
        }
        escaped.push(letter);
    }
    escaped
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeMap, process::Command};

    use secrecy::{SecretString, zeroize::Zeroizing};

    use super::{MissingSecret, Recipe};
    use crate::{
        provision::tests::skip,
        secrets::Store,
        software::{File, Value},
        values::SecretName,
    };

    fn secret(text: &str) -> SecretName {
        SecretName::parse(text).unwrap()
    }

    fn told(value: Value, secret: &str) -> String {
        let file = File::environment(BTreeMap::from([("KEY".to_owned(), value)]));
        let name = SecretName::parse("ORG_PW").unwrap();
        let secrets = Store::from_iter([(name, SecretString::from(secret))]);
        let recipe = Recipe::of(&file, &secrets).unwrap().unwrap();
        let mut out = Zeroizing::new(Vec::new());
        recipe.write(&mut out, |whose| format!("/mnt/{whose}/.dostack"));
        String::from_utf8(out.to_vec()).unwrap()
    }

    #[test]
    fn a_secret_in_a_url_is_encoded_and_one_made_there_is_named() {
        let url = Value::database_url(("app", Value::Secret(secret("ORG_PW"))), "db:5432/app");
        assert_eq!(
            told(url, "a/b@c é"),
            "text 54\nKEY='postgresql://app:a%2Fb%40c%20%C3%A9@db:5432/app'\n"
        );
        let made = Value::database_url(("app", Value::Generated("pw")), "db/app");
        assert!(told(made, "").contains("postgresql://app:made pw\ntext 9\n@db/app'\n"));
        let lent = told(Value::Borrowed("cache".parse().unwrap(), "pw"), "");
        assert!(lent.contains("made pw cache /mnt/cache/.dostack\n"), "{lent}");
    }

    #[test]
    fn a_secret_that_nobody_gave_is_named() {
        let file = File::secret(secret("ORG_CERT"));
        let refused = Recipe::of(&file, &Store::default()).err();
        assert_eq!(refused, Some(MissingSecret(secret("ORG_CERT"))));
        assert!(Recipe::of(&File::text(String::new()), &Store::default()).unwrap().is_none());
    }

    /// What Compose takes a value for; none where there is no Compose.
    fn as_compose_reads(value: &str) -> Option<String> {
        let told = told(Value::Secret(secret("ORG_PW")), value);
        let (_, file) = told.split_once('\n').unwrap();
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("a.env"), file).unwrap();
        let compose = "services: { a: { image: a, env_file: [a.env] } }";
        std::fs::write(folder.path().join("compose.yaml"), compose).unwrap();
        let ran = Command::new("docker-compose")
            .args(["config", "--format", "json"])
            .current_dir(folder.path())
            .output()
            .ok()?;
        assert!(ran.status.success(), "{value:?}: {}", String::from_utf8_lossy(&ran.stderr));
        let all: serde_json::Value = serde_json::from_slice(&ran.stdout).unwrap();
        let read = all["services"]["a"]["environment"]["KEY"].as_str().unwrap();
        // What is shown is written so that it may be read again.
        Some(read.replace("$$", "$"))
    }

    #[test]
    fn compose_reads_every_value_to_the_letter() {
        if Command::new("docker-compose").arg("version").output().is_err() {
            skip("DOSTACK_TOOLS_REQUIRED", "there is no Compose");
            return;
        }
        for value in [
            "plain",
            "a b#c",
            "$HOME ${X}",
            r"back\slash\n",
            r"end\",
            "it's",
            r#"both ' and ""#,
            r"\'",
            r#"q"$x\y"'"#,
            "two\nlines",
            "é = 1",
        ] {
            assert_eq!(as_compose_reads(value).as_deref(), Some(value));
        }
    }
}
