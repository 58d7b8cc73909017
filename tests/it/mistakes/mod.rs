//! The mistakes people make: a message with a way on, the documented exit code, and nothing changed.
//!
//! Each file has one kind of mistake; each message is shown as the person sees it.

mod account;
mod command_line;
mod day_two;
mod plan;
mod plan_file;
mod stack_file;
mod token;

use crate::support::{env::Env, output::Ran};

/// Runs a command that must not reach the account at all.
fn offline(env: &Env, words: &str) -> Ran {
    env.cloud().forget_calls();
    let ran = env.run(words);
    assert_eq!(env.cloud().calls().total, 0, "{ran}");
    ran
}

/// Runs a command that may look at the account but must leave it as it is.
fn unchanged(env: &Env, words: &str) -> Ran {
    let before = env.cloud().things();
    let ran = env.run(words);
    assert_eq!(env.cloud().things(), before, "{ran}");
    ran
}
