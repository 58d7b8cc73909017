//! A connection that commands run on, one after the other.

use std::{fmt::Write as _, io, net::SocketAddr, time::Duration};

use tokio::{sync::Mutex, time::timeout};

use crate::ssh::{Chunk, Command, LIMIT, Output, Remote, SshError, Target, line::Line, pump::Pump};

/// The longest command line: libssh2 puts it into one packet of 35,000 bytes.
const LONGEST: usize = 32_000;

/// How much longer the machine lets a command run than we wait for it, so that it is never the
/// machine that ends a command we still wait for.
const GRACE: Duration = Duration::from_secs(2);

/// A deadline from which on a command may run as long as it likes.
const FOREVER: Duration = Duration::from_hours(24);

/// A connection to a machine; closed when dropped.
pub struct Session {
    address: SocketAddr,
    user: String,
    idle: Duration,
    /// libssh2 has one thing under way at a time, and so has a connection.
    wire: Mutex<Wire>,
}

/// A connection's two ends here.
struct Wire {
    /// Before libssh2's session, so that the socket is cut before that is taken apart.
    line: Option<Line>,
    ssh: ssh2::Session,
}

impl Session {
    /// A connection on which somebody has logged in.
    pub fn new(target: &Target, ssh: ssh2::Session, line: Line) -> Self {
        Self {
            address: target.address,
            user: target.user.clone(),
            idle: Duration::MAX,
            wire: Mutex::new(Wire { line: Some(line), ssh }),
        }
    }

    /// The same that gives up when nothing is heard for so long.
    pub fn idle(self, idle: Duration) -> Self {
        Self { idle, ..self }
    }
}

/// The line for a machine's login shell, whichever that is.
fn line(user: &str, command: &Command) -> Result<String, SshError> {
    let mut line = String::new();
    if user != "root" {
        line.push_str("sudo -n ");
    }
    if command.deadline < FOREVER {
        let seconds = (command.deadline + GRACE).as_secs() + 1;
        let _ = write!(line, "timeout -k 5 {seconds} ");
    }
    let _ = write!(line, "sh -c '{}'", command.script.replace('\'', r"'\''"));
    match line.len() {
        bytes if bytes > LONGEST => Err(SshError::TooLong { bytes }),
        _ => Ok(line),
    }
}

impl Remote for Session {
    async fn run(&self, command: &Command) -> Result<Output, SshError> {
        let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
        let mut keep = |chunk: Chunk<'_>| match chunk {
            Chunk::Out(bytes) => append(&mut stdout, bytes),
            Chunk::Err(bytes) => append(&mut stderr, bytes),
        };
        let code = self.stream(command, &mut keep).await?;
        let output = Output { code, stdout, stderr };
        if code == 1 && self.user != "root" && output.stderr.starts_with(b"sudo: ") {
            let (address, user) = (self.address, self.user.clone());
            return Err(SshError::NotRoot { address, user, said: output.complaint() });
        }
        Ok(output)
    }

    /// A connection whose command was given up, by its deadline or by who waited for it, is closed.
    async fn stream(
        &self,
        command: &Command,
        heard: &mut (dyn FnMut(Chunk<'_>) + Send),
    ) -> Result<i32, SshError> {
        let line = line(&self.user, command)?;
        let mut wire = self.wire.lock().await;
        let address = self.address;
        // It is put back when the command has ended; until then, whoever gives up cuts it.
        let Some(socket) = wire.line.take() else {
            let source = io::Error::other("it was closed when an earlier command was given up");
            return Err(SshError::Lost { address, source });
        };
        let mut pump = Pump::new(&wire.ssh, &socket, self.idle);
        let ended = timeout(command.deadline, pump.run(&line, command.stdin.bytes(), heard)).await;
        let code = match ended {
            Ok(Ok(code)) => code,
            Ok(Err(source)) if source.kind() == io::ErrorKind::TimedOut => {
                return Err(SshError::Silent { address, after: self.idle });
            }
            Ok(Err(source)) => return Err(SshError::Lost { address, source }),
            Err(_) => return Err(SshError::Overdue { address, after: command.deadline }),
        };
        wire.line = Some(socket);
        Ok(code)
    }
}

/// Keeps what there is room for.
fn append(kept: &mut Vec<u8>, bytes: &[u8]) {
    let room = LIMIT - kept.len();
    kept.extend_from_slice(&bytes[..bytes.len().min(room)]);
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::line;
    use crate::ssh::{Command, SshError};

    #[test]
    fn a_command_is_run_as_root_and_ended_by_the_machine_if_we_are_gone() {
        let command = Command::new("echo 'it'").within(Duration::from_secs(30));
        let own = line("root", &command).unwrap();
        assert_eq!(own, r"timeout -k 5 33 sh -c 'echo '\''it'\'''");
        assert_eq!(line("ops", &command).unwrap(), format!("sudo -n {own}"));
        let endless = Command::new("true").within(Duration::MAX);
        assert_eq!(line("root", &endless).unwrap(), "sh -c 'true'");
        let long = Command::new("x".repeat(40_000));
        assert!(matches!(line("root", &long), Err(SshError::TooLong { .. })));
    }
}
