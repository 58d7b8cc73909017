//! `nginx`, `admin` and `langfuse`: what an `AppStack` shows on the web.

use crate::{
    config::{
        reader::Reader,
        sections::metrics::address,
        shape::{Field, Shape, optional, required},
        template::Template,
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
    Acme,
    /// It is brought along.
    Brought {
        /// The secret with the certificate chain.
        certificate: SecretName,
        /// The secret with its private key.
        key: SecretName,
    },
}

/// The admin pages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Admin {
    /// Where they are served, behind Nginx.
    pub upstream: Template,
}

/// Traces of the agents' work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Langfuse {
    /// Its major version.
    pub version: u16,
}

/// The web server in front.
pub const NGINX: Field = optional(
    "nginx",
    &Shape::Record(&[
        optional("server_name", &Shape::Text, "The name it answers to, as `app.example.com`."),
        optional(
            "tls",
            &Shape::Either(&BROUGHT, &Shape::Word(&["self-signed", "acme"])),
            "Where its certificate comes from; self-signed unless given.",
        ),
    ]),
    "The web server in front.",
);

const BROUGHT: Shape = Shape::Record(&[
    required("certificate", &Shape::Secret, "The secret with the certificate chain."),
    required("key", &Shape::Secret, "The secret with its private key."),
]);

/// The admin pages.
pub const ADMIN: Field = optional(
    "admin",
    &Shape::Record(&[required(
        "upstream",
        &Shape::Template,
        "Where they are served, behind Nginx.",
    )]),
    "The admin pages.",
);

/// Traces of the agents' work.
pub const LANGFUSE: Field = optional(
    "langfuse",
    &Shape::Record(&[required(
        "version",
        &Shape::Whole(2, 4),
        "Its major version: 4, or 2 with Postgres alone.",
    )]),
    "Traces of the agents' work; off unless given.",
);

/// Reads the web server of a component.
pub fn nginx(component: &Node, reader: &mut Reader<'_>) -> Nginx {
    let Some(node) = component.get(NGINX.name) else {
        return Nginx { server_name: None, tls: Tls::SelfSigned };
    };
    let server_name = reader.parse(node.get("server_name"), DomainName::parse);
    Nginx { server_name, tls: node.get("tls").and_then(tls).unwrap_or(Tls::SelfSigned) }
}

fn tls(node: &Node) -> Option<Tls> {
    if node.text() == Some("acme") {
        return Some(Tls::Acme);
    }
    let secret = |name| node.get(name).and_then(Node::secret).cloned();
    Some(Tls::Brought { certificate: secret("certificate")?, key: secret("key")? })
}

/// Reads the admin pages of a component.
pub fn admin(component: &Node, reader: &mut Reader<'_>) -> Option<Admin> {
    let node = component.get(ADMIN.name)?.get("upstream")?;
    if node.text().is_some() {
        address(Some(node), reader)?;
    }
    Some(Admin { upstream: node.template()? })
}

/// Reads the traces of a component.
pub fn langfuse(component: &Node, reader: &mut Reader<'_>) -> Option<Langfuse> {
    let node = component.get(LANGFUSE.name)?.get("version")?;
    let version = u16::try_from(node.whole()?).ok()?;
    if version < 4 {
        reader.warn(
            node.place,
            format!("Langfuse {version} gets no more security updates, or soon none"),
        );
    }
    Some(Langfuse { version })
}
