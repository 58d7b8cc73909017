//! What the machines of a test are plugged into: a bridge to the test, and one among themselves.

use std::{
    cell::Cell,
    fs,
    path::Path,
    process::{self, Command},
};

/// Two bridges of one number, which no other test of this machine has.
pub struct Wire {
    number: u8,
    links: Cell<u32>,
}

impl Wire {
    /// Takes the first number that is free.
    ///
    /// A bridge whose test is gone, because it was killed, is taken away.
    pub fn new() -> Self {
        let number = (1..=250).find(|number| take(*number)).expect("a free number for a bridge");
        Self { number, links: Cell::new(0) }
    }

    /// The address to the test of the machine with this number, from 10 on, and its network's length.
    ///
    /// They are of a range that is for tests of networks and routes nowhere (RFC 2544).
    pub fn address(&self, machine: u8) -> String {
        format!("198.19.{}.{machine}/24", self.number)
    }

    /// The names of the bridges: to the test, and among the machines.
    pub fn bridges(&self) -> String {
        format!("{} {}", outside(self.number), inside(self.number))
    }

    /// What the names of a machine's links begin with; another one each time.
    pub fn link(&self) -> String {
        self.links.set(self.links.get() + 1);
        format!("ds{}-{}", self.number, self.links.get())
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        remove(self.number);
    }
}

fn outside(number: u8) -> String {
    format!("dso-{number}")
}

fn inside(number: u8) -> String {
    format!("dsi-{number}")
}

fn take(number: u8) -> bool {
    let (outside, inside) = (outside(number), inside(number));
    // The bridge is exclusive: of two tests only one makes it.
    if !ip(&["link", "add", "name", &outside, "type", "bridge"]) {
        if is_left(&outside) {
            remove(number);
        }
        return false;
    }
    let owner = process::id().to_string();
    let address = format!("198.19.{number}.1/24");
    ip(&["link", "set", "dev", &outside, "alias", &owner])
        && ip(&["link", "add", "name", &inside, "type", "bridge"])
        && ip(&["address", "add", &address, "dev", &outside])
        && ip(&["link", "set", "dev", &outside, "up"])
        && ip(&["link", "set", "dev", &inside, "up"])
}

/// Whether the test that a bridge belongs to is gone.
fn is_left(bridge: &str) -> bool {
    let owner = fs::read_to_string(format!("/sys/class/net/{bridge}/ifalias")).unwrap_or_default();
    let owner = owner.trim();
    !owner.is_empty() && !Path::new("/proc").join(owner).exists()
}

fn remove(number: u8) {
    for bridge in [outside(number), inside(number)] {
        ip(&["link", "delete", "dev", &bridge]);
    }
}

fn ip(words: &[&str]) -> bool {
    Command::new("ip").args(words).output().is_ok_and(|output| output.status.success())
}
