//! Postgres and what uses it: a machine, its volume, its firewall, its records.

use crate::{
    components::{
        firewall::{Opening, guard},
        machine::Machine,
        shared::Building,
    },
    config::{AppStack, Peer},
    values::{Address, ComponentName},
};

/// Nginx to everyone, Postgres to the private network.
const OPENINGS: [Opening; 2] =
    [Opening { ports: &[80, 443], to: Peer::Anywhere }, Opening { ports: &[5432], to: Peer::Vpc }];

/// What shares Postgres' connections, to the private network too.
const POOL: Opening = Opening { ports: &[6432], to: Peer::Vpc };

/// Adds the component to the stack.
pub fn expand(building: &mut Building, name: &ComponentName, app: &AppStack) {
    let pool = app.postgres.pool.is_some().then_some(POOL);
    let openings: Vec<Opening> = OPENINGS.into_iter().chain(pool).collect();
    let target = guard(building, name, &openings, &[]);
    let machine = Machine {
        address: Address::component(name.clone()),
        droplet: &app.droplet,
        volume: app.volume.as_ref(),
        records: &app.records,
        resize: app.resize.as_ref(),
        swap_mb: 0,
        target,
    };
    machine.add_to(building);
}
