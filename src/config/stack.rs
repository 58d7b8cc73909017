//! A stack, valid by construction.

use std::collections::BTreeMap;

use crate::{
    config::{
        claims,
        images::{self, Images},
        kinds::{self, Component, Switch},
        outputs,
        reader::Reader,
        sections::{
            budget::{self, Budget},
            dns::{self, Dns},
            droplet::slug,
            metrics::{self, Metrics},
            monitoring::MonitoringSpec,
            project::{self, ProjectSpec},
            secrets::{self, SecretSpec},
            ssh::{self, Ssh},
            vpc::{self, VpcSpec},
        },
        shape::{Shape, optional, required},
        sharing, signals, support,
        tree::Node,
        watch,
        whole::{self, There},
    },
    values::{ComponentName, Mark, Region, SecretName, StackName},
};

/// A stack file after every check: what the user wants to exist.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stack {
    /// Its name, the root of its marks.
    pub name: StackName,
    /// Where everything in it lives.
    pub region: Region,
    /// The private network all its machines share.
    pub vpc: VpcSpec,
    /// Who may log in.
    pub ssh: Ssh,
    /// The domain its records belong to.
    pub dns: Option<Dns>,
    /// The project its things are in.
    pub project: Option<ProjectSpec>,
    /// The secrets it lists; never their values.
    pub secrets: BTreeMap<SecretName, SecretSpec>,
    /// What the month may cost.
    pub budget: Option<Budget>,
    /// Where readings come from.
    pub metrics: Option<Metrics>,
    /// Container images in the place of those that were tried.
    pub images: Images,
    /// Its parts, by name.
    pub components: BTreeMap<ComponentName, Component>,
    /// What a component was called before, by its name now.
    pub renamed: BTreeMap<ComponentName, ComponentName>,
    /// The file as one text that needs nothing else.
    pub whole: String,
}

impl Stack {
    /// The marks of what this stack owns, under its components' former names too.
    pub fn mark(&self) -> Mark {
        let names = self.renamed.iter().map(|(now, before)| (before.clone(), now.clone()));
        Mark::new(self.name.clone()).renaming(names)
    }

    /// The component that watches the stack, and how.
    pub fn watcher(&self) -> Option<(&ComponentName, &MonitoringSpec)> {
        self.components.iter().find_map(|(name, it)| Some((name, it.monitoring()?)))
    }

    /// Switches a component on or off that can be.
    pub fn switch(&mut self, name: &ComponentName, switch: Switch) {
        if let Some(Component::MicroCache(cache)) = self.components.get_mut(name) {
            cache.enabled = switch;
        }
    }

    /// The component whose machine another one is on: itself, where it has its own.
    pub fn host<'a>(&'a self, name: &'a ComponentName) -> &'a ComponentName {
        sharing::host(&self.components, name)
    }

    /// The components on the machine of one of them, which comes first.
    pub fn residents<'a>(
        &'a self,
        host: &'a ComponentName,
    ) -> impl Iterator<Item = (&'a ComponentName, &'a Component)> {
        let own = self.components.get_key_value(host);
        let guests = self.components.iter().filter(move |(_, it)| it.host() == Some(host));
        own.into_iter().chain(guests).filter(|(_, component)| component.is_wanted())
    }
}

/// The whole file.
pub const SHAPE: Shape = Shape::Record(&[
    required("stack", &Shape::Text, "The stack's name, the root of everything it owns."),
    required("region", &Shape::Text, "Where everything in it lives, as `sfo2`."),
    required("vpc", &vpc::SHAPE, "The private network all its machines share."),
    required("ssh", &ssh::SHAPE, "Who may log in, and how."),
    optional("dns", &dns::SHAPE, "The domain its records belong to."),
    project::FIELD,
    secrets::FIELD,
    optional("metrics", &metrics::SHAPE, "Where readings come from: one server, or pages."),
    optional("budget", &budget::SHAPE, "What the month may cost."),
    images::FIELD,
    required("components", &Shape::Names(&kinds::SHAPE), "The stack's parts, by name."),
]);

/// Reads the whole file; every mistake in it is told.
pub fn read(root: &Node, reader: &mut Reader<'_>) -> Option<Stack> {
    reader.stack = reader.parse(root.get("stack"), StackName::parse);
    SHAPE.check(root, reader);
    let region = reader.parse(root.get("region"), |text| slug(text, "a region").map(Region::new));
    let vpc = root.get("vpc").and_then(|node| vpc::read(node, reader));
    let ssh = root.get("ssh").and_then(|node| ssh::read(node, reader));
    let dns = root.get("dns").and_then(|node| dns::read(node, reader));
    let project = project::read(root, reader);
    let secrets = secrets::read(root, reader);
    let metrics = root.get("metrics").and_then(|node| metrics::read(node, reader));
    let budget = root.get("budget").and_then(budget::read);
    let images = images::read(root, reader);
    let components = components(root, reader);
    let renamed = renamed(root, &components, reader);
    sharing::check(root, &components, reader);
    claims::check(root, &components, reader);
    outputs::check(root, &components, reader);
    support::check(root, &images, reader);
    signals::check(root, metrics.as_ref(), reader);
    watch::check(root, (&components, metrics.as_ref()), reader);
    let name = reader.stack.clone()?;
    let (region, vpc, ssh) = (region?, vpc?, ssh?);
    let whole = whole::text(root, &There { keys: &ssh.public_keys, metrics: metrics.as_ref() });
    Some(Stack {
        name,
        region,
        vpc,
        ssh,
        dns,
        project,
        secrets,
        budget,
        metrics,
        images,
        components,
        renamed,
        whole,
    })
}

fn components(root: &Node, reader: &mut Reader<'_>) -> BTreeMap<ComponentName, Component> {
    let mut all = BTreeMap::new();
    for entry in root.get("components").map(Node::entries).unwrap_or_default() {
        let name = reader.keep(entry.place, ComponentName::parse(&entry.key));
        let component = kinds::read(&entry.value, reader);
        all.extend(name.zip(component));
    }
    all
}

/// What each component was called before; the old name must be free.
fn renamed(
    root: &Node,
    components: &BTreeMap<ComponentName, Component>,
    reader: &mut Reader<'_>,
) -> BTreeMap<ComponentName, ComponentName> {
    let mut all = BTreeMap::new();
    for entry in root.get("components").map(Node::entries).unwrap_or_default() {
        let Some(node) = entry.value.get(kinds::WAS.name) else { continue };
        let Some(old) = reader.parse(Some(node), ComponentName::parse) else { continue };
        if components.contains_key(&old) {
            let message = format!("`{old}` is still a component: a rename takes the old name away");
            reader.mistake(node.place, message);
        } else if all.values().any(|taken| *taken == old) {
            reader.mistake(node.place, format!("`{old}` was renamed once already"));
        }
        all.extend(ComponentName::parse(&entry.key).ok().map(|name| (name, old)));
    }
    all
}
