//! How planning grows with the number of resources: `cargo bench`.

use std::{fmt::Write as _, hint::black_box};

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
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

/// Plans stacks of growing size.
fn planning(criterion: &mut Criterion) {
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

criterion_group!(benches, planning);
criterion_main!(benches);
