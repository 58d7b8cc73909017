//! Which image of what, by version: the one table of it.

/// Something that runs in containers, at the version that was tried.
pub struct Image {
    /// Where it comes from, without its tag.
    pub name: &'static str,
    /// Its tag.
    pub tag: &'static str,
}

/// Weaviate (docs.weaviate.io: Docker installation). The stack file says which minor version.
pub const WEAVIATE: &str = "cr.weaviate.io/semitechnologies/weaviate";

/// The last patch of each minor version of Weaviate that a stack file may name by its first two
/// numbers (tags of the project).
pub const WEAVIATE_PATCHES: [(&str, &str); 2] = [("1.30", "1.30.23"), ("1.40", "1.40.4")];

/// Dragonfly (tags of the project; licence: BUSL 1.1).
pub const DRAGONFLY: Image =
    Image { name: "docker.dragonflydb.io/dragonflydb/dragonfly", tag: "v1.40.1" };

/// Python, for environments made from requirements.
pub const PYTHON: Image = Image { name: "docker.io/library/python", tag: "3.12-slim-bookworm" };

impl Image {
    /// The image as compose names it.
    pub fn reference(&self) -> String {
        format!("{}:{}", self.name, self.tag)
    }
}

/// Weaviate's image: a version of three numbers is taken at its word, one of two is the last patch.
pub fn weaviate(version: &str) -> String {
    let patch = WEAVIATE_PATCHES.iter().find(|(minor, _)| *minor == version);
    let tag = match patch {
        Some((_, patch)) => (*patch).to_owned(),
        None if version.split('.').count() == 2 => format!("{version}.0"),
        None => version.to_owned(),
    };
    format!("{WEAVIATE}:{tag}")
}

#[cfg(test)]
mod tests {
    use super::weaviate;

    #[test]
    fn a_version_of_two_numbers_is_the_last_patch_that_was_tried() {
        assert!(weaviate("1.30").ends_with("weaviate:1.30.23"));
        assert!(weaviate("1.30.4").ends_with("weaviate:1.30.4"));
        assert!(weaviate("1.36").ends_with("weaviate:1.36.0"));
    }
}
