//! What a person types; the doc comments here are the help text.

mod operate;

use std::{ffi::OsString, net::SocketAddr, path::PathBuf};

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

use crate::cli::commands::snapshot::args::Snapshot;

pub use self::operate::{Guard, Resize, Serve};

/// Infrastructure as code for DigitalOcean droplets: preview, up, destroy, without a state file.
#[derive(Debug, Parser)]
#[command(name = "dostack", version, max_term_width = 100)]
#[command(
    after_help = "Exit codes: 0 done · 1 a bug · 2 changes pending (preview --detailed-exitcode) · \
3 bad input, nothing sent · 4 token · 5 refused by DigitalOcean · 6 unreachable, run again · \
7 partly done, run again · 8 ambiguous, needs a person · 9 locked · 10 journal · 11 not serving · \
12 refused by a safety rule · 130/143 stopped"
)]
pub struct Cli {
    /// What every command takes.
    #[command(flatten)]
    pub global: Global,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What every command takes.
#[derive(Clone, Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "flags of a command line are booleans")]
pub struct Global {
    /// A stack file, or NAME for stacks/NAME.yaml; may be left out where there is only one.
    #[arg(long, short, global = true, env = "DOSTACK_STACK", value_name = "NAME|FILE")]
    pub stack: Option<String>,
    /// Do not ask.
    #[arg(long, short, global = true, env = "DOSTACK_YES", value_parser = clap::builder::FalseyValueParser::new())]
    pub yes: bool,
    /// Write one JSON document, or one event a line, instead of text.
    #[arg(long, global = true, env = "DOSTACK_JSON", value_parser = clap::builder::FalseyValueParser::new())]
    pub json: bool,
    /// Use the DigitalOcean in the box, kept in .dostack/sandbox.json, instead of an account.
    #[arg(long, global = true, env = "DOSTACK_SANDBOX", value_parser = clap::builder::FalseyValueParser::new())]
    pub sandbox: bool,
    /// Log what is done to stderr; twice for every call to the API.
    #[arg(long, short, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Start a project here: stack files and templates.
    Init(Init),
    /// Check a stack file, offline.
    Validate,
    /// Check token, scopes, quotas, slugs and names before the first change.
    Doctor,
    /// Print the JSON Schema of stack files, for editors.
    Schema,
    /// Show what `up` would change.
    Preview(Preview),
    /// Make the account as the stack file says.
    Up(Up),
    /// Remove what the stack owns; data stays unless it is named.
    Destroy(Destroy),
    /// List what in the account belongs to no stack, and delete what is named of it.
    Purge(Purge),
    /// Print addresses and names of what is there.
    Outputs(Outputs),
    /// Draw what the stack consists of.
    Graph(Graph),
    /// Write the files machines are made from.
    Render(Render),
    /// Show past runs from the journal.
    History,
    /// Show the machines, and how they and their services are.
    Status,
    /// Ask the machines whether what has to be true of their software is.
    Probe(Probe),
    /// Log in to a machine, whose host key is the one the account knows.
    Ssh(Ssh),
    /// Run a command on a machine as root; its exit code is ours.
    Exec(Exec),
    /// Show what a service writes.
    Logs(Logs),
    /// Copy volumes by night, and put copies back.
    #[command(subcommand)]
    Snapshot(Snapshot),
    /// Keep the values of secrets, encrypted with age, and tell where each comes from.
    #[command(subcommand)]
    Secrets(Secrets),
    /// Give a machine another size, or whatever its rule says.
    Resize(Resize),
    /// Switch on what a run left off, anywhere in the account; needs only a token.
    Guard(Guard),
    /// Look after the stack: sizes that follow readings, copies by night, machines that stay on.
    Serve(Serve),
    /// Release the stack's lock that a run on another machine left behind.
    Unlock,
    /// Run a stand-in DigitalOcean.
    Sandbox(Sandbox),
    /// Print a completion script.
    Completions {
        /// For which shell.
        shell: Shell,
    },
    /// Print what a word may go on with, for the scripts of `completions`.
    #[command(hide = true)]
    Complete(Complete),
    /// Write man pages.
    Man {
        /// Into which folder.
        folder: PathBuf,
    },
}

/// Start a project here.
#[derive(Debug, Args)]
pub struct Init {
    /// The folder to start it in.
    #[arg(default_value = ".")]
    pub folder: PathBuf,
    /// What the stacks' names begin with, before `-dev` and `-prod`.
    #[arg(long)]
    pub name: Option<String>,
    /// Where it is to be, as `sfo3`.
    #[arg(long, value_name = "SLUG")]
    pub region: Option<String>,
    /// The domain of its records.
    #[arg(long)]
    pub domain: Option<String>,
    /// The public key of whoever logs in.
    #[arg(long, value_name = "FILE")]
    pub key: Option<String>,
    /// Who reaches port 22, as `203.0.113.0/24`; may be given several times.
    #[arg(long, value_name = "RANGE")]
    pub ssh_from: Vec<String>,
    /// A component it is to have; may be given several times.
    #[arg(long, value_enum)]
    pub part: Vec<PartName>,
    /// The size of a component's machine, as `app=s-4vcpu-8gb`; may be given several times.
    #[arg(long, value_name = "PART=SLUG", value_parser = sized)]
    pub size: Vec<(PartName, String)>,
}

/// A component that a new project may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub enum PartName {
    /// Weaviate with its data.
    Vector,
    /// Postgres, the orchestrator, and Nginx in front of them.
    App,
    /// A small cache.
    Cache,
}

