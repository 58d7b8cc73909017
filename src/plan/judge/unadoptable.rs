//! What cannot be adopted, whatever its kind: the same words, and the same ways out.

use crate::plan::{Action, Reason, Refused, judge::Judged};

/// Why something is refused: how bad that is, what it is, the way out.
pub type Why = (Refused, String, String);

/// Nothing has the name or id that `adopt` names; `what` says what was looked for, and where.
pub fn not_there(what: &str, target: &str) -> Why {
    let text = format!("there is no {what}, which `adopt` names");
    let way_out = format!(
        "take `adopt` out to create a new one, or say `adopt: {{ name: {target}, else: create }}`"
    );
    (Refused::Impossible, text, way_out)
}

/// Another stack has it.
pub fn of_another(stack: &str, text: String) -> Why {
    let way_out = format!("release it first: take it out of `{stack}`, or destroy that stack");
    (Refused::Unsafe, text, way_out)
}

/// `adopt` means several things.
pub fn several(text: String, first: &str) -> Why {
    let way_out = format!("write the id of the one that is meant, as `adopt: {first}`");
    (Refused::Impossible, text, way_out)
}

/// Refuses to adopt something.
pub fn refused((why, text, way_out): Why) -> Judged {
    Judged { action: Action::Adopt, reason: Reason::Adopted, ..Judged::in_sync(None) }
        .refused(why, text, way_out)
}
