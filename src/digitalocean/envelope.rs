//! The envelopes of the API: one thing under its name, or a page of things under their name.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{DeserializeOwned, Error, IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

/// A thing that comes alone under one key and in lists under another.
pub trait Thing: DeserializeOwned + Send {
    /// The key of one: `volume`.
    const ONE: &'static str;
    /// The key of many: `volumes`.
    const MANY: &'static str;

    /// What tells two of them apart in a list.
    fn id(&self) -> String;
}

/// An answer with one thing.
pub struct One<T>(pub T);

/// An answer with one page of a list.
pub struct Page<T> {
    /// The things on this page.
    pub items: Vec<T>,
    /// How many there are on all pages.
    pub total: Option<usize>,
    /// Whether the answer points to a next page.
    pub goes_on: bool,
}

#[derive(Default, Deserialize)]
struct Meta {
    total: Option<usize>,
}

#[derive(Default, Deserialize)]
struct Links {
    pages: Option<PageLinks>,
}

#[derive(Default, Deserialize)]
struct PageLinks {
    next: Option<String>,
}

impl<'de, T: Thing> Deserialize<'de> for One<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(OneVisitor(PhantomData))
    }
}

impl<'de, T: Thing> Deserialize<'de> for Page<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(PageVisitor(PhantomData))
    }
}

struct OneVisitor<T>(PhantomData<T>);

impl<'de, T: Thing> Visitor<'de> for OneVisitor<T> {
    type Value = One<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "an object with `{}`", T::ONE)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<One<T>, A::Error> {
        let mut found = None;
        while let Some(key) = map.next_key::<String>()? {
            if key == T::ONE {
                found = Some(map.next_value()?);
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        found.map(One).ok_or_else(|| Error::missing_field(T::ONE))
    }
}

struct PageVisitor<T>(PhantomData<T>);

impl<'de, T: Thing> Visitor<'de> for PageVisitor<T> {
    type Value = Page<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "an object with `{}`", T::MANY)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Page<T>, A::Error> {
        let mut items = None;
        let mut meta = None;
        let mut links = None;
        while let Some(key) = map.next_key::<String>()? {
            if key == T::MANY {
                items = Some(map.next_value::<Option<Vec<T>>>()?.unwrap_or_default());
                continue;
            }
            match key.as_str() {
                "meta" => meta = map.next_value::<Option<Meta>>()?,
                "links" => links = map.next_value::<Option<Links>>()?,
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        let items = items.ok_or_else(|| Error::missing_field(T::MANY))?;
        let total = meta.unwrap_or_default().total;
        let next = links.and_then(|links| links.pages).and_then(|pages| pages.next);
        Ok(Page { items, total, goes_on: next.is_some() })
    }
}
