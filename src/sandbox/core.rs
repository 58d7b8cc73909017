//! Everything behind the door: the world, its clock, and who may come in.
//!
//! A call passes in three steps, each short and without waiting: `open` lets it in or turns it
//! away, `perform` has its effect, `close` notes how it ended. The server waits, writes and cuts
//! connections between them.

use axum::http::{Method as HttpMethod, StatusCode};
use jiff::Timestamp;

use crate::sandbox::{
    answer::{Answer, Refusal, Reply},
    call::{Call, Query, Terms},
    calls::Calls,
    clock::Clock,
    fate::Fate,
    faults::{Fault, Faults},
    kept::{Kept, Question},
    limits::{Limits, Quota, RateLimit, Weight},
    routes::{self, Found, Method},
    world::{Settled, World},
};

/// The state of a running sandbox.
#[derive(Debug)]
pub struct Core {
    world: World,
    /// What callers were answered since it last changed.
    kept: Kept,
    /// The time.
    pub clock: Clock,
    /// How many times faster than DigitalOcean things happen.
    pub speed: f64,
    /// How many calls may be made.
    pub limits: Limits,
    /// What is to go wrong.
    pub faults: Faults,
    /// What was called.
    pub calls: Calls,
    /// Whether there is something the state file does not have.
    pub saved: Saved,
}

/// Whether the state file is up to date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Saved {
    /// It is.
    Current,
    /// It is not.
    Stale,
}

/// A request as it came in.
#[derive(Debug)]
pub struct Visit {
    /// The method.
    pub method: HttpMethod,
    /// The path, without the query.
    pub path: String,
    /// The query, as sent.
    pub query: String,
    /// Scheme and host the caller used.
    pub origin: String,
    /// The `X-Dangerous` header.
    pub dangerous: Option<String>,
    /// Whether the token is right.
    pub visitor: Visitor,
    /// The body, unless it was too long or broke off.
    pub body: Result<Vec<u8>, Refusal>,
}

/// Who calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Visitor {
    /// Someone with the token.
    Known,
    /// Anyone else.
    Stranger,
}

/// A visit that was noted.
#[derive(Debug)]
pub struct Opened {
    /// Its number.
    pub nth: u64,
    /// What is left of the caller's limits.
    pub quota: Quota,
    /// Its route, or why it was turned away.
    pub gate: Result<Found, Refusal>,
    /// What is to go wrong with it.
    pub fault: Option<Fault>,
}

impl Core {
    /// Puts a world behind the door.
    pub fn new(world: World, clock: Clock, terms: (f64, RateLimit)) -> Self {
        let (speed, limit) = terms;
        Self {
            world,
            kept: Kept::default(),
            clock,
            speed,
            limits: Limits::new(limit, speed),
            faults: Faults::default(),
            calls: Calls::default(),
            saved: Saved::Stale,
        }
    }

    /// The account.
    pub const fn world(&self) -> &World {
        &self.world
    }

    /// The account, for somebody who changes it.
    pub fn world_mut(&mut self) -> &mut World {
        self.saved = Saved::Stale;
        self.kept.forget();
        &mut self.world
    }

    /// Notes a visit and lets it in or turns it away.
    pub fn open(&mut self, visit: &Visit) -> Opened {
        let now = self.clock.now();
        let method = visit.method.as_str();
        let found = routes::find(Method::parse(method), &visit.path);
        let pattern = found.as_ref().map_or("", |found| found.route.pattern);
        let address = match visit.query.as_str() {
            "" => visit.path.clone(),
            query => format!("{}?{query}", visit.path),
        };
        let nth = self.calls.begin(method, address, pattern);
        let gate = self.admit(visit, pattern, now).and(found);
        let fault = match &gate {
            Ok(_) => self.faults.strike(method, &visit.path, pattern),
            Err(_) => None,
        };
        Opened { nth, quota: self.limits.quota(now), gate, fault }
    }

    fn admit(&mut self, visit: &Visit, pattern: &str, now: Timestamp) -> Result<(), Refusal> {
        if visit.visitor == Visitor::Stranger {
            return Err(Refusal::unauthorized());
        }
        let key_list = visit.method == HttpMethod::GET && pattern == "/v2/account/keys";
        self.limits.admit(if key_list { Weight::KeyList } else { Weight::Ordinary }, now)
    }

    /// Lets a call have its effect.
    pub fn perform(&mut self, visit: Visit, found: Found, fate: Fate) -> Reply {
        let now = self.clock.now();
        self.settle(now);
        let question = (found.route.method == Method::Get).then(|| Question::of(&visit));
        let body = visit.body?;
        let kept = question.as_ref().and_then(|question| self.kept.get(question));
        if let Some(body) = kept {
            return Ok(Answer { status: StatusCode::OK, body: Some(body) });
        }
        let call = Call {
            path: visit.path,
            captures: found.captures,
            query: Query::parse(&visit.query),
            body,
            dangerous: visit.dangerous,
            terms: Terms::new(now, self.speed, fate, visit.origin),
        };
        let reply = (found.route.handler)(&mut self.world, &call);
        let Some(question) = question else {
            self.kept.forget();
            if reply.is_ok() {
                self.saved = Saved::Stale;
            }
            return reply;
        };
        if let Ok(Answer { status: StatusCode::OK, body: Some(body) }) = &reply
            && call.terms.is_timeless()
        {
            self.kept.keep(question, body);
        }
        reply
    }

    /// Notes how a visit ended; 0 says that the caller got no answer.
    pub fn close(&mut self, nth: u64, status: Option<StatusCode>) {
        self.calls.end(nth, status.map_or(0, |status| status.as_u16()));
    }

    /// Lets everything happen that is due.
    pub fn settle(&mut self, now: Timestamp) {
        match self.world.settle(now) {
            Settled::Something => {
                self.saved = Saved::Stale;
                self.kept.forget();
            }
            Settled::Nothing => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use axum::{body::Bytes, http::Method as HttpMethod};

    use super::{Core, Visit, Visitor};
    use crate::sandbox::{
        answer::Reply, clock::Clock, fate::Fate, limits::RateLimit, world::World,
    };

    fn ask(core: &mut Core, path: &str, body: Vec<u8>) -> Reply {
        let visit = Visit {
            method: HttpMethod::GET,
            path: path.to_owned(),
            query: "per_page=200".to_owned(),
            origin: "http://127.0.0.1".to_owned(),
            dangerous: None,
            visitor: Visitor::Known,
            body: Ok(body),
        };
        let opened = core.open(&visit);
        core.perform(visit, opened.gate.unwrap(), Fate::Completed)
    }

    fn body(core: &mut Core, path: &str) -> Bytes {
        ask(core, path, Vec::new()).unwrap().body.unwrap()
    }

    #[test]
    fn a_long_answer_is_the_same_one_until_something_changes() {
        let clock = Clock::default();
        let mut core = Core::new(World::new(clock.now()), clock, (1.0, RateLimit::Off));
        let first = body(&mut core, "/v2/sizes");
        let second = body(&mut core, "/v2/sizes");
        assert_eq!(second.as_ptr(), first.as_ptr());
        // A short one is made anew.
        let account = body(&mut core, "/v2/account");
        assert_ne!(body(&mut core, "/v2/account").as_ptr(), account.as_ptr());
        core.world_mut().keys.clear();
        let third = body(&mut core, "/v2/sizes");
        assert_ne!(third.as_ptr(), first.as_ptr());
        assert_eq!(third, first);
    }
}
