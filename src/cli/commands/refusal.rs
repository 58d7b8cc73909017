//! From what went wrong below to an exit code and a way on.

use crate::{
    cli::{Exit, Failure},
    digitalocean::ApiError,
    engine::{EngineError, ReachError},
    journal::JournalError,
    lock::LockError,
    operate::resize::ResizeError,
    plan::{Plan, Refusal, Refused},
    ssh::SshError,
    values::{Address, in_full},
};

/// How many addresses a refusal names that is about several.
const NAMED: usize = 5;

/// Why a look or a run could not begin.
pub fn engine(error: &EngineError) -> Failure {
    match error {
        EngineError::Stack(errors) => {
            let texts: Vec<String> = errors.iter().map(|error| in_full(error)).collect();
            Failure::new(Exit::Input, texts.join("\n  and: "))
        }
        EngineError::Account(source) => {
            let exit = api_exit(source);
            with_way_on(Failure::caused(exit, error), exit)
        }
        EngineError::Software(_) => Failure::caused(Exit::Input, error),
        EngineError::Journal(source) => journal(source),
        EngineError::Lock(source) => lock(source),
        EngineError::Flawed(flaws) => {
            let texts: Vec<String> = flaws.iter().map(ToString::to_string).collect();
            Failure::new(Exit::Bug, format!("{error}: {}", texts.join("; ")))
        }
    }
}

/// Why no resize could be prepared.
pub fn resize(error: &ResizeError) -> Failure {
    match error {
        ResizeError::Engine(error) => engine(error),
        ResizeError::Stopped => Failure::caused(Exit::Interrupted, error),
        ResizeError::Token(_) => Failure::caused(Exit::Token, error)
            .hint("it needs `droplet:update`, and `tag:create` and `tag:delete` for the debt"),
    }
}

/// Why a run could not begin.
pub fn beginning(error: &EngineError) -> Failure {
    match error {
        EngineError::Lock(LockError::Api { .. } | LockError::Refused { .. }) => {
            engine(error).unchanged()
        }
        EngineError::Stack(_)
        | EngineError::Account(_)
        | EngineError::Software(_)
        | EngineError::Journal(_)
        | EngineError::Lock(_)
        | EngineError::Flawed(_) => engine(error),
    }
}

/// The account could not be read.
pub fn unread(error: &ApiError) -> Failure {
    let exit = api_exit(error);
    let text = format!("cannot read the account; nothing was changed: {}", in_full(error));
    with_way_on(Failure::new(exit, text), exit)
}

/// A machine cannot be worked on.
pub fn unreached(error: &ReachError) -> Failure {
    let is_ours = match error {
        ReachError::Ssh { source, .. } => {
            matches!(**source, SshError::KeyFile { .. } | SshError::NoKey { .. })
        }
        ReachError::Off { .. } | ReachError::NoAddress { .. } | ReachError::Unknown { .. } => false,
    };
    let exit = if is_ours { Exit::Input } else { Exit::NotServing };
    Failure::caused(exit, error).hint(error.help())
}

/// The exit code of an answer of the API's.
pub fn api_exit(error: &ApiError) -> Exit {
    match error {
        ApiError::Unauthorized { .. } | ApiError::Forbidden { .. } => Exit::Token,
        ApiError::Refused { .. } => Exit::Refused,
        ApiError::Ambiguous { .. } => Exit::Ambiguous,
        ApiError::Failing { .. }
        | ApiError::Throttled { .. }
        | ApiError::Unreachable { .. }
        | ApiError::NotDigitalOcean { .. }
        | ApiError::TooLarge { .. }
        | ApiError::Inconsistent { .. } => Exit::Unreachable,
    }
}

fn with_way_on(failure: Failure, exit: Exit) -> Failure {
    if exit == Exit::Token {
        failure
            .hint("check `DIGITALOCEAN_TOKEN`: it may have expired, been revoked, or lack a scope")
    } else if exit == Exit::Unreachable {
        failure.hint("run the same command again when it can be reached")
    } else {
        failure
    }
}

/// The journal cannot be used.
pub fn journal(error: &JournalError) -> Failure {
    match error {
        JournalError::Held { .. } => Failure::caused(Exit::Locked, error)
            .hint("wait until it ends; `dostack history` shows what it does"),
        JournalError::WrongKind { .. }
        | JournalError::Io { .. }
        | JournalError::Damaged { .. }
        | JournalError::OtherStack { .. }
        | JournalError::Newer { .. }
        | JournalError::Closed { .. } => Failure::caused(Exit::Journal, error)
            .hint("the account is the state: with the journal moved away, nothing but its history is lost"),
    }
}

/// Why the lock could not be had.
pub fn lock(error: &LockError) -> Failure {
    match error {
        LockError::Api { source, .. } | LockError::Refused { source, .. } => {
            let exit = api_exit(source);
            with_way_on(Failure::caused(exit, error), exit)
        }
        LockError::Held { .. } => Failure::caused(Exit::Locked, error)
            .hint("wait until it ends, or `dostack unlock` if that machine is gone"),
        LockError::Doubled { .. } | LockError::Lost { .. } => Failure::caused(Exit::Locked, error),
    }
}

/// Why a plan is not carried out, if it refuses anything.
pub fn plan(plan: &Plan) -> Option<Failure> {
    refused(&plan.refusals)
}

/// What is refused, if anything is, with the exit code of the worst of it.
pub fn refused(refusals: &[Refusal]) -> Option<Failure> {
    let worst = refusals.iter().map(|refusal| refusal.why).max_by_key(|why| rank(*why))?;
    let told = folded(refusals)
        .into_iter()
        .map(|(addresses, refusal)| (about(&addresses) + &refusal.text, refusal.way_out.clone()));
    Some(Failure::refusals(exit(worst), told.collect()))
}

/// Refusals of one text once, with all that they are about: one wrong word in the file may stand
/// in the way of two hundred machines.
fn folded(refusals: &[Refusal]) -> Vec<(Vec<&Address>, &Refusal)> {
    let mut folded: Vec<(Vec<&Address>, &Refusal)> = Vec::new();
    for refusal in refusals {
        let is_same =
            |first: &Refusal| (&first.text, &first.way_out) == (&refusal.text, &refusal.way_out);
        match folded.iter_mut().find(|(_, first)| is_same(first)) {
            Some((addresses, _)) => addresses.extend(&refusal.address),
            None => folded.push((refusal.address.iter().collect(), refusal)),
        }
    }
    folded
}

fn about(addresses: &[&Address]) -> String {
    let shown: Vec<String> = addresses.iter().take(NAMED).map(ToString::to_string).collect();
    match addresses.len() {
        0 => String::new(),
        all if all > NAMED => format!("{} and {} more: ", shown.join(", "), all - NAMED),
        _ => format!("{}: ", shown.join(", ")),
    }
}

const fn exit(why: Refused) -> Exit {
    match why {
        Refused::Impossible => Exit::Input,
        Refused::Ambiguous => Exit::Ambiguous,
        Refused::Unsafe => Exit::Unsafe,
        Refused::Quota => Exit::Refused,
    }
}

/// When several apply, ambiguity weighs most, then safety; a file that cannot work is mended before
/// anything is asked of DigitalOcean.
const fn rank(why: Refused) -> u8 {
    match why {
        Refused::Ambiguous => 3,
        Refused::Unsafe => 2,
        Refused::Impossible => 1,
        Refused::Quota => 0,
    }
}
