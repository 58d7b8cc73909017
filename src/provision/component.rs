//! The services of a machine's components: files in their places, then wave after wave.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    provision::{
        Account, Crew, Reach,
        compose::Section,
        difference::{self, Difference, Found, Task},
        error::{FailedService, ProvisionError},
        machine::Machine,
        manifest::Manifest,
        orders, program,
        quick::with_quick_checks,
        said::{Raised, raised},
        state::State,
        veil::veiled,
    },
    software::{Bundle, Content, afterwards},
    ssh::{Command, Output, Remote},
    values::Tag,
};

/// The work on a machine's components.
pub struct Component<'a, 'b, R: Reach, A> {
    /// Who works.
    pub crew: &'a Crew<'b, R, A>,
    /// On what.
    pub machine: &'a Machine,
    /// Over this connection.
    pub remote: &'a R::Machine,
    /// The version of its container engine.
    pub engine: Option<&'a str>,
    /// What was changed so far.
    pub changed: Vec<String>,
    /// What does not serve.
    pub failed: Vec<FailedService>,
    /// Tags that were taken off because what they say is not so for a while.
    pub forgotten: BTreeSet<Tag>,
}

impl<R: Reach, A: Account> Component<'_, '_, R, A> {
    /// Stops the services of components that are not to be on the machine any more: they may hold
    /// the ports of others. Their data stays.
    pub async fn clear(&mut self, state: &State) -> Result<(), ProvisionError> {
        let wanted: BTreeSet<String> = self
            .machine
            .bundles
            .iter()
            .map(|bundle| bundle.component.owner().to_string())
            .collect();
        for (name, found) in &state.components {
            // What never had a manifest of ours is somebody else's.
            if wanted.contains(name) || found.manifest == Manifest::default() {
                continue;
            }
            let gone = difference::gone(&BTreeMap::new(), found);
            self.remove(name, &gone).await?;
            // With the files of a component its secrets go.
            self.do_it("remove files", &orders::remove_files(name)).await?;
            self.keep(name, &Manifest::default()).await?;
        }
        Ok(())
    }

    /// Brings a component to where it serves, as far as it will.
    pub async fn raise(
        &mut self,
        bundle: &Bundle,
        found: &Found,
        keyed: &BTreeMap<String, String>,
    ) -> Result<(), ProvisionError> {
        let name = bundle.component.owner().to_string();
        let tag = self.machine.wanted_tag(self.crew.mark, bundle);
        let bundle = &with_quick_checks(bundle, self.engine);
        let difference = Difference::of(bundle, found, keyed);
        if !(difference.is_none() && self.changed.is_empty()) {
            self.forget(&tag).await?;
        }
        self.send(bundle, &difference.files.send).await?;
        self.remove(&name, &difference.gone).await?;
        let reached = self.start(bundle, &difference, found).await?;
        let is_whole = reached.len() == difference.inputs.len();
        let digest = tag.as_str().rsplit(':').next().filter(|_| is_whole).unwrap_or_default();
        let (digest, files) = (digest.to_owned(), difference.digests);
        let manifest = Manifest { digest, files, services: reached };
        if manifest != found.manifest {
            self.keep(&name, &manifest).await?;
        }
        Ok(())
    }

    /// Takes the tag off that says the component is as wanted, before it is not.
    async fn forget(&mut self, tag: &Tag) -> Result<(), ProvisionError> {
        if self.machine.tags.contains(tag) && self.forgotten.insert(tag.clone()) {
            self.crew.forget(tag).await?;
        }
        Ok(())
    }

    async fn send(
        &mut self,
        bundle: &Bundle,
        names: &BTreeSet<String>,
    ) -> Result<(), ProvisionError> {
        if names.is_empty() {
            return Ok(());
        }
        let is_program = |name: &String| {
            bundle.files.get(name).is_some_and(|file| file.content == Content::Program)
        };
        let program = if names.iter().any(is_program) {
            self.crew.tell_doing(self.machine, "sending dostack to it");
            program::bytes(&self.crew.program)?
        } else {
            Vec::new()
        };
        self.do_it("send files", &orders::send(bundle, names, &program)).await?;
        let component = bundle.component.owner();
        self.changed.extend(names.iter().map(|name| format!("{component}/{name}")));
        Ok(())
    }

    async fn remove(&mut self, name: &str, gone: &BTreeSet<String>) -> Result<(), ProvisionError> {
        if gone.is_empty() {
            return Ok(());
        }
        self.do_it("stop services", &orders::remove(name, gone)).await?;
        self.changed.extend(gone.iter().map(|service| format!("{service} of {name} stopped")));
        Ok(())
    }

