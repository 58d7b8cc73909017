//! Components that are there only sometimes: readings say whether.
//!
//! Nothing is kept between two runs: since when a condition holds is asked of who remembers, the
//! metrics' source. Where nobody does, as with pages that tell the moment only, a component stays as
//! it is.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::{
    config::{Component, Condition, Stack, Switch},
    inventory::Inventory,
    metrics::{Scrapes, Unknown},
    plan::{Note, Purpose},
    policy::{CALM, Choice, Presence, presence},
    readings::{Question, Source, What},
    values::{Address, ComponentName, Mark},
};

/// A stack in which nothing is left to readings any more.
#[derive(Clone, Debug)]
pub struct Settled {
    /// The stack, its components on or off.
    pub stack: Stack,
    /// What was decided about each that was left to readings.
    pub choices: BTreeMap<ComponentName, Choice>,
}

/// Decides about every component that is left to readings; one that stays as it is counts as off
/// until [`Settled::keep`] has seen it.
pub async fn settle(stack: &Stack, purpose: Purpose, now: Timestamp) -> Settled {
    let mut settled = Settled { stack: stack.clone(), choices: BTreeMap::new() };
    match purpose {
        Purpose::Stand => {}
        // What goes is found by its marks, whatever its readings are.
        Purpose::Go => return settled,
    }
    let source = Source::new(stack.metrics.as_ref());
    for (name, component) in &stack.components {
        let Some(when) = condition(component) else { continue };
        let choice = choose(&source, when, now).await;
        let switch = if choice.is_wanted() { Switch::On } else { Switch::Off };
        settled.stack.switch(name, switch);
        settled.choices.insert(name.clone(), choice);
    }
    settled
}

/// What a component's existence hangs on, if it hangs on something.
fn condition(component: &Component) -> Option<&Condition> {
    match component {
        Component::MicroCache(cache) => match cache.enabled {
            Switch::Auto => cache.when.as_ref(),
            Switch::On | Switch::Off => None,
        },
        Component::VectorDroplet(_)
        | Component::AppStack(_)
        | Component::NetworkFirewall(_)
        | Component::Droplet(_) => None,
    }
}

async fn choose(source: &Source, when: &Condition, now: Timestamp) -> Choice {
    let what = What::Signal(&when.signal);
    let questions = [when.held_for, CALM].map(|over| Question { what, over });
    let readings = source.read(&questions, &mut Scrapes::default(), now).await;
    let [recent, calm] = readings.as_slice() else { unreachable!("as many as questions") };
    presence(when, recent, calm)
}

impl Settled {
    /// Puts back what stays as it is and is there; whether that changed anything.
    pub fn keep(&mut self, inventory: &Inventory, mark: &Mark) -> bool {
        let open = self.choices.iter().filter(|(_, choice)| choice.is_open());
        let there: Vec<ComponentName> = open
            .map(|(name, _)| name.clone())
            .filter(|name| is_there(name, inventory, mark))
            .collect();
        for name in &there {
            self.stack.switch(name, Switch::On);
        }
        !there.is_empty()
    }

    /// Forgets what nobody was asked about: where the file names no source there is nothing to tell.
    pub fn forget_unasked(&mut self) {
        self.choices.retain(|_, choice| match choice.presence {
            Presence::Unknown(Unknown::NoSource) => false,
            Presence::Present(_)
            | Presence::Absent(_)
            | Presence::Between(_)
            | Presence::Unknown(_) => true,
        });
    }

    /// What was decided, as a plan shows it.
    pub fn notes(&self) -> impl Iterator<Item = Note> {
        self.choices.iter().map(|(name, choice)| Note {
            address: Some(Address::component(name.clone())),
            text: choice.to_string(),
        })
    }
}

/// Whether a component is there: a machine is marked as its own, or as having its software.
fn is_there(name: &ComponentName, inventory: &Inventory, mark: &Mark) -> bool {
    let own = Address::component(name.clone());
    inventory.droplets.iter().any(|live| {
        mark.address_among(&live.tags).as_ref() == Some(&own)
            || live.tags.iter().any(|tag| mark.is_software_of(tag, name.as_str()))
    })
}
