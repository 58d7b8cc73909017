//! `nginx`, `admin` and `langfuse`: what an `AppStack` shows on the web.

use crate::{
    config::{
        reader::Reader,
        sections::{alerts::email, metrics::address},
        shape::{Field, Shape, optional, required},
        template::{Fragment, Template},
        tree::Node,
    },
    values::{DomainName, SecretName},
};

/// The web server in front.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Nginx {
    /// The name it answers to.
    pub server_name: Option<DomainName>,
    /// Where its certificate comes from.
    pub tls: Tls,
}

/// Where a certificate comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tls {
    /// It is made on the machine; browsers warn.
    SelfSigned,
    /// An authority is asked for it once the machine serves.
    Acme(Acme),
    /// It is brought along.
    Brought {
        /// The secret with the certificate chain.
        certificate: SecretName,
        /// The secret with its private key.
        key: SecretName,
    },
}

/// Who is asked for certificates.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Acme {
    /// Whom the authority writes to.
    pub email: Option<String>,
    /// Where the authority's own addresses are listed; Let's Encrypt's unless given.
    pub directory: Option<String>,
}

/// The admin pages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Admin {
    /// Where they are served, behind Nginx.
    pub upstream: Template,
    /// The name they answer to; `admin.` before the web server's unless given.
    pub server_name: Option<DomainName>,
}

/// Traces of the agents' work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Langfuse {
    /// Its major version.
    pub version: u16,
    /// The name it answers to; `langfuse.` before the web server's unless given.
    pub server_name: Option<DomainName>,
    /// Where it keeps events, from version 3 on.
    pub bucket: Option<Bucket>,
}

/// A bucket in Spaces, in the stack's region.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bucket {
    /// Its name.
    pub name: String,
    /// The secret with the access key's id.
    pub access_key: SecretName,
    /// The secret with the access key's own secret.
    pub secret_key: SecretName,
}

/// The web server in front.
pub const NGINX: Field = optional(
    "nginx",
    &Shape::Record(&[
        optional("server_name", &Shape::Text, "The name it answers to, as `app.example.com`."),
        optional(
            "tls",
            &Shape::Either(&BROUGHT, &Shape::Word(&["self-signed"])),
            "Where its certificate comes from; self-signed unless given.",
        ),
        optional(
            "acme",
            &ASKED,
            "An authority is asked for certificates (HTTP-01); until then they are self-signed.",
        ),
    ]),
    "The web server in front.",
);

const BROUGHT: Shape = Shape::Record(&[
    required("certificate", &Shape::Secret, "The secret with the certificate chain."),
    required("key", &Shape::Secret, "The secret with its private key."),
]);

const ASKED: Shape = Shape::Record(&[
    optional("email", &Shape::Text, "Whom the authority writes to."),
    optional(
        "directory",
        &Shape::Text,
        "The authority's ACME directory; Let's Encrypt's unless given.",
    ),
]);

/// The admin pages.
pub const ADMIN: Field = optional(
    "admin",
    &Shape::Record(&[
        required("upstream", &Shape::Template, "Where they are served, behind Nginx."),
        optional(
            "server_name",
            &Shape::Text,
            "The name they answer to; `admin.` before the web server's unless given.",
        ),
    ]),
    "The admin pages.",
);

/// Traces of the agents' work.
pub const LANGFUSE: Field = optional(
    "langfuse",
    &Shape::Record(&[
        required("version", &Shape::Whole(2, 4), "Its major version: 4, or 2 with Postgres alone."),
        optional(
            "server_name",
            &Shape::Text,
            "The name it answers to; `langfuse.` before the web server's unless given.",
        ),
        optional("bucket", &BUCKET, "Where it keeps events; it is not set up without, but for 2."),
    ]),
    "Traces of the agents' work; off unless given.",
);

const BUCKET: Shape = Shape::Record(&[
    required("name", &Shape::Text, "The name of a bucket in Spaces, in the stack's region."),
    required("access_key", &Shape::Secret, "The secret with the access key's id."),
    required("secret_key", &Shape::Secret, "The secret with the access key's own secret."),
]);

/// The version of Langfuse from which on it needs a bucket.
const WITH_BUCKET: u16 = 3;

