//! `volume`: data that outlives its machine.

use crate::{
    config::{
        reader::Reader,
        sections::adopt::{self, Adopt},
        shape::{Field, Need, Shape, optional, required},
        tree::Node,
    },
    values::VolumeName,
};

/// A data volume as the file describes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VolumeSpec {
    /// GiB, 1 to 16,384.
    pub size_gb: u32,
    /// What the machine makes on it, once.
    pub filesystem: Filesystem,
    /// `<stack>-<component>-data` unless the file says otherwise.
    pub name: Option<VolumeName>,
    /// The filesystem's label, if it gets one.
    pub label: Option<String>,
    /// An existing one to take in, with what is on it.
    pub adopt: Option<Adopt>,
}

/// A filesystem of a data volume.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Filesystem {
    /// ext4.
    Ext4,
    /// XFS.
    Xfs,
}

/// The field of a component that stores data: it must say so, or say `none`.
pub const STATED: Field = Field {
    name: "volume",
    need: Need::Required,
    shape: &Shape::Either(&SHAPE, &Shape::Word(&["none"])),
    about: "The data volume, as `{ size_gb: 100 }`; `none` keeps the data on the machine's own disk, where it dies with it.",
};

/// The field of a component that need not store data.
pub const FIELD: Field = Field { need: Need::Optional, ..STATED };

const SHAPE: Shape = Shape::Record(&[
    required("size_gb", &Shape::Whole(1, 16_384), "GiB; it can grow later and never shrink."),
    optional(
        "filesystem",
        &Shape::Word(&["ext4", "xfs"]),
        "What is made on it, once; ext4 unless given.",
    ),
    optional("name", &Shape::Text, "Its name; `<stack>-<component>-data` unless given."),
    optional(
        "label",
        &Shape::Text,
        "The filesystem's label: at most 16 characters on ext4, 12 on XFS.",
    ),
    adopt::FIELD,
]);

impl Filesystem {
    /// The longest label it holds, in bytes (API description: `volumes_ext4`, `volumes_xfs`).
    pub const fn longest_label(self) -> usize {
        match self {
            Self::Ext4 => 16,
            Self::Xfs => 12,
        }
    }

    /// Its name, as mkfs and mount know it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Ext4 => "ext4",
            Self::Xfs => "xfs",
        }
    }
}

/// Reads the field of a component; `volume: none` and no field at all are both none.
pub fn read(component: &Node, reader: &mut Reader<'_>) -> Option<VolumeSpec> {
    let node = component.get(FIELD.name)?;
    let size_gb =
        node.get("size_gb").and_then(Node::whole).and_then(|size| u32::try_from(size).ok());
    let filesystem = match node.get("filesystem").and_then(Node::text) {
        Some("xfs") => Filesystem::Xfs,
        Some(_) | None => Filesystem::Ext4,
    };
    let name = reader.parse(node.get("name"), VolumeName::parse);
    let label = reader.parse(node.get("label"), |text| label(text, filesystem));
    let adopt = adopt::read(node, reader);
    Some(VolumeSpec { size_gb: size_gb?, filesystem, name, label, adopt })
}

fn label(text: &str, filesystem: Filesystem) -> Result<String, String> {
    let word = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    let (most, kind) = (filesystem.longest_label(), filesystem.word());
    if text.len() > most {
        return Err(format!(
            "the label has {} characters, {kind} holds at most {most}",
            text.len()
        ));
    }
    if text.is_empty() || !text.bytes().all(word) {
        return Err(format!("`{text}` is no label: letters, digits, `-`, `_` and `.`"));
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::{Filesystem, label};

    #[test]
    fn a_label_fits_its_filesystem() {
        assert!(label(&"a".repeat(16), Filesystem::Ext4).is_ok());
        assert!(label(&"a".repeat(12), Filesystem::Xfs).is_ok());
        let refused = label(&"a".repeat(17), Filesystem::Ext4).unwrap_err();
        assert_eq!(refused, "the label has 17 characters, ext4 holds at most 16");
        let refused = label(&"a".repeat(13), Filesystem::Xfs).unwrap_err();
        assert_eq!(refused, "the label has 13 characters, xfs holds at most 12");
        assert!(label("a b", Filesystem::Ext4).is_err() && label("", Filesystem::Ext4).is_err());
    }
}
