//! Whole lists out of pages.
//!
//! The first page tells how many there are; the rest comes at once. A list that changed while it
//! was read (another total, one thing on two pages, one too few) or a page that could not be had
//! starts over: a part of a list is never returned, because a plan made on it would create again
//! what it did not see.

use std::collections::BTreeSet;
use std::iter;

use futures_util::stream::{self, StreamExt, TryStreamExt};

use crate::digitalocean::call::Request;
use crate::digitalocean::client::Client;
use crate::digitalocean::envelope::{Page, Thing};
use crate::digitalocean::error::ApiError;

/// The most things a page can hold.
const PER_PAGE: usize = 200;

/// How many pages are read at once.
const AT_ONCE: usize = 8;

/// How often a list is begun before it is given up as restless.
const TRIES: usize = 3;

/// Why a list has to be read again.
enum Setback {
    /// The list cannot be had.
    Fatal(ApiError),
    /// A later page could not be had.
    Page(ApiError),
    /// The pages do not fit together.
    Changed(String),
}

impl Client {
    /// Reads all of a list.
    pub(in crate::digitalocean) async fn list<T: Thing>(
        &self,
        request: Request,
    ) -> Result<Vec<T>, ApiError> {
        let request = request.with_query("per_page", &PER_PAGE.to_string());
        let mut last = None;
        for _ in 0..TRIES {
            match self.list_once(&request).await {
                Ok(items) => return Ok(items),
                Err(Setback::Fatal(error)) => return Err(error),
                Err(Setback::Page(error)) => last = Some(error),
                Err(Setback::Changed(why)) => {
                    tracing::debug!(path = request.call().path, why, "list changed, starting over");
                    last = Some(ApiError::Inconsistent { call: request.call(), why });
                }
            }
        }
        Err(last.expect("a list is begun at least once"))
    }

    async fn list_once<T: Thing>(&self, request: &Request) -> Result<Vec<T>, Setback> {
        let first: Page<T> = self.page(request, 1).await.map_err(Setback::Fatal)?;
        let Some(total) = first.total else {
            return only_page(first);
        };
        let rest: Vec<Page<T>> = stream::iter(2..=total.div_ceil(PER_PAGE))
            .map(|number| self.page(request, number))
            .buffered(AT_ONCE)
            .try_collect()
            .await
            .map_err(of_later_page)?;
        joined(total, iter::once(first).chain(rest))
    }

    async fn page<T: Thing>(&self, request: &Request, number: usize) -> Result<Page<T>, ApiError> {
        self.fetch(&request.clone().with_query("page", &number.to_string())).await
    }
}

/// A list that does not count itself is whole only if nothing follows.
fn only_page<T>(page: Page<T>) -> Result<Vec<T>, Setback> {
    if page.goes_on {
        return Err(Setback::Changed(
            "the list has more pages but does not say how many".to_owned(),
        ));
    }
    Ok(page.items)
}

/// A token that is refused will be refused again, and a throttled client must not begin anew.
fn of_later_page(error: ApiError) -> Setback {
    match error {
        ApiError::Unauthorized(_) | ApiError::Forbidden(_) | ApiError::Throttled { .. } => {
            Setback::Fatal(error)
        }
        ApiError::Refused(_)
        | ApiError::Failing { .. }
        | ApiError::Unreachable { .. }
        | ApiError::Ambiguous { .. }
        | ApiError::NotDigitalOcean { .. }
        | ApiError::TooLarge { .. }
        | ApiError::Inconsistent { .. } => Setback::Page(error),
    }
}

/// The pages as one list, if they are of one list.
fn joined<T: Thing>(total: usize, pages: impl Iterator<Item = Page<T>>) -> Result<Vec<T>, Setback> {
    let changed = |why: &str| Err(Setback::Changed(format!("the list kept changing: {why}")));
    let mut items = Vec::with_capacity(total.min(PER_PAGE * 16));
    for page in pages {
        if page.total != Some(total) {
            return changed("its pages disagree about its length");
        }
        items.extend(page.items);
    }
    let ids: BTreeSet<String> = items.iter().map(Thing::id).collect();
    if ids.len() != items.len() {
        return changed("one thing is on two pages");
    }
    if items.len() != total {
        return changed("it is longer or shorter than it says");
    }
    Ok(items)
}
