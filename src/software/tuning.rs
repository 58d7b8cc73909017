//! Postgres' settings for a machine: a pure function of its memory and processors.

use std::fmt::Write as _;

/// The settings for a machine that Postgres shares with what uses it, as lines of its
/// configuration file.
///
/// A quarter of the memory for its own buffers is the manual's advice (Postgres 16: 20.4 Resource
/// Consumption); the rest follows it: what the planner may count on from the file cache, memory for
/// a sort, which every connection may take several times, and memory for building an index, which
/// vector indexes need much of (pgvector: Index Build Time).
pub fn settings(memory_mb: u32, vcpus: u32) -> String {
    let workers = vcpus.max(2);
    let lines = [
        ("shared_buffers", megabytes(memory_mb / 4)),
        ("effective_cache_size", megabytes(memory_mb / 10 * 6)),
        ("work_mem", megabytes((memory_mb / 1024).clamp(4, 64))),
        ("maintenance_work_mem", megabytes((memory_mb / 16).clamp(64, 1024))),
        ("max_connections", if memory_mb >= 8192 { "200" } else { "100" }.to_owned()),
        ("max_worker_processes", workers.max(8).to_string()),
        ("max_parallel_workers", workers.to_string()),
        ("max_parallel_workers_per_gather", (workers / 2).clamp(1, 4).to_string()),
        ("max_parallel_maintenance_workers", (workers / 2).clamp(1, 4).to_string()),
        ("random_page_cost", "1.1".to_owned()),
        ("effective_io_concurrency", "200".to_owned()),
        ("wal_buffers", megabytes(16)),
        ("max_wal_size", megabytes((memory_mb / 4).clamp(1024, 8192))),
        ("checkpoint_completion_target", "0.9".to_owned()),
        ("wal_compression", "on".to_owned()),
        ("huge_pages", "try".to_owned()),
    ];
    lines.iter().fold(String::new(), |mut text, (name, value)| {
        writeln!(text, "{name} = {value}").expect("a string takes it");
        text
    })
}

/// MiB of shared memory the container needs: a parallel index build keeps its graph there
/// (pgvector: Index Build Time).
pub fn shared_memory_mb(memory_mb: u32) -> u32 {
    (memory_mb / 16).clamp(64, 1024) + 64
}

fn megabytes(amount: u32) -> String {
    format!("{amount}MB")
}

#[cfg(test)]
mod tests {
    use super::settings;

    fn setting(memory_mb: u32, vcpus: u32, name: &str) -> String {
        let text = settings(memory_mb, vcpus);
        let line = text.lines().find(|line| line.starts_with(&format!("{name} ="))).unwrap();
        line.split_once(" = ").unwrap().1.to_owned()
    }

    #[test]
    fn a_quarter_of_the_memory_is_for_buffers() {
        assert_eq!(setting(32_768, 8, "shared_buffers"), "8192MB");
        assert_eq!(setting(2_048, 1, "shared_buffers"), "512MB");
    }

    #[test]
    fn every_connection_sorting_at_once_fits_half_the_memory() {
        for memory_mb in [1_024, 2_048, 8_192, 16_384, 32_768, 131_072] {
            let number = |name: &str| -> u32 {
                setting(memory_mb, 4, name).trim_end_matches("MB").parse().unwrap()
            };
            let most = number("work_mem") * number("max_connections");
            assert!(most <= memory_mb / 2, "{memory_mb} MiB: {most} MiB");
        }
    }

    #[test]
    fn a_larger_machine_never_gets_less_of_anything() {
        let sizes = [(1_024, 1), (2_048, 2), (8_192, 4), (32_768, 8), (131_072, 32)];
        let numbers = |(memory_mb, vcpus): (u32, u32)| -> Vec<u32> {
            let names = ["shared_buffers", "effective_cache_size", "work_mem", "max_wal_size"];
            let number = |name: &str| setting(memory_mb, vcpus, name);
            names.iter().map(|name| number(name).trim_end_matches("MB").parse().unwrap()).collect()
        };
        for pair in sizes.windows(2) {
            let (small, large) = (numbers(pair[0]), numbers(pair[1]));
            assert!(small.iter().zip(&large).all(|(small, large)| small <= large), "{pair:?}");
        }
    }
}
