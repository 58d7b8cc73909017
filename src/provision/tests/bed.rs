//! A machine that is a folder laid over this one, and an account that is a list.
//!
//! The scripts run as they are, by the programs a machine has, in namespaces of their own; what
//! they write goes into the folder. The container engine alone is a stand-in: it keeps a file for
//! each container and notes what it was told.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    io::Write as _,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::{self, Stdio},
    slice,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use jiff::Timestamp;
use secrecy::SecretString;
use tempfile::TempDir;
use tokio::sync::mpsc::unbounded_channel;
use tokio_util::sync::CancellationToken;

use crate::{
    digitalocean::ApiError,
    provision::{
        Account, Base, Birth, Crew, Event, Machine, Outcome, Reach, run,
        tests::{bundle, skip},
    },
    secrets::Store,
    ssh::{Command, Output, Remote, SshError},
    values::{Mark, SecretName, StackName, Tag, in_full},
};

const DOCKER: &str = include_str!("docker.sh");

/// Lays the folder over everything and runs a script in it, with processes of its own. The file
/// `disk` names a device and the volume that it is, which is then the only one there.
const ENTER: &str = r#"set -e
mount -t overlay overlay -o "lowerdir=/,upperdir=$1/up,workdir=$1/work" "$1/all"
if [ -e "$1/disk" ]; then
    read -r device volume <"$1/disk"
    mount -t tmpfs tmpfs "$1/all/dev"
    mkdir -p "$1/all/dev/shm" "$1/all/dev/disk/by-id"
    for each in null urandom "${device#/dev/}"; do
        : >"$1/all/dev/$each"
        mount --bind "/dev/$each" "$1/all/dev/$each"
    done
    ln -s "$device" "$1/all/dev/disk/by-id/scsi-0DO_Volume_$volume"
else
    mount --rbind /dev "$1/all/dev"
fi
mount -t proc proc "$1/all/proc"
exec chroot "$1/all" sh -c "$2""#;

/// A machine.
pub struct Bed {
    folder: TempDir,
    account: Tags,
    /// How many commands it was given.
    pub commands: Arc<AtomicUsize>,
    /// After how many commands the connection breaks.
    pub breaks_after: usize,
    /// The value of the one secret.
    pub secret: String,
    /// What is to be on it.
    pub machine: Machine,
}

/// An account that keeps one droplet's tags.
#[derive(Clone, Default)]
pub struct Tags(Arc<Mutex<BTreeSet<Tag>>>);

/// A connection to the machine.
pub struct Here {
    folder: PathBuf,
    commands: Arc<AtomicUsize>,
    breaks_after: usize,
}

impl Bed {
    /// A machine that is ready for containers; none where this machine does not let us make one.
    pub fn new() -> Option<Self> {
        let folder = tempfile::Builder::new().prefix("dostack-bed").tempdir().unwrap();
        for part in
            ["up/var/lib/dostack", "up/usr/local/bin", "up/etc/ssh", "up/run", "work", "all"]
        {
            fs::create_dir_all(folder.path().join(part)).unwrap();
        }
        let bed = Self {
            account: Tags::default(),
            commands: Arc::default(),
            breaks_after: usize::MAX,
            secret: "first-secret".to_owned(),
            machine: machine(),
            folder,
        };
        bed.write("usr/local/bin/docker", DOCKER);
        bed.write("run/sshd.pid", "1");
        bed.write("var/lib/dostack/bootstrap.json", r#"{"status":"done","step":"end"}"#);
        bed.run("rm -f /etc/ssh/ssh_host_*; rm -rf /opt/dostack; ssh-keygen -q -t ed25519 -N '' -f /etc/ssh/ssh_host_ed25519_key");
        let made = bed.file("etc/ssh/ssh_host_ed25519_key.pub").is_some();
        if !made {
            skip("DOSTACK_TOOLS_REQUIRED", "namespaces are not allowed here");
        }
        made.then_some(bed)
    }

    /// Makes it serve, as far as it goes.
    pub async fn up(&mut self) -> Outcome {
        self.machine.tags.clone_from(&self.account.0.lock().unwrap());
        self.up_with(&*self, slice::from_ref(&self.machine)).await
    }

    /// Makes these machines serve, which are reached in this way.
    pub async fn up_with(&self, reach: &impl Reach, machines: &[Machine]) -> Outcome {
        let mark = mark();
        let name = SecretName::parse("ORG_KEY").unwrap();
        let secrets = Store::from_iter([(name, SecretString::from(self.secret.as_str()))]);
        let (events, _heard) = unbounded_channel::<Event>();
        let clock = Arc::new(|| Timestamp::UNIX_EPOCH);
        let crew = Crew::new((reach, &self.account), (&secrets, &mark), clock, events);
        run(crew, machines, &CancellationToken::new()).await
    }

    /// What was changed, of a machine that serves now.
    pub async fn changed(&mut self) -> Vec<String> {
        let outcome = self.up().await;
        assert!(outcome.failed.is_empty(), "{:?}", outcome.failed);
        outcome.serving.into_values().flatten().collect()
    }

    /// Why it does not serve.
    pub async fn failure(&mut self) -> String {
        let outcome = self.up().await;
        let error = outcome.failed.into_values().next().expect("it fails");
        in_full(&error)
    }

    /// A file of the machine's, if it wrote one.
    pub fn file(&self, path: &str) -> Option<String> {
        let bytes = fs::read(self.path(path)).ok()?;
        Some(String::from_utf8_lossy(&bytes).into_owned())
    }

    /// The mode of a file of the machine's.
    pub fn mode(&self, path: &str) -> u32 {
        fs::metadata(self.path(path)).unwrap().permissions().mode() & 0o7777
    }

    /// Writes a file to the machine.
    pub fn write(&self, path: &str, text: &str) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    }

