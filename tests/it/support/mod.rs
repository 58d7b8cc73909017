//! What several tests share.

pub mod openapi;
