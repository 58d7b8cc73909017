//! Any bytes at all: a mistake perhaps, a panic never.

use proptest::{prelude::*, test_runner::Config};

use crate::config::{
    Look, MissingKeys, load,
    tests::{DEV, World},
};

/// Loads and renders, whatever comes of it.
fn survive(text: &[u8]) {
    let world = World::with(text);
    match load("stacks/a.yaml", &world, MissingKeys::ThrowAway) {
        Ok(loaded) => drop(loaded.warnings.render(Look::Plain)),
        Err(mistakes) => {
            assert!(!mistakes.0.render(Look::Styled).is_empty());
            assert!(!mistakes.0.located().is_empty());
        }
    }
}

proptest! {
    #![proptest_config(Config { cases: 300, failure_persistence: None, ..Config::default() })]

    #[test]
    fn random_bytes_do_no_harm(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        survive(&bytes);
    }

    #[test]
    fn random_text_does_no_harm(text in r#"[ -~\n\t\r{}\[\]:,&*!|>'"%@`#?\-$é\u{85}\u{2028}]{0,200}"#) {
        survive(text.as_bytes());
    }

    #[test]
    fn a_valid_file_cut_or_changed_anywhere_does_no_harm(
        at in 0..DEV.len(),
        length in 0_usize..40,
        put in r"[\PC\n]{0,6}",
    ) {
        let start = DEV.floor_char_boundary(at);
        let end = DEV.ceil_char_boundary((at + length).min(DEV.len()));
        survive([&DEV[..start], &put, &DEV[end..]].concat().as_bytes());
    }
}

#[test]
fn an_alias_bomb_is_a_mistake() {
    let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..12 {
        let aliases = vec![format!("*a{}", level - 1); 10].join(", ");
        bomb = format!("{bomb}a{level}: &a{level} [{aliases}]\n");
    }
    let text = World::with(bomb).refused();
    assert!(text.contains("more than 20000 values"), "{text}");
}

#[test]
fn depth_without_end_is_a_mistake() {
    for open in ["[", "{a: ", "- ", "? ", "a:\n "] {
        survive(open.repeat(100_000 / open.len()).as_bytes());
    }
    let text = World::with("[".repeat(100_000)).refused();
    assert!(text.contains("recursion limit exceeded"), "{text}");
    let text = World::with("- ".repeat(40)).refused();
    assert!(text.contains("nested more than 32 levels deep"), "{text}");
}

#[test]
fn a_file_over_a_mebibyte_is_a_mistake() {
    let text = World::with("#".repeat((1 << 20) + 1)).refused();
    assert!(text.contains("`stacks/a.yaml` is larger than 1 MiB"), "{text}");
}

#[test]
fn long_lines_and_long_values_are_cut_short() {
    let long = format!("stack: {}\n", "A".repeat(1_000_000));
    let text = World::with(long).refused();
    assert!(text.len() < 20_000, "{}", text.len());
}

#[test]
fn bytes_that_are_no_text_are_told_with_their_line() {
    let text = World::with(b"stack: a\nregion: \xff\xfe\n").refused();
    assert!(text.contains("this is no text in UTF-8") && text.contains("a.yaml:2:9"), "{text}");
}
