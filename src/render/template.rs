//! One strict way to fill a template in.

use handlebars::{
    Context, Handlebars, Helper, HelperResult, Output, RenderContext, RenderErrorReason, no_escape,
};
use serde::Serialize;
use thiserror::Error;

/// A template that could not be filled in, or whose text is not what it should be.
#[derive(Debug, Error)]
pub enum RenderError {
    /// The template asks for what it was not given, or is no template.
    #[error("cannot fill in the template `{template}`")]
    Template {
        /// Its file's name.
        template: &'static str,
        /// Where and what.
        #[source]
        source: Box<handlebars::RenderError>,
    },
    /// The text is not valid YAML.
    #[error("the template `{template}` does not render to valid YAML")]
    NoYaml {
        /// Its file's name.
        template: &'static str,
        /// Where and what.
        #[source]
        source: Box<serde_yaml::Error>,
    },
    /// More than DigitalOcean takes.
    #[error(
        "the rendered user_data has {bytes} bytes; DigitalOcean takes at most {}",
        super::cloud_init::MAX_BYTES
    )]
    TooLarge {
        /// How large it is.
        bytes: usize,
    },
    /// A character that makes DigitalOcean accept a droplet and then drop it.
    #[error(
        "the rendered user_data has the character U+{:04X} in line {line}; DigitalOcean accepts such a droplet and then drops it",
        *.character as u32
    )]
    Character {
        /// The character.
        character: char,
        /// Its line, from 1.
        line: usize,
    },
}

/// A template that others use a part of.
pub struct Partial<'a> {
    /// What they call it.
    pub name: &'static str,
    /// Its text.
    pub text: &'a str,
}

/// A template that was read once and can be filled in as often as there are machines.
pub struct Template {
    name: &'static str,
    engine: Handlebars<'static>,
}

impl Template {
    /// Reads a template and the parts it uses of others.
    pub fn read(
        name: &'static str,
        source: &str,
        partials: &[Partial<'_>],
    ) -> Result<Self, RenderError> {
        let mut engine = Handlebars::new();
        engine.set_strict_mode(true);
        engine.register_escape_fn(no_escape);
        engine.register_helper("yaml", Box::new(yaml));
        for partial in partials {
            engine
                .register_partial(partial.name, partial.text)
                .map_err(|error| unfilled(name, error.into()))?;
        }
        engine
            .register_template_string(name, source)
            .map_err(|error| unfilled(name, error.into()))?;
        Ok(Self { name, engine })
    }

    /// The text: whatever the template asks for has to be among the facts.
    pub fn text(&self, facts: &impl Serialize) -> Result<String, RenderError> {
        self.engine.render(self.name, facts).map_err(|source| unfilled(self.name, source))
    }

    /// The text, which has to be YAML.
    pub fn yaml(&self, facts: &impl Serialize) -> Result<String, RenderError> {
        let text = self.text(facts)?;
        serde_yaml::from_str::<serde_yaml::Value>(&text).map_err(|source| RenderError::NoYaml {
            template: self.name,
            source: Box::new(source),
        })?;
        Ok(text)
    }
}

fn unfilled(template: &'static str, source: handlebars::RenderError) -> RenderError {
    RenderError::Template { template, source: Box::new(source) }
}

/// `{{yaml x}}`: a text as a YAML scalar that means exactly it. JSON's strings are such scalars.
#[expect(clippy::too_many_arguments, reason = "the signature that handlebars asks for")]
fn yaml(
    helper: &Helper,
    _: &Handlebars,
    _: &Context,
    _: &mut RenderContext,
    out: &mut dyn Output,
) -> HelperResult {
    // Strict mode does not look at the parameters of helpers.
    let param =
        helper.param(0).filter(|param| !param.is_value_missing() && !param.value().is_null());
    let param = param.ok_or(RenderErrorReason::ParamNotFoundForIndex("yaml", 0))?;
    out.write(&param.value().to_string())?;
    Ok(())
}
