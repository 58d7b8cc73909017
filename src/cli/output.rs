//! The only writer: data to stdout, words to stderr.

use std::io::{self, IsTerminal, Write};

use anstream::{AutoStream, ColorChoice};

use crate::{cli::view::wrap::wrap, config::Look};

/// Where a command's text goes.
///
/// A reader that has gone away (`dostack preview | head`) ends the writing, not the program.
#[derive(Clone, Copy, Debug)]
pub struct Output {
    /// Whether a person watches the words.
    pub terminal: bool,
    /// How wide the terminal is, in columns.
    pub width: usize,
}

/// The width assumed where there is no terminal, and the narrowest one that is laid out for.
const WIDTH: usize = 80;

/// The height assumed where there is no terminal.
const ROWS: usize = 24;

impl Output {
    /// The streams of this process.
    pub fn of_process() -> Self {
        let terminal = io::stderr().is_terminal();
        let width = terminal_size::terminal_size_of(io::stderr())
            .map_or(WIDTH, |(width, _)| usize::from(width.0).max(WIDTH));
        Self { terminal, width }
    }

    /// How findings in a file are drawn.
    pub const fn look(self) -> Look {
        if self.terminal { Look::Styled } else { Look::Plain }
    }

    /// Whether words may be coloured: by a terminal that can, and where `NO_COLOR` is not set.
    pub fn has_colour(self) -> bool {
        self.terminal && AutoStream::choice(&io::stderr()) != ColorChoice::Never
    }

    /// Prose that fits the terminal; elsewhere lines are left whole, for whoever searches them.
    pub fn fitted(self, text: &str) -> String {
        if self.terminal { wrap(text, self.width) } else { text.to_owned() }
    }

    /// How wide and how high the terminal is now; a person may change that at any time.
    #[expect(clippy::unused_self, reason = "only who holds an output may look")]
    pub fn size(self) -> (usize, usize) {
        terminal_size::terminal_size_of(io::stderr())
            .map_or((WIDTH, ROWS), |(width, rows)| (width.0.into(), rows.0.into()))
    }

    /// Writes to the terminal what moves on it, as it is.
    #[expect(clippy::unused_self, reason = "only who holds an output may write")]
    pub fn moving(self, text: &str) {
        write(io::stderr().lock(), text);
    }

    /// Whether a person watches the data.
    #[expect(clippy::unused_self, reason = "only who holds an output may look")]
    pub fn shows_data(self) -> bool {
        io::stdout().is_terminal()
    }

    /// Writes data of which every byte counts.
    #[expect(clippy::unused_self, reason = "only who holds an output may write")]
    pub fn data_as_it_is(self, bytes: &[u8]) {
        write(io::stdout().lock(), bytes);
    }

    /// Writes words of somebody else's, of which every byte counts.
    #[expect(clippy::unused_self, reason = "only who holds an output may write")]
    pub fn words_as_they_are(self, bytes: &[u8]) {
        write(io::stderr().lock(), bytes);
    }

    /// Writes data.
    #[expect(clippy::unused_self, reason = "only who holds an output may write")]
    pub fn data(self, text: &str) {
        write(AutoStream::auto(io::stdout().lock()), text);
    }

    /// Writes words.
    #[expect(clippy::unused_self, reason = "only who holds an output may write")]
    pub fn words(self, text: &str) {
        write(AutoStream::auto(io::stderr().lock()), text);
    }
}

fn write(mut stream: impl Write, text: impl AsRef<[u8]>) {
    // A closed pipe is the reader's wish; there is nobody left to tell.
    let _ = stream.write_all(text.as_ref()).and_then(|()| stream.flush());
}
