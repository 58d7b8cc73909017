//! A volume for a machine: a file that a loop device shows.

use std::{
    fs::{self, OpenOptions},
    io::Write as _,
    path::{Path, PathBuf},
    process::Command,
};

use crate::support::machine::{Machine, SCRIPTS, copy};

/// A volume; what is on it stays when the machine goes.
pub struct Disk {
    file: PathBuf,
    size: u64,
    name: String,
    device: Option<String>,
}

impl Disk {
    /// A blank one, whose file takes up as much room as is written to it.
    pub fn new(folder: &Path, name: &str, gib: u64) -> Self {
        let file = folder.join(format!("{name}.img"));
        let size = gib << 30;
        fs::File::create(&file).unwrap().set_len(size).unwrap();
        Self { file, size, name: name.to_owned(), device: None }
    }

    /// The same with what another one's file has on it, if there is one.
    pub fn with_what_is_on(self, other: Option<&Path>) -> Self {
        if let Some(other) = other {
            copy(&["--sparse=always"], other, &self.file);
            let size = self.size;
            OpenOptions::new().write(true).open(&self.file).unwrap().set_len(size).unwrap();
        }
        self
    }

    /// Whether a machine has it.
    pub fn is_attached(&self) -> bool {
        self.device.is_some()
    }

    /// The file with what is on it.
    pub fn file(&self) -> &Path {
        &self.file
    }

    /// Plugs it into a machine, running or not.
    pub fn attach(&mut self, machine: &Machine) {
        let shown = run(Command::new("losetup").args(["--find", "--show"]).arg(&self.file));
        let device = shown.trim().to_owned();
        let mut disks = OpenOptions::new().append(true).open(machine.disks()).unwrap();
        writeln!(disks, "{device} {} {}", self.name, self.file.display()).unwrap();
        if let Some(running) = &machine.running {
            // The script is the test's, the root is the machine's as its first process sees it.
            let root = format!("/proc/{}/root", running.first);
            let plug = Path::new(SCRIPTS).join("plug");
            run(Command::new(plug).args([&root, &device, &self.name]));
        }
        self.device = Some(device);
    }

    /// Takes it off the machine; what a machine still has mounted stays until it lets go.
    pub fn detach(&mut self) {
        if self.device.take().is_some() {
            run(Command::new(Path::new(SCRIPTS).join("unplug")).arg(&self.file));
        }
    }

    /// Makes it larger, as the machine sees at once.
    pub fn grow(&self, gib: u64) {
        OpenOptions::new().write(true).open(&self.file).unwrap().set_len(gib << 30).unwrap();
        if let Some(device) = &self.device {
            run(Command::new("losetup").args(["--set-capacity", device]));
        }
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        self.detach();
    }
}

fn run(command: &mut Command) -> String {
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {said}");
    String::from_utf8(output.stdout).unwrap()
}
