//! Where it listens, and what it reads again.

use super::{Daemon, STACK};
use crate::support::env::Env;

#[test]
fn others_reach_it_only_with_a_certificate_and_a_token() {
    let env = Env::new();
    for options in ["--listen 0.0.0.0:0", "--status-listen [::]:0"] {
        let refused = env.run(&format!("--sandbox --stack dev serve {options}")).expect(3);
        let words = refused.words();
        assert!(words.contains("can be reached from elsewhere, and there is no TLS"), "{words}");
        assert!(words.contains("--tls-certificate"), "{words}");
    }
    let named = env.run("--sandbox serve --token-file nothing").expect(3).words();
    assert!(named.contains("cannot read the token file `nothing`"), "{named}");
}

#[test]
fn a_broken_stack_file_is_told_and_the_old_one_stays() {
    let env = Env::with_cloud();
    env.stack(STACK);
    let daemon = Daemon::start(&env, "--every 3600");
    daemon.counts("dostack_stack_file_good 1");
    env.edit_stack("region: sfo2", "regoin: sfo2");
    daemon.process.signal("HUP");
    daemon.counts("dostack_stack_file_good 0");
    env.edit_stack("regoin: sfo2", "region: sfo2");
    daemon.process.signal("HUP");
    daemon.counts("dostack_stack_file_good 1");
    while daemon.says("/readyz") != "ready\n" {}
    daemon.stop();
    let audit = env.read(".dostack/core/audit.jsonl");
    for event in ["started", "kept", "reloaded", "stopped"] {
        assert!(audit.contains(&format!("\"event\":\"{event}\"")), "{event} in {audit}");
    }
    assert_eq!(env.cloud().calls().changing().count(), 0);
}
