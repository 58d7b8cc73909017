//! `dostack secrets`: the encrypted file beside the stack file, and where values come from.

mod draft;
mod edit;
mod list;
mod typed;

use secrecy::ExposeSecret;
use serde_json::json;

use crate::{
    cli::{
        Context, Exit, Failure,
        args::{Rotate, Secrets, SetSecret},
        project::Project,
        secrets::{failure, sources},
        stack,
        view::json,
    },
    config::Stack,
    secrets::{Keys, Made, Origin, Recipient, SecretsError, Sources, Vault},
    values::{SecretName, did_you_mean},
};

/// Does what was asked.
pub async fn run(context: &Context, command: &Secrets) -> Result<Exit, Failure> {
    let project = Project::find(context.global.stack.as_deref())?;
    let stack = stack::load_quietly(context, &project)?.stack;
    let sources = sources(context, &project, &stack);
    let desk = Desk { context, stack: &stack, sources };
    match command {
        Secrets::Set(args) => desk.set(args).await?,
        Secrets::Get { name } => desk.get(name)?,
        Secrets::List => list::run(&desk, &project)?,
        Secrets::Rm { name } => desk.remove(name)?,
        Secrets::Rotate(args) => desk.rotate(args)?,
        Secrets::Edit => edit::run(&desk)?,
    }
    Ok(Exit::Done)
}

/// One stack's secrets, at hand.
struct Desk<'a> {
    context: &'a Context,
    stack: &'a Stack,
    sources: Sources,
}

impl Desk<'_> {
    async fn set(&self, args: &SetSecret) -> Result<(), Failure> {
        let name = self.listed(&args.name)?;
        if !args.value.is_empty() {
            return Err(Failure::new(
                Exit::Input,
                "a value has no place on a command line, where others see it; nothing was kept",
            )
            .hint(format!(
                "run `dostack secrets set {name}` and type it, or send it to standard input"
            ))
            .hint("the shell may keep this line: take another value"));
        }
        let value = if args.generate {
            typed::generated()?
        } else {
            typed::value(self.context, &name).await?
        };
        self.change(|vault| vault.put(name.clone(), &value))?;
        self.say(&format!("{name} is in {}\n", self.sources.vault.display()));
        let first = self.origins(&name)?;
        if let Some(first) = first.filter(|first| !matches!(first, Origin::Vault(_))) {
            self.say(&format!("note: {first} has a value too, and comes first\n"));
        }
        Ok(())
    }

    fn get(&self, name: &str) -> Result<(), Failure> {
        let name = self.listed(name)?;
        let values =
            self.sources.values(&[name.clone()].into()).map_err(|error| failure(&error))?;
        let value = values.value(&name).map(ExposeSecret::expose_secret).unwrap_or_default();
        let text = if self.context.global.json {
            json::text(&json::document("secret", &json!({ "name": name, "value": value })))
        } else {
            format!("{value}\n")
        };
        self.context.output.data(&text);
        Ok(())
    }

    fn remove(&self, name: &str) -> Result<(), Failure> {
        let name = named(name)?;
        let path = &self.sources.vault;
        let none = || SecretsError::NotKept { name: name.clone(), path: path.clone() };
        let remove = |vault: &mut Vault| if vault.remove(&name) { Ok(()) } else { Err(none()) };
        Vault::change(path, || Err(none()), remove).map_err(|error| failure(&error))?;
        self.say(&format!("{name} is no longer in {}\n", path.display()));
        Ok(())
    }

    /// Encrypts all values anew; who does it stays among those who can read them.
    fn rotate(&self, args: &Rotate) -> Result<(), Failure> {
        let path = &self.sources.vault;
        let rotated = Vault::change(
            path,
            || Err(SecretsError::NoVault(path.clone())),
            |vault| self.seal_for(vault, args),
        );
        let (count, who) = rotated.map_err(|error| failure(&error))?;
        self.say(&format!("{count} values are encrypted anew, for {who}\n"));
        if !args.remove.is_empty() {
            self.say("note: whoever was removed may know the old values; give new ones where that matters\n");
        }
        Ok(())
    }

    /// How many values are then encrypted, and for whom.
    fn seal_for(&self, vault: &mut Vault, args: &Rotate) -> Result<(usize, String), SecretsError> {
        let keys = self.sources.key.read()?;
        for who in &args.remove {
            vault.recipients.remove(who).ok_or_else(|| SecretsError::Nobody(who.clone()))?;
        }
        for (who, key) in &args.add {
            vault.recipients.insert(who.clone(), Recipient::parse(key)?);
        }
        if !keys.recipients().any(|own| vault.recipients.values().any(|key| *key == own)) {
            return Err(SecretsError::LockedOut);
        }
        vault.seal_anew(&keys)?;
        let who: Vec<&str> = vault.recipients.keys().map(String::as_str).collect();
        Ok((vault.names().count(), who.join(", ")))
    }

    /// Changes the encrypted file, which is made for our own key if there is none.
    fn change<T>(
        &self,
        change: impl FnOnce(&mut Vault) -> Result<T, SecretsError>,
    ) -> Result<T, Failure> {
        let fresh = || {
            let (keys, made) = self.sources.key.read_or_make()?;
            if made == Made::Now {
                self.say(&format!(
                    "made the age key {}; keep a copy of it, nothing else opens the secrets\n",
                    self.sources.key.path().display()
                ));
            }
            Ok(for_us(self.context, &keys))
        };
        Vault::change(&self.sources.vault, fresh, change).map_err(|error| failure(&error))
    }

    fn origins(&self, name: &SecretName) -> Result<Option<Origin>, Failure> {
        let origins = self.sources.origins(&[name.clone()].into());
        Ok(origins.map_err(|error| failure(&error))?.remove(name).flatten())
    }

    /// A name that the stack file lists.
    fn listed(&self, name: &str) -> Result<SecretName, Failure> {
        let name = named(name)?;
        if self.stack.secrets.contains_key(&name) {
            return Ok(name);
        }
        let listed = self.stack.secrets.keys().map(SecretName::as_str);
        let hint = did_you_mean(name.as_str(), listed)
            .unwrap_or_else(|| format!("add `{name}` to the list under `secrets:`"));
        Err(Failure::new(Exit::Input, format!("the stack file does not list the secret `{name}`"))
            .hint(hint))
    }

    fn say(&self, text: &str) {
        self.context.output.words(text);
    }
}

/// A name that is one; what is none is not repeated, for it may be a value.
fn named(name: &str) -> Result<SecretName, Failure> {
    SecretName::parse(name).ok_or_else(|| {
        Failure::new(Exit::Input, format!("this is no secret name: {}", SecretName::RULE))
    })
}

/// An empty file that our own keys open.
fn for_us(context: &Context, keys: &Keys) -> Vault {
    let user = context.settings.variables.get("USER").map(String::as_str).unwrap_or_default();
    let is_word = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    let is_name = user.starts_with(|letter: char| letter.is_ascii_lowercase());
    let who = if is_name && user.bytes().all(is_word) { user } else { "me" };
    let number = |n: usize| if n == 0 { who.to_owned() } else { format!("{who}-{}", n + 1) };
    let recipients = keys.recipients().enumerate().map(|(n, key)| (number(n), key));
    let mut vault = Vault::default();
    vault.recipients.extend(recipients);
    vault
}
