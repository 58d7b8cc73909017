//! Real machines: what cloud-init makes of them, and what `up` does with them.

mod adopted;
mod behind;
mod born;
mod certified;
mod copied;
mod lab;
mod serving;
mod single;
mod traced;
mod watched;
