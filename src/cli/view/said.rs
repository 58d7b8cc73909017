//! What a command on a machine says, as it says it.

use crate::{
    cli::output::Output,
    ssh::{Chunk, Plain},
};

/// A machine's two outputs on their way to ours.
///
/// A terminal gets text that cannot drive it; a file or a pipe gets every byte.
pub struct Said {
    output: Output,
    out: Option<Plain>,
    err: Option<Plain>,
}

impl Said {
    /// For our own outputs.
    pub fn new(output: Output) -> Self {
        let on_terminal = |is_terminal: bool| is_terminal.then(Plain::default);
        Self { output, out: on_terminal(output.shows_data()), err: on_terminal(output.terminal) }
    }

    /// Hands on a piece.
    pub fn hear(&mut self, chunk: Chunk<'_>) {
        match chunk {
            Chunk::Out(bytes) => match &mut self.out {
                Some(plain) => self.output.data(&plain.push(bytes)),
                None => self.output.data_as_it_is(bytes),
            },
            Chunk::Err(bytes) => match &mut self.err {
                Some(plain) => self.output.words(&plain.push(bytes)),
                None => self.output.words_as_they_are(bytes),
            },
        }
    }

    /// Hands on what was held back.
    pub fn end(&mut self) {
        if let Some(plain) = &mut self.out {
            self.output.data(&plain.end());
        }
        if let Some(plain) = &mut self.err {
            self.output.words(&plain.end());
        }
    }
}
