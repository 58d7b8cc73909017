//! Planning without an account, for benchmarks: a stack file against an account that is empty.

use crate::{
    components::{Wanted, expand},
    config::{MissingKeys, OneFile, load},
    inventory::Inventory,
    plan::{Asked, check, diff},
    render::Templates,
    resources::{Catalog, Droplet, Size},
    values::{Mark, Money, SizeSlug},
};

/// A stack that is ready to be planned.
pub struct Rehearsal {
    wanted: Wanted,
    account: Inventory,
    mark: Mark,
}

impl Rehearsal {
    /// Reads and expands the text of a stack file; the error is the mistakes as text.
    pub fn of(text: &str) -> Result<Self, String> {
        let loaded = load("stack.yaml", &OneFile(text), MissingKeys::ThrowAway)
            .map_err(|mistakes| mistakes.to_string())?;
        let wanted = expand(&loaded.stack, &Templates::built_in())
            .map_err(|errors| errors.iter().map(ToString::to_string).collect::<String>())?;
        let account = account(&wanted);
        Ok(Self { wanted, account, mark: loaded.stack.mark() })
    }

    /// How many resources it wants.
    pub fn resources(&self) -> usize {
        self.wanted.len()
    }

    /// Plans it and reads the plan again, as every command does, and says how many changes and
    /// flaws that are.
    pub fn plan(&self) -> (usize, usize) {
        let asked = Asked::stand();
        let plan = diff(&self.wanted, &self.account, &self.mark, &asked);
        (plan.changes().count(), check(&plan, &asked).len())
    }
}

/// An account with nothing in it, which is offered the sizes that the stack asks for.
fn account(wanted: &Wanted) -> Inventory {
    let droplets = wanted.iter().filter_map(|(_, node)| node.value.as_droplet());
    Inventory { catalog: Catalog::new(droplets.map(offered)), ..Inventory::default() }
}

fn offered(droplet: &Droplet) -> (SizeSlug, Size) {
    let size = Size {
        monthly: Money::ZERO,
        memory_mb: 1024,
        vcpus: 1,
        disk_gb: 25,
        regions: [droplet.region.clone()].into(),
        available: true,
    };
    (droplet.size.clone(), size)
}
