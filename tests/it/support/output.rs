//! What a command said, without what differs from run to run.

use std::{fmt, process, sync::LazyLock};

use regex::Regex;

/// How a command ended and what it said.
#[must_use]
#[derive(Clone, Debug)]
pub struct Ran {
    /// The exit code; none after a signal that was not caught.
    pub code: Option<i32>,
    /// The data, as it was written.
    pub stdout: String,
    /// The words, as they were written.
    pub stderr: String,
    folder: String,
}

/// What differs, and what stands for it.
const DIFFERING: [(&str, &str); 17] = [
    (r"\bGET /v2/\S+:( |$)", "GET [path]:$1"),
    (r"\d{4}-\d\d-\d\dT[\d:.]+Z", "[time]"),
    (r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", "[uuid]"),
    (r"\bin \d+\.\d s\b", "in [time]"),
    (r"\bprocess \d+ on \S+?([,.\s]|$)", "process [pid] on [host]$1"),
    (r"(127\.0\.0\.1|\[::1\]|localhost):\d+", "$1:[port]"),
    (r"198\.1[89]\.\d+\.\d+", "[public]"),
    (r"\b10\.12\d\.\d+\.[1-9]\d*\b", "[private]"),
    (r"request id [\w-]+", "request id [id]"),
    (r"\b\d{9,10}\b", "[number]"),
    (r"dostack-made:(\S+?):[0-9a-f-]+", "dostack-made:$1:[digests]"),
    (r"tried for \d+ s", "tried for [time]"),
    (r"os error \d+", "os error [number]"),
    (r"\d+ s of about", "[time] of about"),
    (r"(done|under way)  \d+ s\b", "$1  [time]"),
    (r"[⠀-⣿]", "⠿"),
    (r"(\[public\]|\[private\])  +", "$1  "),
];

impl Ran {
    /// Takes what a process left behind; `folder` stands for the project in what it said.
    pub fn of(output: process::Output, folder: &str) -> Self {
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        Self {
            code: output.status.code(),
            stdout: text(output.stdout),
            stderr: text(output.stderr),
            folder: folder.to_owned(),
        }
    }

    /// Goes on if it ended as documented; shows everything if not.
    pub fn expect(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{self}");
        self
    }

    /// The data, without what differs.
    pub fn data(&self) -> String {
        normalised(&self.stdout, &self.folder)
    }

    /// The words, without what differs.
    pub fn words(&self) -> String {
        normalised(&self.stderr, &self.folder)
    }

    /// Everything but the plan's tree and the lines of what is done: for tests that are not about
    /// those.
    pub fn summary(&self) -> String {
        let data = self.data();
        let after = data.lines().skip_while(|line| !is_sum(line));
        let words = self.words();
        let told = words.lines().filter(|line| !is_done(line));
        self.with(&after.collect::<Vec<_>>().join("\n"), &told.collect::<Vec<_>>().join("\n"))
    }

    fn with(&self, data: &str, words: &str) -> String {
        let ended = self.code.map_or("killed".to_owned(), |code| format!("exit {code}"));
        let parts = [("stdout", data), ("stderr", words)];
        let parts = parts.iter().filter(|(_, text)| !text.is_empty());
        let parts = parts.map(|(name, text)| format!("---- {name}\n{text}\n"));
        format!("{ended}\n{}", parts.collect::<String>())
    }
}

/// Everything, without what differs.
impl fmt::Display for Ran {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.with(&self.data(), &self.words()))
    }
}

/// A text without what differs; `folder` stands for the project in it.
pub fn normalised(text: &str, folder: &str) -> String {
    static PATTERNS: LazyLock<Vec<(Regex, &str)>> = LazyLock::new(|| {
        DIFFERING.iter().map(|(pattern, word)| (Regex::new(pattern).unwrap(), *word)).collect()
    });
    let text = text.replace(folder, "[project]");
    let text = PATTERNS.iter().fold(text, |text, (pattern, word)| {
        let text = pattern.replace_all(&text, *word);
        text.into_owned()
    });
    let mut lines: Vec<&str> = text.lines().map(str::trim_end).collect();
    sort_what_ran_at_once(&mut lines);
    lines.join("\n").trim_end().to_owned()
}

/// What is done at once ends in any order.
fn sort_what_ran_at_once(lines: &mut [&str]) {
    for block in lines.chunk_by_mut(|one, next| is_done(one) && is_done(next)) {
        block.sort_unstable();
    }
}

/// Whether a line sums up a plan, below its tree.
fn is_sum(line: &str) -> bool {
    ["Plan: ", "Refused plan: ", "Nothing to do", "No change to the account"]
        .iter()
        .any(|start| line.starts_with(start))
}

fn is_done(line: &str) -> bool {
    line.ends_with("in [time]") && line.contains("  ")
}
