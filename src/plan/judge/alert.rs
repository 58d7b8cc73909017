//! Alert policies.

use crate::{
    inventory::{Found, Id},
    plan::{
        Refused, Update,
        judge::{Bench, Judged},
    },
    resources::{Alert, Resource},
    values::Address,
};

/// Judges an alert policy: ours by the mark in its description, or made.
pub fn judge(bench: &Bench, address: &Address, wanted: &Alert) -> Judged {
    let found = bench.inventory.alerts_of(bench.mark);
    match found.get(address).map(Vec::as_slice) {
        None | Some([]) => Judged::missing(Resource::Alert(wanted.clone())),
        Some([live]) => {
            let update = Update::Alert { id: live.id.clone(), alert: wanted.clone() };
            let changes = wanted.diff(live, &bench.asked.hooks);
            Judged::differs(Found::id(Id::Text(live.id.clone())), changes, update)
        }
        Some([first, second, ..]) => {
            let text =
                format!("alert policies {} and {} both carry this mark", first.id, second.id);
            Judged::in_sync(None).refused(Refused::Ambiguous, text, "delete one of them")
        }
    }
}
