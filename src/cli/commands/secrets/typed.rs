//! A value from standard input, from a person who types it unseen, or from chance.

use std::{
    fmt::Write as _,
    io::{self, BufRead as _, IsTerminal as _, Read as _},
};

use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};
use secrecy::SecretString;
use tokio::task::spawn_blocking;
use tokio_util::sync::CancellationToken;
use zeroize::Zeroizing;

use crate::{
    cli::{Context, Exit, Failure, secrets::failure, stop::stoppable},
    secrets::{LONGEST, SecretsError, of_bytes},
    values::SecretName,
};

/// The value on standard input; a terminal is asked and shows nothing of it.
pub async fn value(context: &Context, name: &SecretName) -> Result<SecretString, Failure> {
    let bytes = if io::stdin().is_terminal() {
        asked(context, name).await?
    } else {
        piped().map_err(|error| unreadable(&error))?
    };
    of_bytes(&bytes).map_err(|odd| failure(&SecretsError::Value(odd)))
}

/// A line that is typed unseen. Ctrl-C is heard, so that the terminal shows again what is typed.
async fn asked(context: &Context, name: &SecretName) -> Result<Zeroizing<Vec<u8>>, Failure> {
    let _unseen = Unseen::begin().map_err(|error| unreadable(&error))?;
    let stop = CancellationToken::new();
    // Asked once Ctrl-C is heard, not before.
    let typed = async {
        context.output.words(&format!("value of {name} (not shown): "));
        tokio::select! {
            () = stop.cancelled() => Ok(None),
            line = spawn_blocking(line) => Ok(Some(line)),
        }
    };
    let asked = stoppable(&stop, typed).await;
    context.output.words("\n");
    match asked? {
        (Some(Ok(line)), _) => line.map_err(|error| unreadable(&error)),
        (Some(Err(error)), _) => Err(Failure::caused(Exit::Bug, &error)),
        (None, exit) => Err(Failure::new(exit.unwrap_or(Exit::Interrupted), "stopped").unchanged()),
    }
}

fn line() -> io::Result<Zeroizing<Vec<u8>>> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(LONGEST + 3));
    io::stdin().lock().read_until(b'\n', &mut bytes)?;
    Ok(bytes)
}

fn piped() -> io::Result<Zeroizing<Vec<u8>>> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(LONGEST + 3));
    let most = u64::try_from(LONGEST + 3).unwrap_or(u64::MAX);
    io::stdin().lock().take(most).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn unreadable(error: &io::Error) -> Failure {
    Failure::new(Exit::Input, format!("cannot read the value: {error}"))
}

/// A value that nobody has chosen: 32 bytes of chance as 64 hexadecimal digits.
pub fn generated() -> Result<SecretString, Failure> {
    let mut bytes = Zeroizing::new([0; 32]);
    getrandom::fill(bytes.as_mut()).map_err(|error| Failure::caused(Exit::Bug, &error))?;
    let mut text = Zeroizing::new(String::with_capacity(64));
    for byte in bytes.iter() {
        let _ = write!(text, "{byte:02x}");
    }
    Ok(SecretString::from(text.as_str()))
}

/// A terminal that shows nothing of what is typed, until this is dropped.
struct Unseen(Termios);

impl Unseen {
    fn begin() -> io::Result<Self> {
        let usual = tcgetattr(io::stdin())?;
        let mut unseen = usual.clone();
        unseen.local_modes.remove(LocalModes::ECHO);
        tcsetattr(io::stdin(), OptionalActions::Flush, &unseen)?;
        Ok(Self(usual))
    }
}

impl Drop for Unseen {
    fn drop(&mut self) {
        // Nobody is left to tell if the terminal has gone.
        let _ = tcsetattr(io::stdin(), OptionalActions::Flush, &self.0);
    }
}
