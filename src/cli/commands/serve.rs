//! `dostack serve`: looks after the stack until it is asked to stop.

use std::{sync::Arc, time::Duration};

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_util::sync::CancellationToken;

use crate::{
    cli::{
        Context, Exit, Failure,
        args::Serve,
        connect::{self, Connection},
        machine,
        project::{Project, private_folder},
        secrets, stack,
        stop::stoppable,
    },
    config::Stack,
    digitalocean::metadata::Home,
    engine::Site,
    operate::{
        serve::{
            self, Keeper, Means, Options, Patience, Reach, Running, ServeError, TlsFiles,
            TokenFile, Work,
        },
        snapshots::Prunes,
    },
};

/// What has to be given where others reach it.
const EXPOSED: &str = "give `--tls-certificate` and `--tls-key`, and `--token-file` or \
`--client-ca`; or listen on 127.0.0.1 and let a proxy of this machine speak TLS";

/// Serves until it is asked to stop.
pub async fn run(context: &Context, args: Serve) -> Result<Exit, Failure> {
    let project = Project::find(context.global.stack.as_deref())?;
    let stack = stack::load(context, &project)?.stack;
    let health = if args.no_health_check { Ask::Nobody } else { Ask::Machines };
    let prunes = if args.prune { Prunes::Yes } else { Prunes::No };
    let options = options(args, &project, &stack)?;
    // A sandbox has no droplet that this program could stand on.
    let in_the_box = context.global.sandbox;
    let home = if in_the_box { Home::Elsewhere } else { machine::home(&context.settings).await };
    let connection = Connection::open(context, &project).await?;
    let desk = Desk { context, project: &project, site: &connection.site, home, health, prunes };
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
        patience: Patience::default(),
    })
}

/// Whether machines are asked how they are after a resize.
#[derive(Clone, Copy)]
enum Ask {
    Machines,
    Nobody,
}

/// The command at work.
struct Desk<'a> {
    context: &'a Context,
    project: &'a Project,
    site: &'a Site,
    home: Home,
    health: Ask,
    prunes: Prunes,
}

impl Desk<'_> {
    async fn run(&self, options: Options, stack: Stack) -> Result<Exit, Failure> {
        let token = options.token.path().display().to_string();
        let clock = self.site.clock.clone();
        let keeper = self.keeper(stack)?;
        let running =
            serve::start(options, keeper, clock).await.map_err(|error| refusal(&error))?;
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

    /// Work by a stack file; a machine that is asked how it is may be sent secrets anew.
    fn keeper(&self, stack: Stack) -> Result<Arc<dyn Work>, Failure> {
        let mut site = self.site.clone();
        site.templates = self.project.templates()?;
        let login = || connect::login(self.context, self.project, &stack);
        let reach = match (self.context.global.sandbox, self.health) {
            (true, _) => Reach::Nowhere,
            (false, Ask::Nobody) => Reach::Unchecked(login()),
            (false, Ask::Machines) => {
                site.secrets = secrets::of_software(self.context, self.project, &stack)
                    .map_err(|failure| failure.hint("or pass `--no-health-check`"))?;
                Reach::Checked(login())
            }
        };
        let means = Means { home: self.home.clone(), reach, prunes: self.prunes };
        Ok(Arc::new(Keeper::new(site, stack, means)))
    }

    async fn reload_until(&self, stop: &CancellationToken, running: &Running, hangup: &mut Signal) {
        while stop.run_until_cancelled(hangup.recv()).await.is_some() {
            let read = stack::load(self.context, self.project);
            let read = read.and_then(|loaded| self.keeper(loaded.stack)).map_err(|failure| {
                let told = failure.render(self.context.output);
                self.context.output.words(&told);
                "the stack file, or what it needs, cannot be read".to_owned()
            });
            running.reload(read).await;
        }
    }

    fn greet(&self, running: &Running, token: &str) {
        let output = self.context.output;
        output.data(&format!("alerts on {}\nstatus on {}\n", running.alerts(), running.status()));
        output.words(&format!(
            "the token is in {token}: Alertmanager sends it as a bearer, a browser as the password\n\
             SIGHUP reads the stack file, the token and certificates again, Ctrl-C ends it\n"
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
