//! Appending, by many tasks at once.
//!
//! Whoever appends puts its record in a queue, and the first in it asks for the queue to be written.
//! While one write is on its way to the disk others gather, and the next write takes them all: ten
//! tasks cost two or three waits for the disk, not ten.

use std::{
    fmt,
    fs::File,
    io::{self, Write},
    mem,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Instant,
};

use jiff::Timestamp;
use tokio::{sync::oneshot, task};
use uuid::Uuid;

use crate::{
    journal::{
        Clock, Entry, JournalError, OpenDebt, OpenIntent, Record, VERSION,
        chain::{self, Link},
        file::{self, Grip},
        history, open_ends,
        read::{self, Contents},
    },
    values::StackName,
};

/// A journal that this process, and no other, writes to; clones share it.
#[derive(Clone)]
pub struct Journal {
    run: Uuid,
    /// The file, unless nothing is kept.
    shared: Option<Arc<Shared>>,
}

/// What was found when a journal was opened.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Opened {
    /// What a person should know.
    pub warnings: Vec<String>,
    /// What earlier runs were about to do and did not report as done.
    pub open_intents: Vec<OpenIntent>,
    /// Droplets that earlier runs may have left off.
    pub open_debts: Vec<OpenDebt>,
}

struct Shared {
    path: PathBuf,
    run: Uuid,
    clock: Clock,
    queue: Mutex<Vec<Pending>>,
    end: Mutex<End>,
}

/// Who is told that a record is on disk.
type Waiter = oneshot::Sender<Result<(), JournalError>>;

/// A record that waits for the disk.
struct Pending {
    record: Record,
    done: Waiter,
}

/// The end of the file, where the next line goes.
struct End {
    file: File,
    seq: u64,
    link: Link,
    is_closed: bool,
}

impl Journal {
    /// Opens the journal of a stack in a folder of its own, and keeps every other run out.
    pub fn open(
        folder: &Path,
        stack: &StackName,
        run: Uuid,
        clock: Clock,
    ) -> Result<(Self, Opened), JournalError> {
        let (file, path) = file::open(folder)?;
        if let Grip::Others = file::lock(&file, &path)? {
            let holder = holder(folder);
            return Err(JournalError::Held { path, holder });
        }
        let contents = read::read(&file, &path)?;
        check_stack(&contents, stack, &path)?;
        let mut opened = Opened {
            warnings: Vec::new(),
            open_intents: open_ends::intents(&contents.entries),
            open_debts: open_ends::debts(&contents.entries),
        };
        if contents.torn > 0 {
            file.set_len(contents.whole).map_err(file::failed("shorten", &path))?;
            opened.warnings.push(torn(&contents, &path));
        }
        let seq = contents.entries.last().map_or(0, |entry| entry.seq);
        let mut end = End { file, seq, link: contents.link, is_closed: false };
        if seq == 0 {
            let header = Record::Header { stack: stack.clone(), version: VERSION };
            end.write(vec![(header, clock())], run).map_err(file::failed("write to", &path))?;
        }
        let queue = Mutex::new(Vec::new());
        let shared = Shared { path, run, clock, queue, end: Mutex::new(end) };
        Ok((Self { run, shared: Some(Arc::new(shared)) }, opened))
    }

    /// A journal that keeps nothing, for what must be done even where no disk can be written.
    pub fn none(run: Uuid) -> Self {
        Self { run, shared: None }
    }

    /// The run that writes.
    pub fn run(&self) -> Uuid {
        self.run
    }

    /// Appends a record; it is on disk when this returns.
    ///
    /// After a failure nothing more is ever written: what the disk holds is not known then.
    pub async fn append(&self, record: Record) -> Result<(), JournalError> {
        let Some(shared) = &self.shared else { return Ok(()) };
        let (done, answer) = oneshot::channel();
        let is_first = {
            let mut queue = guard(&shared.queue);
            queue.push(Pending { record, done });
            queue.len() == 1
        };
        if is_first {
            let shared = Arc::clone(shared);
            task::spawn_blocking(move || write_queue(shared));
        }
        let closed = || JournalError::Closed { path: shared.path.clone() };
        answer.await.unwrap_or_else(|_| Err(closed()))
    }
}

impl fmt::Debug for Journal {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Journal")
            .field("path", &self.shared.as_ref().map(|shared| &shared.path))
            .finish_non_exhaustive()
    }
}

/// Writes all that waits, and lets go of the journal before it tells those who wait.
fn write_queue(shared: Arc<Shared>) {
    let (waiters, result) = shared.write_waiting();
    drop(shared);
    for waiter in waiters {
        // A waiter may have been abandoned; its record is on disk all the same.
        drop(waiter.send(result.clone()));
    }
}

impl Shared {
    fn write_waiting(&self) -> (Vec<Waiter>, Result<(), JournalError>) {
        let mut end = guard(&self.end);
        let began = Instant::now();
        let waiting = mem::take(&mut *guard(&self.queue));
        let (records, waiters): (Vec<_>, Vec<_>) =
            waiting.into_iter().map(|one| ((one.record, (self.clock)()), one.done)).unzip();
        let result = if end.is_closed {
            Err(JournalError::Closed { path: self.path.clone() })
        } else {
            end.write(records, self.run).map_err(file::failed("write to", &self.path))
        };
        end.is_closed |= result.is_err();
        tracing::debug!(
            records = waiters.len(),
            micros = began.elapsed().as_micros(),
            "journal written"
        );
        (waiters, result)
    }
}

impl End {
    /// Writes records as lines, and waits for the disk once.
    fn write(&mut self, records: Vec<(Record, Timestamp)>, run: Uuid) -> io::Result<()> {
        let mut text = String::new();
        for (record, at) in records {
            self.seq += 1;
            let entry = Entry { seq: self.seq, run, at, record };
            let (line, next) = chain::encode(&entry, &self.link);
            text.push_str(&line);
            text.push('\n');
            self.link = next;
        }
        self.file.write_all(text.as_bytes())?;
        self.file.sync_data()
    }
}

fn check_stack(contents: &Contents, wanted: &StackName, path: &Path) -> Result<(), JournalError> {
    match contents.stack() {
        Some(found) if found != wanted => Err(JournalError::OtherStack {
            path: path.to_owned(),
            found: found.clone(),
            wanted: wanted.clone(),
        }),
        Some(_) | None => Ok(()),
    }
}

fn torn(contents: &Contents, path: &Path) -> String {
    format!(
        "the last line of {} was cut short by a crash; its {} bytes are dropped",
        path.display(),
        contents.torn
    )
}

/// Who holds the journal, as far as it can be read.
fn holder(folder: &Path) -> String {
    let runs = history(folder).unwrap_or_default();
    runs.last().map_or_else(
        || "it has only just begun".to_owned(),
        |run| format!("`{}` by {}, since {}", run.command, run.holder, run.started),
    )
}

/// A lock whose holder panicked guards nothing half done here.
fn guard<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
