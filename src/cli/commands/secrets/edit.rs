//! `dostack secrets edit`: all values of the encrypted file in an editor.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::{self, BufRead as _, IsTerminal as _},
    process::Command,
};

use secrecy::{ExposeSecret as _, SecretString};
use tokio::signal::unix::{SignalKind, signal};
use zeroize::Zeroizing;

use crate::{
    cli::{
        Exit, Failure,
        commands::secrets::{Desk, draft::Draft},
        secrets::failure,
    },
    secrets::{SecretsError, Vault, of_bytes, without_ours},
    values::SecretName,
};

/// What stands above the values.
const HEAD: &str = "\
# One secret a line, as `NAME: value`; put a value in quotes where YAML would read it otherwise.
# A line that is taken away takes the value out of the encrypted file.
";

/// What is opened where nothing says which editor.
const EDITOR: &str = "vi";

/// Values by name.
type Values = BTreeMap<SecretName, SecretString>;

/// Shows the values to a person, and keeps what was changed.
pub fn run(desk: &Desk<'_>) -> Result<(), Failure> {
    let before = before(desk)?;
    let text = draft(desk, &before)?;
    let environment = &desk.sources.environment;
    let draft = Draft::write(environment, &text).map_err(|error| unkept(&error.to_string()))?;
    let after = loop {
        open(environment, &draft)?;
        let text = draft.read().map_err(|error| unkept(&error.to_string()))?;
        match values(desk, &before, &text) {
            Ok(values) => break values,
            Err(wrong) if wants_to_go_on(desk, &wrong) => {}
            Err(wrong) => return Err(unkept(&wrong)),
        }
    };
    drop(draft);
    keep(desk, &before, &after)
}

/// What the encrypted file holds.
fn before(desk: &Desk<'_>) -> Result<Values, Failure> {
    let vault = Vault::read(&desk.sources.vault).map_err(|error| failure(&error))?;
    let Some(vault) = vault else { return Ok(Values::new()) };
    let keys = desk.sources.key.read().map_err(|error| failure(&error))?;
    let value = |name: &SecretName| Ok((name.clone(), vault.open(name, &keys)?));
    vault.names().map(value).collect::<Result<_, _>>().map_err(|error| failure(&error))
}

/// The text for the editor: what there is, and what the stack file lists besides.
fn draft(desk: &Desk<'_>, before: &Values) -> Result<Zeroizing<String>, Failure> {
    let shown: BTreeMap<&str, &str> =
        before.iter().map(|(name, value)| (name.as_str(), value.expose_secret())).collect();
    let mut text = Zeroizing::new(HEAD.to_owned());
    if !shown.is_empty() {
        let values = serde_yaml::to_string(&shown).map(Zeroizing::new);
        text.push_str(&values.map_err(|error| Failure::caused(Exit::Bug, &error))?);
    }
    for name in desk.stack.secrets.keys().filter(|name| !before.contains_key(*name)) {
        text.extend(["# ", name.as_str(), ":\n"]);
    }
    Ok(text)
}

/// Runs the editor. Ctrl-C is the editor's meanwhile, so that nothing ends before the draft is wiped.
fn open(environment: &BTreeMap<String, String>, draft: &Draft) -> Result<(), Failure> {
    let kinds = [SignalKind::interrupt(), SignalKind::terminate(), SignalKind::hangup()];
    let _heard: Vec<_> = kinds.into_iter().map(signal).collect();
    let named = ["VISUAL", "EDITOR"].iter().filter_map(|name| environment.get(*name));
    let editor = named.map(String::as_str).find(|editor| !editor.is_empty()).unwrap_or(EDITOR);
    // An editor may come with arguments, as `code --wait`: the shell takes them apart.
    let status = Command::new("sh")
        .args(["-c", &format!("{editor} \"$@\""), editor])
        .arg(draft.path())
        .env_clear()
        .envs(without_ours(environment))
        .status()
        .map_err(|error| unkept(&format!("cannot start the editor `{editor}`: {error}")))?;
    if status.success() {
        Ok(())
    } else {
        Err(unkept(&format!("the editor `{editor}` failed ({status})"))
            .hint("set `VISUAL` or `EDITOR`"))
    }
}

/// The values of an edited text, or what is wrong with it, without any value in it.
fn values(desk: &Desk<'_>, before: &Values, text: &str) -> Result<Values, String> {
    let written: Option<BTreeMap<String, Option<String>>> =
        serde_yaml::from_str(text).map_err(|error| {
            let line = error.location().map_or(1, |place| place.line());
            format!("line {line} is no `NAME: value`; a value that is no text stands in quotes")
        })?;
    let mut values = Values::new();
    for (name, value) in written.into_iter().flatten() {
        let value = value.map(Zeroizing::new);
        let name = SecretName::parse(&name)
            .ok_or_else(|| format!("one of the names is no secret name: {}", SecretName::RULE))?;
        if !desk.stack.secrets.contains_key(&name) && !before.contains_key(&name) {
            return Err(format!("the stack file does not list the secret `{name}`"));
        }
        let Some(value) = value.filter(|value| !value.is_empty()) else { continue };
        let value =
            of_bytes(value.as_bytes()).map_err(|odd| format!("the value of `{name}` {odd}"))?;
        values.insert(name, value);
    }
    Ok(values)
}

fn wants_to_go_on(desk: &Desk<'_>, wrong: &str) -> bool {
    if !io::stdin().is_terminal() {
        return false;
    }
    desk.say(&format!("{wrong}\nedit it again? [yes]: "));
    let mut line = String::new();
    let read = io::stdin().lock().read_line(&mut line).unwrap_or(0);
    read > 0 && ["", "y", "yes"].contains(&line.trim())
}

/// Encrypts what was changed, and only that: others may have changed other values meanwhile.
fn keep(desk: &Desk<'_>, before: &Values, after: &Values) -> Result<(), Failure> {
    let same = |name: &SecretName| {
        let value = |values: &Values| values.get(name).map(|it| it.expose_secret().to_owned());
        value(before).map(Zeroizing::new) == value(after).map(Zeroizing::new)
    };
    let names: BTreeSet<&SecretName> = before.keys().chain(after.keys()).collect();
    let changed: Vec<&SecretName> = names.into_iter().filter(|name| !same(name)).collect();
    if changed.is_empty() {
        desk.say("nothing was changed\n");
        return Ok(());
    }
    let change = |vault: &mut Vault| {
        for name in &changed {
            match after.get(*name) {
                Some(value) => vault.put((*name).clone(), value)?,
                None => _ = vault.remove(name),
            }
        }
        Ok::<(), SecretsError>(())
    };
    desk.change(change)?;
    let names: Vec<&str> = changed.iter().map(|name| name.as_str()).collect();
    desk.say(&format!("changed {} in {}\n", names.join(", "), desk.sources.vault.display()));
    Ok(())
}

fn unkept(why: &str) -> Failure {
    Failure::new(Exit::Input, why).unchanged()
}
