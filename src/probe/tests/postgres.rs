//! A real Postgres, as it is in its container.

use std::{
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use crate::{
    config::Check,
    matrix::{Finding, Probe},
    probe::{
        Asked, run,
        tests::{lines, local::Local, probe},
    },
};

/// A Postgres that runs for one test.
struct Postgres {
    machine: Local,
    programs: PathBuf,
    data: PathBuf,
}

impl Postgres {
    /// Starts one; none and a line that says so where it is not installed.
    #[expect(clippy::disallowed_methods, reason = "whether CI runs is not the program's to know")]
    fn start() -> Option<Self> {
        let Some(programs) = programs() else {
            let required = std::env::var_os("DOSTACK_TOOLS_REQUIRED").is_some();
            assert!(!required, "Postgres is not installed");
            eprintln!("skipped: Postgres is not installed");
            return None;
        };
        let sockets = tempfile::tempdir().unwrap().keep();
        let exec = format!(
            "cd /\nPATH={}:$PATH\nexport PATH PGHOST={}\nexec runuser -u postgres -- \"$@\"",
            programs.display(),
            sockets.display()
        );
        let machine = Local::with("app", &exec);
        let this = Self { machine, programs, data: sockets };
        let owner = Command::new("chown").arg("postgres").arg(&this.data).status().unwrap();
        assert!(owner.success());
        let data = this.data.join("data");
        let data = data.to_str().unwrap();
        this.as_postgres("initdb", &["-D", data, "-A", "trust", "--no-sync"]);
        let options = format!("-c listen_addresses= -c fsync=off -k {}", this.data.display());
        this.as_postgres(
            "pg_ctl",
            &["-D", data, "-w", "-s", "-o", &options, "-l", "/dev/null", "start"],
        );
        Some(this)
    }

    fn as_postgres(&self, program: &str, arguments: &[&str]) -> String {
        let program = self.programs.join(program);
        let mut command = Command::new("runuser");
        let command = command.args(["-u", "postgres", "--"]).arg(program).args(arguments);
        let output = command.current_dir("/").env("PGHOST", &self.data).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    fn tell(&self, statement: &str) -> String {
        self.as_postgres("psql", &["-qAtX", "-d", "postgres", "-c", statement])
    }

    async fn ask(&self, checks: Vec<Check>) -> Vec<Finding> {
        let probes: Vec<Probe> = checks.into_iter().map(|check| probe("app", check)).collect();
        run(&[Asked { machine: Ok(&self.machine), probes }]).await
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        let data = self.data.join("data");
        self.as_postgres(
            "pg_ctl",
            &["-D", data.to_str().unwrap(), "-m", "immediate", "-s", "stop"],
        );
        let _ = std::fs::remove_dir_all(&self.data);
    }
}

/// The newest version's programs, as Debian has them.
fn programs() -> Option<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").ok()?;
    let folders = versions.filter_map(Result::ok).map(|version| version.path().join("bin"));
    folders.filter(|folder: &PathBuf| has_all(folder)).max()
}

fn has_all(folder: &Path) -> bool {
    ["initdb", "pg_ctl", "psql", "pgbench"].iter().all(|program| folder.join(program).exists())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_postgres_tells_what_is_asked_of_it() {
    let Some(postgres) = Postgres::start() else { return };
    postgres.tell("CREATE TABLE messages AS SELECT generate_series(1, 1000) AS id");
    let found = postgres
        .ask(vec![
            Check::PostgresConnections { percent: 80 },
            Check::PostgresTables { most_gb: Some(1) },
            Check::PostgresCache { percent: 1 },
        ])
        .await;
    let lines = lines(&found);
    assert_eq!(lines[..2], ["passed", "passed"]);
    assert!(found[0].measured.ends_with(" of 100"), "{}", found[0].measured);
    assert!(found[1].measured.starts_with("messages "), "{}", found[1].measured);
    // A new server has read little; how much is its own business.
    assert!(lines[2] == "passed" || lines[2].contains("tell nothing"), "{}", lines[2]);
}

fn load(least: u32) -> Check {
    Check::PostgresLoad { clients: 2, lasting: Duration::from_secs(1), least }
}

#[tokio::test(flavor = "multi_thread")]
async fn load_leaves_nothing_behind_and_touches_nothing_of_others() {
    let Some(postgres) = Postgres::start() else { return };
    let there = "SELECT count(*) FROM pg_database WHERE datname = 'dostack_probe'";
    let found = postgres.ask(vec![load(1), load(1_000_000)]).await;
    assert_eq!(lines(&found)[0], "passed");
    assert!(lines(&found)[1].contains("transactions a second"), "{}", lines(&found)[1]);
    assert_eq!(postgres.tell(there), "0\n");
    postgres.tell("CREATE DATABASE dostack_probe");
    let found = postgres.ask(vec![load(1)]).await;
    let told = lines(&found).concat();
    assert!(told.contains("was not made by this probe"), "{told}");
    assert_eq!(postgres.tell(there), "1\n");
}
