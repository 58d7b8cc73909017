//! Taking the lock, keeping it, giving it back.

use std::{net::Ipv6Addr, time::Duration};

use jiff::SignedDuration;
use tokio::time::{Instant, sleep};

use crate::{
    digitalocean::{
        ApiError, Client,
        firewalls::{Firewall, InboundRule, NewFirewall, Peers},
    },
    journal::Clock,
    lock::{
        Claim, Holder, LEASE, LockError, RENEWAL,
        verdict::{Verdict, verdict},
    },
    resources::LiveFirewall,
    values::StackName,
};

/// What it takes to take a lock.
pub struct Taking<'a> {
    /// The account.
    pub client: &'a Client,
    /// The stack to lock.
    pub stack: &'a StackName,
    /// Who takes it.
    pub holder: &'a Holder,
    /// The time of day.
    pub clock: Clock,
    /// Whether a process of this machine, by number and beginning, is there.
    pub is_alive: &'a (dyn Fn(u32, u64) -> bool + Sync),
}

/// A lock this run holds. Dropping it releases nothing: a killed run cannot either.
#[derive(Clone)]
pub struct Held {
    client: Client,
    name: String,
    id: String,
    claim: Claim,
    pub(in crate::lock) clock: Clock,
    /// The run whose stale lock was taken over, in words.
    pub took_over: Option<String>,
}

/// A lock that is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// The firewall that is the lock.
    pub id: String,
    /// Who holds it, if that can be read.
    pub claim: Option<Claim>,
}

impl Found {
    /// The holder in words.
    pub fn holder(&self) -> String {
        self.claim.as_ref().map_or_else(|| "somebody unknown".to_owned(), ToString::to_string)
    }
}

/// Takes the lock of a stack: one call when it is free.
///
/// A stale one is taken over: of a process of this machine that is gone, of another machine whose
/// lease has ended. A lock that is neither there nor can be taken is tried for as long as any other
/// call is.
pub async fn acquire(taking: &Taking<'_>) -> Result<Held, LockError> {
    let name = name(taking.stack);
    let mut took_over = None;
    let pace = taking.client.pace();
    let (began, mut wait) = (Instant::now(), pace.first_retry);
    loop {
        let claim = taking.claim();
        let refused = match taking.client.create_firewall(&firewall(&name, &claim)).await {
            Ok(made) => return Ok(taking.held(made.id, claim, took_over)),
            Err(error) if error.is_taken() || error.is_ambiguous() => error,
            Err(source) => return Err(api("take", &name, source)),
        };
        let found = find(taking.client, taking.stack).await?;
        for lock in &found {
            match taking.verdict(lock) {
                Verdict::Ours => {
                    let claim = lock.claim.clone().unwrap_or(claim);
                    return Ok(taking.held(lock.id.clone(), claim, took_over));
                }
                Verdict::Held => {
                    return Err(LockError::Held { holder: lock.holder(), id: lock.id.clone() });
                }
                Verdict::Stale => {
                    remove(taking.client, &name, &lock.id).await?;
                    took_over = Some(lock.holder());
                }
            }
        }
        if began.elapsed() + wait > pace.patience {
            // A lock that is not there was not taken by the call whose answer was lost.
            return Err(LockError::Refused { name, source: Box::new(refused.of_repeatable()) });
        }
        sleep(wait).await;
        wait = (wait * 2).min(pace.longest_retry);
    }
}

/// The locks of a stack: none or one, and two after an accident.
pub async fn find(client: &Client, stack: &StackName) -> Result<Vec<Found>, LockError> {
    let name = name(stack);
    let all = client.firewalls().await.map_err(|source| api("look for", &name, source))?;
    Ok(all.iter().filter(|wall| wall.name == name).map(found).collect())
}

/// Takes the lock away from whoever holds it, and tells who that was.
pub async fn unlock(client: &Client, stack: &StackName) -> Result<Vec<Found>, LockError> {
    let found = find(client, stack).await?;
    for lock in &found {
        remove(client, &name(stack), &lock.id).await?;
    }
    Ok(found)
}

