//! What commands for machines have in common: which one is meant, and the way to it.

use crate::{
    cli::{
        Context, Exit, Failure,
        commands::refusal,
        connect::{self, Connection},
        project::Project,
        stack,
    },
    config::Stack,
    engine::{Machine, machines},
    ssh::Login,
    values::did_you_mean,
};

/// A stack whose machines are worked on.
pub struct Fleet {
    /// The stack.
    pub stack: Stack,
    /// Where its file is.
    pub project: Project,
    /// How we log in.
    pub login: Login,
    /// Its machines, as the account knows them.
    pub machines: Vec<Machine>,
}

impl Fleet {
    /// Reads the stack, and which machines it has.
    pub async fn find(context: &Context) -> Result<Self, Failure> {
        if context.global.sandbox {
            return Err(Failure::new(
                Exit::Input,
                "the sandbox's droplets have no machine behind them",
            )
            .hint("leave `--sandbox` out to work on the machines of the account"));
        }
        let project = Project::find(context.global.stack.as_deref())?;
        let stack = stack::load_quietly(context, &project)?.stack;
        let connection = Connection::open(context, &project).await?;
        let found = machines(&connection.site, &stack).await;
        let found = found.map_err(|error| refusal::engine(&error));
        let machines = connection.close_after(found).await?;
        if machines.is_empty() {
            let text = format!("the stack `{}` has no machine yet", stack.name);
            return Err(
                Failure::new(Exit::NotServing, text).hint("`dostack up` makes what the file says")
            );
        }
        let login = connect::login(context, &project, &stack);
        Ok(Self { stack, project, login, machines })
    }

    /// The machine that is meant.
    pub fn called(&self, node: &str) -> Result<&Machine, Failure> {
        called(&self.machines, node)
    }
}

/// The machine of a stack that is meant.
pub fn called<'a>(all: &'a [Machine], node: &str) -> Result<&'a Machine, Failure> {
    all.iter().find(|machine| machine.is_called(node)).ok_or_else(|| {
        let addresses: Vec<String> =
            all.iter().map(|machine| machine.address.to_string()).collect();
        let names = all.iter().map(|machine| machine.droplet.name.as_str());
        let known = addresses.iter().map(String::as_str).chain(names);
        let there = match addresses.as_slice() {
            [] => "`dostack up` makes what the file says".to_owned(),
            addresses => format!("there is `{}`", addresses.join("`, `")),
        };
        Failure::new(Exit::Input, format!("the stack has no machine `{node}`"))
            .hint(did_you_mean(node, known).unwrap_or(there))
    })
}
