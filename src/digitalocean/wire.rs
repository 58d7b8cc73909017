//! Tolerance towards what the API sends: nulls for empty things, words nobody has heard of yet.

use serde::{Deserialize, Deserializer};

/// Reads null as empty; with `#[serde(default)]` a missing field too.
pub fn or_empty<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Default + Deserialize<'de>,
{
    Option::deserialize(deserializer).map(Option::unwrap_or_default)
}

/// An enum of the words DigitalOcean documents, and `Other` for those it will add.
macro_rules! words {
    (
        $(#[$about:meta])*
        $name:ident { $( $(#[$about_word:meta])* $variant:ident = $word:literal, )+ }
    ) => {
        $(#[$about])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
        pub enum $name {
            $( $(#[$about_word])* $variant, )+
            /// A word that is not documented.
            Other(String),
        }

        impl $name {
            /// The word on the wire.
            pub fn as_str(&self) -> &str {
                match self {
                    $( Self::$variant => $word, )+
                    Self::Other(word) => word,
                }
            }
        }

        impl From<String> for $name {
            fn from(word: String) -> Self {
                match word.as_str() {
                    $( $word => Self::$variant, )+
                    _ => Self::Other(word),
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer).map(Self::from)
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }
    };
}

pub(crate) use words;

#[cfg(test)]
mod tests {
    use super::*;

    words! {
        /// Colours of a lamp.
        Lamp {
            /// Stop.
            Red = "red",
            /// Go.
            Green = "green",
        }
    }

    #[derive(Deserialize)]
    struct Post {
        lamp: Lamp,
        #[serde(default, deserialize_with = "or_empty")]
        labels: Vec<String>,
    }

    fn post(json: &str) -> Post {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn known_and_unknown_words_keep_their_spelling() {
        assert_eq!(post(r#"{"lamp":"red"}"#).lamp, Lamp::Red);
        let blue = post(r#"{"lamp":"blue"}"#).lamp;
        assert_eq!(blue, Lamp::Other("blue".to_owned()));
        assert_eq!(serde_json::to_value(&blue).unwrap(), "blue");
        assert_eq!(Lamp::Green.to_string(), "green");
    }

    #[test]
    fn null_missing_and_empty_are_the_same_list() {
        for json in [
            r#"{"lamp":"red"}"#,
            r#"{"lamp":"red","labels":null}"#,
            r#"{"lamp":"red","labels":[],"more":1}"#,
        ] {
            assert!(post(json).labels.is_empty(), "{json}");
        }
        assert_eq!(post(r#"{"lamp":"red","labels":["a"]}"#).labels, ["a"]);
    }
}
