//! The workflow that a user copies, and what it shows of a plan.

use crate::support::env::Env;

/// The largest comment GitHub takes, in characters.
/// <https://github.com/orgs/community/discussions/41331>
const COMMENT: usize = 65_536;

const WORKFLOW: &str = include_str!("../../.github/workflows/deploy.yaml");

/// What the workflow calls `dostack` with, each up to the end of its words.
fn calls() -> Vec<Vec<String>> {
    let commands = WORKFLOW.lines().filter_map(|line| {
        let line = line.trim();
        let line = line.strip_prefix("run: ").unwrap_or(line);
        let line = line.strip_prefix("exec ").unwrap_or(line);
        line.strip_prefix("dostack ").or_else(|| Some(line.split_once("; do dostack ")?.1))
    });
    commands
        .map(|words| {
            let end = words.find([';', '>', '|']).unwrap_or(words.len());
            let words = words[..end].split_whitespace().map(|word| word.trim_matches('"'));
            words.map(|word| word.replace("$stack", "dev")).collect()
        })
        .collect()
}

#[test]
fn every_command_of_the_workflow_is_one_of_ours() {
    let env = Env::new();
    let calls = calls();
    assert!(calls.len() >= 10, "{calls:?}");
    for mut words in calls {
        // Help is given once all before it is understood.
        words.push("--help".to_owned());
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let _ = env.run_words(&words).expect(0);
    }
}

#[test]
fn a_plan_of_any_size_fits_into_a_comment() {
    let env = Env::with_cloud();
    let workers = "  workers:\n    kind: Droplet\n    count: 600\n    droplet: { size: s-1vcpu-1gb, image: ubuntu-22-04-x64 }\n";
    env.stack(&format!("{}{workers}", env.read("stacks/dev.yaml")));
    let ran = env.run("preview --no-provision --markdown");
    assert!(ran.stdout.chars().count() < COMMENT, "{} characters", ran.stdout.chars().count());
    assert!(ran.stdout.starts_with("### dostack: `core-dev`\n\nRefused plan: "), "{}", ran.stdout);
    assert!(ran.stdout.contains(" more steps\n"), "{}", ran.stdout);
    assert!(ran.stdout.contains("> **refused**"), "{}", ran.stdout);
}
