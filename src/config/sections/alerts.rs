//! `alerts`: when somebody is told about a component's machines.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    config::{
        reader::Reader,
        report::Diagnostic,
        sections::droplet,
        shape::{Field, Shape, optional, required},
        tree::Node,
    },
    values::{AlertRule, Metric, SecretName, Side, Window},
};

/// When somebody is told about a component's machines, and who.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlertSpec {
    /// What tells it apart from the component's others.
    pub name: String,
    /// What is watched, and from when on.
    pub rule: AlertRule,
    /// The people who are told.
    pub email: BTreeSet<String>,
    /// The Slack channels that are told, and the secret with the address of each one's hook.
    pub slack: BTreeMap<String, SecretName>,
}

/// The field of a component with a machine.
pub const FIELD: Field =
    optional("alerts", &Shape::List(&SHAPE), "When somebody is told about its machines.");

const SHAPE: Shape = Shape::Record(&[
    required("type", &Shape::Word(Metric::WORDS), "What is watched, as `cpu`."),
    optional("above", &Shape::Number, "Tells while the reading is above this."),
    optional("below", &Shape::Number, "Tells while the reading is below this."),
    required("for", &Shape::Word(Window::WORDS), "How long the reading must be so."),
    optional(
        "email",
        &Shape::List(&Shape::Text),
        "People to tell; DigitalOcean has to have verified their addresses.",
    ),
    optional("slack", &Shape::List(&SLACK), "Slack channels to tell."),
    optional("name", &Shape::Text, "What tells it apart; the type unless given."),
]);

const SLACK: Shape = Shape::Record(&[
    required("channel", &Shape::Text, "The channel, as `#alerts`."),
    required("url", &Shape::Secret, "The address of an incoming hook, which is a secret."),
]);

/// The longest name of an alert.
const MAX_NAME: usize = 64;

/// Reads the field of a component.
pub fn read(component: &Node, reader: &mut Reader<'_>) -> Vec<AlertSpec> {
    let Some(list) = component.get(FIELD.name) else { return Vec::new() };
    let mut specs: Vec<(AlertSpec, &Node)> = Vec::new();
    for node in list.items() {
        let Some(spec) = alert(node, reader) else { continue };
        match specs.iter().find(|(other, _)| other.name == spec.name) {
            Some((_, first)) => {
                let message = format!("two alerts are called `{}`", spec.name);
                let help = "give one of them a `name` of its own".to_owned();
                let twice = Diagnostic::error(node.place, message).help(help);
                reader.tell(twice.also(first.place, "the first is here"));
            }
            None => specs.push((spec, node)),
        }
    }
    let machine = component.get(droplet::FIELD.name);
    let agent = machine.and_then(|machine| machine.get("monitoring"));
    if let Some(agent) = agent.filter(|agent| agent.text() == Some("false") && !specs.is_empty()) {
        let message = "without the metrics agent no alert of this machine will ever tell anybody";
        reader.warn(agent.place, message);
    }
    specs.into_iter().map(|(spec, _)| spec).collect()
}

fn alert(node: &Node, reader: &mut Reader<'_>) -> Option<AlertSpec> {
    let metric = node.get("type").and_then(Node::text).and_then(Metric::from_word);
    let window = node.get("for").and_then(Node::text).and_then(Window::from_word);
    let bound = bound(node, metric, reader);
    let email = reader.parse_all(node.get("email"), email).into_iter().collect();
    let slack = slack(node, reader);
    if node.get("email").is_none() && node.get("slack").is_none() {
        reader.mistake(node.place, "give `email` or `slack`: this alert tells nobody");
    }
    let name = match node.get("name") {
        Some(given) => reader.parse(Some(given), name),
        None => metric.map(|metric| metric.word().replace('_', "-")),
    };
    let (side, value) = bound?;
    let rule = AlertRule { metric: metric?, side, value, window: window? };
    Some(AlertSpec { name: name?, rule, email, slack })
}

fn bound(node: &Node, metric: Option<Metric>, reader: &mut Reader<'_>) -> Option<(Side, f64)> {
    let (side, given) = match (node.get("above"), node.get("below")) {
        (Some(above), None) => (Side::Above, above),
        (None, Some(below)) => (Side::Below, below),
        (Some(_), Some(below)) => {
            reader.mistake(below.place, "give `above` or `below`, not both");
            return None;
        }
        (None, None) => {
            reader.mistake(node.place, "give `above` or `below`");
            return None;
        }
    };
    let value = given.number()?;
    let most = if metric.is_some_and(Metric::is_percent) { 100.0 } else { f64::MAX };
    if (0.0..=most).contains(&value) {
        return Some((side, value));
    }
    let range = if value < 0.0 { "is never below 0" } else { "is never above 100" };
    reader.mistake(given.place, format!("this reading {range}"));
    None
}

fn slack(node: &Node, reader: &mut Reader<'_>) -> BTreeMap<String, SecretName> {
    let mut hooks = BTreeMap::new();
    for item in node.get("slack").map(Node::items).unwrap_or_default() {
        let channel = item.get("channel").and_then(Node::text);
        let url = item.get("url").and_then(Node::secret);
        let Some((channel, url)) = channel.zip(url) else { continue };
        if hooks.insert(channel.to_owned(), url.clone()).is_some() {
            reader.mistake(item.place, format!("the channel `{channel}` is told twice"));
        }
    }
    hooks
}

/// Reads a name that can stand in an address.
fn name(text: &str) -> Result<String, String> {
    let word = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    let ends = |text: &str| !text.starts_with('-') && !text.ends_with('-');
    if !text.is_empty() && text.len() <= MAX_NAME && text.bytes().all(word) && ends(text) {
        Ok(text.to_owned())
    } else {
        Err(format!(
            "`{text}` is no name of an alert: lower-case letters, digits and dashes, at most {MAX_NAME} characters"
        ))
    }
}

/// Reads an e-mail address.
pub fn email(text: &str) -> Result<String, String> {
    let parts = text.split_once('@');
    let plain = |part: &str| {
        !part.is_empty() && !part.contains(|letter: char| letter.is_whitespace() || letter == '@')
    };
    match parts {
        Some((person, host)) if plain(person) && plain(host) && host.contains('.') => {
            Ok(text.to_owned())
        }
        Some(_) | None => Err(format!("`{text}` is no e-mail address")),
    }
}
