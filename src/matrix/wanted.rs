//! What a check wants, in words.

use crate::{config::Check, matrix::measured::limit};

/// What has to be true, in a few words.
pub fn wanted(check: &Check) -> String {
    match check {
        Check::Http(http) => {
            let body = http.body.as_ref().map(|body| format!(" with `{body}`"));
            let body = body.unwrap_or_default();
            format!("{}{body} in {} from {}", http.status, limit(http.within), http.url)
        }
        Check::WeaviateReady { within } => format!("ready in {}", limit(*within)),
        Check::WeaviateKey => "401 without the key, 200 with it".to_owned(),
        Check::WeaviateNodes => "every node is healthy".to_owned(),
        Check::WeaviateShare { at_most, percent } => {
            format!("{percent} % of all queries in {}", limit(*at_most))
        }
        Check::WeaviateSearch { within, count, .. } => {
            format!("p95 of {count} vector searches below {}", limit(*within))
        }
        Check::WeaviateQuestion { within, .. } => {
            format!("a question in words answered in {}", limit(*within))
        }
        Check::PostgresCache { percent } => format!("{percent} % of blocks read from memory"),
        Check::PostgresConnections { percent } => {
            format!("at most {percent} % of connections taken")
        }
        Check::PostgresTables { most_gb: None } => "sizes of tables are known".to_owned(),
        Check::PostgresTables { most_gb: Some(most) } => format!("no table above {most} GB"),
        Check::PostgresLoad { clients, lasting, least } => {
            format!("{least} transactions a second, {clients} clients, {}", limit(*lasting))
        }
        Check::CachePing => "answers a ping".to_owned(),
    }
}
