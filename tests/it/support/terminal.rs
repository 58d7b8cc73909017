//! The program on a terminal, as a person sits in front of it.

use std::{
    fs::{File, OpenOptions},
    io::{Read as _, Write as _},
    os::fd::OwnedFd,
    process::{Child, Command, Stdio},
    sync::mpsc::{Receiver, RecvTimeoutError, channel},
    thread,
    time::Duration,
};

use rustix::{
    pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt},
    termios::{Winsize, tcsetwinsize},
};
use vt100::Parser;

/// The size every program once was written for.
const SIZE: (u16, u16) = (24, 80);

/// How long a screen may take to show what a test waits for.
const PATIENCE: Duration = Duration::from_mins(1);

/// A terminal with a program in it; one that nobody waited for is killed.
pub struct Terminal {
    keyboard: File,
    written: Receiver<Vec<u8>>,
    screen: Parser,
    child: Child,
}

impl Terminal {
    /// Runs a program on a terminal of 80 columns and 24 rows.
    pub fn run(command: &Command) -> Self {
        Self::sized(command, SIZE)
    }

    /// Runs a program on a terminal of so many rows and columns.
    pub fn sized(command: &Command, (rows, columns): (u16, u16)) -> Self {
        let keyboard = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&keyboard).unwrap();
        unlockpt(&keyboard).unwrap();
        let name = ptsname(&keyboard, Vec::new()).unwrap().into_string().unwrap();
        let size = Winsize { ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 };
        tcsetwinsize(&keyboard, size).unwrap();
        let line = OpenOptions::new().read(true).write(true).open(name).unwrap();
        let child = on_line(command, &line.into());
        let keyboard = File::from(keyboard);
        let written = listen(keyboard.try_clone().unwrap());
        Self { keyboard, written, screen: Parser::new(rows, columns, 2000), child }
    }

    /// Types.
    pub fn type_in(&mut self, text: &str) {
        self.keyboard.write_all(text.as_bytes()).unwrap();
    }

    /// Waits until the screen shows a text.
    pub fn wait_for(&mut self, text: &str) {
        self.wait_until(text, |screen| screen.contains(text));
    }

    /// Waits until what the screen shows is as it should be.
    pub fn wait_until(&mut self, what: &str, is_so: impl Fn(&str) -> bool) {
        while !is_so(&self.text()) {
            let bytes = self.written.recv_timeout(PATIENCE);
            assert!(bytes.is_ok(), "`{what}` never came:\n{}", self.text());
            self.screen.process(&bytes.unwrap());
        }
    }

    /// What the screen shows now, and what has scrolled off it, without blanks at the ends.
    pub fn text(&mut self) -> String {
        let lines: Vec<String> = self.lines().into_iter().map(|(line, _)| line).collect();
        lines.join("\n").trim_end().to_owned()
    }

    /// The lines that the terminal itself had to break, since they were too long for it.
    pub fn broken(&mut self) -> Vec<String> {
        self.lines().into_iter().filter(|(_, broken)| *broken).map(|(line, _)| line).collect()
    }

    /// Waits for the end; gives the exit code.
    pub fn finish(&mut self) -> Option<i32> {
        // The line is closed when the last program on it has ended.
        loop {
            match self.written.recv_timeout(PATIENCE) {
                Ok(bytes) => self.screen.process(&bytes),
                Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) => {
                    assert!(self.child.try_wait().unwrap().is_some(), "no end:\n{}", self.text());
                }
            }
        }
        self.child.wait().unwrap().code()
    }

    /// Whether the cursor can be seen, as it could before.
    pub fn shows_cursor(&self) -> bool {
        !self.screen.screen().hide_cursor()
    }

    /// Every line since the beginning, and whether the terminal broke it.
    fn lines(&mut self) -> Vec<(String, bool)> {
        let (rows, columns) = self.screen.screen().size();
        self.screen.screen_mut().set_scrollback(usize::MAX);
        let above = self.screen.screen().scrollback();
        let mut lines = Vec::new();
        for offset in (0..=above).rev() {
            self.screen.screen_mut().set_scrollback(offset);
            let screen = self.screen.screen();
            let last = if offset == 0 { rows } else { 1 };
            let texts = screen.rows(0, columns).take(usize::from(last));
            let line =
                |(row, text): (u16, String)| (text.trim_end().to_owned(), screen.row_wrapped(row));
            lines.extend((0..).zip(texts).map(line));
        }
        self.screen.screen_mut().set_scrollback(0);
        lines
    }
}

/// The program as the leader of a session of its own on that line, so that Ctrl-C reaches it.
fn on_line(command: &Command, line: &OwnedFd) -> Child {
    let end = || Stdio::from(line.try_clone().unwrap());
    let mut leader = Command::new("setsid");
    // Who starts the tests in the background has them, and what they start, ignore Ctrl-C.
    leader.args(["--ctty", "--wait", "env", "--default-signal=INT,QUIT"]);
    leader.arg(command.get_program()).args(command.get_args());
    leader.env_clear().env("TERM", "xterm-256color").env("PATH", "/usr/bin:/bin");
    for (name, value) in command.get_envs() {
        leader.env(name, value.unwrap());
    }
    leader.current_dir(command.get_current_dir().unwrap());
    leader.stdin(end()).stdout(end()).stderr(end()).spawn().unwrap()
}

/// Hears everything that is written to the terminal; a terminal that nobody reads would fill up.
fn listen(mut screen: File) -> Receiver<Vec<u8>> {
    let (heard, written) = channel();
    thread::spawn(move || {
        let mut bytes = [0; 4096];
        // Reading fails when the last program on the line has ended.
        while let Ok(count @ 1..) = screen.read(&mut bytes) {
            if heard.send(bytes[..count].to_vec()).is_err() {
                return;
            }
        }
    });
    written
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // One that has just ended by itself is as good as killed.
        let _ = self.child.kill();
        self.child.wait().unwrap();
    }
}
