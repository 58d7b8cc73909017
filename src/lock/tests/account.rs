//! The lock in an account.

use std::{iter, sync::Arc, time::Duration};

use jiff::Timestamp;
use reqwest::{Certificate, Url};
use rustls::crypto::ring::default_provider;
use secrecy::SecretString;
use serde_json::{Value, json};

use crate::{
    digitalocean::{
        Client, Pace, Settings,
        firewalls::{InboundRule, NewFirewall, Peers},
    },
    lock::{Held, Holder, LockError, Taking, acquire, find, tests::me, unlock},
    sandbox::{Options, RateLimit, Running, start},
    values::StackName,
};

struct Account {
    running: Running,
    client: Client,
    stack: StackName,
}

impl Account {
    async fn new() -> Self {
        let options = Options {
            listen: "127.0.0.1:0".parse().unwrap(),
            token: "a-token-of-the-tests".to_owned(),
            speed: 200.0,
            state: None,
            rate_limit: RateLimit::Off,
        };
        let running = start(options).await.unwrap();
        let base = Url::parse(&format!("http://{}", running.address())).unwrap();
        let first_retry = Duration::from_millis(5);
        let pace = Pace { first_retry, ..Pace::default() };
        let settings = Settings::new(base, SecretString::from("a-token-of-the-tests"));
        let client = Client::new(Settings { pace, ..settings }).unwrap();
        Self { running, client, stack: StackName::parse("dev").unwrap() }
    }

    /// Takes the lock at a time of day; no process of this machine is there.
    async fn take(&self, holder: &Holder, second: i64) -> Result<Held, LockError> {
        let taking = Taking {
            client: &self.client,
            stack: &self.stack,
            holder,
            clock: Arc::new(move || Timestamp::from_second(second).unwrap()),
            is_alive: &|_, _| false,
        };
        acquire(&taking).await
    }

    async fn fault(&self, rule: Value) {
        drop(default_provider().install_default());
        let builder = reqwest::Client::builder().no_proxy();
        let http = builder.tls_certs_only(iter::empty::<Certificate>()).build().unwrap();
        let url = format!("http://{}/_sandbox/faults", self.running.address());
        http.post(url).json(&rule).send().await.unwrap().error_for_status().unwrap();
    }
}

fn elsewhere() -> Holder {
    Holder { machine: "another".to_owned(), host: "desktop".to_owned(), nonce: 8, ..me() }
}

#[tokio::test]
async fn a_free_lock_is_taken_and_given_back_with_one_call_each() {
    let account = Account::new().await;
    let held = account.take(&me(), 1000).await.unwrap();
    assert_eq!(account.client.calls().sent, 1);
    held.release().await.unwrap();
    assert_eq!(account.client.calls().sent, 2);
    assert_eq!(find(&account.client, &account.stack).await.unwrap(), []);
}

#[tokio::test]
async fn another_run_is_told_who_holds_it_until_the_lease_is_over() {
    let account = Account::new().await;
    account.take(&elsewhere(), 1000).await.unwrap();
    let Err(LockError::Held { holder, .. }) = account.take(&me(), 1900).await else {
        panic!("a held lock was taken")
    };
    assert!(holder.starts_with("process 42 on desktop, since "), "{holder}");
    let held = account.take(&me(), 1901).await.unwrap();
    assert!(held.took_over.is_some());
}

#[tokio::test]
async fn a_renewed_lease_lasts_longer_and_a_lost_lock_is_noticed() {
    let account = Account::new().await;
    let theirs = elsewhere();
    let held = account.take(&theirs, 1000).await.unwrap();
    let mut late = held;
    late.clock = Arc::new(|| Timestamp::from_second(1500).unwrap());
    late.renew().await.unwrap();
    assert!(matches!(account.take(&me(), 1901).await, Err(LockError::Held { .. })));
    assert_eq!(unlock(&account.client, &account.stack).await.unwrap().len(), 1);
    assert!(matches!(late.renew().await, Err(LockError::Lost { .. })));
}

#[tokio::test]
async fn an_answer_that_was_lost_is_looked_up() {
    for moment in ["before", "after"] {
        let account = Account::new().await;
        let effect = json!({ "drop": moment });
        account.fault(json!({ "method": "POST", "path": "/v2/firewalls", "effect": effect })).await;
        account.take(&me(), 1000).await.unwrap();
        assert_eq!(find(&account.client, &account.stack).await.unwrap().len(), 1, "{moment}");
    }
}

#[tokio::test]
async fn a_firewall_of_the_name_that_is_no_lock_is_left_alone() {
    let account = Account::new().await;
    let held = account.take(&elsewhere(), 1000).await.unwrap();
    let sources = Peers { addresses: vec!["192.0.2.1/32".to_owned()], ..Peers::default() };
    let rule = InboundRule { protocol: "tcp".to_owned(), ports: "22".to_owned(), sources };
    let name = "dostack-lock-dev".to_owned();
    let odd = NewFirewall { name, inbound_rules: vec![rule], ..NewFirewall::default() };
    account.client.replace_firewall(held.id(), &odd).await.unwrap();
    assert!(matches!(account.take(&me(), 9999).await, Err(LockError::Held { .. })));
}

#[tokio::test]
async fn an_account_that_fails_for_a_while_is_tried_again() {
    let account = Account::new().await;
    account
        .fault(json!({
            "method": "POST", "path": "/v2/firewalls", "times": 6, "effect": { "status": 503 },
        }))
        .await;
    let held = account.take(&me(), 1000).await.unwrap();
    assert_eq!(find(&account.client, &account.stack).await.unwrap()[0].id, held.id());
}
