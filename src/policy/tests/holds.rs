//! One machine at one moment: what moves it, and everything that holds it.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp, civil::Time};

use crate::{
    config::{Resize, Window, ZoneName},
    metrics::{Reading, Span, Unknown, Value},
    policy::{
        Copies, Decision, History, Known, Resized, decide,
        tests::{RUNGS, at, catalog, constant, known, resize, rule},
    },
    values::{Money, SizeSlug},
};

const NOW: &str = "2026-11-21T12:00:00Z";

fn history(hours_ago: &[i64]) -> History {
    let now = at(NOW);
    let each = hours_ago.iter().map(|hours| Resized {
        at: now - SignedDuration::from_hours(*hours),
        from: None,
        to: None,
    });
    History::new(each, now)
}

/// What is decided about a machine with this rule, nothing having been done to it before.
fn said(rule: &Resize, known: &Known) -> String {
    said_after(rule, known, &history(&[]))
}

fn said_after(resize: &Resize, known: &Known, history: &History) -> String {
    let (base, catalog) = (SizeSlug::new(RUNGS[0]), catalog());
    decide(&rule(resize, &base, &catalog), known, history, at(NOW)).to_string()
}

#[test]
fn a_machine_moves_by_one_rung() {
    assert_eq!(
        said(&resize(), &known(RUNGS[0], 9.0)),
        "grows from s-2vcpu-4gb to s-4vcpu-8gb: load was above 8 for 10m and is 9"
    );
    assert_eq!(
        said(&resize(), &known(RUNGS[2], 2.0)),
        "shrinks from s-8vcpu-16gb to s-4vcpu-8gb: load was below 3 for 24h and is 2"
    );
}

#[test]
fn between_its_bounds_it_stays() {
    assert_eq!(said(&resize(), &known(RUNGS[0], 5.0)), "stays: load is 5, not above 8");
    let none = Resize { when: None, down: None, ..resize() };
    assert_eq!(said(&none, &known(RUNGS[0], 9.0)), "stays: the file says no condition");
}

#[test]
fn what_held_briefly_moves_nothing() {
    let span = Span::of([7.0, 9.0].map(Value::Exactly)).unwrap();
    let known = Known { when: Reading::Known(span), ..known(RUNGS[0], 0.0) };
    assert_eq!(said(&resize(), &known), "stays: load is 9, and was not above 8 for all of 10m");
}

#[test]
fn what_nobody_knows_moves_nothing() {
    let nobody = || Reading::Unknown(Unknown::NoSeries);
    let blind = Known { when: nobody(), ..known(RUNGS[1], 2.0) };
    assert_eq!(said(&resize(), &blind), "stays: nobody knows load: there is no such series");
    let unread = Known { when: Reading::Unknown(Unknown::NoSource), ..known(RUNGS[1], 2.0) };
    assert_eq!(said(&resize(), &unread), "stays: nobody knows load: the stack has no `metrics`");
    let forgetful = Known { down: nobody(), ..known(RUNGS[1], 9.0) };
    assert!(said(&resize(), &forgetful).starts_with("grows"));
}

#[test]
fn a_quantile_beyond_the_buckets_grows_only_what_asks_for_no_more() {
    let beyond = |bound| Known {
        when: Reading::Known(Span::constant(Value::MoreThan(bound))),
        ..known(RUNGS[0], 0.0)
    };
    assert!(said(&resize(), &beyond(8.0)).starts_with("grows"));
    assert_eq!(
        said(&resize(), &beyond(7.0)),
        "stays: load is more than 7: its buckets never tell what is above 8"
    );
}

#[test]
fn the_ladder_has_two_ends() {
    for (size, load, said_of_it) in [
        (RUNGS[2], 9.0, "stays: s-8vcpu-16gb is the highest rung"),
        (RUNGS[0], 2.0, "stays: s-2vcpu-4gb is the size the file gives it"),
        ("c-4", 9.0, "stays: c-4 is not on the ladder"),
    ] {
        assert_eq!(said(&resize(), &known(size, load)), said_of_it);
    }
}

#[test]
fn it_rests_longer_before_it_shrinks() {
    let after = |hours, load| said_after(&resize(), &known(RUNGS[1], load), &history(&[hours]));
    assert_eq!(after(0, 9.0), "stays: it rests until 2026-11-21T13:00:00Z");
    assert!(after(1, 9.0).starts_with("grows"));
    assert_eq!(after(23, 2.0), "stays: it rests until 2026-11-21T13:00:00Z");
    assert!(after(24, 2.0).starts_with("shrinks"));
}

#[test]
fn what_flaps_is_left_alone() {
    let after = |hours: &[i64]| said_after(&resize(), &known(RUNGS[0], 9.0), &history(hours));
    assert_eq!(after(&[2, 10, 23]), "stays: it was resized 3 times in 24h");
    assert!(after(&[2, 10, 24]).starts_with("grows"));
    let month: Vec<i64> = (1..=10).map(|day| day * 70).collect();
    assert_eq!(after(&month), "stays: it was resized 10 times in 30d");
}