    /// Starts what has to be, and says which services serve with what they are made from.
    async fn start(
        &mut self,
        bundle: &Bundle,
        difference: &Difference,
        found: &Found,
    ) -> Result<BTreeMap<String, String>, ProvisionError> {
        let name = bundle.component.owner().to_string();
        let touched: BTreeSet<&String> =
            difference.waves.iter().flatten().map(|task| &task.service).collect();
        let mut reached = difference.inputs.clone();
        reached.retain(|service, _| !touched.contains(service));
        let mut down: BTreeSet<String> = BTreeSet::new();
        for (number, wave) in (1..).zip(&difference.waves) {
            let (held, wave): (Vec<Task>, Vec<Task>) = wave
                .iter()
                .cloned()
                .partition(|task| waits_for(&difference.sections, &task.service, &down));
            for task in held {
                self.hold_back((&name, &task.service), &down, difference);
                down.insert(task.service);
            }
            if wave.is_empty() {
                continue;
            }
            let asks =
                |task: &Task| bundle.services.get(&task.service).is_some_and(|it| it.asks_others);
            if wave.iter().any(asks) {
                self.crew.wait_for_others(self.machine).await;
            }
            for raised in self.raise_wave(&name, &wave).await? {
                match raised {
                    Raised::Healthy(service) => {
                        let digest = difference.inputs.get(&service).cloned().unwrap_or_default();
                        self.changed.push(format!("{service} of {name} started"));
                        reached.insert(service, digest);
                    }
                    Raised::Failed { service, why, log } => {
                        down.insert(service.clone());
                        let log = veiled(&log, self.machine, self.crew.secrets);
                        let (component, held_back) = (name.clone(), Vec::new());
                        self.failed.push(FailedService { component, service, why, log, held_back });
                    }
                }
            }
            // What serves now is written down at once, so that it is not started again; of the last
            // wave whoever called does that.
            if number < difference.waves.len() {
                let (services, files) = (reached.clone(), found.manifest.files.clone());
                self.keep(&name, &Manifest { digest: String::new(), files, services }).await?;
            }
        }
        Ok(reached)
    }

    async fn raise_wave(&self, name: &str, wave: &[Task]) -> Result<Vec<Raised>, ProvisionError> {
        let names: Vec<&str> = wave.iter().map(|task| task.service.as_str()).collect();
        self.crew.tell_doing(self.machine, &format!("starting {}", names.join(", ")));
        let order = orders::start(name, wave, self.crew.patience.service);
        let said = self.do_it("start services", &order).await?;
        let mut all = raised(&said.text());
        for raised in &mut all {
            if let Raised::Healthy(service) = raised
                && let Some(arguments) = afterwards(service)
            {
                let done = self.remote.run(&orders::inside(name, arguments)).await?;
                if !done.is_good() {
                    let (service, log) = (service.clone(), done.complaint());
                    let why = "it serves, and setting it up failed".to_owned();
                    *raised = Raised::Failed { service, why, log };
                }
            }
        }
        Ok(all)
    }

    /// Notes that a service was not begun, with the one it needs.
    fn hold_back(
        &mut self,
        (name, service): (&str, &str),
        down: &BTreeSet<String>,
        difference: &Difference,
    ) {
        let needs = difference.sections.get(service).map(|section| &section.needs);
        let because = needs.and_then(|needs| needs.iter().find(|need| down.contains(*need)));
        let failed = self.failed.iter_mut().filter(|failed| failed.component == name);
        let mut failed = failed.filter(|failed| {
            because.is_some_and(|need| *need == failed.service || failed.held_back.contains(need))
        });
        if let Some(failed) = failed.next() {
            failed.held_back.push(service.to_owned());
        }
    }

    async fn keep(&self, name: &str, manifest: &Manifest) -> Result<(), ProvisionError> {
        self.do_it("write down what it has", &orders::keep(name, manifest)).await.map(drop)
    }

    async fn do_it(&self, doing: &str, command: &Command) -> Result<Output, ProvisionError> {
        let said = self.remote.run(command).await?;
        if said.is_good() {
            return Ok(said);
        }
        Err(ProvisionError::refused(doing, &said.complaint()))
    }
}

fn waits_for(sections: &BTreeMap<String, Section>, service: &str, down: &BTreeSet<String>) -> bool {
    sections.get(service).is_some_and(|section| !section.needs.is_disjoint(down))
}
