//! `${env:…}`, `${secret:…}` and `${output:…}`, and characters that nobody sees.

use std::{collections::BTreeSet, mem};

use crate::{
    config::{
        reader::Reader,
        report::Diagnostic,
        sections::secrets,
        source::Place,
        template::{Output, Piece},
        tree::{Content, Form, Node, Scalar},
    },
    values::{SecretName, did_you_mean},
};

/// Prefixes of variables that a stack file must not read: they carry our own settings and token.
const OURS: [&str; 2] = ["DIGITALOCEAN_", "DOSTACK_"];

/// What can stand before the colon.
const SOURCES: [&str; 3] = ["env", "secret", "output"];

/// The longest value of an environment variable that is taken.
const MAX_VALUE: usize = 1 << 16;

/// Fills every variable of a tree; a scalar with a mistake in it becomes broken.
pub fn fill(root: &mut Node, reader: &mut Reader<'_>) {
    let listed = listed(root);
    Filling { listed, reader }.node(root);
}

/// The secrets that a tree lists, as far as they are names.
fn listed(root: &Node) -> BTreeSet<SecretName> {
    let items = root.get("secrets").map(Node::items).unwrap_or_default();
    items.iter().filter_map(|item| SecretName::parse(secrets::name(item)?.text()?)).collect()
}

/// One pass over a tree.
struct Filling<'a, 'b> {
    listed: BTreeSet<SecretName>,
    reader: &'a mut Reader<'b>,
}

impl Filling<'_, '_> {
    fn node(&mut self, node: &mut Node) {
        match &mut node.content {
            Content::Broken => {}
            Content::List(items) => items.iter_mut().for_each(|item| self.node(item)),
            Content::Map(entries) => {
                for entry in entries {
                    if let Some(refused) = odd_letter(&entry.key, entry.place) {
                        self.reader.tell(refused);
                    }
                    self.node(&mut entry.value);
                }
            }
            Content::Scalar(scalar) => {
                if let Err(refused) = self.scalar(scalar, node.place) {
                    self.reader.tell(refused);
                    node.content = Content::Broken;
                }
            }
        }
    }

    fn scalar(&self, scalar: &mut Scalar, place: Place) -> Result<(), Diagnostic> {
        if scalar.text.contains('$') {
            let pieces = self.pieces(&scalar.text, place)?;
            let plain: Option<String> = pieces
                .iter()
                .map(|piece| match piece {
                    Piece::Text(text) => Some(text.as_str()),
                    Piece::Secret(_) | Piece::Output(_) => None,
                })
                .collect();
            match plain {
                Some(text) => {
                    if scalar.text.contains("${env:") {
                        scalar.form = Form::Filled;
                    }
                    scalar.text = text;
                }
                None => scalar.pieces = pieces,
            }
        }
        odd_letter(&scalar.text, place).map_or(Ok(()), Err)
    }

    /// A text as its pieces, neighbouring texts joined.
    fn pieces(&self, text: &str, place: Place) -> Result<Vec<Piece>, Diagnostic> {
        let mut pieces = Vec::new();
        let mut literal = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("${") {
            if let Some(escaped) = before.strip_suffix('$') {
                literal.push_str(escaped);
                literal.push_str("${");
                rest = after;
                continue;
            }
            literal.push_str(before);
            let (inside, behind) = after.split_once('}').ok_or_else(|| {
                Diagnostic::error(place, "a `${` without its `}`")
                    .help("write `$${` if the characters themselves are meant".to_owned())
            })?;
            match self.piece(inside, place)? {
                Piece::Text(text) => literal.push_str(&text),
                piece @ (Piece::Secret(_) | Piece::Output(_)) => {
                    pieces.extend(take(&mut literal));
                    pieces.push(piece);
                }
            }
            rest = behind;
        }
        literal.push_str(rest);
        pieces.extend(take(&mut literal));
        Ok(pieces)
    }

    fn piece(&self, inside: &str, place: Place) -> Result<Piece, Diagnostic> {
        match inside.split_once(':') {
            Some(("env", name)) => self.variable(name, place).map(Piece::Text),
            Some(("secret", name)) => self.secret(name, place).map(Piece::Secret),
            Some(("output", name)) => Output::parse(name)
                .map(Piece::Output)
                .map_err(|message| Diagnostic::error(place, message)),
            Some((source, _)) => {
                let help = did_you_mean(source, SOURCES);
                Err(Diagnostic::error(place, format!("`${{{source}:…}}` is unknown"))
                    .help(help.unwrap_or_else(forms)))
            }
            None => {
                Err(Diagnostic::error(place, format!("`${{{inside}}}` does not say where from"))
                    .help(forms()))
            }
        }
    }

    fn variable(&self, name: &str, place: Place) -> Result<String, Diagnostic> {
        let refuse = |why: &str| Err(Diagnostic::error(place, format!("`${{env:{name}}}` {why}")));
        if OURS.iter().any(|prefix| name.starts_with(prefix)) {
            return refuse("is not readable from a stack file: it may hold the token");
        }
        if SecretName::parse(name).is_some_and(|name| self.listed.contains(&name)) {
            return refuse(&format!("is a secret: write `${{secret:{name}}}`"));
        }
        match self.reader.sources.variable(name) {
            Some(value) if value.len() <= MAX_VALUE => Ok(value),
            Some(_) => refuse("is longer than 64 KiB"),
            None => refuse("is not set in the environment").map_err(|missing| {
                missing.help("set it before dostack is run, or write the value here".to_owned())
            }),
        }
    }

    fn secret(&self, name: &str, place: Place) -> Result<SecretName, Diagnostic> {
        let Some(secret) = SecretName::parse(name) else {
            let message = format!("`{name}` is no secret name: {}", SecretName::RULE);
            return Err(Diagnostic::error(place, message));
        };
        if self.listed.contains(&secret) {
            return Ok(secret);
        }
        let listed: Vec<&str> = self.listed.iter().map(SecretName::as_str).collect();
        let help = did_you_mean(name, listed)
            .unwrap_or_else(|| format!("add `{name}` to the list under `secrets:`"));
        Err(Diagnostic::error(place, format!("the secret `{name}` is not listed")).help(help))
    }
}

fn take(literal: &mut String) -> Option<Piece> {
    (!literal.is_empty()).then(|| Piece::Text(mem::take(literal)))
}

fn forms() -> String {
    "there is `${env:NAME}`, `${secret:NAME}` and `${output:COMPONENT.FIELD}`; `$${` is a plain `${`".to_owned()
}

/// The mistake about a character that is not seen, or changes how others are seen.
fn odd_letter(text: &str, place: Place) -> Option<Diagnostic> {
    let odd = |letter: &char| match letter {
        '\n' | '\t' => false,
        '\u{ad}'
        | '\u{61c}'
        | '\u{180e}'
        | '\u{200b}'..='\u{200f}'
        | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{feff}'
        | '\u{fff9}'..='\u{fffb}'
        | '\u{e0000}'..='\u{e007f}' => true,
        letter => letter.is_control(),
    };
    let letter = text.chars().find(odd)?;
    let message = format!("the invisible character U+{:04X} stands here", u32::from(letter));
    Some(Diagnostic::error(place, message).help("type the text anew".to_owned()))
}
