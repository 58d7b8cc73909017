//! Components that share a machine, and those that change machines.

use crate::{
    config::{Component, Home, Stack},
    plan::{
        Asked, Deletion,
        Refused::Unsafe,
        Work,
        tests::{
            built, lines, plan, refusals,
            stacks::{
                data, names, plain, sample, small, stack, vector, with, with_vector, without,
            },
            step, up, world,
        },
    },
    values::{ComponentName, Image},
};

/// An application with data, on a machine of its own or on that of another component.
fn app(on: Option<&str>) -> Component {
    let Component::AppStack(mut app) = sample("app") else { panic!() };
    app.volume = Some(data(50));
    if let Some(host) = on {
        app.home = Home::On(ComponentName::parse(host).unwrap());
    }
    Component::AppStack(app)
}

fn sharing() -> Stack {
    with(small(), "app", app(Some("vector")))
}

fn apart() -> Stack {
    with(small(), "app", app(None))
}

#[test]
fn a_shared_machine_is_made_with_all_volumes_and_then_nothing_is_left_to_do() {
    let first = up(&sharing(), &world::empty());
    let lines = lines(&first);
    for line in ["+ app:volume", "+ vector:volume", "+ vector", "+ vector:firewall"] {
        assert!(lines.iter().any(|one| one == line), "{line}: {lines:?}");
    }
    assert!(!lines.iter().any(|line| line == "+ app"), "{lines:?}");
    let inventory = world::apply_plan(&world::empty(), &first);
    assert!(up(&sharing(), &inventory).is_empty());
}

#[test]
fn a_component_that_joins_a_machine_gets_its_volume_there() {
    let inventory = built(&small());
    let joining = up(&sharing(), &inventory);
    assert_eq!(refusals(&joining), []);
    assert!(step(&joining, "app:attachment").needs.contains(&"app:volume".parse().unwrap()));
    let after = world::apply_plan(&inventory, &joining);
    let [droplet] = after.droplets.as_slice() else { panic!("{:?}", after.droplets) };
    assert!(after.volumes.iter().all(|volume| volume.droplet_ids.contains(&droplet.id)));
    assert!(up(&sharing(), &after).is_empty());
}

#[test]
fn a_component_never_changes_machines_in_one_go() {
    let onto = up(&sharing(), &built(&apart()));
    assert_eq!(refusals(&onto), [(Unsafe, "app".to_owned())]);
    assert_eq!(step(&onto, "app").work, Work::Nothing);
    assert!(onto.refusals[0].way_out.contains("then put it back with `on: vector`"));
    let off = up(&apart(), &built(&sharing()));
    assert_eq!(refusals(&off), [(Unsafe, "app:attachment".to_owned())]);
    assert!(off.refusals[0].way_out.contains("take `app` out of the file"));
}

#[test]
fn a_move_onto_a_machine_that_is_still_to_be_made_is_refused_too() {
    let named = |on: Option<&str>| {
        let Component::AppStack(mut it) = app(on) else { panic!() };
        it.records = names(&["app"]);
        with(small(), "app", Component::AppStack(it))
    };
    let inventory = built(&named(None));
    let moved = with(named(Some("server")), "server", Component::Droplet(plain(None)));
    assert!(refusals(&up(&moved, &inventory)).contains(&(Unsafe, "app".to_owned())));
}

#[test]
fn a_component_moves_onto_a_machine_in_two_steps_with_its_data() {
    let inventory = built(&apart());
    let volume = inventory.volumes.iter().find(|it| it.name == "core-app-data").unwrap().id.clone();
    let out = up(&without(apart(), "app"), &inventory);
    assert!(matches!(step(&out, "app").work, Work::Delete(Deletion::Droplet { .. })));
    let between = world::apply_plan(&inventory, &out);
    let back = up(&sharing(), &between);
    assert_eq!(refusals(&back), []);
    let after = world::apply_plan(&between, &back);
    let moved = after.volumes.iter().find(|it| it.id == volume).unwrap();
    assert_eq!(moved.droplet_ids, [after.droplets[0].id].into());
}

#[test]
fn a_component_without_a_volume_does_not_lose_what_is_on_its_disk() {
    let without_volume = |on: Option<&str>| {
        let Component::AppStack(mut it) = app(on) else { panic!() };
        it.volume = None;
        with(small(), "app", Component::AppStack(it))
    };
    let plan = up(&without_volume(Some("vector")), &built(&without_volume(None)));
    assert_eq!(refusals(&plan), [(Unsafe, "app".to_owned())]);
}

#[test]
fn a_machine_that_is_replaced_takes_everybodys_data_along() {
    let inventory = built(&sharing());
    let asked = Asked { replace: ["vector".parse().unwrap()].into(), ..Asked::stand() };
    let newer = with_vector(sharing(), |vector| {
        vector.home.own_mut().unwrap().image = Image::new("ubuntu-24-04-x64");
    });
    let plan = plan(&newer, &inventory, &asked);
    assert_eq!(refusals(&plan), []);
    let Work::Replace(replacement) = &step(&plan, "vector").work else { panic!() };
    assert_eq!(replacement.volumes.len(), 2);
    let after = world::apply_plan(&inventory, &plan);
    assert!(up(&newer, &after).is_empty());
}

#[test]
fn a_plain_machine_may_carry_the_whole_stack() {
    let server = Component::Droplet(plain(None));
    let Component::VectorDroplet(mut store) = vector(&[]) else { panic!() };
    store.home = Home::On(ComponentName::parse("server").unwrap());
    let whole = stack([
        ("server", server),
        ("vector", Component::VectorDroplet(store)),
        ("app", app(Some("server"))),
    ]);
    let first = up(&whole, &world::empty());
    let inventory = world::apply_plan(&world::empty(), &first);
    assert_eq!((inventory.droplets.len(), inventory.volumes.len()), (1, 2));
    assert!(up(&whole, &inventory).is_empty());
}
