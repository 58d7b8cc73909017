//! Real machines: what cloud-init makes of them, and what `up` does with them.

mod behind;
mod born;
mod serving;
