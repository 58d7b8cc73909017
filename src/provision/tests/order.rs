//! Which services wait for other machines.

use tokio::{join, sync::watch, task::yield_now};

use crate::{
    provision::{
        Machine, Reach,
        tests::{
            bed::{Bed, Here},
            bundle,
        },
    },
    software::{File, Service},
    ssh::SshError,
};

/// The way to a bed, and to another machine that nobody lets in once it is up.
struct Late<'a> {
    bed: &'a Bed,
    is_up: watch::Receiver<bool>,
}

impl Reach for Late<'_> {
    type Machine = Here;

    async fn reach(&self, machine: &Machine) -> Result<Here, SshError> {
        if machine.address == self.bed.machine.address {
            return self.bed.reach(machine).await;
        }
        let _ = self.is_up.clone().wait_for(|is_up| *is_up).await;
        Err(SshError::NoKey {
            address: ([203, 0, 113, 8], 22).into(),
            why: "for a test".to_owned(),
        })
    }
}

#[tokio::test]
async fn a_program_waits_for_other_machines_and_a_store_does_not() {
    let Some(mut bed) = Bed::new() else { return };
    let mut own = bundle();
    let compose = "services:\n  postgres: { image: p }\n  \
                   web: { image: w, depends_on: [postgres], env_file: [web.env] }\n";
    own.files.insert("compose.yaml".to_owned(), File::text(compose.to_owned()));
    own.services.remove("store");
    own.services.insert("postgres".to_owned(), Service::default());
    let other = Machine { address: "other".parse().unwrap(), ..bed.machine.clone() };
    bed.machine.bundles = vec![own];
    bed.machine.after = [other.address.clone()].into();
    let (up, is_up) = watch::channel(false);
    let late = Late { bed: &bed, is_up };
    let meanwhile = async {
        let mut told = Vec::new();
        while !told.iter().any(|it| it == "renewed postgres") {
            yield_now().await;
            told.extend(bed.told());
        }
        up.send_replace(true);
        told
    };
    let machines = [bed.machine.clone(), other];
    let (outcome, before) = join!(bed.up_with(&late, &machines), meanwhile);
    assert!(!before.iter().any(|it| it == "renewed web"), "{before:?}");
    assert_eq!(outcome.serving.len(), 1, "{:?}", outcome.failed);
    assert!(bed.told().contains(&"renewed web".to_owned()));
}
