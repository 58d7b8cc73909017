//! The secrets of a stack: who needs them, and where their values are looked for.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
};

use secrecy::{ExposeSecret as _, SecretString};

use crate::{
    cli::{Context, Exit, Failure, commands::refusal, project::Project},
    components::expand,
    config::Stack,
    engine::EngineError,
    render::Templates,
    secrets::{KeyFile, Origin, SecretsError, Sources, Store},
    software::{bundles, rehearsed},
    values::{SecretName, short_digest},
};

/// Who needs each secret, in words.
pub type Needs = BTreeMap<SecretName, BTreeSet<String>>;

/// The variable that says where the age key is.
pub const KEY_FILE: &str = "DOSTACK_AGE_KEY_FILE";

/// Where the age key usually is, below the user's home.
const USUAL_KEY: &str = ".config/dostack/age.key";

/// The places where the stack's values are looked for.
pub fn sources(context: &Context, project: &Project, stack: &Stack) -> Sources {
    let exec = stack.secrets.iter().filter_map(|(name, spec)| Some((name, spec.exec.as_ref()?)));
    Sources {
        folder: project.root.clone(),
        environment: context.settings.variables.clone(),
        dotenv: project.dotenv(),
        programs: exec.map(|(name, words)| (name.clone(), words.clone())).collect(),
        vault: project.vault(),
        key: key_file(context),
    }
}

fn key_file(context: &Context) -> KeyFile {
    let named = context.settings.variables.get(KEY_FILE).filter(|path| !path.is_empty());
    match (named, &context.settings.home) {
        (Some(path), _) => KeyFile::Named(PathBuf::from(path)),
        (None, Some(home)) => KeyFile::Usual(home.join(USUAL_KEY)),
        (None, None) => KeyFile::Named(PathBuf::from("~").join(USUAL_KEY)),
    }
}

/// What services and alert policies need.
pub fn needs(stack: &Stack, templates: &Templates) -> Result<Needs, Failure> {
    let wanted =
        expand(stack, templates).map_err(|errors| refusal::engine(&EngineError::Stack(errors)))?;
    let bundles = bundles(stack, templates, &rehearsed(stack, &wanted))
        .map_err(|error| Failure::caused(Exit::Input, &error))?;
    let mut needs = hooks(stack);
    for bundle in &bundles {
        for (name, services) in bundle.secrets() {
            let words = services.iter().map(|service| format!("{}/{service}", bundle.component));
            needs.entry(name).or_default().extend(words);
        }
    }
    Ok(needs)
}

/// What alert policies are sent with, whatever else is left out.
pub fn hooks(stack: &Stack) -> Needs {
    let mut needs = Needs::new();
    for (component, alert) in stack
        .components
        .iter()
        .flat_map(|(name, component)| component.alerts().iter().map(move |alert| (name, alert)))
    {
        for name in alert.slack.values() {
            needs.entry(name.clone()).or_default().insert(format!("{component}/alerts"));
        }
    }
    needs
}

/// Digests of the addresses of the stack's Slack hooks, by which a plan sees that one has changed.
pub fn digests(stack: &Stack, values: &Store) -> BTreeMap<SecretName, String> {
    let digest = |name: SecretName| {
        let value = values.value(&name)?.expose_secret();
        Some((name, short_digest(value)))
    };
    hooks(stack).into_keys().filter_map(digest).collect()
}

/// The same for whoever only looks: of the hooks that are at hand without running a program; what
/// cannot be opened is not compared.
pub fn digests_at_hand(
    context: &Context,
    project: &Project,
    stack: &Stack,
) -> BTreeMap<SecretName, String> {
    let names = hooks(stack).into_keys().collect();
    if context.global.sandbox {
        return digests(stack, &stand_ins(&names));
    }
    let sources = sources(context, project, stack);
    let at_hand =
        sources.origins(&names).unwrap_or_default().into_iter().filter(|(_, from)| match from {
            Some(Origin::Environment | Origin::Dotenv(_) | Origin::Vault(_)) => true,
            Some(Origin::Program(_)) | None => false,
        });
    let known = at_hand.filter_map(|(name, _)| sources.values(&[name].into()).ok());
    known.flat_map(|values| digests(stack, &values)).collect()
}

