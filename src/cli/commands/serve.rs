//! `dostack serve`: looks after the stack until it is asked to stop.

use std::{sync::Arc, time::Duration};

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_util::sync::CancellationToken;

use crate::{
    cli::{
        Context, Exit, Failure,
        args::Serve,
        connect::{self, Connection},
        project::{Project, private_folder},
        stack,
        stop::stoppable,
    },
    config::Stack,
    engine::Site,
    operate::serve::{self, Keeper, Options, Running, ServeError, TlsFiles, TokenFile, Work},
};

/// What has to be given where others reach it.
const EXPOSED: &str = "give `--tls-certificate` and `--tls-key`, and `--token-file` or \
`--client-ca`; or listen on 127.0.0.1 and let a proxy of this machine speak TLS";

/// Serves until it is asked to stop.
pub async fn run(context: &Context, args: Serve) -> Result<Exit, Failure> {
    let project = Project::find(context.global.stack.as_deref())?;
    let stack = stack::load(context, &project)?.stack;
    let options = options(args, &project, &stack)?;
    let connection = Connection::open(context, &project).await?;
    let desk = Desk { context, project: &project, site: &connection.site };
    let done = Box::pin(desk.run(options, stack)).await;
    connection.close_after(done).await
}

fn options(args: Serve, project: &Project, stack: &Stack) -> Result<Options, Failure> {
    let state = project.state();
    private_folder(&state).map_err(|error| {
        let text = format!("cannot write into `{}`: {error}", state.display());
        Failure::new(Exit::Journal, text)
    })?;
    let own = state.join(stack.name.as_str());
    let token =
        args.token_file.map_or_else(|| TokenFile::Own(state.join("serve.token")), TokenFile::Given);
    let tls = args.tls_certificate.zip(args.tls_key).map(|(certificate, key)| TlsFiles {
        certificate,
        key,
        clients: args.client_ca,
    });
    Ok(Options {
        alerts: args.listen,
        status: args.status_listen,
        token,
        tls,
        audit: args.audit_log.unwrap_or_else(|| own.join("audit.jsonl")),
        every: Duration::from_secs(args.every),
    })
}

/// The command at work.
struct Desk<'a> {
    context: &'a Context,
    project: &'a Project,
    site: &'a Site,
}

impl Desk<'_> {
    async fn run(&self, options: Options, stack: Stack) -> Result<Exit, Failure> {
        let token = options.token.path().display().to_string();
        let clock = self.site.clock.clone();
        let running = serve::start(options, self.keeper(stack), clock)
            .await
            .map_err(|error| refusal(&error))?;
        self.greet(&running, &token);
        let mut hangup =
            signal(SignalKind::hangup()).map_err(|error| Failure::caused(Exit::Bug, &error))?;
        let stop = CancellationToken::new();
        let until = async {
            self.reload_until(&stop, &running, &mut hangup).await;
            running.stop().await;
            Ok(())
        };
        stoppable(&stop, until).await?;
        Ok(Exit::Done)
    }

    fn keeper(&self, stack: Stack) -> Arc<dyn Work> {
        let login = connect::login(self.context, self.project, &stack);
        Arc::new(Keeper::new(self.site.clone(), stack, login))
    }

    async fn reload_until(&self, stop: &CancellationToken, running: &Running, hangup: &mut Signal) {
        while stop.run_until_cancelled(hangup.recv()).await.is_some() {
            let read = stack::load(self.context, self.project);
            let read = read.map(|loaded| self.keeper(loaded.stack)).map_err(|failure| {
                let told = failure.render(self.context.output);
                self.context.output.words(&told);
                "the stack file has mistakes".to_owned()
            });
            running.reload(read).await;
        }
    }

    fn greet(&self, running: &Running, token: &str) {
        let output = self.context.output;
        output.data(&format!("alerts on {}\nstatus on {}\n", running.alerts(), running.status()));
        output.words(&format!(
            "the token is in {token}: Alertmanager sends it as a bearer, a browser as the password\n\
             SIGHUP reads the stack file again, Ctrl-C ends it\n"
        ));
    }
}

fn refusal(error: &ServeError) -> Failure {
    let failure = Failure::caused(Exit::Input, error);
    match error {
        ServeError::Exposed { .. } => failure.hint(EXPOSED),
        ServeError::Listen { .. } => failure
            .hint("`--listen 127.0.0.1:0` and `--status-listen 127.0.0.1:0` take any free port"),
        ServeError::Token(_) => {
            failure.hint("`umask 077; openssl rand -hex 32 > FILE` makes a token file")
        }
        ServeError::Tls(_) | ServeError::Audit(_) => failure,
    }
}
