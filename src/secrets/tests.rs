//! Where values come from, and who can open them.

use std::{collections::BTreeMap, fs, os::unix::fs::PermissionsExt as _, path::Path};

use secrecy::{ExposeSecret as _, SecretString};
use tempfile::TempDir;

use crate::{
    secrets::{KeyFile, Origin, SecretsError, Sources, Vault},
    values::SecretName,
};

fn name(text: &str) -> SecretName {
    SecretName::parse(text).unwrap()
}

fn private(path: &Path, text: &str) {
    fs::write(path, text).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
}

/// A project in which every source has a value for `ORG_A`.
struct Project(TempDir);

impl Project {
    fn new() -> Self {
        let project = Self(TempDir::new().unwrap());
        let (keys, _) = project.key().read_or_make().unwrap();
        let put = |vault: &mut Vault| {
            vault.recipients.extend(keys.recipients().map(|key| ("me".to_owned(), key)));
            vault.put(name("ORG_A"), &SecretString::from("from the vault"))
        };
        Vault::change(&project.0.path().join("vault.yaml"), || Ok(Vault::default()), put).unwrap();
        private(&project.0.path().join(".env.dev"), "ORG_A='from the file'\n");
        project
    }

    fn key(&self) -> KeyFile {
        KeyFile::Usual(self.0.path().join("keys/age.key"))
    }

    fn sources(&self) -> Sources {
        let folder = self.0.path().to_owned();
        let set = [("PATH", "/usr/bin:/bin"), ("ORG_A", "from the environment")];
        let words = ["sh", "-c", "touch asked; echo from the program"];
        Sources {
            environment: set.map(|(name, value)| (name.to_owned(), value.to_owned())).into(),
            dotenv: folder.join(".env.dev"),
            programs: BTreeMap::from([(name("ORG_A"), words.map(str::to_owned).into())]),
            vault: folder.join("vault.yaml"),
            key: self.key(),
            folder,
        }
    }
}

fn value(sources: &Sources) -> String {
    let values = sources.values(&[name("ORG_A")].into()).unwrap();
    values.value(&name("ORG_A")).unwrap().expose_secret().to_owned()
}

#[test]
fn what_is_nearer_to_this_run_comes_first() {
    let project = Project::new();
    let mut sources = project.sources();
    assert_eq!(value(&sources), "from the environment");
    sources.environment.insert("ORG_A".to_owned(), String::new());
    assert_eq!(value(&sources), "from the file");
    fs::remove_file(&sources.dotenv).unwrap();
    assert!(!project.0.path().join("asked").exists());
    assert_eq!(value(&sources), "from the program");
    assert!(project.0.path().join("asked").exists());
    sources.programs.clear();
    assert_eq!(value(&sources), "from the vault");
    fs::remove_file(&sources.vault).unwrap();
    let missing = sources.values(&[name("ORG_A"), name("ORG_B")].into()).unwrap_err();
    assert_eq!(missing.to_string(), "no value for the secrets `ORG_A`, `ORG_B`");
}

#[test]
fn telling_where_a_value_comes_from_runs_no_program_and_needs_no_key() {
    let project = Project::new();
    let mut sources = project.sources();
    sources.environment.remove("ORG_A");
    fs::remove_file(&sources.dotenv).unwrap();
    fs::remove_dir_all(project.0.path().join("keys")).unwrap();
    let origin = |sources: &Sources| {
        sources.origins(&[name("ORG_A")].into()).unwrap().remove(&name("ORG_A")).unwrap()
    };
    assert_eq!(origin(&sources), Some(Origin::Program("sh".to_owned())));
    assert!(!project.0.path().join("asked").exists());
    sources.programs.clear();
    assert!(matches!(origin(&sources), Some(Origin::Vault(_))));
    assert!(matches!(sources.values(&[name("ORG_A")].into()), Err(SecretsError::NoKey(_))));
}

#[test]
fn files_that_others_may_read_are_refused() {
    let project = Project::new();
    let mut sources = project.sources();
    sources.environment.remove("ORG_A");
    for mode in [0o640, 0o604, 0o660] {
        fs::set_permissions(&sources.dotenv, fs::Permissions::from_mode(mode)).unwrap();
        let refused = sources.values(&[name("ORG_A")].into()).unwrap_err();
        assert!(matches!(refused, SecretsError::Open { mode: found, .. } if found == mode));
    }
}

#[test]
fn a_value_is_opened_by_those_it_was_encrypted_for_and_by_nobody_else() {
    let (ours, theirs) = (Project::new(), Project::new());
    let vault = Vault::read(&ours.sources().vault).unwrap().unwrap();
    let stranger = theirs.key().read().unwrap();
    let refused = vault.open(&name("ORG_A"), &stranger).unwrap_err();
    assert!(matches!(refused, SecretsError::Foreign { .. }), "{refused}");
    let mut both = vault;
    both.recipients.extend(stranger.recipients().map(|key| ("them".to_owned(), key)));
    both.put(name("ORG_A"), &SecretString::from("for both")).unwrap();
    for keys in [stranger, ours.key().read().unwrap()] {
        assert_eq!(both.open(&name("ORG_A"), &keys).unwrap().expose_secret(), "for both");
    }
}

#[test]
fn a_damaged_file_is_told_by_its_line_and_a_damaged_value_by_its_name() {
    let project = Project::new();
    let path = project.sources().vault;
    let whole = fs::read_to_string(&path).unwrap();
    let keys = project.key().read().unwrap();
    let armour = whole.lines().nth(7).unwrap().trim();
    fs::write(&path, whole.replace(armour, &armour.chars().rev().collect::<String>())).unwrap();
    let refused = Vault::read(&path).unwrap().unwrap().open(&name("ORG_A"), &keys).unwrap_err();
    assert!(matches!(refused, SecretsError::Damaged(_)), "{refused}");
    for (text, line) in [
        ("recipients: {}\nsecrets:\n  hunter2: x\n", 3),
        ("recipients:\n  me: hunter2\n", 2),
        ("hunter2", 1),
        ("recipients: {}\nhunter2: [", 2),
    ] {
        fs::write(&path, text).unwrap();
        let refused = Vault::read(&path).unwrap_err();
        assert!(
            matches!(refused, SecretsError::Malformed { line: at, .. } if at == line),
            "{text}"
        );
        assert!(!refused.to_string().contains("hunter2"));
    }
}
