//! A page as a person's browser shows it: Chromium without a window.

use std::process::Stdio;

use tempfile::TempDir;

use crate::support::tool::tool;

/// Nothing but the page: no sandbox of its own, no updates, no calls to anybody else.
const FLAGS: [&str; 9] = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--dump-dom",
];

/// The page's elements after it was left open for so many seconds, which pass at once; nothing
/// where there is no browser.
pub fn watch(address: &str, seconds: u32) -> Option<String> {
    let profile = TempDir::with_prefix("browser-").unwrap();
    let output = tool("chromium")?
        .args(FLAGS)
        .arg(format!("--user-data-dir={}", profile.path().display()))
        .arg(format!("--virtual-time-budget={}", seconds * 1000))
        .arg(address)
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output()
        .unwrap();
    Some(String::from_utf8(output.stdout).unwrap())
}
