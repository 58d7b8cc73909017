//! A plan as a tree a person reads at a glance.

use std::{collections::BTreeMap, fmt::Write as _, time::Duration};

use unicode_width::UnicodeWidthStr;

use crate::{
    cli::view::style,
    plan::{Action, Copies, Deletion, Plan, Reason, Step, Succeed, Undo, Update, Work},
    resources::{Effect, FieldChange, Kind, Resource, Vpc},
    values::{Change, ComponentName, Money, Owner, Part},
};

/// The most lines shown for one field list; a firewall may have fifty rules.
const MOST_FIELDS: usize = 12;

/// The widest a line is made: a price far from its name is hard to read.
const WIDEST: usize = 100;

/// The room for the sign and the blanks around it.
const LEAD: usize = 5;

/// The least room for the kind: most plans are of droplets, volumes and firewalls.
const KIND: usize = 8;

/// How many instances that fare alike are folded into one line.
const FOLD: usize = 3;

/// The whole plan, and after it what is to be done to the software, as text.
pub fn plan(plan: &Plan, software: &str, width: usize) -> String {
    let mut text = String::new();
    let columns = Columns::of(plan, width);
    for (owner, steps) in by_component(plan) {
        if steps.iter().any(|step| step.is_change()) {
            let _ = writeln!(text, "{}", style::heading(&owner));
            group(&mut text, &steps, columns);
        }
    }
    let unchanged = in_sync(plan);
    if unchanged > 0 && !plan.is_empty() {
        let line = format!("  {unchanged} unchanged");
        let _ = writeln!(text, "{}", style::faint(&line));
    }
    remarks(&mut text, plan);
    let is_all = !plan.is_empty() || !plan.refusals.is_empty() || software.is_empty();
    let last = if is_all { summary(plan) } else { account_as_wanted(plan) };
    let _ = writeln!(text, "{last}");
    text + software
}

/// Where columns begin and end.
#[derive(Clone, Copy)]
struct Columns {
    /// The longest kind.
    kind: usize,
    /// The longest name.
    name: usize,
    /// The whole line.
    width: usize,
}

impl Columns {
    fn of(plan: &Plan, width: usize) -> Self {
        let names = plan.changes().filter(|step| step.kind != Kind::Tag);
        let longest = names.map(|step| step.name.width()).max().unwrap_or_default();
        let kinds = plan.changes().map(|step| step.kind.word().width());
        let kind = kinds.max().unwrap_or_default().max(KIND);
        Self { kind, name: longest.min(width / 2), width: width.min(WIDEST) }
    }
}

/// Steps under the stack first, then under the component they belong to, in the plan's order.
fn by_component(plan: &Plan) -> Vec<(String, Vec<&Step>)> {
    let mut groups: BTreeMap<Option<&ComponentName>, Vec<&Step>> = BTreeMap::new();
    for step in &plan.steps {
        groups.entry(step.address.component_name()).or_default().push(step);
    }
    let title = |name: Option<&ComponentName>| {
        name.map_or_else(|| format!("stack {}", plan.mark.stack()), ToString::to_string)
    };
    groups.into_iter().map(|(name, steps)| (title(name), steps)).collect()
}

fn group(text: &mut String, steps: &[&Step], columns: Columns) {
    let mut alike: BTreeMap<(Action, String), Vec<&Step>> = BTreeMap::new();
    for step in steps.iter().filter(|step| step.is_change()) {
        alike.entry((step.action, likeness(step))).or_default().push(step);
    }
    for step in steps.iter().filter(|step| step.is_change()) {
        let Some(same) = alike.remove(&(step.action, likeness(step))) else { continue };
        if same.len() > FOLD {
            folded(text, &same, columns);
        } else {
            for step in same {
                one(text, step, columns);
            }
        }
    }
}

/// What has to be equal for instances to be told together.
fn likeness(step: &Step) -> String {
    let changes: Vec<String> = step.changes.iter().map(field).collect();
    match step.address.owner() {
        Owner::Component { name, instance: Some(_) } => {
            format!("{name} {} {:?} {}", step.kind, step.monthly, changes.join(";"))
        }
        Owner::Component { instance: None, .. } | Owner::Stack => step.address.to_string(),
    }
}

fn folded(text: &mut String, same: &[&Step], columns: Columns) {
    let (Some(first), Some(last)) = (same.first(), same.last()) else { return };
    let monthly = Change::new(
        same.iter().map(|step| step.monthly.before).sum(),
        same.iter().map(|step| step.monthly.after).sum(),
    );
    let name = format!("{} … {} ({})", first.name, ending(&first.name, &last.name), same.len());
    head(text, (first, &name), monthly, columns);
    details(text, first);
}

/// What of the last name the first does not say: the number, where they differ in nothing else.
fn ending<'a>(first: &str, last: &'a str) -> &'a str {
    let stem = first.trim_end_matches(|letter: char| letter.is_ascii_digit());
    let number =
        last.strip_prefix(stem).filter(|rest| rest.bytes().all(|byte| byte.is_ascii_digit()));
    number.filter(|number| !number.is_empty()).unwrap_or(last)
}

