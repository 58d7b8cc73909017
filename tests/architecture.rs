//! Keeps the shape of the source tree: floors, purity, module docs, short files.
#![expect(clippy::unwrap_used, reason = "a helper that fails should fail its test")]

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

/// The floors, lowest first; a module imports lower floors only, and nothing beside it.
const FLOORS: &[&[&str]] = &[
    &["values"],
    &["config", "digitalocean", "graph", "metrics", "render", "resources", "secrets", "ssh"],
    &["calendar", "components", "inventory", "policy", "readings"],
    &["picture", "software"],
    &["matrix"],
    &["plan"],
    &["journal"],
    &["apply", "lock", "probe", "provision"],
    &["engine", "purge"],
    &["operate"],
    &["rehearsal", "sandbox"],
    &["cli"],
];

/// What touches no world: no file, no socket, no clock, no environment.
const PURE: &[&str] = &[
    "values",
    "config",
    "graph",
    "metrics",
    "render",
    "resources",
    "components",
    "plan",
    "picture",
    "software",
    "matrix",
    "policy",
    "calendar",
];

/// The words by which the world is touched.
const WORLDLY: &[&str] =
    &["async ", "tokio::", "std::fs", "std::net::Tcp", "std::env", "::now()", "reqwest"];

/// The longest a file may be, in lines without its tests.
const MAX_LINES: usize = 500;

#[test]
fn modules_use_only_lower_floors() {
    let mut wrong = Vec::new();
    for source in sources() {
        let Some(own) = floor(&source.module) else { continue };
        for used in source.uses() {
            let lower = floor(&used).is_some_and(|other| other < own);
            if used != source.module && floor(&used).is_some() && !lower {
                wrong.push(format!("{} uses {used}", source.path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "imports that go up or sideways:\n{}", wrong.join("\n"));
}

#[test]
fn every_module_has_a_floor() {
    let known: BTreeSet<&str> = FLOORS.iter().copied().flatten().copied().collect();
    for source in sources() {
        let rooted = ["lib", "main"].contains(&source.module.as_str());
        assert!(
            rooted || known.contains(source.module.as_str()),
            "{} stands on no floor",
            source.path.display()
        );
    }
}

#[test]
fn the_sandbox_shares_no_code_with_the_rest() {
    for source in sources().iter().filter(|source| source.module == "sandbox") {
        let shared: Vec<String> = source.uses().filter(|used| used != "sandbox").collect();
        assert!(shared.is_empty(), "{} uses {shared:?}", source.path.display());
    }
}

#[test]
fn pure_modules_touch_no_world() {
    let mut wrong = Vec::new();
    for source in sources().iter().filter(|source| PURE.contains(&source.module.as_str())) {
        for word in WORLDLY.iter().filter(|word| source.code().any(|line| line.contains(**word))) {
            wrong.push(format!("{} has `{}`", source.path.display(), word.trim()));
        }
    }
    assert!(wrong.is_empty(), "pure modules that reach out:\n{}", wrong.join("\n"));
}

#[test]
fn imports_name_their_floor() {
    for source in sources() {
        let hides = source.code().any(|line| line.contains("super::super::"));
        assert!(!hides, "{} hides a floor behind `super::super`", source.path.display());
    }
}

#[test]
fn files_are_short_and_say_what_they_are() {
    for source in sources() {
        let lines = source.production.lines().count();
        assert!(lines <= MAX_LINES, "{} has {lines} lines", source.path.display());
        let documented = source.production.starts_with("//!");
        assert!(documented, "{} has no module doc", source.path.display());
    }
}

#[test]
fn no_test_file_is_forgotten() {
    let declared = fs::read_to_string("tests/it/main.rs").unwrap();
    for entry in fs::read_dir("tests/it").unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap();
        // Snapshot tests leave hidden files behind when they fail.
        let known =
            name.starts_with('.') || name == "main" || declared.contains(&format!("mod {name};"));
        assert!(known, "tests/it/main.rs does not declare {name}");
    }
}

/// One file of the program.
struct Source {
    path: PathBuf,
    module: String,
    production: String,
}

impl Source {
    /// Its lines that are no comment.
    fn code(&self) -> impl Iterator<Item = &str> {
        self.production.lines().filter(|line| !line.trim_start().starts_with("//"))
    }

    /// The modules of the crate it names, in `crate::x::…` and in `use crate::{x::…, y::…}`.
    fn uses(&self) -> impl Iterator<Item = String> + use<'_> {
        let single = self.production.split("crate::").skip(1).map(leading_word);
        let grouped = self.production.split("use crate::{").skip(1).flat_map(group_heads);
        single.chain(grouped).filter(|word| !word.is_empty())
    }
}

fn leading_word(rest: &str) -> String {
    rest.chars().take_while(|letter| letter.is_ascii_lowercase() || *letter == '_').collect()
}

/// The first words at the outermost level of a braced import.
fn group_heads(rest: &str) -> Vec<String> {
    let mut depth = 0;
    let mut heads = vec![String::new()];
    for letter in rest.chars() {
        match letter {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => heads.push(String::new()),
            _ if depth == 0 => heads.last_mut().unwrap().push(letter),
            _ => {}
        }
    }
    heads.iter().map(|head| leading_word(head.trim())).collect()
}

fn sources() -> Vec<Source> {
    let mut found = Vec::new();
    walk(Path::new("src"), &mut found);
    assert!(found.len() > 10, "the source tree was not found");
    found
}

fn walk(folder: &Path, found: &mut Vec<Source>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let is_test = path.components().any(|part| part.as_os_str() == "tests");
        if is_test || path.ends_with("tests.rs") {
            continue;
        }
        if path.is_dir() {
            walk(&path, found);
        } else if path.extension().is_some_and(|end| end == "rs") {
            let text = fs::read_to_string(&path).unwrap();
            let production = text.split("#[cfg(test)]").next().unwrap().to_owned();
            let module = path.components().nth(1).unwrap().as_os_str().to_str().unwrap();
            let module = module.trim_end_matches(".rs").to_owned();
            found.push(Source { path, module, production });
        }
    }
}

fn floor(module: &str) -> Option<usize> {
    FLOORS.iter().position(|floor| floor.contains(&module))
}
