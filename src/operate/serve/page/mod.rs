//! The page for people: what there is, what was done and why, what comes next.
//!
//! One HTML file without anything from elsewhere. It looks again by itself, by a small script, or by
//! a reload where scripts are off. All that comes from an account or a file is put in by a template
//! that escapes it; the picture has escaped its own words.

use std::{
    sync::{Arc, LazyLock},
    time::Duration,
};

use handlebars::Handlebars;
use jiff::Timestamp;
use serde::Serialize;
use tokio::{
    sync::Mutex,
    time::{Instant, timeout},
};

use crate::{
    operate::serve::{
        audit::{Entry, Event},
        daemon::Daemon,
        view::{Calendar, Debt, Fate, Machine, Night, Tone, Upcoming, View},
        work::{Round, Target, Verdict},
    },
    values::Money,
};

/// The page, filled in.
const NAME: &str = "page";

/// How old what was read of the account may be: a page that is left open costs two looks a minute.
const FRESH: Duration = Duration::from_secs(30);

/// How long somebody waits for it.
const PATIENCE: Duration = Duration::from_secs(20);

static TEMPLATES: LazyLock<Handlebars<'static>> = LazyLock::new(|| {
    let mut templates = Handlebars::new();
    templates.set_strict_mode(true);
    templates
        .register_template_string(NAME, include_str!("page.html"))
        .expect("the page is a template, which a test fills in");
    templates
});

/// What was last read of the account, for all who look.
#[derive(Debug, Default)]
pub struct Shelf {
    kept: Mutex<Option<Kept>>,
}

#[derive(Clone, Debug)]
struct Kept {
    since: Instant,
    at: Timestamp,
    view: Arc<View>,
    trouble: Option<String>,
}

/// The page as things are now.
pub async fn text(daemon: &Daemon, shelf: &Shelf) -> String {
    let kept = shelf.look(daemon).await;
    let page = Page::of(daemon, &kept);
    TEMPLATES.render(NAME, &page).expect("the page asks for nothing it is not given")
}

impl Shelf {
    /// What was read a moment ago, or else what is read now; the others wait for it too.
    async fn look(&self, daemon: &Daemon) -> Kept {
        let mut kept = self.kept.lock().await;
        if let Some(fresh) = kept.as_ref().filter(|kept| kept.since.elapsed() < FRESH) {
            return fresh.clone();
        }
        let at = (daemon.clock)();
        let read = timeout(PATIENCE, daemon.work().view(at)).await;
        let read = read.unwrap_or_else(|_| Err("the account did not answer in time".to_owned()));
        let since = Instant::now();
        let next = match (read, kept.take()) {
            (Ok(view), _) => Kept { since, at, view: Arc::new(view), trouble: None },
            (Err(trouble), Some(old)) => Kept { since, trouble: Some(trouble), ..old },
            (Err(trouble), None) => {
                Kept { since, at, view: Arc::default(), trouble: Some(trouble) }
            }
        };
        *kept = Some(next.clone());
        next
    }
}

/// Everything the template asks for.
#[derive(Debug, Serialize)]
struct Page<'a> {
    stack: String,
    read: String,
    monthly: String,
    trouble: Option<&'a str>,
    picture: &'a str,
    machines: Vec<MachineCard<'a>>,
    debts: Vec<Line>,
    visits: Vec<Line>,
    acted: Vec<Line>,
    calendars: Vec<CalendarCard<'a>>,
    upcoming: Vec<Line>,
}

/// A line of a list.
#[derive(Debug, Serialize)]
struct Line {
    what: String,
    word: String,
    tone: Tone,
    more: String,
    when: String,
}

#[derive(Debug, Serialize)]
struct MachineCard<'a> {
    #[serde(flatten)]
    machine: &'a Machine,
    price: String,
}

#[derive(Debug, Serialize)]
struct CalendarCard<'a> {
    volume: &'a str,
    told: &'a str,
    nights: Vec<Cell>,
}

