//! A project of its own for every test, and the program as a person runs it there.

use std::{
    collections::BTreeMap,
    fs,
    io::Write as _,
    io::{BufRead as _, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use tempfile::TempDir;

use crate::support::{cloud::Cloud, output::Ran, terminal::Terminal};

/// The program under test.
pub const PROGRAM: &str = env!("CARGO_BIN_EXE_dostack");

/// A public key; nobody has the private one.
const KEY: &str =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAINfsOLYCT5Nh/mUGkKR2dp8nGLl8YdyJiiUIUBSdAqzn ops";

/// How many times faster than DigitalOcean the sandboxes of most tests are.
pub const SPEED: u32 = 50;

/// A project folder, an environment, and the account the program works on.
pub struct Env {
    folder: TempDir,
    variables: BTreeMap<String, String>,
    cloud: Option<Cloud>,
}

impl Env {
    /// A project with the development stack, and nothing else: no account, no token.
    pub fn new() -> Self {
        let folder = TempDir::with_prefix("dostack-").unwrap();
        let env = Self { folder, variables: BTreeMap::new(), cloud: None };
        env.write("stacks/dev.yaml", include_str!("../../../stacks/dev.yaml"));
        env.write("home/.ssh/id_ed25519.pub", KEY);
        env
    }

    /// The same with an account: a sandbox of its own, as a process of its own.
    pub fn with_cloud() -> Self {
        Self::at_speed(SPEED)
    }

    /// The same with a sandbox that is so many times faster than DigitalOcean.
    pub fn at_speed(speed: u32) -> Self {
        let cloud = Cloud::start(speed);
        let mut env = Self::new();
        env.use_account(cloud.address(), speed);
        env.cloud = Some(cloud);
        env
    }

    /// Works on an account that answers at this address.
    pub fn use_account(&mut self, address: &str, speed: u32) {
        self.set("DIGITALOCEAN_API_URL", address);
        self.set("DIGITALOCEAN_TOKEN", "sandbox");
        self.set("DOSTACK_SANDBOX_SPEED", &speed.to_string());
    }

    /// The account.
    pub fn cloud(&self) -> &Cloud {
        self.cloud.as_ref().expect("the test has an account")
    }

    /// The project folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a file of the project.
    pub fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// Reads a file of the project.
    pub fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    /// Changes the one place of a file that reads so.
    pub fn edit(&self, name: &str, from: &str, to: &str) {
        let text = self.read(name);
        assert_eq!(text.matches(from).count(), 1, "`{from}` in {name}");
        self.write(name, &text.replace(from, to));
    }

    /// Changes the development stack.
    pub fn edit_stack(&self, from: &str, to: &str) {
        self.edit("stacks/dev.yaml", from, to);
    }

    /// Puts another development stack in place of the one there is.
    pub fn stack(&self, text: &str) {
        self.write("stacks/dev.yaml", text);
    }

    /// Sets a variable of the environment.
    pub fn set(&mut self, name: &str, value: &str) {
        self.variables.insert(name.to_owned(), value.to_owned());
    }

    /// Runs a command to its end; words are split at blanks.
    pub fn run(&self, words: &str) -> Ran {
        self.start(words).finish()
    }

    /// Runs a command whose words may have blanks in them.
    pub fn run_words(&self, words: &[&str]) -> Ran {
        let ended = self.command().args(words).output().unwrap();
        Ran::of(ended, &shown(self.folder.path()))
    }

    /// Runs a command whose words may have blanks in them on a terminal of 80 columns.
    pub fn words_on_terminal(&self, words: &[&str]) -> Terminal {
        let mut command = self.command();
        command.args(words);
        Terminal::run(&command)
    }

    /// Destroys the stack, and the data that is kept at first too; `options` go before the command.
    pub fn destroy_for_good(&self, options: &str) {
        let kept = self.run(&format!("{options} destroy --yes")).expect(0);
        let names = kept.stdout.lines().filter_map(|line| line.strip_prefix("kept: volume `"));
        let mut words = format!("{options} destroy --yes");
        for name in names.filter_map(|rest| rest.split('`').next()) {
            words.push_str(" --delete-data ");
            words.push_str(name);
        }
        let _ = self.run(&words).expect(0);
    }

    /// Runs a command to its end with a text on its standard input.
    pub fn run_with(&self, words: &str, input: &str) -> Ran {
        let mut command = self.command();
        let mut child =
            command.args(words.split_whitespace()).stdin(Stdio::piped()).spawn().unwrap();
        // A command that refuses may end before it has read everything.
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        Started { child: Some(child), folder: self.folder.path().to_owned() }.finish()
    }

    /// Starts a command.
    pub fn start(&self, words: &str) -> Started {
        let child = self.command().args(words.split_whitespace()).spawn().unwrap();
        Started { child: Some(child), folder: self.folder.path().to_owned() }
    }

    /// Runs a command on a terminal of 80 columns.
    pub fn on_terminal(&self, words: &str) -> Terminal {
        let mut command = self.command();
        command.args(words.split_whitespace());
        Terminal::run(&command)
    }

    fn command(&self) -> Command {
        let mut command = Command::new(PROGRAM);
        command
            .current_dir(self.folder.path())
            .env_clear()
            .env("HOME", self.path("home"))
            .envs(&self.variables)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }
}

/// A command under way; one that nobody waited for is killed.
pub struct Started {
    child: Option<Child>,
    folder: PathBuf,
}

impl Started {
    /// Waits for its end.
    pub fn finish(mut self) -> Ran {
        let child = self.child.take().unwrap();
        Ran::of(child.wait_with_output().unwrap(), &shown(&self.folder))
    }

    /// The lines of its data as they come; its end then has none of them.
    pub fn lines(&mut self) -> impl Iterator<Item = String> + use<> {
        let data = self.child.as_mut().unwrap().stdout.take().unwrap();
        BufReader::new(data).lines().map_while(Result::ok)
    }

    /// Kills it there and then, as a power cut would.
    pub fn kill(mut self) {
        self.end();
    }

    /// The same with one that must still be at work.
    pub fn kill_at_work(mut self) {
        let ended = self.child.as_mut().unwrap().try_wait().unwrap();
        assert!(ended.is_none(), "nothing is left to kill: {ended:?}");
        self.end();
    }

    /// Sends it a signal by its name.
    pub fn signal(&self, name: &str) {
        let id = self.child.as_ref().unwrap().id().to_string();
        let status = Command::new("kill").args(["-s", name, &id]).status().unwrap();
        assert!(status.success());
    }

    fn end(&mut self) {
        if let Some(mut child) = self.child.take() {
            // One that has just ended by itself is as good as killed.
            let _ = child.kill();
            child.wait().unwrap();
        }
    }
}

impl Drop for Started {
    fn drop(&mut self) {
        self.end();
    }
}

fn shown(folder: &Path) -> String {
    folder.display().to_string()
}
