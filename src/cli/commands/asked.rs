//! From flags to what is asked of a plan.

use crate::{
    cli::{Exit, Failure, args::Scope},
    plan::{Asked, NewData},
    values::Address,
};

/// What `preview` and `up` ask for.
pub fn stand(scope: &Scope) -> Result<Asked, Failure> {
    let targets = scope.target.iter().map(|text| address(text)).collect::<Result<_, _>>()?;
    let replace = scope.replace.iter().map(|text| address(text)).collect::<Result<_, _>>()?;
    let new_data = if scope.yes_new { NewData::Accept } else { NewData::Refuse };
    let delete_adopted = scope.delete_adopted.iter().cloned().collect();
    Ok(Asked { delete_adopted, new_data, replace, targets, ..Asked::stand() })
}

fn address(text: &str) -> Result<Address, Failure> {
    text.parse().map_err(|error| Failure::caused(Exit::Input, &error))
}