/// The values a run needs.
///
/// The sandbox in the box keeps what it is sent, and no machine stands behind its droplets: it is
/// sent stand-ins, and a missing value is worth a note only.
pub fn values(
    context: &Context,
    project: &Project,
    stack: &Stack,
    needed: &BTreeSet<SecretName>,
) -> Result<Store, Failure> {
    let sources = sources(context, project, stack);
    if !context.global.sandbox {
        return sources.values(needed).map_err(|error| failure(&error).unsent());
    }
    let origins = sources.origins(needed).map_err(|error| failure(&error).unsent())?;
    let missing: Vec<&str> =
        origins.iter().filter(|(_, from)| from.is_none()).map(|(name, _)| name.as_str()).collect();
    if !missing.is_empty() {
        let names = missing.join("`, `");
        context.output.words(&format!("note: `{names}` not set; the sandbox needs no secrets\n"));
    }
    Ok(stand_ins(needed))
}

/// What the sandbox in the box is sent in the place of values.
fn stand_ins(names: &BTreeSet<SecretName>) -> Store {
    let stand_in = |name: &SecretName| SecretString::from(format!("https://hooks.invalid/{name}"));
    names.iter().map(|name| (name.clone(), stand_in(name))).collect()
}

/// The values that services and alert policies need.
pub fn of_software(context: &Context, project: &Project, stack: &Stack) -> Result<Store, Failure> {
    let needs = needs(stack, &project.templates()?)?;
    values(context, project, stack, &needs.into_keys().collect())
}

/// Why there are no values, and what to do about it.
pub fn failure(error: &SecretsError) -> Failure {
    let exit = match error {
        SecretsError::Busy(_) => Exit::Locked,
        SecretsError::Missing(_)
        | SecretsError::Open { .. }
        | SecretsError::Read { .. }
        | SecretsError::Write { .. }
        | SecretsError::Malformed { .. }
        | SecretsError::Program { .. }
        | SecretsError::NoKey(_)
        | SecretsError::Foreign { .. }
        | SecretsError::Damaged(_)
        | SecretsError::Value(_)
        | SecretsError::Seal { .. }
        | SecretsError::NoVault(_)
        | SecretsError::NotKept { .. }
        | SecretsError::Nobody(_)
        | SecretsError::LockedOut
        | SecretsError::NobodyReads
        | SecretsError::NoRecipient => Exit::Input,
    };
    let mut failure = Failure::caused(exit, error);
    for hint in hints(error) {
        failure = failure.hint(hint);
    }
    failure
}

fn hints(error: &SecretsError) -> Vec<String> {
    match error {
        SecretsError::Missing(_) => vec![
            "set them in the environment or in `.env.<stack>`, or give them with `dostack secrets set NAME`"
                .to_owned(),
            "`dostack secrets list` tells where each is looked for".to_owned(),
        ],
        SecretsError::Open { path, .. } => vec![format!("run `chmod 600 {}`", path.display())],
        SecretsError::NoKey(_) => vec![format!(
            "set `{KEY_FILE}` to the file with the key that opens the stack's secrets"
        )],
        SecretsError::Foreign { key, .. } => vec![format!(
            "somebody who can open it lets you in with `dostack secrets rotate --add NAME={key}`"
        )],
        SecretsError::Damaged(name) => {
            vec![format!("give it anew: `dostack secrets set {name}`")]
        }
        SecretsError::Busy(_) => vec!["wait until it is done, then run this again".to_owned()],
        SecretsError::Read { .. }
        | SecretsError::Write { .. }
        | SecretsError::Malformed { .. }
        | SecretsError::Program { .. }
        | SecretsError::Value(_)
        | SecretsError::Seal { .. }
        | SecretsError::NotKept { .. }
        | SecretsError::Nobody(_)
        | SecretsError::NoRecipient => Vec::new(),
        SecretsError::NoVault(_) => {
            vec!["`dostack secrets set NAME` makes it".to_owned()]
        }
        SecretsError::LockedOut => {
            vec!["let yourself in with `--add`, or let somebody else do this".to_owned()]
        }
        SecretsError::NobodyReads => {
            vec!["let somebody in: `dostack secrets rotate --add NAME=age1…`".to_owned()]
        }
    }
}
