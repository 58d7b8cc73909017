//! Backups: what is changed, and what it costs.

use crate::{
    config::{BackupsSpec, Component, Stack},
    plan::{
        Asked, DropletUpdate, Update, Work,
        tests::{
            built, lines, notes, plan,
            stacks::{plain, stack},
            step, up,
        },
    },
    resources::BackupChange,
    values::{BackupPolicy, Money, Weekday},
};

const WEEKLY: BackupPolicy = BackupPolicy::Weekly { weekday: Weekday::Tue, hour: 4 };
const DAILY: BackupPolicy = BackupPolicy::Daily { hour: 20 };

fn web(backups: BackupsSpec) -> Stack {
    let mut it = plain(None);
    it.droplet.backups = backups;
    stack([("web", Component::Droplet(it))])
}

fn change(before: BackupsSpec, after: BackupsSpec) -> Option<BackupChange> {
    let plan = up(&web(after), &built(&web(before)));
    let work = &step(&plan, "web").work;
    if let Work::Update(Update::Droplet(DropletUpdate { backups, .. })) = work {
        return *backups;
    }
    assert_eq!(*work, Work::Nothing);
    None
}

#[test]
fn backups_are_changed_in_place() {
    use BackupsSpec::{Off, On, Unsaid};
    for (before, after, expected) in [
        (Off, On(None), Some(BackupChange::Enable(None))),
        (Unsaid, On(Some(DAILY)), Some(BackupChange::Enable(Some(DAILY)))),
        (On(None), On(Some(DAILY)), Some(BackupChange::Policy(DAILY))),
        (On(Some(WEEKLY)), On(Some(DAILY)), Some(BackupChange::Policy(DAILY))),
        (On(Some(WEEKLY)), Off, Some(BackupChange::Disable)),
        (On(Some(WEEKLY)), On(None), None),
        (On(Some(WEEKLY)), On(Some(WEEKLY)), None),
        (On(Some(WEEKLY)), Unsaid, None),
        (Off, Off, None),
    ] {
        assert_eq!(change(before, after), expected, "{before:?} -> {after:?}");
    }
}

#[test]
fn backups_add_a_fifth_or_three_tenths_of_the_machine() {
    let plan = up(&web(BackupsSpec::On(Some(DAILY))), &built(&web(BackupsSpec::Off)));
    let machine = step(&plan, "web");
    assert_eq!(lines(&plan), ["~ web"]);
    assert_eq!(
        (machine.monthly.before, machine.monthly.after),
        (Money::cents(600), Money::cents(780))
    );
    assert_eq!(machine.changes[0].change.after, "daily at 20:00 UTC");
    let weekly = web(BackupsSpec::On(None));
    let gone = self::plan(&weekly, &built(&weekly), &Asked::go());
    assert_eq!(step(&gone, "web").monthly.before, Money::cents(720));
}

#[test]
fn backups_that_the_file_says_nothing_of_stay_and_are_noted() {
    let plan = up(&web(BackupsSpec::Unsaid), &built(&web(BackupsSpec::On(Some(WEEKLY)))));
    assert!(plan.is_empty());
    assert_eq!(plan.monthly.after, Money::cents(720));
    assert!(notes(&plan).contains("`backups: false` ends them"), "{}", notes(&plan));
}
