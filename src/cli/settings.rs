//! The environment, read here and only here, once.

use std::{
    collections::BTreeMap,
    env, fmt, fs,
    path::{Path, PathBuf},
};

use secrecy::{ExposeSecret as _, SecretString};

use crate::cli::{Exit, Failure};

/// The public API.
const API: &str = "https://api.digitalocean.com";

/// What the process was told by its environment.
#[derive(Clone)]
pub struct Settings {
    /// Every variable that is text, for `${env:…}`.
    pub variables: BTreeMap<String, String>,
    /// The user's home.
    pub home: Option<PathBuf>,
    /// Where the API is.
    pub api: String,
    /// How many times faster than DigitalOcean that API is; only a sandbox is.
    pub speed: Option<u32>,
    token: Option<SecretString>,
    /// Where the token is, as a service manager hands it over.
    token_file: Option<PathBuf>,
}

/// Names only: among the values are secrets.
impl fmt::Debug for Settings {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Settings")
            .field("variables", &self.variables.keys())
            .field("api", &self.api)
            .field("speed", &self.speed)
            .finish_non_exhaustive()
    }
}

impl Settings {
    /// Reads the environment of this process.
    #[expect(clippy::disallowed_methods, reason = "this is the one place that reads it")]
    pub fn of_process() -> Self {
        Self::of(env::vars_os().filter_map(|(name, value)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        }))
    }

    /// Reads variables that are given.
    pub fn of(variables: impl IntoIterator<Item = (String, String)>) -> Self {
        let mut variables: BTreeMap<String, String> = variables.into_iter().collect();
        let mut take = |name: &str| variables.remove(name).filter(|value| !value.is_empty());
        let token = take("DIGITALOCEAN_TOKEN");
        let token = token.or(take("DIGITALOCEAN_ACCESS_TOKEN")).map(SecretString::from);
        let token_file = take("DIGITALOCEAN_TOKEN_FILE").map(PathBuf::from);
        let api = take("DIGITALOCEAN_API_URL").unwrap_or_else(|| API.to_owned());
        let speed = take("DOSTACK_SANDBOX_SPEED").and_then(|speed| speed.parse().ok());
        let home = variables.get("HOME").map(PathBuf::from);
        Self { variables, home, api, speed, token, token_file }
    }

    /// A path of the user's own files, as a stack file in this folder has it: `~/` is the home.
    pub fn own_path(&self, path: &str, root: &Path) -> PathBuf {
        match (path.strip_prefix("~/"), &self.home) {
            (Some(rest), Some(home)) => home.join(rest),
            _ => root.join(path),
        }
    }

    /// The token, or both ways out.
    pub fn token(&self) -> Result<SecretString, Failure> {
        let token =
            self.token.clone().map_or_else(|| self.token_of_file(), |token| Ok(Some(token)));
        let token = token?.ok_or_else(|| {
            Failure::new(Exit::Token, "there is no DigitalOcean token")
                .hint("set `DIGITALOCEAN_TOKEN` (or `DIGITALOCEAN_ACCESS_TOKEN`) to one made at cloud.digitalocean.com/account/api/tokens")
                .hint("or pass `--sandbox` to use the DigitalOcean in the box, without an account")
        })?;
        if token.expose_secret().bytes().all(|byte| byte.is_ascii_graphic()) {
            return Ok(token);
        }
        let text =
            "the DigitalOcean token has a blank, a line's end or another odd character in it";
        Err(Failure::new(Exit::Token, format!("{text}; nothing was sent"))
            .hint("set `DIGITALOCEAN_TOKEN` again to the token alone, as `dop_v1_…`"))
    }

    /// The token in the file that `DIGITALOCEAN_TOKEN_FILE` names.
    fn token_of_file(&self) -> Result<Option<SecretString>, Failure> {
        let Some(path) = &self.token_file else { return Ok(None) };
        let text = fs::read_to_string(path).map_err(|error| {
            let text = format!("cannot read the token file `{}`: {error}", path.display());
            Failure::new(Exit::Token, text).hint("`DIGITALOCEAN_TOKEN_FILE` names it")
        })?;
        Ok(Some(SecretString::from(text.trim_end())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_may_lie_in_a_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("token");
        let named = [("DIGITALOCEAN_TOKEN_FILE".to_owned(), path.display().to_string())];
        let settings = Settings::of(named);
        assert_eq!(settings.token().unwrap_err().exit, Exit::Token);
        fs::write(&path, "dop_v1_abc\n").unwrap();
        assert_eq!(settings.token().unwrap().expose_secret(), "dop_v1_abc");
    }

    #[test]
    fn no_value_of_the_environment_is_shown() {
        let set = [("ORG_POSTGRES_PW", "canary"), ("DIGITALOCEAN_TOKEN", "canary")];
        let settings = Settings::of(set.map(|(name, value)| (name.to_owned(), value.to_owned())));
        let shown = format!("{settings:?}");
        assert!(shown.contains("ORG_POSTGRES_PW") && !shown.contains("canary"), "{shown}");
        assert!(!settings.variables.contains_key("DIGITALOCEAN_TOKEN"));
    }
}
