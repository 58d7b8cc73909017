//! Lines that several machines write at once, each under the name of its machine.

use crate::{cli::output::Output, ssh::Plain};

/// The lines of one of them.
pub struct Lines {
    output: Output,
    prefix: String,
    plain: Plain,
    /// A line whose end has not come yet.
    begun: String,
}

impl Lines {
    /// Lines that begin so.
    pub fn new(output: Output, prefix: String) -> Self {
        Self { output, prefix, plain: Plain::default(), begun: String::new() }
    }

    /// Writes the lines that are whole by now.
    pub fn hear(&mut self, bytes: &[u8]) {
        self.begun.push_str(&self.plain.push(bytes));
        if let Some((whole, begun)) = self.begun.rsplit_once('\n') {
            let text = whole
                .split('\n')
                .fold(String::new(), |text, line| text + &self.prefix + line + "\n");
            self.begun = begun.to_owned();
            self.output.data(&text);
        }
    }

    /// Writes the last line, which may have no end.
    pub fn end(&mut self) {
        self.begun.push_str(&self.plain.end());
        if !self.begun.is_empty() {
            self.hear(b"\n");
        }
    }
}
