//! From settings to an account: DigitalOcean's, or the one in the box.

use std::{
    env,
    fs::{self, File, TryLockError},
    path::{Path, PathBuf},
    sync::Arc,
};

use jiff::Timestamp;
use reqwest::Url;
use secrecy::SecretString;
use uuid::Uuid;

use crate::{
    cli::{
        Context, Exit, Failure, machine,
        project::{Project, private_folder},
    },
    config::Stack,
    digitalocean::{BuildError, Client, Pace, Settings as Wire},
    engine::Site,
    sandbox::{self, RateLimit, Running},
    secrets::Store,
    ssh::Login,
    values::Seed,
};

/// How many times faster than DigitalOcean the sandbox in the box is.
const SPEED: u32 = 20;

/// How the address of an API is written.
const ADDRESSES: &str = "write `DIGITALOCEAN_API_URL` as `https://api.digitalocean.com`, which is usual, \
or as `http://127.0.0.1:8080` for a sandbox on this machine";

/// An account, and the sandbox behind it if it is the one in the box.
pub struct Connection {
    /// Where work is done.
    pub site: Site,
    embedded: Option<Embedded>,
}

/// A sandbox that lives as long as the command.
struct Embedded {
    running: Running,
    /// Keeps other commands from the same world; released when it is closed.
    _world: File,
}

impl Connection {
    /// Connects a command to the account it is to work on.
    pub async fn open(context: &Context, project: &Project) -> Result<Self, Failure> {
        let settings = &context.settings;
        if context.global.sandbox {
            let embedded = embed(&project.state()).await?;
            let api = format!("http://{}", embedded.running.address());
            let wire = Wire { pace: brisk(SPEED), ..wire(&api, SecretString::from("sandbox"))? };
            let site = site(wire, "sandbox", project)?;
            return Ok(Self { site, embedded: Some(embedded) });
        }
        let mut wire = wire(&settings.api, settings.token()?)?;
        // Plain http goes to this machine only, where a sandbox may be in a hurry.
        if let Some(speed) = settings.speed.filter(|_| wire.is_plain()) {
            wire.pace = brisk(speed);
        }
        Ok(Self { site: site(wire, &settings.api, project)?, embedded: None })
    }

    /// Ends the sandbox, if there is one; its world is kept.
    ///
    /// What went wrong with the work is worth more than what goes wrong now.
    pub async fn close_after<T>(self, done: Result<T, Failure>) -> Result<T, Failure> {
        let Some(embedded) = self.embedded else { return done };
        let stopped = embedded.running.stop().await;
        done.and_then(|done| {
            stopped.map(|()| done).map_err(|error| Failure::caused(Exit::Bug, &error))
        })
    }
}

/// How we log in to the stack's machines.
pub fn login(context: &Context, project: &Project, stack: &Stack) -> Login {
    let settings = &context.settings;
    let agent = settings.variables.get("SSH_AUTH_SOCK").filter(|path| !path.is_empty());
    Login {
        key_file: stack
            .ssh
            .private_key
            .as_deref()
            .map(|path| settings.own_path(path, &project.root)),
        agent: agent.map(PathBuf::from),
        known: stack.ssh.public_keys.clone(),
    }
}

fn site(wire: Wire, account: &str, project: &Project) -> Result<Site, Failure> {
    let client = Client::new(wire).map_err(|error| match error {
        BuildError::Token { .. } => Failure::caused(Exit::Token, &error),
        BuildError::Address { .. } => Failure::caused(Exit::Input, &error).hint(ADDRESSES),
        BuildError::Setup { .. } => Failure::caused(Exit::Input, &error),
    })?;
    Ok(Site {
        client,
        account: account.to_owned(),
        folder: project.state(),
        templates: project.templates()?,
        clock: Arc::new(now),
        seed: Arc::new(seed()?),
        run: Uuid::now_v7(),
        holder: machine::holder(),
        secrets: Store::default(),
        program: env::current_exe().unwrap_or_default(),
        is_alive: Arc::new(machine::is_alive),
    })
}

fn seed() -> Result<Seed, Failure> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(|error| Failure::caused(Exit::Bug, &error))?;
    Ok(Seed::new(bytes))
}

#[expect(clippy::disallowed_methods, reason = "the clock that everything else is handed")]
fn now() -> Timestamp {
    Timestamp::now()
}

fn wire(api: &str, token: SecretString) -> Result<Wire, Failure> {
    let base = Url::parse(api).map_err(|error| {
        Failure::new(Exit::Input, format!("`DIGITALOCEAN_API_URL` is no address: {error}"))
            .hint(ADDRESSES)
    })?;
    Ok(Wire::new(base, token))
}

/// The pace against a sandbox that is so many times as fast as DigitalOcean.
fn brisk(speed: u32) -> Pace {
    let speed = speed.clamp(1, 1000);
    let pace = Pace::default();
    Pace {
        minute: pace.minute / speed,
        patience: pace.patience / speed,
        first_retry: pace.first_retry / speed,
        longest_retry: pace.longest_retry / speed,
        first_poll: pace.first_poll / speed,
        longest_poll: pace.longest_poll / speed,
        ..pace
    }
}

async fn embed(folder: &Path) -> Result<Embedded, Failure> {
    let world = claim_world(folder)?;
    let options = sandbox::Options {
        listen: ([127, 0, 0, 1], 0).into(),
        token: "sandbox".to_owned(),
        speed: SPEED.into(),
        state: Some(folder.join("sandbox.json")),
        rate_limit: RateLimit::Off,
    };
    let running =
        sandbox::start(options).await.map_err(|error| Failure::caused(Exit::Input, &error))?;
    Ok(Embedded { running, _world: world })
}

/// Only one command at a time may have the sandbox's world in hand.
fn claim_world(folder: &Path) -> Result<File, Failure> {
    let unwritable = |error: std::io::Error| {
        let text = format!("cannot write into `{}`: {error}", folder.display());
        Failure::new(Exit::Journal, text).hint("the sandbox keeps its world there")
    };
    private_folder(folder).map_err(unwritable)?;
    let path = folder.join("sandbox.lock");
    let file = fs::OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(path)
        .map_err(unwritable)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => {
            Err(Failure::new(Exit::Locked, "another command is using this project's sandbox")
                .hint("wait until it ends, or run one sandbox for both: `dostack sandbox`"))
        }
        Err(TryLockError::Error(error)) => Err(unwritable(error)),
    }
}
