//! A line for each step under way, and one for the whole run below them.
//!
//! They are the last lines on the terminal and are drawn again several times a second; a line that
//! is final is put above them and stays.

use std::time::{Duration, Instant};

use anstream::adapter::strip_str;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use crate::{
    cli::{
        output::Output,
        view::{
            progress::{Notice, Seen},
            style,
        },
    },
    values::Address,
};

/// The most steps shown at once; the others run all the same.
const MOST: usize = 12;

/// The rows that are left to what was printed before, and to the line of the whole run.
const REST: usize = 6;

/// The widest a line is made: a time far from what it belongs to is hard to read.
const WIDEST: usize = 96;

/// The columns left free at the edge, for the `^C` that a terminal writes when a run is stopped: at
/// the very edge it would push everything up by a line.
const FREE: usize = 4;

/// What turns in front of a step, a picture at a time.
const TURNING: [&str; 10] = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];

/// How long one of them is shown.
pub const TICK: Duration = Duration::from_millis(120);

/// What moves on the terminal.
pub struct Live {
    output: Output,
    under_way: Vec<UnderWay>,
    tally: Tally,
    began: Instant,
    /// How many lines are on the terminal that will be drawn again.
    drawn: usize,
}

/// A step under way.
struct UnderWay {
    address: Address,
    subject: String,
    waits: String,
    usually: Option<Duration>,
    began: Instant,
}

/// How far a run is.
#[derive(Default)]
struct Tally {
    steps: usize,
    under_way: usize,
    done: usize,
    not_done: usize,
}

impl Live {
    /// Begins with nothing under way.
    pub fn new(output: Output, steps: usize) -> Self {
        Self {
            output,
            under_way: Vec::new(),
            tally: Tally { steps, ..Tally::default() },
            began: Instant::now(),
            drawn: 0,
        }
    }

    /// Shows what happened.
    pub fn show(&mut self, notice: Notice) {
        let end = notice.line();
        match notice.seen {
            Seen::Began(usually) => self.under_way.push(UnderWay {
                address: notice.address,
                subject: notice.subject,
                waits: String::new(),
                usually,
                began: Instant::now(),
            }),
            Seen::Waits(words) => {
                let mut steps = self.under_way.iter_mut();
                if let Some(step) = steps.find(|step| step.address == notice.address) {
                    step.waits = words;
                }
            }
            Seen::Done(_) | Seen::NotDone(_) => {
                let is_done = matches!(notice.seen, Seen::Done(_));
                self.tally.done += usize::from(is_done);
                self.tally.not_done += usize::from(!is_done);
                self.under_way.retain(|step| step.address != notice.address);
            }
        }
        self.tally.under_way = self.under_way.len();
        self.draw(end.as_deref());
    }

    /// Draws everything anew.
    pub fn tick(&mut self) {
        self.draw(None);
    }

    /// Takes everything that moves off the terminal; says how long it moved.
    pub fn end(self) -> Duration {
        self.began.elapsed()
    }

    /// Draws what moves, and above it a line that stays.
    fn draw(&mut self, above: Option<&str>) {
        let lines = self.lines(Instant::now());
        let text: Vec<String> = above
            .into_iter()
            .chain(lines.iter().map(String::as_str))
            .map(|line| self.coloured(line))
            .collect();
        self.output.moving(&format!("{}{}", self.back(), text.join("\n")));
        self.drawn = lines.len();
    }

    /// Goes back to where what moves begins, and clears from there on.
    fn back(&self) -> String {
        match self.drawn {
            0 => String::new(),
            1 => "\r\u{1b}[J".to_owned(),
            lines => format!("\r\u{1b}[{}A\u{1b}[J", lines - 1),
        }
    }

    fn coloured(&self, line: &str) -> String {
        if self.output.has_colour() { line.to_owned() } else { strip_str(line).to_string() }
    }

    fn lines(&self, now: Instant) -> Vec<String> {
        let (width, rows) = self.output.size();
        let width = width.saturating_sub(FREE).min(WIDEST);
        let most = rows.saturating_sub(REST).clamp(1, MOST);
        let mut lines: Vec<String> =
            self.under_way.iter().take(most).map(|step| step.line(now, width)).collect();
        let took = elapsed(now.duration_since(self.began), None);
        lines.push(format!("{}  {took}", style::heading(&self.tally.text())));
        lines
    }
}