/// Reads the web server of a component.
pub fn nginx(component: &Node, reader: &mut Reader<'_>) -> Nginx {
    let Some(node) = component.get(NGINX.name) else {
        return Nginx { server_name: None, tls: Tls::SelfSigned };
    };
    let server_name = reader.parse(node.get("server_name"), DomainName::parse);
    let tls = node.get("tls");
    let Some(asked) = node.get("acme") else {
        return Nginx { server_name, tls: tls.and_then(brought).unwrap_or(Tls::SelfSigned) };
    };
    if tls.is_some() {
        reader.mistake(asked.place, "give `acme` or `tls`, not both");
    }
    if node.get("server_name").is_none() {
        reader.mistake(asked.place, "an authority vouches for a name: give `server_name`");
    }
    let email = reader.parse(asked.get("email"), email);
    let directory = address(asked.get("directory"), reader);
    Nginx { server_name, tls: Tls::Acme(Acme { email, directory }) }
}

fn brought(node: &Node) -> Option<Tls> {
    let secret = |name| node.get(name).and_then(Node::secret).cloned();
    Some(Tls::Brought { certificate: secret("certificate")?, key: secret("key")? })
}

/// Reads the admin pages of a component.
pub fn admin(component: &Node, reader: &mut Reader<'_>) -> Option<Admin> {
    let node = component.get(ADMIN.name)?;
    let upstream = node.get("upstream")?;
    if upstream.text().is_some() {
        address(Some(upstream), reader)?;
    }
    let template = upstream.template()?;
    if !template.0.iter().all(is_plain) {
        reader.mistake(upstream.place, "an upstream is an address and a port, perhaps a path");
    }
    let server_name = reader.parse(node.get("server_name"), DomainName::parse);
    Some(Admin { upstream: template, server_name })
}

/// Whether a part of an address means nothing to Nginx but itself.
fn is_plain(fragment: &Fragment) -> bool {
    match fragment {
        Fragment::Text(text) => {
            text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~:/[]%".contains(&byte))
        }
        Fragment::Output(_) => true,
    }
}

/// Reads the traces of a component.
pub fn langfuse(component: &Node, reader: &mut Reader<'_>) -> Option<Langfuse> {
    let node = component.get(LANGFUSE.name)?;
    let version = u16::try_from(node.get("version")?.whole()?).ok()?;
    let bucket = node.get("bucket");
    if version >= WITH_BUCKET && bucket.is_none() {
        reader.warn(
            node.place,
            format!(
                "Langfuse {version} keeps events in a bucket: without `bucket` it is not set up"
            ),
        );
    }
    let bucket = bucket.and_then(|node| self::bucket(node, reader));
    let server_name = reader.parse(node.get("server_name"), DomainName::parse);
    Some(Langfuse { version, server_name, bucket })
}

fn bucket(node: &Node, reader: &mut Reader<'_>) -> Option<Bucket> {
    let name = reader.parse(node.get("name"), bucket_name);
    let secret = |name| node.get(name).and_then(Node::secret).cloned();
    Some(Bucket {
        name: name?,
        access_key: secret("access_key")?,
        secret_key: secret("secret_key")?,
    })
}

/// Reads a bucket's name (docs: Spaces, limits).
fn bucket_name(text: &str) -> Result<String, String> {
    let word = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    let ends = text.starts_with('-') || text.ends_with('-');
    if (3..=63).contains(&text.len()) && text.bytes().all(word) && !ends {
        Ok(text.to_owned())
    } else {
        Err(format!("`{text}` is no bucket: 3 to 63 lower-case letters, digits and `-`"))
    }
}

#[cfg(test)]
mod tests {
    use super::{bucket_name, is_plain};
    use crate::config::Fragment;

    #[test]
    fn an_upstream_cannot_end_its_line_in_nginx() {
        let plain = |text: &str| is_plain(&Fragment::Text(text.to_owned()));
        assert!(plain("http://127.0.0.1:8000/ui/"));
        for text in ["http://a; return 200", "http://a;}", "http://$host", "http://a\nb", "a\"b"] {
            assert!(!plain(text), "{text}");
        }
    }

    #[test]
    fn buckets_have_names_that_spaces_takes() {
        assert!(bucket_name("core-traces").is_ok());
        for name in ["ab", "Traces", "-traces", "traces-", "a.b.c", "tr\u{e9}s"] {
            assert!(bucket_name(name).is_err(), "{name}");
        }
    }
}
