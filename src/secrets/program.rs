//! A program of the user's that tells a secret, as `op read …` or `pass show …`.
//!
//! It gets the environment without the token and without what is meant for dostack, nothing to
//! read, and as long as a person needs for a fingerprint. What it prints is the value and is never
//! shown, and neither is what it complains of, for that may repeat the value.

use std::{
    collections::BTreeMap,
    io::{self, Read},
    path::Path,
    process::{Child, Command, ExitStatus, Stdio},
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

use secrecy::SecretString;
use zeroize::Zeroizing;

use crate::{
    secrets::{
        SecretsError,
        value::{self, LONGEST},
    },
    values::SecretName,
};

/// How long a program may take; some ask for a fingerprint first.
const PATIENCE: Duration = Duration::from_mins(1);

/// How often it is looked whether a program has ended.
const LOOK: Duration = Duration::from_millis(10);

/// What variables begin with that are no program's business.
const OURS: [&str; 2] = ["DIGITALOCEAN_", "DOSTACK_"];

/// Where programs run.
pub struct Bench<'a> {
    /// The folder.
    pub folder: &'a Path,
    /// The environment of this process.
    pub environment: &'a BTreeMap<String, String>,
}

/// What each program tells, all of them asked at once.
pub fn ask(
    bench: &Bench<'_>,
    programs: &BTreeMap<SecretName, Vec<String>>,
) -> Result<Vec<(SecretName, SecretString)>, SecretsError> {
    thread::scope(|scope| {
        let asked: Vec<_> = programs
            .iter()
            .map(|(name, words)| (name, words, scope.spawn(|| told(bench, words, PATIENCE))))
            .collect();
        let value = |(name, words, asked): (&SecretName, &Vec<String>, Asking<'_>)| {
            let told = asked.join().unwrap_or_else(|_| Err("could not be asked".to_owned()));
            let program = words.first().cloned().unwrap_or_default();
            let wrong = |why| SecretsError::Program { name: name.clone(), program, why };
            told.map(|value| (name.clone(), value)).map_err(wrong)
        };
        asked.into_iter().map(value).collect()
    })
}

/// A program that is being asked.
type Asking<'scope> = thread::ScopedJoinHandle<'scope, Result<SecretString, String>>;

/// What a program prints, or what it did instead, in words that go on from its name.
fn told(bench: &Bench<'_>, words: &[String], patience: Duration) -> Result<SecretString, String> {
    let until = Instant::now() + patience;
    let mut child =
        start(bench, words).map_err(|error| format!("could not be started: {error}"))?;
    let printed = child.stdout.take().map(listen);
    let status = wait(&mut child, until)
        .ok_or_else(|| format!("did not end within {} s", patience.as_secs()))?;
    if !status.success() {
        return Err(format!("failed ({status}); run it by hand to see why"));
    }
    let left = until.saturating_duration_since(Instant::now());
    let printed = printed.and_then(|printed| printed.recv_timeout(left).ok());
    let printed = printed.ok_or("did not close its output")?;
    value::of_bytes(&printed).map_err(|odd| format!("printed a value that {odd}"))
}

/// An environment as other programs may see it.
pub fn without_ours(
    environment: &BTreeMap<String, String>,
) -> impl Iterator<Item = (&String, &String)> {
    let is_ours = |name: &str| OURS.iter().any(|prefix| name.starts_with(prefix));
    environment.iter().filter(move |(name, _)| !is_ours(name))
}

fn start(bench: &Bench<'_>, words: &[String]) -> io::Result<Child> {
    let (program, arguments) = words.split_first().ok_or(io::ErrorKind::InvalidInput)?;
    Command::new(program)
        .args(arguments)
        .current_dir(bench.folder)
        .env_clear()
        .envs(without_ours(bench.environment))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
}

/// Reads aside what a program prints, so that it never waits for us; no more than a value may have is
/// kept, and the rest is read and forgotten, so that what is wrong is told as that.
fn listen(mut stream: impl Read + Send + 'static) -> mpsc::Receiver<Zeroizing<Vec<u8>>> {
    let (tell, told) = mpsc::channel();
    thread::spawn(move || {
        // A line's end may come on top, and one byte more tells that it is too long.
        let mut bytes = Zeroizing::new(Vec::with_capacity(LONGEST + 3));
        let most = u64::try_from(LONGEST + 3).unwrap_or(u64::MAX);
        if stream.by_ref().take(most).read_to_end(&mut bytes).is_ok() {
            let _ = tell.send(bytes);
        }
        let _ = io::copy(&mut stream, &mut io::sink());
    });
    told
}

/// Waits until a program ends; one that takes too long is ended.
fn wait(child: &mut Child, until: Instant) -> Option<ExitStatus> {
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return Some(status),
            Ok(None) if Instant::now() < until => thread::sleep(LOOK),
            Ok(None) | Err(_) => {
                let _ = child.kill();
                let _ = child.wait();
                return None;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeMap, path::Path, time::Duration};

    use secrecy::ExposeSecret as _;

    use super::{Bench, told};

    fn shell(script: &str, patience: Duration) -> Result<String, String> {
        let set = [
            ("PATH", "/usr/bin:/bin"),
            ("DIGITALOCEAN_CONTEXT", "canary"),
            ("DOSTACK_STACK", "canary"),
            ("VAULT_ADDR", "https://vault.example.com"),
        ];
        let environment: BTreeMap<String, String> =
            set.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        let bench = Bench { folder: Path::new("/"), environment: &environment };
        let words = ["sh", "-c", script].map(str::to_owned);
        told(&bench, &words, patience).map(|value| value.expose_secret().to_owned())
    }

    const LONG: Duration = Duration::from_mins(1);

    #[test]
    fn a_program_sees_the_environment_without_what_is_ours() {
        let said = shell("env | grep -c canary; echo $VAULT_ADDR", LONG).unwrap();
        assert_eq!(said, "0\nhttps://vault.example.com");
    }

    #[test]
    fn what_a_failing_program_says_is_not_repeated() {
        let why = shell("echo canary; echo canary >&2; exit 4", LONG).unwrap_err();
        assert_eq!(why, "failed (exit status: 4); run it by hand to see why");
    }

    #[test]
    fn odd_output_is_no_value() {
        for (script, why) in [
            ("true", "printed a value that is empty"),
            ("echo", "printed a value that is empty"),
            ("printf '\\377'", "printed a value that is no text"),
            ("head -c 70000 /dev/zero | tr '\\0' a", "printed a value that is longer than 64 KiB"),
        ] {
            assert_eq!(shell(script, LONG).unwrap_err(), why, "{script}");
        }
    }

    #[test]
    fn a_program_that_does_not_end_is_ended() {
        let why = shell("exec sleep 600", Duration::ZERO).unwrap_err();
        assert_eq!(why, "did not end within 0 s");
    }
}
