//! A real Prometheus server with data of a test's own.

use std::{
    fs,
    io::{self, BufRead as _, BufReader, Write as _},
    process::{Child, Command, Stdio},
};

use jiff::Timestamp;
use tempfile::TempDir;

/// A server on loopback; it ends with the test.
pub struct Server {
    /// Where it answers.
    pub address: String,
    process: Child,
    _folder: TempDir,
}

impl Server {
    /// Starts one that has these samples, in the form of `OpenMetrics`; none and a line that says so
    /// where it is not installed.
    #[expect(clippy::disallowed_methods, reason = "whether CI runs is not the program's to know")]
    pub fn start(samples: &str) -> Option<Self> {
        let is_there = |name| Command::new(name).arg("--version").output().is_ok();
        if !["prometheus", "promtool"].into_iter().all(is_there) {
            let required = std::env::var_os("DOSTACK_TOOLS_REQUIRED").is_some();
            assert!(!required, "Prometheus is not installed");
            let _ = writeln!(io::stderr(), "skipped: Prometheus is not installed");
            return None;
        }
        let folder = TempDir::with_prefix("prometheus-").unwrap();
        let path = |name: &str| folder.path().join(name);
        fs::write(path("samples"), format!("{samples}# EOF\n")).unwrap();
        fs::write(path("prometheus.yml"), "global: {}\n").unwrap();
        let filled = Command::new("promtool")
            .args(["tsdb", "create-blocks-from", "openmetrics"])
            .args([path("samples"), path("data")])
            .output()
            .unwrap();
        assert!(filled.status.success(), "{}", String::from_utf8_lossy(&filled.stderr));
        let mut process = Command::new("prometheus")
            .arg(format!("--config.file={}", path("prometheus.yml").display()))
            .arg(format!("--storage.tsdb.path={}", path("data").display()))
            .arg("--web.listen-address=127.0.0.1:0")
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut words = BufReader::new(process.stderr.take().unwrap()).lines();
        // Either may be said first.
        let (mut port, mut is_ready) = (None, false);
        for line in words.by_ref().map_while(Result::ok) {
            if line.contains("Listening on") {
                port = line.rsplit_once(':').map(|(_, port)| port.trim().to_owned());
            }
            is_ready |= line.contains("ready to receive web requests");
            if port.is_some() && is_ready {
                break;
            }
        }
        // Whoever writes into a pipe that nobody reads is ended.
        std::thread::spawn(move || words.for_each(drop));
        let address = format!("http://127.0.0.1:{}", port.expect("it says where it listens"));
        Some(Self { address, process, _folder: folder })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The time of a real server is the real one.
#[expect(clippy::disallowed_methods, reason = "a real server has the real time")]
pub fn now() -> Timestamp {
    Timestamp::from_second(Timestamp::now().as_second()).unwrap()
}
