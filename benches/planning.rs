//! How planning grows with the number of resources: `cargo bench`.
//!
//! What is measured is the time the processor worked for it, which does not depend on what else the
//! machine has to do. With `ROUNDS=3 MACHINES=400` so many stacks are planned and nothing is measured:
//! for those who count instructions from outside.

use std::{env, fmt::Write as _, fs, hint::black_box, time::Duration};

use criterion::{
    BenchmarkId, Criterion, Throughput, criterion_group,
    measurement::{Measurement, ValueFormatter, WallTime},
};
use dostack::rehearsal::Rehearsal;

/// A stack of so many machines, each with a volume: three resources a machine.
fn stack(machines: usize) -> Rehearsal {
    let mut text = String::from(
        "stack: bench\nregion: sfo2\nvpc: { ip_range: 10.120.0.0/16 }\n\
         ssh: { public_keys: [~/.ssh/id.pub], allow_from: [anywhere] }\ncomponents:\n",
    );
    for (number, count) in [machines / 4; 4].into_iter().enumerate() {
        let name = ["alpha", "beta", "gamma", "delta"][number];
        let _ = writeln!(
            text,
            "  {name}:\n    kind: Droplet\n    count: {count}\n    \
             droplet: {{ size: s-1vcpu-1gb, image: ubuntu-24-04-x64 }}\n    \
             volume: {{ size_gb: 10 }}"
        );
    }
    Rehearsal::of(&text).expect("the stack of the benchmark is valid")
}

/// The time a processor has worked for this thread, as Linux counts it.
struct Work;

impl Work {
    /// All of it since the thread began.
    fn so_far() -> Duration {
        let counted = fs::read_to_string("/proc/thread-self/schedstat");
        let counted = counted.expect("Linux counts what its threads work");
        let nanoseconds = counted.split(' ').next().and_then(|first| first.parse().ok());
        Duration::from_nanos(nanoseconds.expect("the first number is the time on a processor"))
    }
}

impl Measurement for Work {
    type Intermediate = Duration;
    type Value = Duration;

    fn start(&self) -> Duration {
        Self::so_far()
    }

    fn end(&self, before: Duration) -> Duration {
        Self::so_far().saturating_sub(before)
    }

    fn add(&self, one: &Duration, other: &Duration) -> Duration {
        *one + *other
    }

    fn zero(&self) -> Duration {
        Duration::ZERO
    }

    fn to_f64(&self, value: &Duration) -> f64 {
        WallTime.to_f64(value)
    }

    fn formatter(&self) -> &dyn ValueFormatter {
        WallTime.formatter()
    }
}

/// Plans stacks of growing size.
fn planning(criterion: &mut Criterion<Work>) {
    let mut group = criterion.benchmark_group("plan");
    group.sample_size(10);
    for machines in [40, 128, 400, 1280, 4000] {
        let rehearsal = stack(machines);
        let resources = rehearsal.resources();
        group.throughput(Throughput::Elements(resources as u64));
        group.bench_with_input(
            BenchmarkId::from_parameter(resources),
            &rehearsal,
            |bencher, rehearsal| bencher.iter(|| black_box(rehearsal.plan())),
        );
    }
    group.finish();
}

criterion_group! {
    name = benches;
    config = Criterion::default().with_measurement(Work);
    targets = planning
}

/// A number that the environment gives.
#[expect(clippy::disallowed_methods, reason = "this is a program of its own")]
fn number(name: &str) -> Option<usize> {
    env::var(name).ok()?.parse().ok()
}

fn main() {
    let (Some(rounds), Some(machines)) = (number("ROUNDS"), number("MACHINES")) else {
        benches();
        Criterion::default().configure_from_args().final_summary();
        return;
    };
    let rehearsal = stack(machines);
    for _ in 0..rounds {
        black_box(rehearsal.plan());
    }
}
