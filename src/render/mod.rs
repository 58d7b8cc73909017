//! Templates to text.

mod cloud_init;
mod template;
mod templates;

pub use self::cloud_init::{CloudInit, Disk, MachineSettings, mount, with_host_key};
pub use self::template::RenderError;
pub use self::templates::Templates;
