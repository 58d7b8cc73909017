//! A machine, and what is to be on it.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    net::IpAddr,
};

use serde::Deserialize;

use crate::{
    provision::{adoption::OldData, digest::sha256, error::ProvisionError, manifest::digest},
    resources::Status,
    software::Bundle,
    values::{Address, HostDigest, Mark, Tag},
};

/// A machine, and what is to be on it.
#[derive(Clone, Debug)]
pub struct Machine {
    /// Its address.
    pub address: Address,
    /// What it is called at DigitalOcean.
    pub name: String,
    /// Its droplet's id.
    pub droplet: u64,
    /// Whether it started with our cloud-init.
    pub birth: Birth,
    /// Where it is reached.
    pub public_ip: Option<IpAddr>,
    /// Whether it is on.
    pub status: Status,
    /// The host keys it may answer with.
    pub host_keys: BTreeSet<HostDigest>,
    /// The tags it carries.
    pub tags: BTreeSet<Tag>,
    /// The account that operators log in to.
    pub user: String,
    /// The operators' public keys, a line each.
    pub keys: Vec<String>,
    /// What it starts with, whoever puts it there.
    pub base: Base,
    /// The volumes that data is on, by the components whose it is.
    pub disks: BTreeMap<String, DiskPlace>,
    /// The components on it.
    pub bundles: Vec<Bundle>,
    /// What becomes of data that lies elsewhere than ours would; nothing is decided unasked.
    pub old_data: Option<OldData>,
    /// The machines whose services its own ask for something: they come up first.
    pub after: BTreeSet<Address>,
}

/// Whether a machine started with our cloud-init.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Birth {
    /// It did, with a host key that was for the first connection only.
    Ours,
    /// It was there before.
    Adopted,
}

/// A volume and where it is mounted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DiskPlace {
    /// Its name at DigitalOcean.
    pub volume: String,
    /// Where it is mounted.
    pub mount: String,
    /// Its file system.
    pub filesystem: &'static str,
}

/// The files a machine starts with.
///
/// They are read from the text that cloud-init gets, so that a machine that was made and one that
/// was taken in have the same, and a project's own text counts for both.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Base {
    /// By their paths.
    pub files: BTreeMap<String, BaseFile>,
}

/// A file a machine starts with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BaseFile {
    /// Its mode.
    pub mode: u32,
    /// What is in it.
    pub content: String,
}

/// The script that makes a machine ready for containers.
pub const BOOTSTRAP: &str = "/opt/dostack/bootstrap.sh";

/// What that script reads.
const SETTINGS: &str = "/etc/dostack/machine.env";

/// What a cloud-init text says of files.
#[derive(Deserialize)]
struct UserData {
    #[serde(default)]
    write_files: Vec<WriteFile>,
}

#[derive(Deserialize)]
struct WriteFile {
    path: String,
    permissions: Option<String>,
    #[serde(default)]
    content: String,
    /// Whatever is here, the content is not itself, and the file is cloud-init's alone.
    encoding: Option<String>,
}

impl Base {
    /// The files of a cloud-init text; none where it writes none.
    pub fn read(user_data: &str) -> Self {
        let read: Result<UserData, _> = serde_yaml::from_str(user_data);
        let files = read.map(|read| read.write_files).unwrap_or_default();
        let plain = files.into_iter().filter(|file| file.encoding.is_none());
        let one = |file: WriteFile| {
            let mode = file.permissions.and_then(|mode| u32::from_str_radix(&mode, 8).ok());
            (file.path, BaseFile { mode: mode.unwrap_or(0o644), content: file.content })
        };
        Self { files: plain.map(one).collect() }
    }

    /// The same for a volume that has another name than the file would give it: pairs of a name and
    /// a mount, as the file has them and as they are.
    pub fn with_volume(mut self, made: [&str; 2], live: [&str; 2]) -> Self {
        if let Some(settings) = self.files.get_mut(SETTINGS) {
            let [made, live] = [made, live].map(|[name, mount]| format!("{name}:{mount}:"));
            // It begins the value, or comes after a blank.
            for before in ["'", " "] {
                let (made, live) = (format!("{before}{made}"), format!("{before}{live}"));
                settings.content = settings.content.replace(&made, &live);
            }
        }
        self
    }

