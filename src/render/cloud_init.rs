//! The cloud-init a droplet starts with.

use serde::Serialize;

use crate::{
    render::{
        Templates,
        template::{RenderError, Template},
    },
    values::HostKey,
};

/// The settings of the Docker engine: logs that do not grow for ever, containers that outlive a
/// restart of the engine, ports that open on loopback unless they say otherwise.
const DAEMON: &str = include_str!("../../cloud-init/daemon.json");

/// The key Docker signs its packages with (fingerprint 9DC8 5822 9FC7 DD38 854A E2D8 8D81 803C 0EBF
/// CD88; docs.docker.com: Engine, Install).
const DOCKER_KEY: &str = include_str!("../../cloud-init/docker.asc");

/// What DigitalOcean takes as `user_data` (API description: `droplet_create`).
pub const MAX_BYTES: usize = 64 * 1024;

/// What the host key takes up, which is put in last: about 500 bytes.
const HOST_KEY_BYTES: usize = 1024;

/// Where the private half of the host key goes, and where the public half.
///
/// The key is made by chance for each machine, so that the text without it stays the same and can
/// be compared.
const HOST_KEY: [&str; 2] = ["@dostack-host-key-private@", "@dostack-host-key-public@"];

/// The cloud-init of a stack's machines, which differ in their settings only.
pub struct CloudInit<'a> {
    template: Template,
    bootstrap: &'a str,
    user: &'a str,
    keys: Vec<&'a str>,
}

/// What the bootstrap script reads; it differs from machine to machine.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct MachineSettings {
    /// Whose packages Docker comes from: `docker-ce` or `distribution`.
    pub docker: &'static str,
    /// The volumes with the data of what runs on it.
    pub disks: Vec<Disk>,
    /// MiB of swap it gets at least.
    pub swap_mb: u32,
}

/// A volume as the machine sees it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Disk {
    /// Its name at DigitalOcean, from which its device is named.
    pub name: String,
    /// Its file system: `ext4` or `xfs`.
    pub filesystem: &'static str,
    /// The file system's label, if it gets one.
    pub label: Option<String>,
}

impl Disk {
    /// The volume as the bootstrap script reads it; none of the parts has a colon in it.
    fn words(&self) -> String {
        let label = self.label.as_deref().unwrap_or_default();
        format!("{}:{}:{}:{label}", self.name, mount(&self.name), self.filesystem)
    }
}

/// Where a volume is mounted: where DigitalOcean itself would (docs: Volumes, naming conventions).
pub fn mount(volume: &str) -> String {
    format!("/mnt/{}", volume.replace('-', "_"))
}

/// The facts as the template sees them.
#[derive(Serialize)]
struct Facts<'a> {
    user: &'a str,
    root: bool,
    keys: &'a [&'a str],
    host_key: HostKeyFacts,
    files: [FileFacts<'a>; 4],
}

#[derive(Serialize)]
struct HostKeyFacts {
    private: &'static str,
    public: &'static str,
}

#[derive(Serialize)]
struct FileFacts<'a> {
    path: &'static str,
    mode: &'static str,
    content: &'a str,
}

impl<'a> CloudInit<'a> {
    /// Reads the template, for operators who log in to the account `user` with one of the public
    /// keys, which are one line each.
    pub fn new(
        templates: &'a Templates,
        user: &'a str,
        keys: impl IntoIterator<Item = &'a str>,
    ) -> Result<Self, RenderError> {
        let template = Template::read(Templates::CLOUD_INIT, &templates.cloud_init, &[])?;
        let keys = keys.into_iter().collect();
        Ok(Self { template, bootstrap: &templates.bootstrap, user, keys })
    }

    /// A machine's text without its host key, checked for what DigitalOcean keeps.
    pub fn render(&self, machine: &MachineSettings) -> Result<String, RenderError> {
        let settings = machine.text();
        let [private, public] = HOST_KEY;
        let file = |path, mode, content| FileFacts { path, mode, content };
        let text = self.template.yaml(&Facts {
            user: self.user,
            root: self.user == "root",
            keys: &self.keys,
            host_key: HostKeyFacts { private, public },
            files: [
                file("/etc/dostack/machine.env", "0644", &settings),
                file("/etc/dostack/daemon.json", "0644", DAEMON),
                file("/etc/dostack/docker.asc", "0644", DOCKER_KEY),
                file("/opt/dostack/bootstrap.sh", "0755", self.bootstrap),
            ],
        })?;
        check(&text)?;
        Ok(text)
    }
}

impl MachineSettings {
    /// The settings as the lines of a shell script.
    pub fn text(&self) -> String {
        let disks: Vec<String> = self.disks.iter().map(Disk::words).collect();
        let (disks, swap) = (disks.join(" "), self.swap_mb.to_string());
        let lines = [("DOCKER", self.docker), ("VOLUMES", &disks), ("SWAP_MB", &swap)];
        lines.map(|(name, value)| format!("{name}={}\n", quoted(value))).concat()
    }
}

/// Puts a host key where the template wants one; none where it wants none.
pub fn with_host_key(user_data: &str, key: &HostKey) -> Option<String> {
    let [private, public] = HOST_KEY;
    // It stands in a YAML text in double quotes.
    let lines = key.private().replace('\n', "\\n");
    user_data
        .contains(private)
        .then(|| user_data.replace(private, &lines).replace(public, key.public()))
}

