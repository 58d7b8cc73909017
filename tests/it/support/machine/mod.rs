//! Machines for the tests: systemd, cloud-init, sshd and a Docker engine, all real, in namespaces.
//!
//! A machine shares the root that `scripts/test-machines` makes and has what it changes to itself. It
//! has an address on a bridge to the test, as a droplet has on the internet, and one on a bridge
//! that only the machines of its test are on, as in a private network. There is no way out. Each ends
//! with its test, however that ends: a process of its own holds it for as long as the test's end of
//! a pipe is open.
//!
//! What is not as on a droplet: volumes are loop devices, what `fstab` names is mounted by a unit of
//! our own, containers have no limits on files, memory and processes (the kernel keeps those to its
//! owner), and the programs in the images are Debian's.

mod api;
mod disk;
mod hall;
mod wire;

pub use self::{api::Api, disk::Disk, hall::Hall, wire::Wire};

use std::{
    fs,
    io::{BufRead as _, BufReader},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, Command, Output, Stdio},
};

use tempfile::TempDir;

/// Where `scripts/test-machines` puts what machines start from.
const MADE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/.tools/machines");

/// The scripts that start a machine.
const SCRIPTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/machines");

/// Says whether machines can be had here; if not, a line says that the test is skipped.
///
/// With `DOSTACK_TOOLS_REQUIRED` set, as in CI, the test fails instead.
#[expect(clippy::disallowed_methods, reason = "whether CI runs is not the program's to know")]
#[expect(clippy::print_stderr, reason = "a skipped test says so")]
pub fn there_are_machines() -> bool {
    let Some(why) = obstacle() else { return true };
    assert!(std::env::var_os("DOSTACK_TOOLS_REQUIRED").is_none(), "no machines: {why}");
    eprintln!("skipped: no machines: {why}");
    false
}

fn obstacle() -> Option<&'static str> {
    if !Path::new(MADE).join("made-from").exists() {
        return Some("`scripts/test-machines .tools/machines` has not been run");
    }
    let groups = Command::new("findmnt").args(["-t", "cgroup2"]).output();
    if !groups.is_ok_and(|output| output.status.success()) {
        return Some("there is no control group of the second version");
    }
    let namespaces = ["--mount", "--net", "--uts", "--ipc", "--pid", "--cgroup", "--fork", "true"];
    let allowed = Command::new("unshare").args(namespaces).output();
    let allowed = allowed.is_ok_and(|output| output.status.success());
    (!allowed).then_some("namespaces are not allowed here")
}

/// How a machine comes into being.
pub enum Birth {
    /// From user data, by cloud-init.
    UserData(String),
    /// By hand: with a public key of its operator, and nothing of ours.
    Hand(String),
}

/// What a machine is made from.
pub struct Blueprint<'a> {
    /// Its name.
    pub name: &'a str,
    /// What cloud-init takes it for: another one is another machine to it.
    pub instance: u64,
    /// How it comes into being.
    pub birth: Birth,
    /// Its addresses, each with the length of its network: to the test, and to the other machines.
    pub addresses: [String; 2],
}

/// A machine with its own disk, which stays when it is switched off.
pub struct Machine {
    folder: TempDir,
    name: String,
    addresses: [String; 2],
    running: Option<Running>,
}

/// The process that holds a machine.
struct Running {
    holder: Child,
    /// Open for as long as the machine is to run.
    _open: ChildStdin,
    /// The machine's first process, as the test sees it.
    first: u32,
}

impl Machine {
    /// Makes a machine that is still off.
    pub fn new(blueprint: Blueprint<'_>) -> Self {
        let homes = Path::new(MADE).join("running");
        fs::create_dir_all(&homes).unwrap();
        let folder = TempDir::with_prefix_in("machine-", homes).unwrap();
        fs::write(folder.path().join("disks"), "").unwrap();
        let upper = folder.path().join("upper");
        match &blueprint.birth {
            Birth::UserData(text) => seed(&upper, &blueprint, text),
            Birth::Hand(key) => {
                write(&upper.join("root/.ssh/authorized_keys"), key);
                // Its host keys are made at its first start, as by a cloud-init of somebody else.
                seed(&upper, &blueprint, "#cloud-config\ndisable_root: false\n");
            }
        }
        let name = blueprint.name.to_owned();
        Self { folder, name, addresses: blueprint.addresses, running: None }
    }

    /// Gives it an engine that has the images of a stack; it starts when the machine is made ready.
    pub fn with_images(self) -> Self {
        let engine = Path::new(MADE).join("engine");
        // The layers are never written to, so they are shared.
        copy(&["-al"], &engine, &self.folder.path().join("docker"));
        self
    }

