//! Where a stack's readings come from.

use crate::{
    config::{PROMETHEUS, Stack},
    engine::Machine,
    metrics::Unknown,
    readings::Source,
    ssh::{Login, Session},
    values::{Address, in_full},
};

/// What the stack file names; where it names nothing, the Prometheus of the machine that watches the
/// stack, which nobody but that machine can ask.
///
/// `machines` are all of the stack's; without a login, as in the sandbox, nobody is asked on one.
pub async fn source(stack: &Stack, machines: &[Machine], login: Option<&Login>) -> Source {
    let named = Source::new(stack.metrics.as_ref());
    let mut components = stack.components.iter();
    let watcher = components.find(|(_, component)| component.monitoring().is_some());
    let (None, Some((watcher, _))) = (&stack.metrics, watcher) else { return named };
    match session(stack, machines, (&Address::component(watcher.clone()), login)).await {
        Ok(session) => Source::On(session, PROMETHEUS),
        Err(why) => Source::Nowhere(Unknown::Unanswered(why)),
    }
}

/// A connection to the machine that watches, or why there is none.
async fn session(
    stack: &Stack,
    machines: &[Machine],
    (watcher, login): (&Address, Option<&Login>),
) -> Result<Session, String> {
    let Some(machine) = machines.iter().find(|machine| machine.address == *watcher) else {
        return Err(format!("`{watcher}`, which watches the stack, is not there yet"));
    };
    let Some(login) = login else {
        return Err(format!("`{watcher}` watches the stack, and no machine stands behind it here"));
    };
    machine.connect(stack, login).await.map_err(|error| in_full(&error))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::source;
    use crate::{
        config::{MissingKeys, OneFile, Stack, load},
        engine::Machine,
        metrics::Unknown,
        readings::Source,
        resources::{LiveBackups, LiveDroplet, Status},
        ssh::Login,
        values::{Address, Region, SizeSlug},
    };

    fn stack(more: &str) -> Stack {
        let text = format!(
            "stack: core\nregion: sfo2\nvpc: {{ ip_range: 10.120.0.0/16 }}\n\
             ssh: {{ public_keys: [~/.ssh/id_ed25519.pub], allow_from: [anywhere] }}\n\
             secrets: [ORG_DO]\n{more}components:\n  app:\n    kind: AppStack\n    volume: none\n    \
             droplet: {{ size: s-2vcpu-4gb, image: ubuntu-22-04-x64 }}\n    \
             monitoring: {{ enabled: true, token: \"${{secret:ORG_DO}}\" }}\n"
        );
        load("stacks/core.yaml", &OneFile(&text), MissingKeys::ThrowAway).unwrap().stack
    }

    /// The machine that watches, switched off.
    fn off(stack: &Stack) -> Machine {
        let droplet = LiveDroplet {
            id: 7,
            name: "core-app".to_owned(),
            region: Region::new("sfo2"),
            size: SizeSlug::new("s-2vcpu-4gb"),
            disk_gb: 80,
            image: "ubuntu-22-04-x64".to_owned(),
            status: Status::Off,
            backups: LiveBackups::Off,
            locked: false,
            vpc_id: None,
            tags: BTreeSet::new(),
            volume_ids: BTreeSet::new(),
            public_ip: None,
            private_ip: None,
            created_at: String::new(),
        };
        let name = stack.components.keys().next().unwrap();
        let address = Address::component(name.clone());
        Machine { address, droplet, host_keys: BTreeSet::new() }
    }

    async fn why(stack: &Stack, machines: &[Machine], login: Option<&Login>) -> String {
        match source(stack, machines, login).await {
            Source::Nowhere(Unknown::Unanswered(why)) => why,
            Source::Nowhere(why) => why.to_string(),
            Source::Here(..) | Source::On(..) => "somebody is asked".to_owned(),
        }
    }

    #[tokio::test]
    async fn why_nobody_asks_the_machine_that_watches_is_said() {
        let (watched, login) = (stack(""), Login::default());
        let machines = [off(&watched)];
        let told = why(&watched, &[], Some(&login)).await;
        assert_eq!(told, "`app`, which watches the stack, is not there yet");
        let told = why(&watched, &machines, None).await;
        assert!(told.contains("no machine stands behind it here"), "{told}");
        let told = why(&watched, &machines, Some(&login)).await;
        assert!(told.starts_with("`app` does not run"), "{told}");
        // What the file names is asked, whoever watches.
        let named = stack("metrics: { prometheus: \"http://10.0.0.9:9090\" }\n");
        assert_eq!(why(&named, &machines, Some(&login)).await, "somebody is asked");
    }
}
