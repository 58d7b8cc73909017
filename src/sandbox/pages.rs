//! Lists, a page at a time.
//!
//! A page has 20 entries unless `per_page` asks for others, and never more than 200. Numbers out
//! of range are moved to the nearest one in range, as DigitalOcean does.

use axum::http::StatusCode;
use serde::{Serialize, Serializer, ser::SerializeMap};

use crate::sandbox::{
    answer::{Answer, Reply},
    call::Call,
};

const DEFAULT_SIZE: usize = 20;
const MAX_SIZE: usize = 200;

/// Answers with the page that was asked for; only its entries are turned into views.
#[expect(clippy::unnecessary_wraps, reason = "handlers end with it")]
pub fn list<T, V: Serialize>(
    call: &Call,
    key: &'static str,
    entries: Vec<T>,
    view: impl Fn(T) -> V,
) -> Reply {
    let page = Page::of(call, entries.len());
    let shown = entries.into_iter().skip(page.skipped()).take(page.size).map(view);
    let list = List {
        key,
        entries: shown.collect(),
        links: page.links(call),
        meta: Meta { total: page.total },
    };
    Ok(Answer::json(StatusCode::OK, &list))
}

struct Page {
    number: usize,
    size: usize,
    total: usize,
}

impl Page {
    fn of(call: &Call, total: usize) -> Self {
        let number = number(call, "page").unwrap_or(1).max(1);
        let size = number_or_default(call).clamp(1, MAX_SIZE);
        Self { number, size, total }
    }

    fn skipped(&self) -> usize {
        (self.number - 1).saturating_mul(self.size)
    }

    fn last(&self) -> usize {
        self.total.div_ceil(self.size).max(1)
    }

    fn links(&self, call: &Call) -> Links {
        let link = |page: usize| {
            let query = call.query.with_page(page);
            Some(format!("{}{}?{query}", call.terms.origin, call.path))
        };
        let back = self.number > 1;
        let forth = self.number < self.last();
        let pages = Pages {
            first: if back { link(1) } else { None },
            prev: if back { link((self.number - 1).min(self.last())) } else { None },
            next: if forth { link(self.number + 1) } else { None },
            last: if forth { link(self.last()) } else { None },
        };
        Links { pages: (back || forth).then_some(pages) }
    }
}

fn number_or_default(call: &Call) -> usize {
    number(call, "per_page").unwrap_or(DEFAULT_SIZE)
}

fn number(call: &Call, key: &str) -> Option<usize> {
    call.query.get(key)?.parse().ok()
}

struct List<V> {
    key: &'static str,
    entries: Vec<V>,
    links: Links,
    meta: Meta,
}

impl<V: Serialize> Serialize for List<V> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(3))?;
        map.serialize_entry(self.key, &self.entries)?;
        map.serialize_entry("links", &self.links)?;
        map.serialize_entry("meta", &self.meta)?;
        map.end()
    }
}

#[derive(Serialize)]
struct Links {
    #[serde(skip_serializing_if = "Option::is_none")]
    pages: Option<Pages>,
}

#[derive(Serialize)]
struct Pages {
    #[serde(skip_serializing_if = "Option::is_none")]
    first: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    prev: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last: Option<String>,
}

#[derive(Serialize)]
struct Meta {
    total: usize,
}
