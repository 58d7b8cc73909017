//! Planning without an account, for benchmarks: a stack file against an account that is empty.

use crate::{
    components::{Wanted, expand},
    config::{MissingKeys, OneFile, load},
    inventory::Inventory,
    plan::{Asked, check, diff},
    render::Templates,
    values::Mark,
};

/// A stack that is ready to be planned.
pub struct Rehearsal {
    wanted: Wanted,
    mark: Mark,
}

impl Rehearsal {
    /// Reads and expands the text of a stack file; the error is the mistakes as text.
    pub fn of(text: &str) -> Result<Self, String> {
        let loaded = load("stack.yaml", &OneFile(text), MissingKeys::ThrowAway)
            .map_err(|mistakes| mistakes.to_string())?;
        let wanted = expand(&loaded.stack, &Templates::built_in())
            .map_err(|errors| errors.iter().map(ToString::to_string).collect::<String>())?;
        Ok(Self { wanted, mark: loaded.stack.mark() })
    }

    /// How many resources it wants.
    pub fn resources(&self) -> usize {
        self.wanted.len()
    }

    /// Plans it and reads the plan again, as every command does, and says how many changes and
    /// flaws that are.
    pub fn plan(&self) -> (usize, usize) {
        let asked = Asked::stand();
        let plan = diff(&self.wanted, &Inventory::default(), &self.mark, &asked);
        (plan.changes().count(), check(&plan, &asked).len())
    }
}
