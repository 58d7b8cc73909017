//! A volume that was made larger, by the programs of ext4 as they are.

use std::{fs::OpenOptions, path::PathBuf, process::Command};

use tempfile::TempDir;

use crate::provision::{
    machine::DiskPlace,
    tests::{bed::Bed, skip},
};

const MIB: u64 = 1 << 20;

/// A file with an ext4 in it that a loop device shows.
struct Disk {
    folder: TempDir,
    device: String,
}

impl Disk {
    /// One of so many MiB; none where there are no loop devices.
    fn new(mib: u64) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let mut disk = Self { folder, device: String::new() };
        disk.enlarge(mib);
        run(Command::new("mkfs.ext4").arg("-q").arg(disk.file()))?;
        let shown = run(Command::new("losetup").args(["--find", "--show"]).arg(disk.file()))?;
        shown.trim().clone_into(&mut disk.device);
        Some(disk)
    }

    /// Makes the disk larger, and nothing of what is on it.
    fn enlarge(&self, mib: u64) {
        let mut file = OpenOptions::new();
        let file = file.create(true).truncate(false).write(true).open(self.file()).unwrap();
        file.set_len(mib * MIB).unwrap();
        if !self.device.is_empty() {
            run(Command::new("losetup").args(["--set-capacity", &self.device])).unwrap();
        }
    }

    /// How many MiB its file system has.
    fn mib(&self) -> u64 {
        let told = run(Command::new("dumpe2fs").arg("-h").arg(self.file())).unwrap();
        let field = |name: &str| -> u64 {
            let line = told.lines().find_map(|line| line.strip_prefix(name)).unwrap();
            line.trim().parse().unwrap()
        };
        field("Block count:") * field("Block size:") / MIB
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("disk.img")
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        if !self.device.is_empty() {
            drop(run(Command::new("losetup").args(["--detach", &self.device])));
        }
    }
}

/// What a program says, if there is one and it can.
fn run(command: &mut Command) -> Option<String> {
    let ran = command.output().ok().filter(|ran| ran.status.success())?;
    Some(String::from_utf8_lossy(&ran.stdout).into_owned())
}

/// A machine with a volume that it takes for mounted: what is mounted the kernel makes larger, for
/// its owner only; what is not, `resize2fs` does itself.
fn bed_with(disk: &Disk) -> Option<Bed> {
    let mut bed = Bed::new()?;
    bed.plug(&disk.device, "core-demo-data");
    bed.write("usr/local/bin/mountpoint", "#!/bin/sh\nexit 0\n");
    let place = DiskPlace {
        volume: "core-demo-data".to_owned(),
        mount: "/mnt/core_demo_data".to_owned(),
        filesystem: "ext4",
    };
    bed.machine.disks.insert("demo".to_owned(), place);
    Some(bed)
}

#[tokio::test]
async fn a_file_system_grows_with_its_volume() {
    let Some(disk) = Disk::new(16) else {
        skip("DOSTACK_TOOLS_REQUIRED", "there are no loop devices here");
        return;
    };
    let Some(mut bed) = bed_with(&disk) else { return };
    let _ = bed.changed().await;
    assert_eq!(disk.mib(), 16);
    disk.enlarge(48);
    assert_eq!(bed.changed().await, Vec::<String>::new());
    assert_eq!(disk.mib(), 48);

    disk.enlarge(64);
    bed.write("usr/local/bin/resize2fs", "#!/bin/sh\necho 'resize2fs: no' >&2\nexit 1\n");
    let failed = bed.failure().await;
    let words = "the file system of the volume core-demo-data cannot be made as large as the volume: resize2fs: no";
    assert!(failed.contains(words), "{failed}");
    assert_eq!(disk.mib(), 48);
}