/// What moves is gone when nobody watches any more, also when a run is ended at once.
impl Drop for Live {
    fn drop(&mut self) {
        self.output.moving(&self.back());
    }
}

impl UnderWay {
    /// What it is and waits for, as far as there is room, and on the right its time.
    fn line(&self, now: Instant, width: usize) -> String {
        let took = now.duration_since(self.began);
        let time = elapsed(took, self.usually);
        let picture = usize::try_from(took.as_millis() / TICK.as_millis()).unwrap_or_default();
        let turning = TURNING[picture % TURNING.len()];
        let room = width.saturating_sub(time.width() + 4);
        let subject = cut(&self.subject, room);
        let waits = cut(&self.waits, room.saturating_sub(subject.width() + 2));
        let gap = room.saturating_sub(subject.width() + waits.width() + 2);
        format!("{turning} {subject}  {}{}  {time}", style::faint(&waits), " ".repeat(gap))
    }
}

impl Tally {
    fn text(&self) -> String {
        let more = [(self.not_done, "not done"), (self.under_way, "under way")];
        let more = more.iter().filter(|(count, _)| *count > 0);
        let done = format!("{} of {} done", self.done, self.steps);
        more.fold(done, |text, (count, word)| format!("{text}, {count} {word}"))
    }
}

/// As much of a text as there is room for.
fn cut(text: &str, room: usize) -> String {
    if text.width() <= room {
        return text.to_owned();
    }
    let mut cut = String::new();
    let mut used = 1;
    for letter in text.chars() {
        used += letter.width().unwrap_or_default();
        if used > room {
            break;
        }
        cut.push(letter);
    }
    if room == 0 { cut } else { cut + "…" }
}

fn elapsed(time: Duration, usually: Option<Duration>) -> String {
    let text = match time.as_secs() {
        seconds @ ..120 => format!("{seconds} s"),
        seconds => format!("{} min {} s", seconds / 60, seconds % 60),
    };
    match usually {
        Some(usually) if time <= usually => format!("{text} of about {}", rounded(usually)),
        Some(usually) => format!("{text}, usually {}", rounded(usually)),
        None => text,
    }
}

/// A usual time, which is never none.
fn rounded(usually: Duration) -> String {
    match usually.as_millis().div_ceil(1000) {
        seconds @ ..120 => format!("{seconds} s"),
        seconds => format!("{} min", seconds.div_ceil(60)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_takes_longer_than_usual_says_so() {
        let seconds = Duration::from_secs;
        assert_eq!(elapsed(seconds(3), None), "3 s");
        assert_eq!(elapsed(seconds(12), Some(seconds(35))), "12 s of about 35 s");
        assert_eq!(elapsed(seconds(150), Some(seconds(120))), "2 min 30 s, usually 2 min");
        assert_eq!(elapsed(seconds(0), Some(Duration::from_millis(250))), "0 s of about 1 s");
    }

    #[test]
    fn a_line_is_as_long_as_it_may_be_and_keeps_its_time() {
        let began = Instant::now();
        let step = UnderWay {
            address: "vector".parse().unwrap(),
            subject: "droplet  core-dev-vector".to_owned(),
            waits: "waits for DigitalOcean to let us delete droplet 530000001 (core)".to_owned(),
            usually: Some(Duration::from_secs(35)),
            began,
        };
        let line = step.line(began + Duration::from_secs(12), 76);
        let line = strip_str(&line).to_string();
        assert_eq!(
            line,
            "⠋ droplet  core-dev-vector  waits for DigitalOcean to l…  12 s of about 35 s"
        );
        assert_eq!(line.width(), 76);
    }

    #[test]
    fn the_whole_run_is_counted() {
        let tally = Tally { steps: 16, under_way: 2, done: 9, not_done: 1 };
        assert_eq!(tally.text(), "9 of 16 done, 1 not done, 2 under way");
    }
}
