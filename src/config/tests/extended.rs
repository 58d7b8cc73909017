//! Files over each other.

use std::collections::BTreeSet;

use crate::{
    config::{
        Component, Switch,
        tests::{DEV, KEY, PROD, SMALL, World},
    },
    values::ComponentName,
};

fn name(text: &str) -> ComponentName {
    ComponentName::parse(text).unwrap()
}

#[test]
fn the_projects_own_stacks_are_valid_and_apart() {
    let dev = World::with(DEV).key("~/.ssh/id_ed25519.pub", KEY).loaded();
    assert!(dev.warnings.diagnostics().is_empty(), "{}", dev.warnings);
    let world = World::with(PROD).file("stacks/dev.yaml", DEV).key("~/.ssh/id_ed25519.pub", KEY);
    let prod = world.loaded();
    assert!(prod.warnings.diagnostics().is_empty(), "{}", prod.warnings);
    let (dev, prod) = (dev.stack, prod.stack);
    assert_eq!((dev.name.as_str(), prod.name.as_str()), ("core-dev", "core-prod"));
    assert!(!dev.vpc.ip_range.unwrap().overlaps(prod.vpc.ip_range.unwrap()));
    assert_eq!(dev.components.len(), 4);
    assert_eq!(
        dev.components.keys().collect::<Vec<_>>(),
        prod.components.keys().collect::<Vec<_>>()
    );
    let records = |component: &Component| match component {
        Component::VectorDroplet(this) => this.records.clone(),
        Component::AppStack(this) => this.records.clone(),
        Component::MicroCache(this) => {
            assert_eq!(this.enabled, Switch::Auto);
            this.records.clone()
        }
        Component::NetworkFirewall(_) | Component::Droplet(_) => BTreeSet::new(),
    };
    for (name, component) in &dev.components {
        assert!(records(component).is_disjoint(&records(&prod.components[name])), "{name}");
    }
}

#[test]
fn maps_merge_lists_are_replaced_and_nothing_takes_away() {
    let base = format!(
        "{SMALL}budget: {{ monthly_usd: 5 }}\ndns: {{ domain: example.com, ttl: 60 }}\ncomponents:\n  web:\n    kind: Droplet\n    droplet: {{ size: s-1vcpu-1gb, image: debian-12-x64 }}\n    records: [a, b]\n"
    );
    let over = "extends: base.yaml\nbudget:\ndns: { ttl: 90 }\ncomponents:\n  web:\n    droplet: { size: s-2vcpu-2gb }\n    records: [c]\n";
    let stack = World::with(over).file("stacks/base.yaml", base).loaded().stack;
    assert_eq!(stack.budget, None);
    assert_eq!(stack.dns.unwrap().ttl, 90);
    let Component::Droplet(web) = &stack.components[&name("web")] else { panic!("no droplet") };
    assert_eq!(
        (web.droplet.size.as_str(), web.droplet.image.as_str()),
        ("s-2vcpu-2gb", "debian-12-x64")
    );
    assert_eq!(web.records.iter().map(|record| record.name.as_str()).collect::<Vec<_>>(), ["c"]);
}

#[test]
fn a_mistake_in_the_base_shows_the_bases_line() {
    let base = format!("{SMALL}components: {{}}\nbuget: 1\n");
    let text =
        World::with("extends: base.yaml\nstack: a\n").file("stacks/base.yaml", base).refused();
    assert!(text.contains("stacks/base.yaml:6:1"), "{text}");
    assert!(text.contains("did you mean `budget`?"), "{text}");
}

#[test]
fn files_in_a_circle_are_told() {
    let world =
        World::with("extends: b.yaml\n").file("stacks/b.yaml", "extends: ../stacks/a.yaml\n");
    let text = world.refused();
    assert!(
        text.contains("`stacks/a.yaml` extends `stacks/b.yaml` extends `stacks/a.yaml`"),
        "{text}",
    );
}

#[test]
fn a_ninth_file_is_refused() {
    let mut world = World::with("extends: 1.yaml\n");
    for number in 1..20 {
        let text = format!("extends: {}.yaml\n", number + 1);
        world = world.file(&format!("stacks/{number}.yaml"), text);
    }
    assert!(world.refused().contains("more than 8 files over each other"));
}

#[test]
fn a_path_that_leaves_the_project_is_never_opened() {
    for path in [
        "../../etc/passwd",
        "/etc/passwd",
        "../../x/stacks/b.yaml",
        "~/b.yaml",
        "a/../../../b",
        "C:\\b",
    ] {
        let text = World::with(format!("extends: '{path}'\n")).refused();
        let told = text.contains("leaves the project folder") || text.contains("no path relative");
        assert!(told, "{path}: {text}");
    }
}

#[test]
fn a_missing_base_shows_the_line_that_asks_for_it() {
    let text = World::with("stack: a\nextends: none.yaml\n").refused();
    assert!(text.contains("cannot read `stacks/none.yaml`: there is no such file"), "{text}");
    assert!(text.contains("stacks/a.yaml:2:10"), "{text}");
}
