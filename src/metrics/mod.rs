//! Readings of programs, as their pages of metrics show them.

mod histogram;
mod line;
mod page;
mod reading;
mod scrapes;
mod series;

pub use self::{
    histogram::{Histogram, Quantile},
    page::Page,
    reading::{Reading, Span, Unknown, Value},
    scrapes::Scrapes,
    series::{Host, Series, Whose, pick},
};
