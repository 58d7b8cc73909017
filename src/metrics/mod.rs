//! Readings of programs, as their pages of metrics show them.

mod histogram;
mod line;
mod page;
#[expect(dead_code, reason = "those who read are being built")]
mod reading;

pub use self::{
    histogram::{Histogram, Quantile},
    page::Page,
    reading::{Reading, Span, Unknown, Value},
};
