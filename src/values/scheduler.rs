//! Who takes a stack's snapshots by night.

use std::fmt;

/// Who takes a stack's snapshots by night.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scheduler {
    /// `dostack serve`, or a timer of the machine it would run on.
    Serve,
    /// A scheduled workflow of GitHub Actions.
    Github,
}

impl Scheduler {
    /// Every one of them.
    pub const ALL: [Self; 2] = [Self::Serve, Self::Github];

    /// The word for it, in tags and on the command line.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Serve => "serve",
            Self::Github => "github",
        }
    }
}

impl fmt::Display for Scheduler {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.word())
    }
}
