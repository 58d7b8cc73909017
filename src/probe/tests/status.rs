//! How machines tell how they are.

use std::{fs, process::Command};

use crate::{
    probe::tests::local::Local,
    probe::{Health, State, states},
};

async fn state(machine: &Local) -> State {
    states(&[Ok(machine)]).await.remove(0).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_machine_tells_how_it_is() {
    let machine = Local::with("app/certificates", "");
    machine.program(
        "docker",
        "printf 'service\\tapp\\tnginx\\tnginx:1.30\\trunning\\tUp 2 hours (healthy)\\n'\n",
    );
    let file = machine.path().join("opt/app/certificates/fullchain.pem");
    let made = Command::new("openssl")
        .args(["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30", "-subj", "/CN=a"])
        .args(["-keyout", "/dev/null", "-out"])
        .arg(&file)
        .output()
        .unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let state = state(&machine).await;
    assert!(state.up_seconds > 0 && state.memory.is_some());
    assert_eq!(state.disks[0].mount, "/");
    assert!(state.disks[0].used_kb <= state.disks[0].total_kb);
    assert_eq!(state.services[0].health, Health::Healthy);
    assert_eq!(state.services[0].image, "nginx:1.30");
    // It was made a moment ago.
    let [certificate] = state.certificates.as_slice() else { panic!("{state:?}") };
    assert!(certificate.project == "app" && (29..=30).contains(&certificate.days));
    assert!(state.troubles.is_empty(), "{state:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_keeps_a_machine_from_telling_is_a_trouble_and_no_end() {
    let machine = Local::with("app/certificates", "");
    machine.program("docker", "exit 1\n");
    fs::write(machine.path().join("opt/app/certificates/fullchain.pem"), "no").unwrap();
    let state = state(&machine).await;
    assert!(state.memory.is_some());
    let [docker, certificate] = state.troubles.as_slice() else { panic!("{state:?}") };
    assert_eq!(docker, "docker does not answer");
    assert!(certificate.ends_with("fullchain.pem is no certificate"), "{certificate}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_machine_that_does_not_answer_is_told_by_why() {
    let silent = Local::default().saying("sh: cannot fork");
    let all = states(&[Err("cannot connect".to_owned()), Ok(&silent)]).await;
    assert_eq!(all, [Err("cannot connect".to_owned()), Err("sh: cannot fork".to_owned())]);
}
