use std::{
    fs,
    os::unix::fs::{PermissionsExt, symlink},
    path::Path,
    sync::Arc,
};

use jiff::Timestamp;
use tempfile::TempDir;
use uuid::Uuid;

use crate::{
    journal::{Clock, FILE, Journal, JournalError, Record, Via, append::Opened, history},
    values::{Address, StackName},
};

const RUN: Uuid = Uuid::from_u128(7);

fn stack(name: &str) -> StackName {
    StackName::parse(name).unwrap()
}

fn clock() -> Clock {
    Arc::new(|| Timestamp::from_second(1_700_000_000).unwrap())
}

fn open(folder: &Path) -> Result<(Journal, Opened), JournalError> {
    Journal::open(folder, &stack("dev"), RUN, clock())
}

fn address(text: &str) -> Address {
    text.parse().unwrap()
}

fn started() -> Record {
    Record::RunStarted {
        command: "up".to_owned(),
        version: "0.1.0".to_owned(),
        holder: "me@here, process 42".to_owned(),
    }
}

fn intent(text: &str) -> Record {
    Record::Intent {
        address: address(text),
        kind: "droplet".to_owned(),
        name: "dev-app".to_owned(),
        action: "create".to_owned(),
        body: None,
    }
}

/// A journal with a run of four records, closed again.
async fn written(folder: &Path) {
    let (journal, _) = open(folder).unwrap();
    journal.append(started()).await.unwrap();
    journal.append(intent("app")).await.unwrap();
    let id = "1".to_owned();
    let seen = Record::Acknowledged { address: address("app"), id, via: Via::Answer };
    journal.append(seen).await.unwrap();
    journal.append(intent("app:volume")).await.unwrap();
}

#[tokio::test]
async fn what_was_appended_is_read_again_with_its_open_ends() {
    let folder = TempDir::new().unwrap();
    written(folder.path()).await;
    let (_journal, opened) = open(folder.path()).unwrap();
    assert_eq!(opened.warnings, Vec::<String>::new());
    let open: Vec<String> = opened.open_intents.iter().map(|i| i.address.to_string()).collect();
    assert_eq!(open, ["app:volume"]);
}

#[tokio::test]
async fn a_debt_is_open_until_it_is_closed() {
    let folder = TempDir::new().unwrap();
    let (journal, _) = open(folder.path()).unwrap();
    let tag = || "dostack-must-be-on:1:s-1:op".to_owned();
    let address = || address("app");
    journal
        .append(Record::DebtOpened { address: address(), droplet: 1, tag: tag() })
        .await
        .unwrap();
    drop(journal);
    let (journal, opened) = open(folder.path()).unwrap();
    assert_eq!(opened.open_debts.len(), 1);
    journal
        .append(Record::DebtClosed { address: address(), droplet: 1, tag: tag() })
        .await
        .unwrap();
    drop(journal);
    assert_eq!(open(folder.path()).unwrap().1.open_debts, []);
}

#[tokio::test]
async fn a_line_torn_at_any_byte_is_dropped_with_a_warning() {
    let folder = TempDir::new().unwrap();
    written(folder.path()).await;
    let whole = fs::read(folder.path().join(FILE)).unwrap();
    let last = whole[..whole.len() - 1].iter().rposition(|byte| *byte == b'\n').unwrap() + 1;
    for cut in [last + 1, last + 20, whole.len() - 1] {
        let folder = TempDir::new().unwrap();
        fs::write(folder.path().join(FILE), &whole[..cut]).unwrap();
        let (journal, opened) = open(folder.path()).unwrap();
        assert_eq!(opened.warnings.len(), 1, "cut at {cut}");
        assert_eq!(opened.open_intents, [], "cut at {cut}");
        journal.append(intent("app")).await.unwrap();
        drop(journal);
        assert_eq!(open(folder.path()).unwrap().1.open_intents.len(), 1, "cut at {cut}");
    }
}

#[tokio::test]
async fn a_changed_bit_anywhere_is_found_and_its_line_named() {
    let folder = TempDir::new().unwrap();
    written(folder.path()).await;
    let path = folder.path().join(FILE);
    let whole = fs::read(&path).unwrap();
    for place in (0..whole.len()).filter(|place| whole[*place] != b'\n') {
        let mut damaged = whole.clone();
        damaged[place] ^= 1;
        fs::write(&path, &damaged).unwrap();
        let line = u64::try_from(whole[..place].split(|byte| *byte == b'\n').count()).unwrap();
        match history(folder.path()) {
            Err(JournalError::Damaged { line: found, .. }) => {
                assert_eq!(found, line, "byte {place}");
            }
            other => panic!("byte {place}: {other:?}"),
        }
    }
}

