//! Texts with holes: `${secret:…}` and `${output:…}`.

use std::{fmt, net::IpAddr};

use crate::values::{Address, ComponentName, Owner, Part, SecretName, did_you_mean};

/// A part of a text that refers to something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// Text as it is.
    Text(String),
    /// The value of a secret.
    Secret(SecretName),
    /// What is known once a component exists.
    Output(Output),
}

/// A text whose holes are filled once components exist.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template(pub Vec<Fragment>);

/// A part of a [`Template`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fragment {
    /// Text as it is.
    Text(String),
    /// What is known once a component exists.
    Output(Output),
}

/// A fact about a component that is known once it exists: `${output:vector.private_ip}`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Output {
    /// Whose fact.
    pub component: ComponentName,
    /// Which of several, from 1.
    pub instance: Option<u16>,
    /// Which fact.
    pub field: OutputField,
}

/// Which fact about a component.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum OutputField {
    /// Its address on the internet.
    PublicIp,
    /// Its address in the VPC.
    PrivateIp,
    /// Its droplet's id.
    Id,
}

impl fmt::Display for Template {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|fragment| match fragment {
            Fragment::Text(text) => out.write_str(text),
            Fragment::Output(output) => write!(out, "${{output:{output}}}"),
        })
    }
}

impl Template {
    /// The text with its outputs filled in; what is not known yet is left empty.
    pub fn filled(&self, known: impl Fn(&Output) -> Option<String>) -> String {
        let piece = |fragment: &Fragment| match fragment {
            Fragment::Text(text) => text.clone(),
            Fragment::Output(output) => known(output).unwrap_or_default(),
        };
        self.0.iter().map(piece).collect()
    }
}

impl Output {
    /// The machine whose fact it is.
    pub fn address(&self) -> Address {
        match self.instance {
            None => Address::component(self.component.clone()),
            Some(number) => Address::instance(self.component.clone(), number),
        }
    }

    /// Reads `component.field` or `component-2.field`; the error says what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let form = || format!("`{text}` names no output: write `component.field`");
        let (owner, field) = text.split_once('.').ok_or_else(form)?;
        let field = OutputField::parse(field)?;
        let address: Address = owner.parse().map_err(|_| form())?;
        match (address.owner(), address.which()) {
            (Owner::Component { name, instance }, Part::Main) => {
                Ok(Self { component: name.clone(), instance: *instance, field })
            }
            _ => Err(form()),
        }
    }
}

impl fmt::Display for Output {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let owner = Owner::Component { name: self.component.clone(), instance: self.instance };
        write!(out, "{owner}.{}", self.field.word())
    }
}

impl OutputField {
    const ALL: [Self; 3] = [Self::PublicIp, Self::PrivateIp, Self::Id];

    /// The word for it in a stack file.
    pub const fn word(self) -> &'static str {
        match self {
            Self::PublicIp => "public_ip",
            Self::PrivateIp => "private_ip",
            Self::Id => "id",
        }
    }

    /// The fact about a machine with this id and these addresses, the public one first; none while
    /// it has no such address.
    pub fn of(
        self,
        id: &impl fmt::Display,
        [public, private]: [Option<IpAddr>; 2],
    ) -> Option<String> {
        match self {
            Self::PublicIp => public.map(|ip| ip.to_string()),
            Self::PrivateIp => private.map(|ip| ip.to_string()),
            Self::Id => Some(id.to_string()),
        }
    }

    fn parse(word: &str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|field| field.word() == word).ok_or_else(|| {
            let words = Self::ALL.map(Self::word);
            let hint = did_you_mean(word, words)
                .unwrap_or_else(|| format!("there are `{}`", words.join("`, `")));
            format!("a component has no output `{word}`: {hint}")
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Output;

    #[test]
    fn outputs_read_back_as_they_print() {
        for text in ["vector.private_ip", "workers-2.public_ip", "app.id"] {
            assert_eq!(Output::parse(text).unwrap().to_string(), text);
        }
    }

    #[test]
    fn what_names_no_output_is_refused_with_a_way_out() {
        let refused = |text| Output::parse(text).unwrap_err();
        assert!(refused("vector").contains("`component.field`"));
        assert!(refused("stack:vpc.id").contains("`component.field`"));
        assert!(refused("vector.privat_ip").contains("did you mean `private_ip`?"));
        assert!(refused("vector.colour").contains("`public_ip`, `private_ip`, `id`"));
    }
}
