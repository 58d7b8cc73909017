//! What a person types and sees.

mod args;
mod commands;
mod connect;
mod exit;
mod failure;
mod machine;
mod mistyped;
mod output;
mod project;
mod secrets;
mod settings;
mod stack;
mod stop;
mod view;

use std::process::ExitCode;

use clap::{Parser, error::ErrorKind};
use tracing_subscriber::EnvFilter;

use self::{
    args::{Cli, Global},
    exit::Exit,
    failure::Failure,
    output::Output,
    settings::Settings,
};

/// What every command is handed.
pub struct Context {
    /// What the environment said.
    settings: Settings,
    /// What was typed for every command.
    global: Global,
    /// Where text goes.
    output: Output,
}

/// Runs the program: reads what was typed, does it, says how it went.
pub fn run() -> ExitCode {
    let output = Output::of_process();
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return usage(&error, output),
    };
    log(cli.global.verbose, output);
    let context = Context { settings: Settings::of_process(), global: cli.global, output };
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let ended = match runtime {
        Ok(runtime) => {
            let ended = runtime.block_on(commands::run(&context, cli.command));
            // A prompt that nobody answered may still be waiting for a line.
            runtime.shutdown_background();
            ended
        }
        Err(error) => Err(Failure::caused(Exit::Bug, &error)),
    };
    match ended {
        Ok(exit) => exit.into(),
        Err(failure) => {
            report(&context, &failure);
            failure.exit.into()
        }
    }
}

fn report(context: &Context, failure: &Failure) {
    let text = if context.global.json {
        view::json::text(&failure.document())
    } else {
        failure.render(context.output)
    };
    context.output.words(&text);
}

/// Usage is bad input; help and version are data.
fn usage(error: &clap::Error, output: Output) -> ExitCode {
    let text = error.render().ansi().to_string();
    if matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) {
        output.data(&text);
        Exit::Done.into()
    } else {
        output.words(&text);
        if let Some(meant) = mistyped::meant(error) {
            output.words(&format!("{}: {meant}\n", view::style::hint("help")));
        }
        Exit::Input.into()
    }
}

fn log(verbose: u8, output: Output) {
    let level = match verbose {
        0 => "warn",
        1 => "dostack=info",
        _ => "dostack=debug",
    };
    let filter = EnvFilter::new(level);
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(output.has_colour())
        .without_time()
        .with_target(false)
        .init();
}
