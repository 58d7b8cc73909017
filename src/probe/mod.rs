//! Asking machines: whether what has to be true of their software is, and how they are.
//!
//! All machines are asked at once, each in one round trip by one script, on the machine itself: so
//! the stack is measured and not the way to it, and nothing has to be public.

mod answer;
mod script;
mod state;

use futures_util::future::join_all;

use crate::{
    matrix::{Finding, Probe, judge},
    ssh::Remote,
};

pub use self::state::{Disk, Health, Service, State, states};

#[cfg(test)]
pub use self::state::{Certificate, Memory};

/// A machine with the probes that it is asked.
pub struct Asked<'a, R> {
    /// The machine, or why it cannot be asked.
    pub machine: Result<&'a R, String>,
    /// Its probes.
    pub probes: Vec<Probe>,
}

/// Asks every machine its probes, all of them at once; the findings come in the order of the probes.
pub async fn run<R: Remote>(asked: &[Asked<'_, R>]) -> Vec<Finding> {
    let each = asked.iter().filter(|asked| !asked.probes.is_empty()).map(ask);
    join_all(each).await.into_iter().flatten().collect()
}

async fn ask<R: Remote>(asked: &Asked<'_, R>) -> Vec<Finding> {
    let Asked { machine, probes } = asked;
    let unanswered =
        |why: &str| probes.iter().map(|probe| Finding::unanswered(probe, why)).collect::<Vec<_>>();
    let machine = match machine {
        Ok(machine) => machine,
        Err(why) => return unanswered(why),
    };
    let output = match machine.run(&script::script(probes)).await {
        Ok(output) => output,
        Err(error) => return unanswered(&error.to_string()),
    };
    let readings = answer::readings(&output.stdout);
    let silence = silence(&output.complaint());
    let found = (0..).zip(probes).map(|(number, probe)| match readings.get(&number) {
        Some(reading) => judge(probe, reading),
        None => Finding::unanswered(probe, &silence),
    });
    found.collect()
}

/// Why a machine said nothing about a probe.
fn silence(complaint: &str) -> String {
    match complaint.lines().last() {
        Some(last) => format!("the machine said nothing about it, but: {last}"),
        None => "the machine said nothing about it".to_owned(),
    }
}

#[cfg(test)]
mod tests;