    /// Switches it on.
    pub fn start(&mut self, wire: &Wire) {
        let mut holder = Command::new(Path::new(SCRIPTS).join("start"))
            .arg(Path::new(MADE).join("root"))
            .arg(self.folder.path())
            .arg(&self.name)
            .args(&self.addresses)
            .arg(wire.bridges())
            .arg(wire.link())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let open = holder.stdin.take().unwrap();
        let mut line = String::new();
        BufReader::new(holder.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let log = fs::read_to_string(self.folder.path().join("start.log")).unwrap_or_default();
        let first = line.trim().parse();
        assert!(first.is_ok(), "{} does not start: {log}", self.name);
        self.running = Some(Running { holder, _open: open, first: first.unwrap() });
    }

    /// Whether it is on.
    pub fn is_on(&self) -> bool {
        self.running.is_some()
    }

    /// Its address to the test.
    pub fn address(&self) -> &str {
        self.addresses[0].split('/').next().unwrap()
    }

    /// The test's address to it.
    pub fn test(&self) -> String {
        let (network, _) = self.address().rsplit_once('.').unwrap();
        format!("{network}.1")
    }

    /// Its address to the other machines.
    pub fn private(&self) -> &str {
        self.addresses[1].split('/').next().unwrap()
    }

    /// Shuts it down as its power button would, and waits for that.
    pub fn shut_down(&mut self) {
        if let Some(running) = &self.running {
            // `RTMIN+3`: systemd's halt.
            let first = running.first.to_string();
            let _ = Command::new("kill").args(["-s", "RTMIN+3", &first]).status().unwrap();
        }
        if let Some(mut running) = self.running.take() {
            running.holder.wait().unwrap();
        }
        self.forget_disks();
    }

    /// Cuts its power.
    pub fn cut(&mut self) {
        self.thaw();
        // The pipe closes first; the holder then ends the machine, and is waited for.
        if let Some(Running { mut holder, _open: open, first: _ }) = self.running.take() {
            drop(open);
            holder.wait().unwrap();
        }
        self.forget_disks();
    }

    /// Lets go of what stands still on its volumes: the file systems outlive the machine, and what it
    /// has to thaw them does not.
    fn thaw(&self) {
        if self.is_on() {
            // Most are not frozen.
            let _ = self.try_run("for at in /mnt/*; do fsfreeze --unfreeze $at; done");
        }
    }

    fn forget_disks(&self) {
        fs::write(self.folder.path().join("disks"), "").unwrap();
    }

    /// Runs a script on it as root, whatever its sshd says; it must succeed.
    pub fn run(&self, script: &str) -> String {
        let output = self.try_run(script);
        let (out, err) = (text(&output.stdout), text(&output.stderr));
        assert!(output.status.success(), "on {}: {script}\n{out}{err}", self.name);
        out
    }

    /// Runs a script on it as root, to see how that ends.
    pub fn try_run(&self, script: &str) -> Output {
        let first = self.running.as_ref().expect("the machine is on").first.to_string();
        Command::new("nsenter")
            .args(["-t", &first, "-m", "-u", "-i", "-n", "-p", "-C", "-r", "-w", "env", "-i"])
            .args(["PATH=/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root", "sh", "-c", script])
            .stdin(Stdio::null())
            .output()
            .unwrap()
    }

    /// Waits until cloud-init is done, and gives what it says of itself.
    pub fn await_cloud_init(&self) -> String {
        // It knows of nothing to wait for while systemd has not come so far.
        self.run(
            "until systemctl is-system-running --wait 2>/dev/null | grep -Eq 'running|degraded'; do sleep 0.1; done",
        );
        text(&self.try_run("cloud-init status --wait --long").stdout)
    }

    /// Has cloud-init begin anew, as on a machine it has not seen.
    pub fn forget_its_birth(&self) {
        self.run("cloud-init clean");
    }

    /// The list of its disks, of which its next start takes note.
    fn disks(&self) -> PathBuf {
        self.folder.path().join("disks")
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        self.cut();
    }
}

/// What cloud-init finds on the machine: who it is, and its user data.
fn seed(upper: &Path, blueprint: &Blueprint<'_>, user_data: &str) {
    let seed = upper.join("var/lib/cloud/seed/nocloud");
    let Blueprint { instance, name, .. } = blueprint;
    write(&seed.join("meta-data"), &format!("instance-id: {instance}\nlocal-hostname: {name}\n"));
    write(&seed.join("user-data"), user_data);
}

fn write(path: &Path, text: &str) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

fn copy(how: &[&str], from: &Path, to: &Path) {
    let status = Command::new("cp").args(how).arg(from).arg(to).status().unwrap();
    assert!(status.success(), "cannot copy {}", from.display());
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