    /// The files that are not there, or differ, by digests of what is there.
    pub fn missing(&self, there: &BTreeMap<String, String>) -> BTreeMap<&String, &BaseFile> {
        let differs = |(path, file): &(&String, &BaseFile)| {
            there.get(*path).is_none_or(|digest| *digest != sha256(file.content.as_bytes()))
        };
        self.files.iter().filter(differs).collect()
    }
}

impl Machine {
    /// Refuses to work on a machine that is off, or has no address to be reached at.
    pub fn must_be_on(&self) -> Result<(), ProvisionError> {
        if self.status != Status::Active {
            return Err(ProvisionError::NotOn { status: self.status.to_string() });
        }
        if self.public_ip.is_none() {
            return Err(ProvisionError::NoAddress);
        }
        Ok(())
    }

    /// Each component and what its tag is to say; a machine without services has a tag for itself.
    pub fn wanted_tags(&self, mark: &Mark) -> BTreeMap<String, Tag> {
        if self.bundles.is_empty() {
            let component = self.address.owner().to_string();
            let tag = mark.software_tag(&component, &digest(&self.shared(), None));
            return [(component, tag)].into();
        }
        let one =
            |bundle: &Bundle| (bundle.component.owner().to_string(), self.wanted_tag(mark, bundle));
        self.bundles.iter().map(one).collect()
    }

    /// What the tag of one of its components is to say.
    pub fn wanted_tag(&self, mark: &Mark, bundle: &Bundle) -> Tag {
        let component = bundle.component.owner().to_string();
        mark.software_tag(&component, &digest(&self.shared(), Some(bundle)))
    }

    /// The tags it carries that speak of software in another state than the wanted one.
    pub fn stale_tags(&self, mark: &Mark) -> BTreeSet<Tag> {
        let wanted: BTreeSet<Tag> = self.wanted_tags(mark).into_values().collect();
        let ours = self.tags.iter().filter(|tag| mark.is_software(tag));
        ours.filter(|tag| !wanted.contains(*tag)).cloned().collect()
    }

    /// What all components on it share, as text.
    fn shared(&self) -> String {
        let mut text = format!("user {}\n", self.user);
        for key in &self.keys {
            let _ = writeln!(text, "key {key}");
        }
        for (path, file) in &self.base.files {
            let _ = writeln!(text, "{path} {:o} {}", file.mode, sha256(file.content.as_bytes()));
        }
        for disk in self.disks.values() {
            let _ = writeln!(text, "volume {disk:?}");
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::Base;

    #[test]
    fn a_volume_that_was_renamed_in_the_file_is_mounted_by_the_name_it_has() {
        let text = "write_files: [{ path: /etc/dostack/machine.env, \
            content: \"VOLUMES='a-data:/mnt/a_data:ext4: b-a-data:/mnt/b_a_data:xfs:x'\\n\" }]\n";
        let base = Base::read(text).with_volume(["a-data", "/mnt/a_data"], ["c", "/mnt/c"]);
        let settings = &base.files["/etc/dostack/machine.env"].content;
        assert_eq!(settings, "VOLUMES='c:/mnt/c:ext4: b-a-data:/mnt/b_a_data:xfs:x'\n");
    }

    #[test]
    fn what_cloud_init_writes_is_read_from_its_text() {
        let text = "#cloud-config\nwrite_files:\n\
            - { path: /etc/dostack/machine.env, permissions: \"0640\", content: \"A='b'\\n\" }\n\
            - { path: /etc/motd, content: hello }\n\
            - { path: /etc/blob, encoding: b64, content: AAAA }\n";
        let base = Base::read(text);
        assert_eq!(base.files.len(), 2);
        let file = &base.files["/etc/dostack/machine.env"];
        assert_eq!((file.mode, file.content.as_str()), (0o640, "A='b'\n"));
        let there = [("/etc/motd".to_owned(), crate::provision::digest::sha256(b"hello"))].into();
        let missing: Vec<&str> = base.missing(&there).into_keys().map(String::as_str).collect();
        assert_eq!(missing, ["/etc/dostack/machine.env"]);
        assert!(Base::read("#!/bin/sh\n: no document").files.is_empty());
    }
}
