//! Tags at DigitalOcean.

use std::{cmp::Ordering, fmt};

use serde::{Deserialize, Serialize};

/// A tag, which DigitalOcean keeps in its first spelling and compares without case.
///
/// Rule (API description: `tags`, pattern of `name`): letters, digits, `:`, `-`, `_`, 1 to 255.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Tag(String);

impl Tag {
    /// Takes a text known to keep the rule: a mark of ours, or what the API itself said.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The tag in its own spelling.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What follows `prefix`, compared without case.
    pub fn after(&self, prefix: &str) -> Option<&str> {
        let head = self.0.get(..prefix.len())?;
        head.eq_ignore_ascii_case(prefix).then(|| &self.0[prefix.len()..])
    }
}

impl fmt::Display for Tag {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(&self.0)
    }
}

impl PartialEq for Tag {
    fn eq(&self, other: &Self) -> bool {
        self.0.eq_ignore_ascii_case(&other.0)
    }
}

impl Eq for Tag {}

impl PartialOrd for Tag {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Tag {
    fn cmp(&self, other: &Self) -> Ordering {
        fn lower(tag: &Tag) -> impl Iterator<Item = u8> {
            tag.0.bytes().map(|byte| byte.to_ascii_lowercase())
        }
        lower(self).cmp(lower(other))
    }
}

#[cfg(test)]
mod tests {
    use super::Tag;

    #[test]
    fn case_does_not_tell_tags_apart() {
        assert_eq!(Tag::new("Prod"), Tag::new("prod"));
        assert_eq!(Tag::new("DOSTACK:a").after("dostack:"), Some("a"));
        assert_eq!(Tag::new("dos").after("dostack:"), None);
        assert_eq!(Tag::new("é-tag").after("d"), None);
    }
}
