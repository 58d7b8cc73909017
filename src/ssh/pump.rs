//! A command under way: what it reads goes out while both of its outputs come in.
//!
//! All three move together. A command that is read on one output only stops as soon as the other is
//! full, and waits for ever for somebody who waits for it.

use std::{
    io::{self, ErrorKind, Read as _, Write as _},
    time::Duration,
};

use ssh2::{BlockDirections, Channel};
use tokio::{
    task::yield_now,
    time::{Instant, timeout},
};

use crate::ssh::{Chunk, line::Line};

/// How much is read at once, in bytes: as much as OpenSSH sends at once.
const PIECE: usize = 32 * 1024;

/// What libssh2 calls a channel's standard output and its standard error.
const OUTPUTS: [i32; 2] = [0, 1];

/// One command on a connection.
pub struct Pump<'a> {
    ssh: &'a ssh2::Session,
    line: &'a Line,
    idle: Duration,
    /// When something was heard of the machine for the last time.
    heard_at: Instant,
    piece: Box<[u8]>,
}

impl<'a> Pump<'a> {
    /// One that gives up when nothing is heard for so long.
    pub fn new(ssh: &'a ssh2::Session, line: &'a Line, idle: Duration) -> Self {
        let piece = vec![0; PIECE].into_boxed_slice();
        Self { ssh, line, idle, heard_at: Instant::now(), piece }
    }

    /// Runs a command line to its end; its exit code.
    ///
    /// An error of the kind `TimedOut` means that nothing was heard of the machine.
    pub async fn run(
        &mut self,
        line: &str,
        mut stdin: &[u8],
        heard: &mut (dyn FnMut(Chunk<'_>) + Send),
    ) -> io::Result<i32> {
        let ssh = self.ssh;
        let mut channel = self.whole(|| Ok(ssh.channel_session()?)).await?;
        self.whole(|| Ok(channel.exec(line)?)).await?;
        let mut is_open = true;
        loop {
            let mut moved = false;
            for output in OUTPUTS {
                moved |= self.read(&channel, output, heard).await?;
            }
            if channel.eof() {
                break;
            }
            if is_open {
                let (wrote, still_open) = self.write(&mut channel, &mut stdin).await?;
                moved |= wrote;
                is_open = still_open;
            }
            if moved {
                // Whoever watches the deadline has to have a turn too.
                yield_now().await;
            } else {
                self.hear().await?;
            }
        }
        self.whole(|| Ok(channel.wait_close()?)).await?;
        self.whole(|| Ok(channel.close()?)).await?;
        code(&channel)
    }

    /// Reads what there is of an output; whether there was anything.
    async fn read(
        &mut self,
        channel: &Channel,
        output: i32,
        heard: &mut (dyn FnMut(Chunk<'_>) + Send),
    ) -> io::Result<bool> {
        let mut piece = std::mem::take(&mut self.piece);
        let read = self.step(|| channel.stream(output).read(&mut piece)).await;
        self.piece = piece;
        match read? {
            None | Some(0) => Ok(false),
            Some(length) => {
                let bytes = &self.piece[..length];
                heard(if output == 0 { Chunk::Out(bytes) } else { Chunk::Err(bytes) });
                Ok(true)
            }
        }
    }

    /// Writes what there is room for, and at the end says that this was all; whether anything went
    /// out, and whether more is to go.
    async fn write(
        &mut self,
        channel: &mut Channel,
        stdin: &mut &[u8],
    ) -> io::Result<(bool, bool)> {
        if stdin.is_empty() {
            let said = self.step(|| Ok(channel.send_eof()?)).await?;
            return Ok((said.is_some(), said.is_none()));
        }
        let length = self.step(|| channel.write(stdin)).await?.unwrap_or_default();
        *stdin = &stdin[length..];
        Ok((length > 0, true))
    }

    /// Does one thing to its end, waiting for the machine where it has to.
    async fn whole<T>(&mut self, mut act: impl FnMut() -> io::Result<T>) -> io::Result<T> {
        loop {
            match self.step(&mut act).await? {
                Some(done) => return Ok(done),
                None => self.hear().await?,
            }
        }
    }

    /// Does one thing as far as it goes without the machine; none when it has to wait for it.
    ///
    /// A message that went out by half has to go out whole before anything else is done: libssh2
    /// refuses any other.
    async fn step<T>(&mut self, mut act: impl FnMut() -> io::Result<T>) -> io::Result<Option<T>> {
        loop {
            match act() {
                Ok(done) => return Ok(Some(done)),
                Err(error) if error.kind() != ErrorKind::WouldBlock => return Err(error),
                Err(_) => {}
            }
            match self.ssh.block_directions() {
                BlockDirections::Outbound | BlockDirections::Both => {
                    timeout(self.idle, self.line.writable()).await.map_err(|_| silent())??;
                }
                BlockDirections::Inbound | BlockDirections::None => return Ok(None),
            }
        }
    }

    /// Waits until something is heard of the machine, and asks for a sign of life meanwhile.
    async fn hear(&mut self) -> io::Result<()> {
        loop {
            if let Ok(heard) = timeout(self.idle / 4, self.line.readable()).await {
                self.heard_at = Instant::now();
                return heard;
            }
            if self.heard_at.elapsed() >= self.idle {
                return Err(silent());
            }
            let ssh = self.ssh;
            ssh.set_keepalive(true, 1);
            self.step(|| Ok(ssh.keepalive_send()?)).await?;
        }
    }
}

fn silent() -> io::Error {
    ErrorKind::TimedOut.into()
}

/// How a command ended, as a shell has it.
fn code(channel: &Channel) -> io::Result<i32> {
    let signal = channel.exit_signal()?.exit_signal;
    match signal.as_deref() {
        None => Ok(channel.exit_status()?),
        Some(name) => Ok(128 + number(name)),
    }
}

/// The number of a signal by its name in RFC 4254, 6.10.
fn number(name: &str) -> i32 {
    match name {
        "HUP" => 1,
        "INT" => 2,
        "QUIT" => 3,
        "ILL" => 4,
        "ABRT" => 6,
        "FPE" => 8,
        "KILL" => 9,
        "USR1" => 10,
        "SEGV" => 11,
        "USR2" => 12,
        "PIPE" => 13,
        "ALRM" => 14,
        "TERM" => 15,
        _ => 127,
    }
}
