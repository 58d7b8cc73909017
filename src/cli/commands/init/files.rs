//! The stack files of a new project: the examples of this one, with what was answered in place.

use std::collections::BTreeSet;

use crate::cli::{args::PartName, commands::init::answers::Answers};

/// What machines are made from.
pub const CLOUD_INIT: &str = include_str!("../../../../cloud-init/droplet.yaml");

const DEVELOPMENT: &str = include_str!("../../../../stacks/dev.yaml");
const PRODUCTION: &str = include_str!("../../../../stacks/prod.yaml");

/// The line from which on the components stand, a paragraph each.
const COMPONENTS: &str = "components:\n";

/// The development stack.
pub fn development(answers: &Answers) -> String {
    let (head, components) = parts_of(DEVELOPMENT);
    let components: Vec<String> = components
        .split("\n\n")
        .filter(|paragraph| is_wanted(paragraph, answers))
        .map(|paragraph| resized(paragraph, answers))
        .collect();
    let components = components.join("\n\n");
    let private_key = answers.key.strip_suffix(".pub").unwrap_or(&answers.key);
    let head = with_secrets(head, &components)
        .replace("[~/.ssh/id_ed25519.pub]", &format!("[{}]", answers.key))
        .replace("private_key: ~/.ssh/id_ed25519 ", &format!("private_key: {private_key} "))
        .replace("allow_from: [anywhere]", &format!("allow_from: {}", answers.ssh_from()))
        .replace("region: sfo2", &format!("region: {}", answers.region));
    named(&format!("{head}{COMPONENTS}{}\n", components.trim_end()), answers)
}

/// The production stack, which says only what is different about it.
pub fn production(answers: &Answers) -> String {
    let (head, components) = parts_of(PRODUCTION);
    let mut kept = String::new();
    let mut is_kept = false;
    for line in components.lines() {
        if !line.starts_with("   ") {
            is_kept = answers.parts.iter().any(|part| line.trim() == format!("{}:", part.word()));
        }
        if is_kept {
            kept.push_str(line);
            kept.push('\n');
        }
    }
    let text = if kept.is_empty() {
        // The comment over the components goes with them.
        let end = head.trim_end().rfind("\n\n").unwrap_or(head.len());
        format!("{}\n", &head[..end])
    } else {
        format!("{head}{COMPONENTS}{kept}")
    };
    named(&text, answers)
}

fn parts_of(example: &str) -> (&str, &str) {
    example.split_once(COMPONENTS).expect("the examples have components")
}

fn named(text: &str, answers: &Answers) -> String {
    text.replace("stack: core-", &format!("stack: {}-", answers.name))
        .replace("example.com", &answers.domain)
}

/// Whether the paragraph's component was asked for; what is no part stays.
fn is_wanted(paragraph: &str, answers: &Answers) -> bool {
    part_of(paragraph).is_none_or(|part| answers.parts.contains(&part))
}

fn part_of(paragraph: &str) -> Option<PartName> {
    let is = |part: &PartName| paragraph.lines().any(|line| line == format!("  {}:", part.word()));
    PartName::ALL.into_iter().find(is)
}

/// The paragraph with the size that was asked for, which is then the only rung of its ladder.
fn resized(paragraph: &str, answers: &Answers) -> String {
    let Some(size) = part_of(paragraph).and_then(|part| answers.sizes.get(&part)) else {
        return paragraph.to_owned();
    };
    let mut lines: Vec<String> = Vec::new();
    for line in paragraph.lines() {
        lines.push(match line.split_once("size: ") {
            Some((before, after)) if line.trim_start().starts_with("droplet:") => {
                let rest = after.find([',', ' ']).map_or("", |end| &after[end..]);
                format!("{before}size: {size}{rest}")
            }
            _ if line.trim_start().starts_with("ladder:") => format!("      ladder: [{size}]"),
            _ => line.to_owned(),
        });
    }
    lines.join("\n")
}

/// The text with the secrets that its components speak of, and no other.
fn with_secrets(head: &str, components: &str) -> String {
    let spoken: BTreeSet<&str> =
        components.split("${secret:").skip(1).filter_map(|rest| rest.split('}').next()).collect();
    let line = |line: &str| match line.strip_prefix("secrets: [") {
        Some(names) => {
            let names = names.trim_end_matches(']').split(", ");
            let names: Vec<&str> = names.filter(|name| spoken.contains(name)).collect();
            format!("secrets: [{}]\n", names.join(", "))
        }
        None => format!("{line}\n"),
    };
    head.lines().map(line).collect()
}