/// A value as a shell reads it to the letter.
fn quoted(value: &str) -> String {
    format!("'{}'", value.replace('\'', r"'\''"))
}

/// Refuses what DigitalOcean would refuse, and what it would accept and then lose: characters
/// outside Unicode's first plane (terraform-provider-digitalocean pull request 767).
fn check(text: &str) -> Result<(), RenderError> {
    if text.len() + HOST_KEY_BYTES > MAX_BYTES {
        return Err(RenderError::TooLarge { bytes: text.len() });
    }
    for (line, content) in (1..).zip(text.lines()) {
        if let Some(character) = content.chars().find(|character| *character > '\u{FFFF}') {
            return Err(RenderError::Character { character, line });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{CloudInit, Disk, MachineSettings, with_host_key};
    use crate::{
        render::{RenderError, Templates},
        values::Seed,
    };

    fn machine() -> MachineSettings {
        let disk = Disk {
            name: "core-dev-vector-data".to_owned(),
            filesystem: "ext4",
            label: Some("it's".to_owned()),
        };
        let other = Disk { name: "app".to_owned(), filesystem: "xfs", label: None };
        MachineSettings { docker: "docker-ce", disks: vec![disk, other], swap_mb: 0 }
    }

    fn render(user: &str, keys: &[&str]) -> Result<String, RenderError> {
        let templates = Templates::built_in();
        CloudInit::new(&templates, user, keys.iter().copied())?.render(&machine())
    }

    #[test]
    fn the_operators_keys_stand_in_it_to_the_letter() {
        let odd = "ssh-ed25519 AAAA it's: \"me\" #1";
        let text = render("root", &[odd]).unwrap();
        assert!(text.starts_with("#cloud-config\n"));
        let parsed: serde_yaml::Value = serde_yaml::from_str(&text).unwrap();
        assert_eq!(parsed["users"][0]["name"], "root");
        assert_eq!(parsed["users"][0]["ssh_authorized_keys"][0], odd);
        assert_eq!(parsed["disable_root"], false);
    }

    #[test]
    fn another_user_may_become_root() {
        let text = render("deploy", &["k"]).unwrap();
        let parsed: serde_yaml::Value = serde_yaml::from_str(&text).unwrap();
        assert_eq!(parsed["users"][0]["sudo"], "ALL=(ALL) NOPASSWD:ALL");
        assert_eq!(parsed["disable_root"], true);
    }

    #[test]
    fn a_character_that_loses_the_droplet_is_refused_with_its_line() {
        let refused = render("root", &["k \u{1F600}"]).unwrap_err();
        assert!(refused.to_string().contains("U+1F600 in line 15"), "{refused}");
    }

    #[test]
    fn a_project_may_bring_its_own_template_and_a_typo_in_it_is_named() {
        let own = |cloud_init: &str| {
            let cloud_init = cloud_init.to_owned();
            let templates = Templates { cloud_init, ..Templates::built_in() };
            CloudInit::new(&templates, "root", ["k"])?.render(&machine())
        };
        assert_eq!(own("user: {{{yaml user}}}").unwrap(), "user: \"root\"");
        let refused = own("user: {{{yaml usre}}}").unwrap_err();
        assert_eq!(refused.to_string(), "cannot fill in the template `cloud-init/droplet.yaml`");
        assert!(matches!(own("a: {{{user}}}: b").unwrap_err(), RenderError::NoYaml { .. }));
    }

    #[test]
    fn the_host_key_is_put_in_last_and_reads_back_as_it_was() {
        let text = render("root", &["k"]).unwrap();
        let key = Seed::new([7; 32]).host_key("vector");
        let with_key = with_host_key(&text, &key).unwrap();
        let parsed: serde_yaml::Value = serde_yaml::from_str(&with_key).unwrap();
        assert_eq!(parsed["ssh_keys"]["ed25519_private"], key.private());
        assert_eq!(parsed["ssh_keys"]["ed25519_public"], key.public());
        assert!(with_host_key("#cloud-config\n", &key).is_none());
    }

    #[test]
    fn the_script_and_its_settings_are_on_the_machine_to_the_letter() {
        let templates = Templates::built_in();
        let text = render("root", &["k"]).unwrap();
        let parsed: serde_yaml::Value = serde_yaml::from_str(&text).unwrap();
        let files = parsed["write_files"].as_sequence().unwrap();
        let content = |path: &str| {
            files.iter().find(|file| file["path"] == path).unwrap()["content"].as_str().unwrap()
        };
        assert_eq!(content("/opt/dostack/bootstrap.sh"), templates.bootstrap);
        let settings = content("/etc/dostack/machine.env");
        let volumes = r"VOLUMES='core-dev-vector-data:/mnt/core_dev_vector_data:ext4:it'\''s app:/mnt/app:xfs:'";
        assert!(settings.lines().any(|line| line == volumes), "{settings}");
    }

    #[test]
    fn more_than_digitalocean_takes_is_refused() {
        let key = "k".repeat(70_000);
        let refused = render("root", &[&key]).unwrap_err();
        assert!(refused.to_string().contains("at most 65536"), "{refused}");
    }
}