fn one(text: &mut String, step: &Step, columns: Columns) {
    head(text, (step, &named(step)), step.monthly, columns);
    details(text, step);
}

/// What it is called; tags that go are counted, since nobody chose their names.
fn named(step: &Step) -> String {
    match &step.work {
        Work::Delete(Deletion::Tags(tags)) => {
            format!("{} that nothing carries any more", counted(tags.len(), "tag"))
        }
        Work::Delete(_) if *step.address.which() == Part::Former => {
            format!("{}, the one that is replaced", step.name)
        }
        Work::Delete(_)
        | Work::Replace(_)
        | Work::Release(_)
        | Work::Create(_)
        | Work::Update(_)
        | Work::Nothing => step.name.clone(),
    }
}

fn counted(count: usize, word: &str) -> String {
    if count == 1 { format!("one {word}") } else { format!("{count} {word}s") }
}

fn head(text: &mut String, (step, name): (&Step, &str), monthly: Change<Money>, columns: Columns) {
    let sign = style::action(step.action, step.action.glyph());
    let kind = format!("{:<width$}", step.kind.word(), width = columns.kind);
    let kind = style::action(step.action, &kind);
    let about = about(step);
    let padding = if about.is_empty() { 0 } else { columns.name.saturating_sub(name.width()) + 2 };
    let left = format!("{name}{}{about}", " ".repeat(padding));
    let price = price(monthly);
    let gap =
        columns.width.saturating_sub(LEAD + columns.kind + left.width() + price.width()).max(1);
    let gap = if price.is_empty() { String::new() } else { " ".repeat(gap) };
    let _ = writeln!(text, "  {sign} {kind} {left}{gap}{price}");
}

/// What a person wants to know of it besides its name.
pub fn about(step: &Step) -> String {
    match &step.work {
        Work::Create(resource) => match &**resource {
            Resource::Droplet(droplet) => droplet.size.to_string(),
            Resource::Volume(volume) => format!("{} GiB", volume.size_gb),
            Resource::Vpc(Vpc { ip_range: Some(range), region, .. }) => {
                format!("{range} in {region}")
            }
            Resource::Vpc(Vpc { ip_range: None, region, .. }) => format!("in {region}"),
            Resource::Record(record) => format!("A -> {}", record.target),
            Resource::ReservedIp(_) => "free while it is on the droplet".to_owned(),
            Resource::Firewall(firewall) => {
                format!("{} in, {} out", firewall.inbound.len(), firewall.outbound.len())
            }
            Resource::Membership(members) => {
                let count = members.members.len();
                format!("{count} {} put in", if count == 1 { "thing" } else { "things" })
            }
            Resource::Alert(alert) => alert.rule.bound(),
            Resource::Project(project) => project.purpose.clone().unwrap_or_default(),
            Resource::Tag(_)
            | Resource::SshKey(_)
            | Resource::Attachment(_)
            | Resource::Domain(_) => String::new(),
        },
        Work::Replace(replacement) => match &replacement.succeed {
            Succeed::By(successor) => successor.droplet.size.to_string(),
            Succeed::NotAtAll => String::new(),
        },
        Work::Update(Update::Marks(_)) => "comes under the stack's firewalls".to_owned(),
        Work::Nothing | Work::Update(_) | Work::Release(_) | Work::Delete(_) => String::new(),
    }
}

fn price(monthly: Change<Money>) -> String {
    let difference = monthly.after - monthly.before;
    if difference == Money::ZERO { String::new() } else { difference.signed() }
}

fn details(text: &mut String, step: &Step) {
    for change in step.changes.iter().take(MOST_FIELDS) {
        let _ = writeln!(text, "      {}", field(change));
    }
    if step.changes.len() > MOST_FIELDS {
        let _ = writeln!(text, "      and {} more", step.changes.len() - MOST_FIELDS);
    }
    for (number, words) in in_words(step).iter().enumerate() {
        let _ = writeln!(text, "      {}. {words}", number + 1);
    }
    if let Some(consequence) = consequence(step) {
        let _ = writeln!(text, "      {}", style::warning(&consequence));
    }
    let is_plain = matches!(
        step.reason,
        Reason::Missing | Reason::Differs | Reason::Adopted | Reason::Destroyed
    );
    if !is_plain {
        let _ = writeln!(text, "      {}", style::faint(step.reason.words()));
    }
}

/// What a step does one after the other, where it does several things.
pub fn in_words(step: &Step) -> &[String] {
    match &step.work {
        Work::Replace(replacement) => &replacement.in_words,
        Work::Nothing | Work::Create(_) | Work::Update(_) | Work::Release(_) | Work::Delete(_) => {
            &[]
        }
    }
}

