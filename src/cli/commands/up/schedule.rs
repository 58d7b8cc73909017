//! `dostack up --schedule`: who takes the snapshots by night.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use serde_json::json;

use crate::{
    cli::{
        Context, Exit, Failure, args::Schedule, commands::refusal, connect::Connection,
        project::Project, view::json,
    },
    config::Stack,
    operate::snapshots::schedule,
    values::Scheduler,
};

/// The workflow that takes them.
const WORKFLOW: &str = include_str!("nightly.yaml");

/// What a workflow that takes them calls.
const CALL: &str = "snapshot run";

/// Where GitHub looks for workflows.
const FOLDER: &str = ".github/workflows";

/// Has the account remember who takes them, and says what that one still needs.
pub async fn run(
    context: &Context,
    project: &Project,
    stack: &Stack,
    whom: Schedule,
) -> Result<(), Failure> {
    let who = match whom {
        Schedule::None => None,
        Schedule::Serve => Some(Scheduler::Serve),
        Schedule::Github => Some(Scheduler::Github),
    };
    let connection = Connection::open(context, project).await?;
    let written = schedule(&connection.site.client, stack, who).await;
    let written = written.map_err(|error| {
        let exit = refusal::api_exit(&error);
        Failure::caused(exit, &error).hint("run the same command again; nothing is done twice")
    });
    let volumes = connection.close_after(written).await?;
    let workflow = match whom {
        Schedule::Github if volumes > 0 => Some(Workflow::of(project, stack)?),
        Schedule::Github | Schedule::None | Schedule::Serve => None,
    };
    let output = context.output;
    if context.global.json {
        let content = json!({
            "by": who.map(Scheduler::word),
            "volumes": volumes,
            "workflow": workflow.as_ref().map(|it| it.file.display().to_string()),
        });
        output.data(&json::line(&json::document("schedule", &content)));
    } else {
        output.data(&output.fitted(&told((whom, volumes), workflow.as_ref())));
    }
    Ok(())
}

fn told((whom, volumes): (Schedule, usize), workflow: Option<&Workflow>) -> String {
    if volumes == 0 {
        return "no volume of the stack has a snapshot policy: there is nothing to schedule\n"
            .to_owned();
    }
    let them = if volumes == 1 { "one volume".to_owned() } else { format!("{volumes} volumes") };
    match (whom, workflow) {
        (Schedule::None, _) => format!("nobody takes snapshots of {them} by night any more\n"),
        (Schedule::Serve, _) => format!(
            "`dostack serve` takes snapshots of {them} by night\n\
             `deploy/systemd/` has its unit: `systemctl enable --now dostack-serve`\n"
        ),
        (Schedule::Github, None) => format!("a workflow takes snapshots of {them} by night\n"),
        (Schedule::Github, Some(workflow)) => {
            let (file, rest) = (workflow.file.display(), workflow.origin.words());
            format!("{file} takes snapshots of {them} by night\n{rest}\n")
        }
    }
}

/// A workflow that takes them.
struct Workflow {
    file: PathBuf,
    origin: Origin,
}

/// Where a workflow comes from.
enum Origin {
    /// It was there.
    Found,
    /// It has just been written.
    Written,
}

impl Origin {
    const fn words(&self) -> &'static str {
        match self {
            Self::Found => "it was there, and is left as it is",
            Self::Written => "it has just been written: its first lines say what it still needs",
        }
    }
}

impl Workflow {
    /// The project's own if it has one, else ours, written into it.
    fn of(project: &Project, stack: &Stack) -> Result<Self, Failure> {
        let folder = project.root.join(FOLDER);
        let file = folder.join(format!("snapshots-{}.yaml", stack.name));
        if let Some(file) = there(&folder, &project.file)
            .or_else(|| Some(file.clone()).filter(|file| file.exists()))
        {
            return Ok(Self { file, origin: Origin::Found });
        }
        let text = WORKFLOW
            .replace("@STACK@", stack.name.as_str())
            .replace("@FILE@", &below(&project.root, &project.file).display().to_string());
        fs::create_dir_all(&folder).and_then(|()| fs::write(&file, text)).map_err(|error| {
            Failure::new(Exit::Partly, format!("cannot write `{}`: {error}", file.display()))
                .hint("put that right and run the same command again; nothing is done twice")
        })?;
        Ok(Self { file, origin: Origin::Written })
    }
}

/// A file as one says it in the project's folder.
fn below<'a>(root: &Path, file: &'a Path) -> &'a Path {
    file.strip_prefix(root).unwrap_or(file)
}

/// The first workflow of the folder that takes snapshots of this stack: it names the file's stem, as
/// it has to where there are several stacks.
fn there(folder: &Path, file: &Path) -> Option<PathBuf> {
    let stem = file.file_stem()?.to_str()?;
    let is_other = |letter: char| !(letter.is_ascii_alphanumeric() || "-_".contains(letter));
    let takes = |text: &str| text.contains(CALL) && text.split(is_other).any(|word| word == stem);
    let entries: io::Result<Vec<PathBuf>> =
        fs::read_dir(folder).ok()?.map(|entry| entry.map(|entry| entry.path())).collect();
    let mut files = entries.ok()?;
    files.retain(|file| file.extension().is_some_and(|end| end == "yaml" || end == "yml"));
    files.sort();
    files.into_iter().find(|file| fs::read_to_string(file).is_ok_and(|text| takes(&text)))
}