/// A night in the calendar.
#[derive(Debug, Serialize)]
struct Cell {
    /// The month, before its first day and at the beginning.
    month: Option<String>,
    date: String,
    day: String,
    fate: Fate,
    glyph: &'static str,
}

impl<'a> Page<'a> {
    fn of(daemon: &Daemon, kept: &'a Kept) -> Self {
        let view = &kept.view;
        let price = |money: Money| money.to_string();
        let rounds = daemon.rounds();
        let mut upcoming: Vec<Line> = view.upcoming.iter().map(Line::upcoming).collect();
        let seconds = daemon.every.as_secs();
        upcoming.insert(0, Line::timer(seconds));
        Self {
            stack: daemon.work().name(),
            read: time(kept.at),
            monthly: price(view.monthly),
            trouble: kept.trouble.as_deref(),
            picture: &view.picture,
            machines: view
                .machines
                .iter()
                .map(|machine| MachineCard { machine, price: price(machine.monthly) })
                .collect(),
            debts: view.debts.iter().map(Line::debt).collect(),
            visits: rounds
                .iter()
                .map(|(target, (at, round))| Line::visit(target, *at, round))
                .collect(),
            acted: daemon.acted().iter().filter_map(Line::acted).collect(),
            calendars: view.calendars.iter().map(CalendarCard::of).collect(),
            upcoming,
        }
    }
}

impl Line {
    fn timer(seconds: u64) -> Self {
        let what = format!("every component, at least every {seconds} s");
        Self {
            what,
            word: String::new(),
            tone: Tone::Off,
            more: String::new(),
            when: String::new(),
        }
    }

    fn upcoming(next: &Upcoming) -> Self {
        let (what, when) = (next.what.clone(), time(next.at));
        Self { what, word: String::new(), tone: Tone::Off, more: String::new(), when }
    }

    fn debt(debt: &Debt) -> Self {
        Self {
            what: debt.machine.clone(),
            word: "must be on".to_owned(),
            tone: Tone::Bad,
            more: format!("on the way to {}", debt.size),
            when: format!("by {}", time(debt.deadline)),
        }
    }

    fn acted(entry: &Entry) -> Option<Self> {
        let Event::Round { target, decision, reason, .. } = &entry.event else { return None };
        Some(Self {
            what: target.clone(),
            word: decision.clone(),
            tone: Tone::Good,
            more: reason.clone(),
            when: time(entry.at),
        })
    }

    fn visit(target: &Target, at: Timestamp, round: &Round) -> Self {
        let tone = match round.verdict {
            Verdict::Held => Tone::Good,
            Verdict::Acted => Tone::Busy,
            Verdict::Failed => Tone::Bad,
        };
        Self {
            what: target.to_string(),
            word: round.decision.clone(),
            tone,
            more: round.reason.clone(),
            when: time(at),
        }
    }
}

impl<'a> CalendarCard<'a> {
    fn of(calendar: &'a Calendar) -> Self {
        Self {
            volume: &calendar.volume,
            told: &calendar.told,
            nights: calendar.nights.iter().enumerate().map(Cell::of).collect(),
        }
    }
}

impl Cell {
    fn of((place, night): (usize, &Night)) -> Self {
        let is_first = place == 0 || night.date.day() == 1;
        let glyph = match night.fate {
            Fate::Kept => "\u{25cf}",
            Fate::Pruned => "\u{25cb}",
            Fate::Missed => "\u{2715}",
            Fate::Open => "\u{00b7}",
        };
        Self {
            month: is_first.then(|| night.date.strftime("%b").to_string()),
            date: night.date.to_string(),
            day: night.date.day().to_string(),
            fate: night.fate,
            glyph,
        }
    }
}

/// A time for people, in UTC.
fn time(at: Timestamp) -> String {
    at.strftime("%F %T").to_string()
}
