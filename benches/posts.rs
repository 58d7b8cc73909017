//! What a post of Alertmanager's costs the daemon, without the connection: `cargo bench`.
//!
//! `scripts/bench-serve` measures the same over loopback, with a load generator.

use std::{cell::Cell, hint::black_box};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use dostack::rehearsal::Posts;

/// The size of a post, in bytes.
const SIZE: usize = 2048;

/// A post that names an alert, filled up to its size.
fn post(alert: &str) -> String {
    let body = |filling: &str| {
        format!(
            r#"{{"version":"4","status":"firing","receiver":"dostack","groupKey":"{{}}","alerts":[{{"status":"firing","labels":{{"alertname":"{alert}"}},"annotations":{{"summary":"{filling}"}}}}]}}"#
        )
    };
    let rest = SIZE.saturating_sub(body("").len());
    body(&"x".repeat(rest))
}

/// One post again and again, and others that each claim something else.
fn posts(criterion: &mut Criterion) {
    let folder = tempfile::tempdir().expect("there is room for a folder");
    let daemon = Posts::new(folder.path()).expect("a daemon begins in an empty folder");
    let mut group = criterion.benchmark_group("posts");
    group.throughput(Throughput::Elements(1));
    let replayed = post("Overloaded");
    assert_eq!(daemon.post(&replayed), 200);
    group.bench_function("replayed", |bencher| {
        bencher.iter(|| daemon.post(black_box(&replayed)));
    });
    let count = Cell::new(0_u32);
    let other = || {
        count.set(count.get().wrapping_add(1));
        post(&format!("Claim{}", count.get()))
    };
    assert_eq!(daemon.post(&other()), 200);
    group.bench_function("forged", |bencher| {
        bencher.iter_batched(
            other,
            |body| daemon.post(black_box(&body)),
            criterion::BatchSize::SmallInput,
        );
    });
    group.finish();
}

criterion_group!(benches, posts);
criterion_main!(benches);
