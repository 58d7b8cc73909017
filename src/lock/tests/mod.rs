//! What a lock says, and what to think of it.

mod account;

use jiff::Timestamp;
use proptest::prelude::*;

use crate::lock::{
    Claim, Holder, LEASE, RENEWAL,
    verdict::{Verdict, verdict},
};

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

pub fn me() -> Holder {
    Holder {
        machine: "this machine".to_owned(),
        boot: "this boot".to_owned(),
        host: "laptop".to_owned(),
        pid: 42,
        began: 1000,
        nonce: 7,
    }
}

fn claim_of(holder: &Holder) -> Claim {
    Claim::new(holder, at(100), at(100 + 900))
}

proptest! {
    #[test]
    fn a_claim_survives_its_form_as_addresses_in_any_order(
        (pid, began, nonce) in any::<(u32, u64, u64)>(),
        host in "[a-z0-9.-]{0,32}",
        turn in 0_usize..11,
    ) {
        let claim = claim_of(&Holder { host, pid, began, nonce, ..me() });
        let mut addresses = claim.addresses();
        addresses.rotate_left(turn);
        prop_assert_eq!(Claim::from_addresses(addresses), Some(claim.clone()));
        let nameless = Claim { host: String::new(), ..claim.clone() };
        prop_assert_eq!(Claim::from_word(&claim.word()), Some(nameless));
    }
}

#[test]
fn addresses_that_are_no_claim_are_not_taken_for_one() {
    let mut addresses = claim_of(&me()).addresses();
    addresses.pop();
    assert_eq!(Claim::from_addresses(addresses), None);
    assert_eq!(Claim::from_addresses(["2001:db8::1".parse().unwrap()]), None);
}

#[test]
fn words_that_are_no_claim_are_not_taken_for_one() {
    for word in ["", "1-2-3", "1-2-3-4-5-6-7-8", "1-2-100000000-4-5-6-7", "1-2-x-4-5-6-7"] {
        assert_eq!(Claim::from_word(word), None, "{word}");
    }
}

#[test]
fn a_claim_is_over_with_its_process_or_elsewhere_with_its_lease() {
    let elsewhere = Holder { machine: "another".to_owned(), ..me() };
    let dead = Holder { pid: 41, ..me() };
    let is_over =
        |holder: &Holder, now| claim_of(holder).is_over(&me(), at(now), &|pid, _| pid == 42);
    assert!(is_over(&dead, 200) && !is_over(&me(), 5000));
    assert!(!is_over(&elsewhere, 1000) && is_over(&elsewhere, 1001));
}

#[test]
fn a_claim_names_its_host_and_process() {
    let text = claim_of(&me()).to_string();
    assert_eq!(text, "process 42 on laptop, since 1970-01-01T00:01:40Z");
}

#[test]
fn a_lock_is_taken_over_only_from_the_dead_or_the_late() {
    let other_run = Holder { pid: 41, began: 900, nonce: 6, ..me() };
    let before_reboot = Holder { boot: "last boot".to_owned(), ..other_run.clone() };
    let elsewhere = Holder { machine: "another".to_owned(), ..other_run.clone() };
    let table = [
        (&me(), 200, true, Verdict::Ours),
        (&other_run, 200, true, Verdict::Held),
        (&other_run, 5000, true, Verdict::Held),
        (&other_run, 200, false, Verdict::Stale),
        (&before_reboot, 200, true, Verdict::Stale),
        (&elsewhere, 200, false, Verdict::Held),
        (&elsewhere, 1000, false, Verdict::Held),
        (&elsewhere, 1001, true, Verdict::Stale),
    ];
    for (holder, now, alive, expected) in table {
        let found = verdict(&claim_of(holder), &me(), now, &move |_, _| alive);
        assert_eq!(found, expected, "{holder:?} at {now}, alive: {alive}");
    }
}

#[test]
fn machines_without_an_id_are_not_taken_for_one_another() {
    let nameless = Holder { machine: String::new(), ..me() };
    let another = Holder { boot: "another boot".to_owned(), nonce: 8, ..nameless.clone() };
    let judged = |now| verdict(&claim_of(&another), &nameless, now, &|_, _| false);
    assert_eq!((judged(200), judged(1001)), (Verdict::Held, Verdict::Stale));
    assert_eq!(verdict(&claim_of(&nameless), &nameless, 200, &|_, _| true), Verdict::Ours);
}

#[test]
fn a_reused_process_number_does_not_keep_a_lock() {
    let dead = Holder { pid: 41, began: 900, nonce: 6, ..me() };
    let alive_since_950 = |pid: u32, began: u64| pid == 41 && began == 950;
    assert_eq!(verdict(&claim_of(&dead), &me(), 200, &alive_since_950), Verdict::Stale);
}

#[test]
fn a_lease_lasts_three_renewals() {
    assert_eq!(LEASE, RENEWAL * 3);
}