#[tokio::test]
async fn a_line_taken_out_of_the_middle_is_found() {
    let folder = TempDir::new().unwrap();
    written(folder.path()).await;
    let path = folder.path().join(FILE);
    let text = fs::read_to_string(&path).unwrap();
    let fewer: String = text.lines().enumerate().filter(|(n, _)| *n != 2).fold(
        String::new(),
        |mut text, (_, line)| {
            text.push_str(line);
            text.push('\n');
            text
        },
    );
    fs::write(&path, fewer).unwrap();
    assert!(matches!(open(folder.path()), Err(JournalError::Damaged { line: 3, .. })));
}

#[test]
fn the_journal_of_another_stack_is_refused() {
    let folder = TempDir::new().unwrap();
    drop(open(folder.path()).unwrap());
    let other = Journal::open(folder.path(), &stack("prod"), RUN, clock());
    assert!(matches!(other, Err(JournalError::OtherStack { .. })));
}

#[test]
fn the_journal_of_a_later_version_is_refused() {
    use crate::journal::{
        Entry,
        chain::{Link, encode},
    };
    let folder = TempDir::new().unwrap();
    let record = Record::Header { stack: stack("dev"), version: 2 };
    let entry = Entry { seq: 1, run: RUN, at: clock()(), record };
    let (line, _) = encode(&entry, &Link::default());
    fs::write(folder.path().join(FILE), format!("{line}\n")).unwrap();
    assert!(matches!(open(folder.path()), Err(JournalError::Newer { version: 2, .. })));
}

#[tokio::test]
async fn a_second_writer_is_kept_out_and_told_who_is_in() {
    let folder = TempDir::new().unwrap();
    let (journal, _) = open(folder.path()).unwrap();
    journal.append(started()).await.unwrap();
    let Err(error) = open(folder.path()) else { panic!("a second writer came in") };
    assert!(matches!(error, JournalError::Held { .. }));
    assert!(error.to_string().contains("`up` by me@here, process 42"), "{error}");
    drop(journal);
    open(folder.path()).unwrap();
}

#[tokio::test]
async fn appends_of_many_tasks_are_all_kept_in_one_chain() {
    let folder = TempDir::new().unwrap();
    let (journal, _) = open(folder.path()).unwrap();
    let tasks: Vec<_> = (1..=50)
        .map(|number| {
            let journal = journal.clone();
            tokio::spawn(async move { journal.append(intent(&format!("app-{number}"))).await })
        })
        .collect();
    for task in tasks {
        task.await.unwrap().unwrap();
    }
    drop(journal);
    assert_eq!(open(folder.path()).unwrap().1.open_intents.len(), 50);
}

#[tokio::test]
async fn only_its_owner_may_read_a_journal() {
    let parent = TempDir::new().unwrap();
    let folder = parent.path().join("a/dev");
    drop(open(&folder).unwrap());
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&folder), 0o700);
    assert_eq!(mode(&folder.join(FILE)), 0o600);
}

#[test]
fn a_link_in_place_of_the_file_or_the_folder_is_refused() {
    let parent = TempDir::new().unwrap();
    let (real, link) = (parent.path().join("real"), parent.path().join("link"));
    drop(open(&real).unwrap());
    symlink(&real, &link).unwrap();
    assert!(matches!(open(&link), Err(JournalError::WrongKind { expected: "a folder", .. })));
    let other = parent.path().join("other");
    fs::create_dir(&other).unwrap();
    symlink(real.join(FILE), other.join(FILE)).unwrap();
    assert!(matches!(open(&other), Err(JournalError::WrongKind { expected: "a file", .. })));
}

#[tokio::test]
async fn history_tells_what_each_run_did() {
    let folder = TempDir::new().unwrap();
    assert_eq!(history(folder.path()).unwrap(), []);
    let (journal, _) = open(folder.path()).unwrap();
    journal.append(started()).await.unwrap();
    journal.append(Record::StepDone { address: address("app") }).await.unwrap();
    let error = "refused".to_owned();
    journal.append(Record::StepFailed { address: address("network"), error }).await.unwrap();
    journal.append(Record::RunEnded { outcome: "partly done".to_owned() }).await.unwrap();
    let runs = history(folder.path()).unwrap();
    assert_eq!(runs.len(), 1);
    assert_eq!((runs[0].done.len(), runs[0].failed.len()), (1, 1));
    assert_eq!(runs[0].outcome.as_deref(), Some("partly done"));
}
