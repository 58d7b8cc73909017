//! The cloud-init a droplet starts with.

use serde::Serialize;

use crate::render::{
    Templates,
    template::{RenderError, render_yaml},
};

/// What DigitalOcean takes as `user_data` (API description: `droplet_create`).
pub const MAX_BYTES: usize = 64 * 1024;

/// What the template may use.
#[derive(Clone, Debug, Serialize)]
pub struct CloudInit<'a> {
    /// The account the operators log in to.
    pub user: &'a str,
    /// The operators' public keys, one line each.
    pub keys: Vec<&'a str>,
}

/// The facts as the template sees them.
#[derive(Serialize)]
struct Facts<'a> {
    user: &'a str,
    root: bool,
    keys: &'a [&'a str],
}

impl CloudInit<'_> {
    /// The text, checked for what DigitalOcean keeps.
    pub fn render(&self, templates: &Templates) -> Result<String, RenderError> {
        let facts = Facts { user: self.user, root: self.user == "root", keys: &self.keys };
        let text = render_yaml(Templates::CLOUD_INIT, &templates.cloud_init, &facts)?;
        check(&text)?;
        Ok(text)
    }
}

/// Refuses what DigitalOcean would refuse, and what it would accept and then lose: characters
/// outside Unicode's first plane (terraform-provider-digitalocean pull request 767).
fn check(text: &str) -> Result<(), RenderError> {
    if text.len() > MAX_BYTES {
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
    use super::CloudInit;
    use crate::render::{RenderError, Templates};

    fn render(user: &str, keys: Vec<&str>) -> Result<String, RenderError> {
        CloudInit { user, keys }.render(&Templates::built_in())
    }

    #[test]
    fn the_operators_keys_stand_in_it_to_the_letter() {
        let odd = "ssh-ed25519 AAAA it's: \"me\" #1";
        let text = render("root", vec![odd]).unwrap();
        assert!(text.starts_with("#cloud-config\n"));
        let parsed: serde_yaml::Value = serde_yaml::from_str(&text).unwrap();
        assert_eq!(parsed["users"][0]["name"], "root");
        assert_eq!(parsed["users"][0]["ssh_authorized_keys"][0], odd);
        assert_eq!(parsed["disable_root"], false);
    }

    #[test]
    fn another_user_may_become_root() {
        let text = render("deploy", vec!["k"]).unwrap();
        let parsed: serde_yaml::Value = serde_yaml::from_str(&text).unwrap();
        assert_eq!(parsed["users"][0]["sudo"], "ALL=(ALL) NOPASSWD:ALL");
        assert_eq!(parsed["disable_root"], true);
    }

    #[test]
    fn a_character_that_loses_the_droplet_is_refused_with_its_line() {
        let refused = render("root", vec!["k \u{1F600}"]).unwrap_err();
        assert!(refused.to_string().contains("U+1F600 in line 9"), "{refused}");
    }

    #[test]
    fn a_project_may_bring_its_own_template_and_a_typo_in_it_is_named() {
        let own = |cloud_init: &str| {
            let templates = Templates { cloud_init: cloud_init.to_owned() };
            CloudInit { user: "root", keys: vec!["k"] }.render(&templates)
        };
        assert_eq!(own("user: {{{yaml user}}}").unwrap(), "user: \"root\"");
        let refused = own("user: {{{yaml usre}}}").unwrap_err();
        assert_eq!(refused.to_string(), "cannot fill in the template `cloud-init/droplet.yaml`");
        assert!(matches!(own("a: {{{user}}}: b").unwrap_err(), RenderError::NoYaml { .. }));
    }

    #[test]
    fn more_than_digitalocean_takes_is_refused() {
        let key = "k".repeat(70_000);
        let refused = render("root", vec![&key]).unwrap_err();
        assert!(refused.to_string().contains("at most 65536"), "{refused}");
    }
}