    /// Plugs a device in as a volume.
    pub fn plug(&self, device: &str, volume: &str) {
        fs::write(self.folder.path().join("disk"), format!("{device} {volume}\n")).unwrap();
    }

    /// What the engine was told since it was asked last.
    pub fn told(&self) -> Vec<String> {
        let log = self.path("var/lib/engine/log");
        let told = fs::read_to_string(&log).unwrap_or_default();
        drop(fs::remove_file(log));
        told.lines().map(str::to_owned).collect()
    }

    /// The droplet's tags.
    pub fn tags(&self) -> Vec<String> {
        self.account.0.lock().unwrap().iter().map(ToString::to_string).collect()
    }

    /// Puts a tag on the droplet.
    pub fn tag(&self, tag: Tag) {
        self.account.0.lock().unwrap().insert(tag);
    }

    /// Runs a script on the machine.
    pub fn run(&self, script: &str) -> Output {
        enter(self.folder.path(), &Command::new(script))
    }

    fn path(&self, path: &str) -> PathBuf {
        self.folder.path().join("up").join(path)
    }
}

/// The stack's marks.
pub fn mark() -> Mark {
    Mark::new(StackName::parse("core").unwrap())
}

fn machine() -> Machine {
    Machine {
        address: "demo".parse().unwrap(),
        name: "core-demo".to_owned(),
        droplet: 7,
        birth: Birth::Ours,
        public_ip: Some([203, 0, 113, 7].into()),
        status: crate::resources::Status::Active,
        host_keys: BTreeSet::new(),
        tags: BTreeSet::new(),
        user: "root".to_owned(),
        keys: vec!["ssh-ed25519 AAAAone me@home".to_owned()],
        base: Base::default(),
        disks: BTreeMap::new(),
        bundles: vec![bundle()],
        old_data: None,
        after: BTreeSet::new(),
    }
}

impl Reach for Bed {
    type Machine = Here;

    async fn reach(&self, _: &Machine) -> Result<Here, SshError> {
        let folder = self.folder.path().to_owned();
        self.commands.store(0, Ordering::Relaxed);
        let (commands, breaks_after) = (Arc::clone(&self.commands), self.breaks_after);
        Ok(Here { folder, commands, breaks_after })
    }
}

impl Remote for Here {
    async fn run(&self, command: &Command) -> Result<Output, SshError> {
        if self.commands.fetch_add(1, Ordering::Relaxed) >= self.breaks_after {
            let address = ([203, 0, 113, 7], 22).into();
            return Err(SshError::Lost { address, source: std::io::ErrorKind::BrokenPipe.into() });
        }
        Ok(enter(&self.folder, command))
    }
}

impl Account for Tags {
    async fn put(&self, tag: &Tag, _: u64) -> Result<(), ApiError> {
        self.0.lock().unwrap().insert(tag.clone());
        Ok(())
    }

    async fn forget(&self, tag: &Tag) -> Result<(), ApiError> {
        self.0.lock().unwrap().remove(tag);
        Ok(())
    }
}

fn enter(folder: &Path, command: &Command) -> Output {
    let mut child = process::Command::new("unshare")
        .args(["--mount", "--pid", "--fork", "--propagation", "private", "sh", "-c", ENTER, "sh"])
        .arg(folder)
        .arg(&command.script)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // One that ends early reads nothing.
    drop(child.stdin.take().unwrap().write_all(command.stdin.bytes()));
    let ended = child.wait_with_output().unwrap();
    Output { code: ended.status.code().unwrap_or(1), stdout: ended.stdout, stderr: ended.stderr }
}