fn field(change: &FieldChange) -> String {
    let Change { before, after } = &change.change;
    let how = match change.effect {
        Effect::InPlace => "",
        Effect::PowerOff => " (power off)",
        Effect::NextRebuild => " (at the next rebuild)",
        Effect::Replace => " (forces replacement)",
        Effect::Impossible => " (impossible)",
    };
    match (before.as_str(), after.as_str()) {
        ("", after) => format!("{}: + {after}{how}", change.field),
        (before, "") => format!("{}: - {before}{how}", change.field),
        (before, after) => format!("{}: {before} -> {after}{how}", change.field),
    }
}

/// What the step costs besides money.
fn consequence(step: &Step) -> Option<String> {
    let downtime = step.downtime.map(|time| format!("off for {}", minutes(time)));
    let lost = match (step.undo, &step.work) {
        (Undo::Never, Work::Delete(Deletion::ReservedIp { .. })) => {
            Some("the address is given back for good".to_owned())
        }
        (Undo::Never, Work::Delete(_)) => Some("its data is lost for good".to_owned()),
        (
            Undo::Never,
            Work::Create(_) | Work::Update(_) | Work::Replace(_) | Work::Release(_) | Work::Nothing,
        ) => Some("cannot be undone".to_owned()),
        (Undo::Rebuild, _) => Some("its local disk is lost".to_owned()),
        (Undo::Possible, _) => None,
    };
    let parts: Vec<String> = [downtime, lost].into_iter().flatten().collect();
    (!parts.is_empty()).then(|| parts.join("; "))
}

/// A time a person plans with.
pub fn minutes(time: Duration) -> String {
    match time.as_secs() {
        seconds @ ..90 => format!("about {seconds} s"),
        seconds => format!("about {} min", seconds.div_ceil(60)),
    }
}

fn remarks(text: &mut String, plan: &Plan) {
    for kept in &plan.kept {
        let _ = writeln!(
            text,
            "{}: {} `{}`, {} GiB, {} a month",
            style::warning("kept"),
            kept.kind,
            kept.name,
            kept.size_gb,
            kept.monthly,
        );
    }
    if let Some(kept) = plan.kept.iter().find(|kept| kept.kind == Kind::Volume) {
        let way = format!("`dostack destroy --delete-data {}` would lose that data", kept.name);
        let _ = writeln!(text, "{}: {way}", style::hint("help"));
    }
    if let Some(copies) = copies(plan) {
        let _ = writeln!(text, "{}: {copies}", style::warning("snapshots"));
    }
    for note in &plan.notes {
        let about = note.address.as_ref().map(|address| format!("{address}: ")).unwrap_or_default();
        let _ = writeln!(text, "{}: {about}{}", style::warning("note"), note.text);
    }
}

/// What snapshots by night come to, beside the month of the plan.
pub fn copies(plan: &Plan) -> Option<String> {
    let all = &plan.copies;
    let told =
        |it: &Copies| format!("{} of `{}` ({} GiB)", it.at_most, it.address.owner(), it.size_gb);
    let each: Vec<String> = all.iter().map(told).collect();
    let sum: Money = all.iter().map(|copies| copies.monthly_at_most).sum();
    (!all.is_empty()).then(|| format!("up to {sum} a month more, for up to {}", each.join(", ")))
}

/// The last line: how many of what, and the month.
pub fn summary(plan: &Plan) -> String {
    let Change { before, after } = plan.monthly;
    let title = if plan.refusals.is_empty() { "Plan" } else { "Refused plan" };
    if plan.is_empty() {
        return if plan.refusals.is_empty() {
            format!("Nothing to do{}. {after} a month.", as_wanted(plan))
        } else {
            "Refused plan: nothing of it can be done.".to_owned()
        };
    }
    // The marks of a machine that is taken in are the end of one adoption, not another.
    let steps = plan.steps.iter().filter(|step| *step.address.which() != Part::Marks);
    let count = |action: Action| steps.clone().filter(|step| step.action == action).count();
    let actions = [
        Action::Create,
        Action::Adopt,
        Action::Update,
        Action::Resize,
        Action::Replace,
        Action::Release,
        Action::Delete,
    ];
    let counts: Vec<String> = actions
        .into_iter()
        .map(|action| (count(action), action))
        .filter(|(count, _)| *count > 0)
        .map(|(count, action)| format!("{count} to {action}"))
        .collect();
    let month = if before == after {
        format!("{after} a month, as before")
    } else {
        format!("{before} -> {after} a month ({})", (after - before).signed())
    };
    format!("{title}: {}. {month}.", counts.join(", "))
}

/// The last line where only the software is to change.
fn account_as_wanted(plan: &Plan) -> String {
    format!("No change to the account{}. {} a month.", as_wanted(plan), plan.monthly.after)
}

/// How many things are as wanted; being attached or in a project is not a thing to a person.
fn in_sync(plan: &Plan) -> usize {
    let places = [Kind::Attachment, Kind::Membership];
    let things = plan.steps.iter().filter(|step| !places.contains(&step.kind));
    things.filter(|step| !step.is_change()).count()
}

fn as_wanted(plan: &Plan) -> String {
    match in_sync(plan) {
        0 => String::new(),
        1 => ": one thing is as wanted".to_owned(),
        count => format!(": all {count} things are as wanted"),
    }
}
