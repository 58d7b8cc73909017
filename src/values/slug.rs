//! DigitalOcean's own short words.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Makes one slug type.
macro_rules! slug {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// Takes a slug as it was written; only DigitalOcean knows which ones exist.
            pub fn new(slug: impl Into<String>) -> Self {
                Self(slug.into())
            }

            /// The slug as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.pad(&self.0)
            }
        }
    };
}

slug! {
    /// A region, as `sfo2`.
    Region
}

slug! {
    /// A droplet size, as `s-4vcpu-8gb`.
    SizeSlug
}

slug! {
    /// An image, as `ubuntu-22-04-x64` or the number of a snapshot.
    Image
}
