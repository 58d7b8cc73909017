//! What a new project is to be: from flags, from a person, and else as most would have it.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    io::{self, BufRead as _, IsTerminal as _},
};

use crate::{
    cli::{
        Context, Exit, Failure,
        args::{Init, PartName},
    },
    values::{Cidr, DomainName, PublicKey, StackName},
};

/// The keys people have, the best first.
const KEYS: [&str; 3] = ["~/.ssh/id_ed25519.pub", "~/.ssh/id_ecdsa.pub", "~/.ssh/id_rsa.pub"];

/// What a new project is to be.
#[derive(Clone, Debug)]
pub struct Answers {
    /// What its stacks' names begin with.
    pub name: String,
    /// Where it is.
    pub region: String,
    /// The domain of its records.
    pub domain: String,
    /// The public key of whoever logs in.
    pub key: String,
    /// Whether that file is there.
    pub key_is_there: bool,
    /// Who reaches port 22; anybody, if it is empty.
    pub ranges: BTreeSet<Cidr>,
    /// Its components.
    pub parts: BTreeSet<PartName>,
    /// Sizes other than the usual ones.
    pub sizes: BTreeMap<PartName, String>,
}

impl Answers {
    /// Takes the flags, asks for the rest where there is somebody to ask and something to write.
    pub fn of(context: &Context, args: &Init) -> Result<Self, Failure> {
        let is_new = !args.folder.join("stacks/dev.yaml").exists();
        let asks = is_new && !context.global.yes && io::stdin().is_terminal();
        let asking = Asking { context, asks };
        if asks {
            context.output.words("A new project. Enter takes what stands in brackets.\n");
        }
        let key = asking.about(("SSH key", &own_key(context)), args.key.as_deref(), |text| {
            check_key(context, text)
        })?;
        let home_key = key.clone();
        Ok(Self {
            name: asking.about(("Name", "core"), args.name.as_deref(), check_name)?,
            region: asking.about(("Region", "sfo2"), args.region.as_deref(), check_region)?,
            domain: asking.about(
                ("Domain", "example.com"),
                args.domain.as_deref(),
                check_domain,
            )?,
            key_is_there: read_key(context, &home_key).is_some(),
            key,
            ranges: asking.about(
                ("SSH from", "anywhere"),
                joined(&args.ssh_from).as_deref(),
                ranges,
            )?,
            parts: asking.about(
                ("Parts", "vector, app, cache"),
                parts_given(args).as_deref(),
                parts,
            )?,
            sizes: args.size.iter().cloned().collect(),
        })
    }

    /// Who reaches port 22, as the stack file says it.
    pub fn ssh_from(&self) -> String {
        let ranges: Vec<String> = self.ranges.iter().map(|range| format!("\"{range}\"")).collect();
        if ranges.is_empty() { "[anywhere]".to_owned() } else { format!("[{}]", ranges.join(", ")) }
    }
}

/// Somebody who can be asked, or nobody.
struct Asking<'a> {
    context: &'a Context,
    asks: bool,
}

impl Asking<'_> {
    /// The answer to a question: what was given, or what is typed, or what is usual.
    fn about<T>(
        &self,
        (question, usual): (&str, &str),
        given: Option<&str>,
        check: impl Fn(&str) -> Result<T, String>,
    ) -> Result<T, Failure> {
        if let Some(given) = given {
            return check(given).map_err(|wrong| Failure::new(Exit::Input, wrong));
        }
        if !self.asks {
            return check(usual).map_err(|wrong| Failure::new(Exit::Input, wrong));
        }
        loop {
            self.context.output.words(&format!("{question} [{usual}]: "));
            let typed = read_line()?;
            match check(if typed.is_empty() { usual } else { &typed }) {
                Ok(answer) => return Ok(answer),
                Err(wrong) => {
                    let output = self.context.output;
                    output.words(&output.fitted(&format!("{wrong}\n")));
                }
            }
        }
    }
}

fn read_line() -> Result<String, Failure> {
    let mut line = String::new();
    match io::stdin().lock().read_line(&mut line) {
        Ok(1..) => Ok(line.trim().to_owned()),
        Ok(0) | Err(_) => Err(Failure::new(Exit::Input, "not finished; nothing was written")
            .hint("`dostack init --yes` takes what is usual")),
    }
}

fn joined(values: &[String]) -> Option<String> {
    (!values.is_empty()).then(|| values.join(", "))
}

fn parts_given(args: &Init) -> Option<String> {
    let words: Vec<String> = args.part.iter().map(|part| part.word().to_owned()).collect();
    joined(&words)
}

fn check_name(text: &str) -> Result<String, String> {
    let of = |name: &str| StackName::parse(name).map(|_| text.to_owned());
    of(text).and_then(|_| of(&format!("{text}-prod"))).map_err(|error| error.to_string())
}

fn check_region(text: &str) -> Result<String, String> {
    let is_slug = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    if !text.is_empty() && text.bytes().all(is_slug) {
        Ok(text.to_owned())
    } else {
        Err(format!("`{text}` is no region: write one as `sfo3`, `nyc3`, `ams3`, `fra1` or `sgp1`"))
    }
}

fn check_domain(text: &str) -> Result<String, String> {
    DomainName::parse(text).map(|name| name.to_string()).map_err(|error| error.to_string())
}

/// A key file that is there has to hold a public key; the usual one may be made later.
fn check_key(context: &Context, text: &str) -> Result<String, String> {
    match read_key(context, text) {
        Some(content) => PublicKey::parse(&content)
            .map(|_| text.to_owned())
            .map_err(|error| format!("`{text}`: {error}")),
        None if KEYS.contains(&text) => Ok(text.to_owned()),
        None => Err(format!("there is no key file `{text}`")),
    }
}

fn read_key(context: &Context, text: &str) -> Option<String> {
    let path = match (text.strip_prefix("~/"), &context.settings.home) {
        (Some(rest), Some(home)) => home.join(rest),
        _ => text.into(),
    };
    fs::read_to_string(path).ok()
}

/// The first of the usual keys that is there, or else the one to be made.
fn own_key(context: &Context) -> String {
    let there = KEYS.into_iter().find(|key| read_key(context, key).is_some());
    there.unwrap_or(KEYS[0]).to_owned()
}

fn ranges(text: &str) -> Result<BTreeSet<Cidr>, String> {
    if text == "anywhere" {
        return Ok(BTreeSet::new());
    }
    words(text).map(|word| word.parse::<Cidr>().map_err(|error| error.to_string())).collect()
}

fn parts(text: &str) -> Result<BTreeSet<PartName>, String> {
    let part = |word: &str| {
        PartName::ALL.into_iter().find(|part| part.word() == word).ok_or_else(|| {
            format!("there is no part `{word}`: choose from `vector`, `app` and `cache`")
        })
    };
    let parts: BTreeSet<PartName> = words(text).map(part).collect::<Result<_, _>>()?;
    if parts.is_empty() { Err("choose a part at least".to_owned()) } else { Ok(parts) }
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split([',', ' ']).filter(|word| !word.is_empty())
}