impl PartName {
    /// Every one.
    pub const ALL: [Self; 3] = [Self::Vector, Self::App, Self::Cache];

    /// Its name in the stack file.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Vector => "vector",
            Self::App => "app",
            Self::Cache => "cache",
        }
    }
}

fn sized(text: &str) -> Result<(PartName, String), String> {
    let (part, size) = text.split_once('=').ok_or("write it as `app=s-4vcpu-8gb`")?;
    let part = PartName::from_str(part, false)?;
    let is_slug = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    if size.is_empty() || !size.bytes().all(is_slug) {
        return Err(format!("`{size}` is no size: write one as `s-4vcpu-8gb`"));
    }
    Ok((part, size.to_owned()))
}

/// Show what `up` would change.
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "flags of a command line are booleans")]
pub struct Preview {
    /// What to look at.
    #[command(flatten)]
    pub scope: Scope,
    /// Leave the software half out.
    #[arg(long)]
    pub no_provision: bool,
    /// Ask the machines themselves what differs on them.
    #[arg(long, conflicts_with_all = ["no_provision", "markdown"])]
    pub deep: bool,
    /// Write Markdown, for a pull request.
    #[arg(long, conflicts_with = "json")]
    pub markdown: bool,
    /// Keep the plan in a file that `up --plan FILE` applies exactly.
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Exit with 2 when changes are pending.
    #[arg(long)]
    pub detailed_exitcode: bool,
}

/// Make the account as the stack file says.
#[derive(Debug, Args)]
pub struct Up {
    /// What to look at.
    #[command(flatten)]
    pub scope: Scope,
    /// Stop when the machines are active.
    #[arg(long)]
    pub no_provision: bool,
    /// Apply exactly the plan that `preview --out` kept, or refuse it as stale.
    #[arg(long, value_name = "FILE", conflicts_with = "target")]
    pub plan: Option<PathBuf>,
    /// Who takes the snapshots by night from now on; as it was, unless given.
    #[arg(long, value_name = "WHO")]
    pub schedule: Option<Schedule>,
    /// How many things are done at once.
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u16).range(1..=100), env = "DOSTACK_PARALLELISM")]
    pub parallelism: u16,
}

/// Who takes the snapshots by night.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Schedule {
    /// Nobody.
    None,
    /// `dostack serve`, or a timer that runs `dostack snapshot run`.
    Serve,
    /// A workflow of GitHub Actions, which is written if there is none.
    Github,
}

