//! What several tests share.

pub mod browser;
pub mod certificate;
pub mod cloud;
pub mod env;
pub mod foreign;
pub mod machine;
pub mod monitoring;
pub mod nights;
pub mod openapi;
pub mod output;
pub mod proxy;
pub mod side_by_side;
pub mod sshd;
pub mod terminal;
pub mod tool;
pub mod until;
