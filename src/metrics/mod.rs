//! Readings of programs, as their pages of metrics show them.

mod histogram;
mod line;
mod page;

pub use self::{
    histogram::{Histogram, Quantile},
    page::Page,
};
