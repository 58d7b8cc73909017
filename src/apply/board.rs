//! Listings that all who wait share.

use std::sync::Arc;

use tokio::{sync::Mutex, time::Instant};

use crate::digitalocean::ApiError;

/// The latest listing of one kind; one call serves everybody who asks meanwhile.
pub struct Board<T> {
    latest: Mutex<Option<Listing<T>>>,
}

/// A whole listing, and when it was asked for.
struct Listing<T> {
    asked: Instant,
    things: Arc<Vec<T>>,
}

impl<T> Board<T> {
    /// A board with nothing on it yet.
    pub fn new() -> Self {
        Self { latest: Mutex::new(None) }
    }

    /// A listing that was asked for no earlier than `since`; `list` is called only when there is
    /// none, and by one at a time.
    pub async fn since<F>(
        &self,
        since: Instant,
        list: impl FnOnce() -> F,
    ) -> Result<Arc<Vec<T>>, ApiError>
    where
        F: Future<Output = Result<Vec<T>, ApiError>>,
    {
        let mut latest = self.latest.lock().await;
        if let Some(listing) = latest.as_ref().filter(|listing| listing.asked >= since) {
            return Ok(Arc::clone(&listing.things));
        }
        let asked = Instant::now();
        let things = Arc::new(list().await?);
        *latest = Some(Listing { asked, things: Arc::clone(&things) });
        Ok(things)
    }
}