impl Taking<'_> {
    fn claim(&self) -> Claim {
        let now = (self.clock)();
        Claim::new(self.holder, now, now.saturating_add(lease()).unwrap_or(now))
    }

    fn verdict(&self, lock: &Found) -> Verdict {
        let now = u64::try_from((self.clock)().as_second()).unwrap_or_default();
        match &lock.claim {
            Some(claim) => verdict(claim, self.holder, now, self.is_alive),
            None => Verdict::Held,
        }
    }

    fn held(&self, id: String, claim: Claim, took_over: Option<String>) -> Held {
        Held {
            client: self.client.clone(),
            name: name(self.stack),
            id,
            claim,
            clock: self.clock.clone(),
            took_over,
        }
    }
}

impl Held {
    /// The firewall that is the lock.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Whether it should have been renewed by now: what is left of the lease is two renewals.
    pub fn is_due(&self) -> bool {
        let now = u64::try_from((self.clock)().as_second()).unwrap_or_default();
        self.claim.until.saturating_sub(now) <= (RENEWAL * 2).as_secs()
    }

    /// Looks for a second lock of the name in a listing made after this one was taken.
    pub fn confirm(&self, firewalls: &[LiveFirewall]) -> Result<(), LockError> {
        let named = firewalls.iter().filter(|wall| wall.name == self.name);
        let others = named.filter(|wall| wall.id != self.id).count();
        if others == 0 { Ok(()) } else { Err(LockError::Doubled { name: self.name.clone() }) }
    }

    /// Extends the lease.
    pub async fn renew(&mut self) -> Result<(), LockError> {
        let now = (self.clock)();
        let claim = self.claim.until(now.saturating_add(lease()).unwrap_or(now));
        let renewed = self.client.replace_firewall(&self.id, &firewall(&self.name, &claim)).await;
        match renewed {
            Ok(_) => self.claim = claim,
            Err(error) if error.is_not_found() => {
                return Err(LockError::Lost { name: self.name.clone() });
            }
            Err(source) => return Err(api("renew", &self.name, source)),
        }
        Ok(())
    }

    /// Renews the lease again and again; returns when the lock is lost.
    ///
    /// A renewal that fails for another reason is tried again, since the lease lasts three of them.
    pub async fn keep(mut self) -> LockError {
        loop {
            sleep(RENEWAL).await;
            match self.renew().await {
                Ok(()) => {}
                Err(error @ LockError::Lost { .. }) => return error,
                Err(error) => tracing::warn!(%error, "the lock could not be renewed"),
            }
        }
    }

    /// Gives the lock back: one call.
    pub async fn release(self) -> Result<(), LockError> {
        remove(&self.client, &self.name, &self.id).await
    }

    /// Gives the lock back and waits: what both runs do that took it at one moment, each for a
    /// time of its own, before they try again.
    pub async fn retreat(self, wait: Duration) -> Result<(), LockError> {
        self.release().await?;
        sleep(wait).await;
        Ok(())
    }
}

fn name(stack: &StackName) -> String {
    format!("dostack-lock-{stack}")
}

/// A firewall that covers nothing; DigitalOcean wants a rule, and the rule carries the claim.
fn firewall(name: &str, claim: &Claim) -> NewFirewall {
    let addresses = claim.addresses().iter().map(|address| format!("{address}/128")).collect();
    let sources = Peers { addresses, ..Peers::default() };
    let rule = InboundRule { protocol: "tcp".to_owned(), ports: "1".to_owned(), sources };
    NewFirewall { name: name.to_owned(), inbound_rules: vec![rule], ..NewFirewall::default() }
}

fn found(wall: &Firewall) -> Found {
    let sources = wall.inbound_rules.iter().flat_map(|rule| &rule.sources.addresses);
    let addresses = sources.filter_map(|text| {
        let address = text.split_once('/').map_or(text.as_str(), |(address, _)| address);
        address.parse::<Ipv6Addr>().ok()
    });
    Found { id: wall.id.clone(), claim: Claim::from_addresses(addresses) }
}

async fn remove(client: &Client, name: &str, id: &str) -> Result<(), LockError> {
    client.delete_firewall(id).await.map_err(|source| api("release", name, source))?;
    Ok(())
}

fn lease() -> SignedDuration {
    SignedDuration::try_from(LEASE).expect("a quarter of an hour is a duration")
}

fn api(doing: &'static str, name: &str, source: ApiError) -> LockError {
    LockError::Api { doing, name: name.to_owned(), source: Box::new(source) }
}
