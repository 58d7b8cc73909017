//! Templates to text.

mod cloud_init;
mod template;

pub use self::cloud_init::CloudInit;
pub use self::template::RenderError;
