//! Who takes the snapshots by night, as the account remembers it.

use crate::{
    config::Stack,
    digitalocean::{ApiError, Client, tags::Tagged},
    operate::snapshots::{Watched, survey::volumes},
    values::{Scheduler, Tag},
};

/// Writes down who takes them, on every volume that has a policy, and tells how many those are. Two
/// who do would take each night once all the same.
pub async fn schedule(
    client: &Client,
    stack: &Stack,
    whom: Option<Scheduler>,
) -> Result<usize, ApiError> {
    let (mark, all) = (stack.mark(), volumes(client, stack).await?);
    let with_policy = all.iter().filter(|it| it.policy.is_some());
    let meant: Vec<Tagged> = with_policy.map(|it| it.volume.tagged()).collect();
    if let Some(whom) = whom.filter(|_| !meant.is_empty()) {
        let tag = mark.nights_tag(whom);
        client.create_tag(tag.as_str()).await?;
        client.tag(tag.as_str(), &meant).await?;
    }
    for other in Scheduler::ALL.into_iter().filter(|other| Some(*other) != whom) {
        let tag = mark.nights_tag(other);
        let worn = |it: &Watched| it.volume.tags.iter().any(|own| Tag::new(own) == tag);
        if all.iter().any(worn) {
            client.delete_tag(tag.as_str()).await?;
        }
    }
    Ok(meant.len())
}
