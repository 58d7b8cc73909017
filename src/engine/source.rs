//! Where a stack's readings come from.

use crate::{
    config::{PROMETHEUS, Stack},
    engine::Machine,
    metrics::Unknown,
    readings::Source,
    ssh::Login,
    values::{Address, in_full},
};

/// What the stack file names; where it names nothing, the Prometheus of the machine that watches the
/// stack, which nobody but that machine can ask.
///
/// `machines` are all of the stack's; without a login nobody is asked on one.
pub async fn source(stack: &Stack, machines: &[Machine], login: Option<&Login>) -> Source {
    let named = Source::new(stack.metrics.as_ref());
    let (None, Some(login)) = (&stack.metrics, login) else { return named };
    let mut components = stack.components.iter();
    let watcher = components.find(|(_, component)| component.monitoring().is_some());
    let Some((watcher, _)) = watcher else { return named };
    let watcher = Address::component(watcher.clone());
    let Some(machine) = machines.iter().find(|machine| machine.address == watcher) else {
        let none = format!("`{watcher}`, which watches the stack, is not there yet");
        return Source::Nowhere(Unknown::Unanswered(none));
    };
    match machine.connect(stack, login).await {
        Ok(session) => Source::On(session, PROMETHEUS),
        Err(error) => Source::Nowhere(Unknown::Unanswered(in_full(&error))),
    }
}
