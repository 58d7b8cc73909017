//! `dostack exec`: a command on a machine.

use std::{
    io::{self, Read as _},
    time::Duration,
};

use secrecy::zeroize::Zeroizing;
use tokio::task::spawn_blocking;
use tokio_util::sync::CancellationToken;

use crate::{
    cli::{
        Context, Exit, Failure,
        args::Exec,
        commands::{machine::Fleet, refusal},
        stop::stoppable,
        view::said::Said,
    },
    ssh::{Command, Remote as _, Stdin},
};

/// Runs it and hands on what it says.
pub async fn run(context: &Context, args: &Exec) -> Result<Exit, Failure> {
    let stop = CancellationToken::new();
    let whole = async {
        tokio::select! {
            biased;
            () = stop.cancelled() => Ok(Exit::Interrupted),
            ended = Box::pin(on_machine(context, args)) => ended,
        }
    };
    let (ended, stopped) = stoppable(&stop, whole).await?;
    Ok(stopped.unwrap_or(ended))
}

async fn on_machine(context: &Context, args: &Exec) -> Result<Exit, Failure> {
    let fleet = Fleet::find(context).await?;
    let machine = fleet.called(&args.node)?;
    let stdin = if args.stdin { input().await? } else { Stdin::Nothing };
    let command = Command { stdin, ..Command::new(script(&args.command)).within(Duration::MAX) };
    let session = machine.connect(&fleet.stack, &fleet.login).await;
    let session = session.map_err(|error| refusal::unreached(&error))?;
    let mut said = Said::new(context.output);
    let ended = session.stream(&command, &mut |chunk| said.hear(chunk)).await;
    said.end();
    let code = ended.map_err(|error| refusal::unreached(&machine.failed(error)))?;
    Ok(Exit::Theirs(u8::try_from(code).unwrap_or(u8::MAX)))
}

/// One word is a line for the shell; several are a program and its arguments, as they are.
fn script(words: &[String]) -> String {
    match words {
        [line] => line.clone(),
        words => {
            let quoted = words.iter().map(|word| format!("'{}'", word.replace('\'', r"'\''")));
            quoted.collect::<Vec<_>>().join(" ")
        }
    }
}

async fn input() -> Result<Stdin, Failure> {
    let read = spawn_blocking(|| {
        let mut bytes = Zeroizing::new(Vec::new());
        io::stdin().lock().read_to_end(&mut bytes).map(|_| bytes)
    });
    match read.await {
        Ok(Ok(bytes)) => Ok(Stdin::Bytes(bytes)),
        Ok(Err(error)) => Err(Failure::caused(Exit::Input, &error)),
        Err(error) => Err(Failure::caused(Exit::Bug, &error)),
    }
}

#[cfg(test)]
mod tests {
    use super::script;

    #[test]
    fn one_word_is_a_line_and_several_are_passed_on_as_they_are() {
        let of =
            |words: &[&str]| script(&words.iter().map(|it| (*it).to_owned()).collect::<Vec<_>>());
        assert_eq!(of(&["df -h | tail -1"]), "df -h | tail -1");
        assert_eq!(of(&["echo", "it's", "$HOME", ""]), r"'echo' 'it'\''s' '$HOME' ''");
    }
}
