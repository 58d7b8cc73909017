//! Values that some clients spell as text, as in `"disk": "true"`: DigitalOcean reads them all the same.

use std::str::FromStr;

use serde::{Deserialize, Deserializer, de::Error};

/// Reads an optional number or boolean, plain or as text.
pub fn spelled<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de> + FromStr,
{
    match Option::deserialize(deserializer)? {
        None => Ok(None),
        Some(Spelled::Plain(value)) => Ok(Some(value)),
        Some(Spelled::Text(text)) => {
            text.parse().map(Some).map_err(|_| Error::custom(format!("invalid value: {text:?}")))
        }
    }
}

#[derive(Deserialize)]
#[serde(untagged, expecting = "invalid type")]
enum Spelled<T> {
    Plain(T),
    Text(String),
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn number(value: Value) -> Result<Option<u64>, serde_json::Error> {
        spelled(value)
    }

    #[test]
    fn a_number_may_be_text() {
        assert_eq!(number(json!(7)).unwrap(), Some(7));
        assert_eq!(number(json!("7")).unwrap(), Some(7));
        assert_eq!(number(Value::Null).unwrap(), None);
    }

    #[test]
    fn a_boolean_may_be_text() {
        assert_eq!(spelled::<_, bool>(json!("true")).unwrap(), Some(true));
        assert_eq!(spelled::<_, bool>(json!(false)).unwrap(), Some(false));
    }

    #[test]
    fn anything_else_is_refused() {
        for wrong in [json!("seven"), json!(-7), json!(""), json!([7])] {
            assert!(number(wrong.clone()).is_err(), "{wrong}");
        }
    }
}