/// What a plan looks at.
#[derive(Clone, Debug, Args)]
pub struct Scope {
    /// Only this address and what it needs; may be given several times.
    #[arg(long, value_name = "ADDRESS")]
    pub target: Vec<String>,
    /// Make this machine anew and carry its data over; may be given several times.
    #[arg(long, value_name = "ADDRESS")]
    pub replace: Vec<String>,
    /// Delete this adopted thing where the file does not speak of it any more, and not only release it; by address or name.
    #[arg(long, value_name = "NAME")]
    pub delete_adopted: Vec<String>,
    /// A machine with data that goes while another with data comes is meant.
    #[arg(long)]
    pub yes_new: bool,
}

/// Remove what the stack owns.
#[derive(Debug, Args)]
pub struct Destroy {
    /// Lose the data of this volume too, by address or name; may be given several times.
    #[arg(long, value_name = "NAME")]
    pub delete_data: Vec<String>,
    /// Delete this adopted thing too, by address or name; without it, it is released and stays.
    #[arg(long, value_name = "NAME")]
    pub delete_adopted: Vec<String>,
    /// How many things are done at once.
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u16).range(1..=100), env = "DOSTACK_PARALLELISM")]
    pub parallelism: u16,
}

/// List what in the account belongs to no stack, and delete what is named of it.
///
/// Droplets, volumes and snapshots without a mark of any stack, reserved IPs and firewalls on
/// nothing, empty VPCs; other sorts of things are not looked at. Without a name nothing is deleted.
#[derive(Debug, Args)]
pub struct Purge {
    /// What to delete, by its name or id; a name that two things have has to be an id.
    #[arg(value_name = "NAME|ID")]
    pub names: Vec<String>,
}

/// Print what a word may go on with.
#[derive(Debug, Args)]
pub struct Complete {
    /// Which of the words, from 0.
    pub index: usize,
    /// The whole line so far, the program first.
    #[arg(last = true)]
    pub words: Vec<OsString>,
}

/// Print addresses and names of what is there.
#[derive(Debug, Args)]
pub struct Outputs {
    /// Write shell variables.
    #[arg(long, conflicts_with = "json")]
    pub env: bool,
}

/// Draw what the stack consists of.
#[derive(Debug, Args)]
pub struct Graph {
    /// In which language.
    #[arg(long, value_enum, default_value_t = Drawing::Dot)]
    pub format: Drawing,
    /// Draw a picture for a README: the same as `--format svg`.
    #[arg(long, conflicts_with = "format")]
    pub svg: bool,
}

/// Write the files machines are made from.
#[derive(Debug, Args)]
pub struct Render {
    /// Into which folder: `<component>/cloud-init.yaml` and what else a component has.
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
}

/// Ask the machines whether what has to be true of their software is.
///
/// Each machine asks itself, so that the stack is measured and not the way to it. What has to be
/// true stands under `probes` of each component in the stack file, and without it there are defaults.
#[derive(Debug, Args)]
pub struct Probe {
    /// Only these machines, by address or name, or all of a component.
    #[arg(value_name = "NODE|COMPONENT")]
    pub nodes: Vec<String>,
    /// Ask too what puts a load on a machine: pgbench, on a database of its own.
    #[arg(long)]
    pub load: bool,
    /// Write what was found as JUnit XML too, for CI.
    #[arg(long, value_name = "FILE")]
    pub junit: Option<PathBuf>,
}

/// Log in to a machine, whose host key is the one the account knows.
///
/// This machine's own `ssh` does it. Nobody is asked whether a key is right, and nothing is written
/// into `~/.ssh`.
#[derive(Debug, Args)]
pub struct Ssh {
    /// Which machine, by address or name.
    #[arg(value_name = "NODE")]
    pub node: String,
    /// What else to tell `ssh`: options, or a command.
    #[arg(last = true, value_name = "ARGUMENTS")]
    pub arguments: Vec<OsString>,
}

/// Run a command on a machine as root; its exit code is ours.
///
/// Where no command ran at all, the exit codes are those of every other command, above all 11. On a
/// terminal, what would move the cursor or change the terminal is left out of its output.
#[derive(Debug, Args)]
pub struct Exec {
    /// Which machine, by address or name.
    #[arg(value_name = "NODE")]
    pub node: String,
    /// Let it read what comes in here, which is read to its end first.
    #[arg(long, short = 'i')]
    pub stdin: bool,
    /// A program and its arguments; one word alone is a line for the shell.
    #[arg(last = true, required = true, value_name = "COMMAND")]
    pub command: Vec<String>,
}

