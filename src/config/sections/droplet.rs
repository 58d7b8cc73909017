//! `droplet`: a machine as the file describes it.

use crate::{
    config::{
        reader::Reader,
        sections::{
            adopt::{self, Adopt},
            backups::{self, BackupsSpec},
            reserved_ip::{self, ReservedIp},
        },
        shape::{FLAG, Field, Shape, optional, required},
        tree::Node,
    },
    values::{DropletName, HostDigest, Image, SizeSlug},
};

/// A machine as the file describes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DropletSpec {
    /// Its size; with a ladder, the lowest rung it may stand on.
    pub size: SizeSlug,
    /// What it boots.
    pub image: Image,
    /// `<stack>-<component>` unless the file says otherwise; with `count` it is the stem.
    pub name: Option<DropletName>,
    /// An existing one to take in.
    pub adopt: Option<Adopt>,
    /// Whether DigitalOcean's metrics agent is installed.
    pub monitoring: Monitoring,
    /// Whose packages Docker comes from.
    pub docker: DockerSource,
    /// The host key of an adopted machine, where the file vouches for it.
    pub host_key: Option<HostDigest>,
    /// What becomes of data that was on it before us, elsewhere than ours would be.
    pub data: Option<DataSpec>,
    /// Whether DigitalOcean backs its disk up.
    pub backups: BackupsSpec,
    /// Whether it has an address that outlives it.
    pub reserved_ip: ReservedIp,
}

/// What becomes of data that was on an adopted machine, elsewhere than ours would be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DataSpec {
    /// It stays where it lies and is used there.
    Keep,
    /// It is copied to where ours is.
    Move,
}

/// Whose packages Docker comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DockerSource {
    /// Docker's own.
    Docker,
    /// The distribution's, which its security updates cover.
    Distribution,
}

/// Whether DigitalOcean's own metrics agent runs on a machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Monitoring {
    /// It is installed at creation.
    Agent,
    /// It is not.
    None,
}

/// The field in every component with a machine.
pub const FIELD: Field = required("droplet", &SHAPE, "The machine.");

const SHAPE: Shape = Shape::Record(&[
    required("size", &Shape::Text, "Its size, as `s-4vcpu-8gb`; with a ladder, the lowest rung."),
    required(
        "image",
        &Shape::Text,
        "What it boots, as `ubuntu-22-04-x64`, or a snapshot's number.",
    ),
    optional("name", &Shape::Text, "Its name; `<stack>-<component>` unless given."),
    adopt::FIELD,
    optional(
        "monitoring",
        &FLAG,
        "Whether DigitalOcean's metrics agent is installed; true unless given.",
    ),
    backups::FIELD,
    optional(
        "host_key",
        &Shape::Text,
        "The fingerprint of an adopted machine's host key, as `ssh-keygen -l` prints it: `SHA256:…`.",
    ),
    optional(
        "data",
        &Shape::Word(&["keep", "move"]),
        "What becomes of data that a container of an adopted machine has elsewhere: used there, or copied to where ours is; refused unless given.",
    ),
    optional(
        "docker",
        &Shape::Word(&["docker-ce", "distribution"]),
        "Whose packages Docker comes from: its makers', or the distribution's; `docker-ce` unless given.",
    ),
]);

/// Reads the field of a component.
pub fn read(component: &Node, reader: &mut Reader<'_>) -> Option<DropletSpec> {
    let node = component.get(FIELD.name)?;
    let size = reader.parse(node.get("size"), size);
    let image = reader.parse(node.get("image"), |text| slug(text, "an image").map(Image::new));
    let name = reader.parse(node.get("name"), DropletName::parse);
    let adopt = adopt::read(node, reader);
    let monitoring = match node.get("monitoring").and_then(Node::text) {
        Some("false") => Monitoring::None,
        Some(_) | None => Monitoring::Agent,
    };
    let docker = match node.get("docker").and_then(Node::text) {
        Some("distribution") => DockerSource::Distribution,
        Some(_) | None => DockerSource::Docker,
    };
    let host_key = reader.parse(node.get("host_key"), |text| {
        HostDigest::parse(text)
            .ok_or("this is no fingerprint: write it as `ssh-keygen -l` prints it, `SHA256:…`")
    });
    let data = match node.get("data").and_then(Node::text) {
        Some("keep") => Some(DataSpec::Keep),
        Some("move") => Some(DataSpec::Move),
        Some(_) | None => None,
    };
    let backups = backups::read(node, reader);
    let reserved_ip = reserved_ip::read(component);
    let (size, image) = (size?, image?);
    Some(DropletSpec {
        size,
        image,
        name,
        adopt,
        monitoring,
        docker,
        host_key,
        data,
        backups,
        reserved_ip,
    })
}

/// A size by its slug; which ones exist is DigitalOcean's to say.
pub fn size(text: &str) -> Result<SizeSlug, String> {
    slug(text, "a size").map(SizeSlug::new)
}

/// A text of the form DigitalOcean's slugs have.
pub fn slug<'a>(text: &'a str, what: &str) -> Result<&'a str, String> {
    let word =
        |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-._".contains(&byte);
    if !text.is_empty() && text.len() <= 100 && text.bytes().all(word) {
        Ok(text)
    } else {
        Err(format!("`{text}` cannot be {what}: lower-case letters, digits, `-`, `.` and `_`"))
    }
}
