//! A machine that commands run on, and what is said to it and by it.

use std::{fmt, time::Duration};

use secrecy::zeroize::Zeroizing;

use crate::ssh::{SshError, plain};

/// The most that is kept of each of a command's outputs, in bytes; the rest is read and dropped.
pub const LIMIT: usize = 4 << 20;

/// How long a command may take unless it says otherwise.
const DEADLINE: Duration = Duration::from_mins(1);

/// One machine that commands run on.
pub trait Remote: Send + Sync {
    /// Runs a command to its end.
    ///
    /// A command that fails is no error: its exit code is part of what it said.
    fn run(&self, command: &Command) -> impl Future<Output = Result<Output, SshError>> + Send;

    /// Runs a command and hands on what it says while it says it; the exit code comes last.
    ///
    /// Nothing is kept, so nothing is cut off.
    fn stream(
        &self,
        command: &Command,
        heard: &mut (dyn FnMut(Chunk<'_>) + Send),
    ) -> impl Future<Output = Result<i32, SshError>> + Send {
        async {
            let output = self.run(command).await?;
            heard(Chunk::Out(&output.stdout));
            heard(Chunk::Err(&output.stderr));
            Ok(output.code)
        }
    }
}

/// A script for `sh`, run as root, with what it reads and the time it has.
#[derive(Debug)]
pub struct Command {
    /// What is given to `sh -c`. Everybody on the machine can see it: no secret belongs in it.
    pub script: String,
    /// What it reads.
    pub stdin: Stdin,
    /// How long it may take, from its start to its end; a minute unless said otherwise.
    pub deadline: Duration,
}

impl Command {
    /// A script that reads nothing.
    pub fn new(script: impl Into<String>) -> Self {
        Self { script: script.into(), stdin: Stdin::Nothing, deadline: DEADLINE }
    }

    /// The same with something to read, which is wiped when the command is dropped.
    pub fn with_stdin(self, bytes: impl Into<Zeroizing<Vec<u8>>>) -> Self {
        Self { stdin: Stdin::Bytes(bytes.into()), ..self }
    }

    /// The same with another deadline.
    pub fn within(self, deadline: Duration) -> Self {
        Self { deadline, ..self }
    }
}

/// What a command reads.
pub enum Stdin {
    /// Nothing: its input is at its end from the start.
    Nothing,
    /// Bytes, among which may be secrets.
    Bytes(Zeroizing<Vec<u8>>),
}

impl Stdin {
    /// The bytes, none where there is nothing to read.
    pub fn bytes(&self) -> &[u8] {
        match self {
            Self::Nothing => &[],
            Self::Bytes(bytes) => bytes,
        }
    }
}

/// Only how much it is.
impl fmt::Debug for Stdin {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} bytes", self.bytes().len())
    }
}

/// What a command said, and how it ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Output {
    /// Its exit code; 128 and the signal's number where a signal ended it, as in a shell.
    pub code: i32,
    /// What it wrote to its standard output, at most [`LIMIT`] bytes.
    pub stdout: Vec<u8>,
    /// What it wrote to its standard error, at most [`LIMIT`] bytes.
    pub stderr: Vec<u8>,
}

impl Output {
    /// Whether it ended well.
    pub const fn is_good(&self) -> bool {
        self.code == 0
    }

    /// Its standard output as text that is safe to show.
    pub fn text(&self) -> String {
        plain(&self.stdout)
    }

    /// What it complained of, as text that is safe to show: its standard error, or its standard
    /// output where it complained there.
    pub fn complaint(&self) -> String {
        let complaint = plain(&self.stderr);
        let complaint = if complaint.trim().is_empty() { self.text() } else { complaint };
        complaint.trim().to_owned()
    }
}

/// A piece of what a command says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Chunk<'a> {
    /// Of its standard output.
    Out(&'a [u8]),
    /// Of its standard error.
    Err(&'a [u8]),
}

#[cfg(test)]
mod tests {
    use super::{Command, Output};

    #[test]
    fn what_a_command_reads_is_not_shown_by_chance() {
        let shown = format!("{:?}", Command::new("cat").with_stdin(b"canary".to_vec()));
        assert!(shown.contains("6 bytes") && !shown.contains("canary"), "{shown}");
    }

    #[test]
    fn a_complaint_is_taken_from_where_it_was_written() {
        let said = |stdout: &str, stderr: &str| {
            Output { code: 1, stdout: stdout.into(), stderr: stderr.into() }.complaint()
        };
        assert_eq!(said("half a list\n", "no space left\n"), "no space left");
        assert_eq!(said("no space left\n", "\n"), "no space left");
    }
}