/// Show what a service writes.
#[derive(Debug, Args)]
pub struct Logs {
    /// Which service, as `postgres`; where several components have one, all of them unless `--on`.
    #[arg(value_name = "SERVICE")]
    pub service: String,
    /// Of this component only.
    #[arg(long, value_name = "NODE")]
    pub on: Option<String>,
    /// Go on as more is written, until Ctrl-C.
    #[arg(long, short = 'f')]
    pub follow: bool,
    /// How many of the last lines.
    #[arg(long, short = 'n', value_name = "N", default_value_t = 100)]
    pub tail: u32,
}

/// A language for graphs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Drawing {
    /// Graphviz.
    Dot,
    /// Mermaid, which GitHub draws.
    Mermaid,
    /// A picture, with prices where a token or the sandbox tells them.
    Svg,
}

/// Keep the values of secrets.
///
/// A value comes from the first that has it: the environment, `.env.<stack>` (mode 0600), the program
/// under `exec:` in the stack file, the encrypted file `stacks/<stack>.secrets.yaml`.
#[derive(Debug, Subcommand)]
pub enum Secrets {
    /// Give a secret a value, read from standard input or typed unseen.
    Set(SetSecret),
    /// Print the value that `up` would use.
    Get {
        /// The secret, as `ORG_POSTGRES_PW`.
        name: String,
    },
    /// Tell where the value of every secret comes from, and who needs it.
    List,
    /// Remove a secret's value from the encrypted file.
    Rm {
        /// The secret, as `ORG_POSTGRES_PW`.
        name: String,
    },
    /// Encrypt every value anew, for more people or for fewer; `set --generate` makes a new value.
    Rotate(Rotate),
    /// Change all values of the encrypted file in an editor.
    Edit,
}

/// Give a secret a value.
#[derive(Debug, Args)]
pub struct SetSecret {
    /// The secret, as `ORG_POSTGRES_PW`.
    pub name: String,
    /// Make the value: 32 bytes of chance as 64 hexadecimal digits.
    #[arg(long)]
    pub generate: bool,
    /// A value has no place on a command line; it is caught here so that it is not repeated.
    #[arg(hide = true)]
    pub value: Vec<String>,
}

/// Encrypt every value anew.
#[derive(Debug, Args)]
pub struct Rotate {
    /// Let somebody in by the public half of their age key; may be given several times.
    #[arg(long, value_name = "WHO=age1...", value_parser = recipient)]
    pub add: Vec<(String, String)>,
    /// Lock somebody out; what they could read before they may still know.
    #[arg(long, value_name = "WHO")]
    pub remove: Vec<String>,
}

fn recipient(text: &str) -> Result<(String, String), String> {
    let (who, key) = text.split_once('=').ok_or("write it as `anna=age1...`")?;
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.@".contains(&byte);
    let begins = who.bytes().next().is_some_and(|byte| byte.is_ascii_alphabetic());
    if !begins || !who.bytes().all(is_word) {
        return Err(
            "a name begins with a letter and has letters, digits, `-`, `_`, `.` and `@`".to_owned()
        );
    }
    Ok((who.to_owned(), key.to_owned()))
}

/// Run a stand-in DigitalOcean.
#[derive(Debug, Args)]
pub struct Sandbox {
    /// Where to listen; loopback only.
    #[arg(long, default_value = "127.0.0.1:8080")]
    pub listen: SocketAddr,
    /// The token clients have to send.
    #[arg(long, default_value = "sandbox")]
    pub token: String,
    /// How many times faster than DigitalOcean machines boot and resize.
    #[arg(long, default_value_t = 1.0)]
    pub speed: f64,
    /// Keep the world in this file.
    #[arg(long, value_name = "FILE")]
    pub state: Option<PathBuf>,
    /// Whether 250 calls a minute are the most, as at DigitalOcean.
    #[arg(long, value_enum, default_value_t = RateLimit::On)]
    pub rate_limit: RateLimit,
}

/// Whether calls are limited.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum RateLimit {
    /// As at DigitalOcean.
    On,
    /// Not at all.
    Off,
}
