//! Templates to text.

mod cloud_init;
mod template;
mod templates;

pub use self::cloud_init::CloudInit;
pub use self::template::RenderError;
pub use self::templates::Templates;
