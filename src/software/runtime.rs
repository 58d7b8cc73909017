//! The user's own programs: a Python environment made from requirements, or an image.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::{
    config::{Program, Runtime, Setting, Template},
    software::{File, Place, Service, Value},
};

/// What the template of a runtime may use.
#[derive(Serialize)]
pub struct Facts {
    image: String,
    env_file: String,
    command: Option<String>,
    python: bool,
    start: String,
    requirements: String,
    environment: String,
    /// What `/proc/net/tcp` says while it listens; none where nobody asks.
    listening: Option<String>,
}

impl Facts {
    /// The volume of its packages, if it is made from any.
    pub fn packages(&self) -> Option<String> {
        self.python.then(|| self.environment.clone())
    }

    /// The same program, well once it listens on this port.
    ///
    /// An address is `IP:PORT` there in hexadecimal digits, the other end of one that listens is 0,
    /// and its state 0A (Linux: `Documentation/networking/proc_net_tcp`).
    pub fn listening_on(self, port: u16) -> Self {
        Self { listening: Some(format!(":{port:04X} [0-9A-F]+:0000 0A ")), ..self }
    }
}

/// Where a program is told to listen: on the machine itself.
pub fn listening(port: u16) -> BTreeMap<String, Value> {
    [("HOST", Value::text("127.0.0.1")), ("PORT", Value::Text(port.to_string()))]
        .map(|(name, value)| (name.to_owned(), value))
        .into()
}

/// Makes the environment once for each list of packages, then becomes the program.
const START: &str = include_str!("../../templates/start.sh");

/// The facts of a runtime, and the files it reads; what its environment states stands above what it
/// is given.
pub fn runtime(
    place: &Place<'_>,
    name: &str,
    runtime: &Runtime,
    given: BTreeMap<String, Value>,
) -> (Facts, BTreeMap<String, File>) {
    let env_file = format!("{name}.env");
    let mut files = BTreeMap::new();
    let mut variables = given;
    variables.extend(environment(place, runtime));
    let command = runtime.command.as_ref().map(|command| filled(place, command));
    let (image, python) = match &runtime.program {
        Program::Image(image) => (image.clone(), false),
        Program::Python(requirements) => {
            files.insert(format!("{name}/start.sh"), File::text(START.to_owned()));
            let lines = requirements.iter().flat_map(|line| [line.as_str(), "\n"]);
            let requirements: String = lines.collect();
            files.insert(format!("{name}/requirements.txt"), File::text(requirements));
            variables.extend(
                command.clone().map(|command| ("DOSTACK_COMMAND".to_owned(), Value::Text(command))),
            );
            (place.stack.images.python(), true)
        }
    };
    files.insert(env_file.clone(), File::environment(variables));
    let facts = Facts {
        image,
        env_file,
        command: command.filter(|_| !python),
        python,
        start: place.path(&format!("{name}/start.sh")),
        requirements: place.path(&format!("{name}/requirements.txt")),
        environment: format!("{name}-environment"),
        listening: None,
    };
    (facts, files)
}

/// The service that a runtime is.
pub fn service(files: &BTreeMap<String, File>) -> Service {
    Service::of_the_user(files.keys().cloned().collect())
}

fn environment(place: &Place<'_>, runtime: &Runtime) -> BTreeMap<String, Value> {
    let value = |setting: &Setting| match setting {
        Setting::Text(template) => Value::Text(filled(place, template)),
        Setting::Secret(name) => Value::Secret(name.clone()),
    };
    runtime.environment.iter().map(|(name, setting)| (name.clone(), value(setting))).collect()
}

/// A text with its outputs filled in; what is not known yet is left empty.
pub fn filled(place: &Place<'_>, template: &Template) -> String {
    template.filled(|output| place.hosts.get(&output.address())?.output(output.field))
}