#[test]
fn money_stops_growth_and_never_shrinking() {
    let cheap = Resize { max_monthly: Some(Money::cents(4799)), ..resize() };
    let dear = "stays: s-4vcpu-8gb costs more than the $47.99 a month it may";
    assert_eq!(said(&cheap, &known(RUNGS[0], 9.0)), dear);
    assert!(said(&cheap, &known(RUNGS[2], 2.0)).starts_with("shrinks"));
    let (base, catalog, resize) = (SizeSlug::new(RUNGS[0]), catalog(), resize());
    let spare = |cents| {
        let mut rule = rule(&resize, &base, &catalog);
        rule.spare = Some(Money::cents(cents));
        decide(&rule, &known(RUNGS[0], 9.0), &history(&[]), at(NOW)).to_string()
    };
    assert!(spare(2400).starts_with("grows"));
    let over = "stays: s-4vcpu-8gb would take the stack $0.01 a month over its budget";
    assert_eq!(spare(2399), over);
}

#[test]
fn it_shrinks_only_with_proof() {
    let gib = f64::from(1 << 30);
    let full = Known { memory: constant(7.0 * gib), ..known(RUNGS[2], 2.0) };
    let none = "stays: its load needs 7168 MiB, too much for s-4vcpu-8gb";
    assert_eq!(said(&resize(), &full), none);
    let blind = Known { memory: Reading::Unknown(Unknown::NoSeries), ..known(RUNGS[2], 2.0) };
    let nobody = "stays: nothing proves that its load fits a smaller size: there is no such series";
    assert_eq!(said(&resize(), &blind), nobody);
    let large = Known { disk_gb: 320, ..known(RUNGS[2], 2.0) };
    let disk = "stays: the disk of s-4vcpu-8gb is smaller than its own";
    assert_eq!(said(&resize(), &large), disk);
}

#[test]
fn it_shrinks_only_while_its_nights_are_copied() {
    let with = |copies| said(&resize(), &Known { copies, ..known(RUNGS[2], 2.0) });
    let hours_ago = |hours| Copies::Last(at(NOW) - SignedDuration::from_hours(hours));
    assert!(with(Copies::Unasked).starts_with("shrinks"));
    assert!(with(hours_ago(24)).starts_with("shrinks"));
    let old = "stays: the last good snapshot of its volume is of 2026-11-20T11:00:00Z";
    assert_eq!(with(hours_ago(25)), old);
    assert_eq!(with(Copies::None), "stays: its volume has no good snapshot yet");
    let grows = Known { copies: Copies::None, ..known(RUNGS[0], 9.0) };
    assert!(said(&resize(), &grows).starts_with("grows"));
}

#[test]
fn it_is_off_only_as_long_and_when_it_may_be() {
    let short = Resize { max_outage: Some(Duration::from_mins(9)), ..resize() };
    assert_eq!(said(&short, &known(RUNGS[0], 9.0)), "stays: it might be off for 10m");
    let window = |from, to| {
        let of = |hour| Time::new(hour, 0, 0, 0).unwrap();
        let time_zone = ZoneName::parse("Europe/Berlin").unwrap();
        Resize { window: Some(Window { from: of(from), to: of(to), time_zone }), ..resize() }
    };
    // Noon in London is one in Berlin.
    assert!(said(&window(13, 14), &known(RUNGS[0], 9.0)).starts_with("grows"));
    let closed = "stays: its hours begin 2026-11-22 00:00 CET";
    assert_eq!(said(&window(0, 13), &known(RUNGS[0], 9.0)), closed);
    let full = Known { disk: Reading::Unknown(Unknown::NoSeries), ..known(RUNGS[0], 9.0) };
    let closing = "stays: its hours end before the 80m it might be off";
    assert_eq!(said(&window(13, 14), &full), closing);
}

#[test]
fn a_clock_that_is_not_the_accounts_moves_nothing() {
    let (resize, base, catalog) = (resize(), SizeSlug::new(RUNGS[0]), catalog());
    let decided = |history: &History, now: Timestamp| {
        decide(&rule(&resize, &base, &catalog), &known(RUNGS[0], 9.0), history, now)
    };
    let now = at(NOW);
    for hours in [-30, -1, 1, 48] {
        let ours = now + SignedDuration::from_hours(hours);
        let told = decided(&history(&[]), ours);
        assert_eq!(told.reason(), "clock", "{hours} {told}");
    }
    let told = decided(&History::new(history(&[-1]).resizes().to_vec(), now), now);
    assert_eq!(told.to_string(), "stays: this clock and the account's differ by 3600 s");
    assert!(matches!(decided(&history(&[]), now), Decision::Grow(_)));
}
