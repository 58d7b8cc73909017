//! Real machines: what cloud-init makes of them, and what `up` does with them.

mod adopted;
mod behind;
mod born;
mod lab;
mod serving;
