//! The page for people, under `/_sandbox/`: what exists, what ran, what a month of it would cost.
//!
//! One HTML file without anything from elsewhere. It looks again by itself, by a small script, or
//! every two seconds by a reload where scripts are off. Whatever a caller may have chosen (names,
//! tags, paths) is put in by a template that escapes all of it.

mod ran;
mod things;

use std::sync::{Arc, LazyLock};

use axum::{
    extract::State,
    http::{HeaderMap, HeaderValue, header},
    response::{Html, IntoResponse, Response},
};
use handlebars::Handlebars;
use jiff::Timestamp;
use serde::Serialize;

use crate::sandbox::{
    core::Core,
    limits::RateLimit,
    page::{ran::Ran, things::Section},
    price::Price,
    server::Shared,
};

/// The page, filled in.
const NAME: &str = "page";

static TEMPLATES: LazyLock<Handlebars<'static>> = LazyLock::new(|| {
    let mut templates = Handlebars::new();
    templates.set_strict_mode(true);
    templates
        .register_template_string(NAME, include_str!("page.html"))
        .expect("the page is a template, which a test fills in");
    templates
});

/// Shows the page as things are now.
pub async fn show(State(shared): State<Arc<Shared>>, headers: HeaderMap) -> Response {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    let origin = format!("http://{}", host.unwrap_or("127.0.0.1"));
    let page = {
        let mut core = shared.core();
        let now = core.clock.now();
        core.settle(now);
        Page::of(&core, origin, now)
    };
    let no_store = [(header::CACHE_CONTROL, HeaderValue::from_static("no-store"))];
    (no_store, Html(page.text())).into_response()
}

/// Everything the template asks for.
#[derive(Debug, Serialize)]
struct Page {
    origin: String,
    monthly: String,
    facts: Vec<Fact>,
    sections: Vec<Section>,
    ran: Ran,
    calls: ran::Calls,
}

/// A line of the head.
#[derive(Debug, Serialize)]
struct Fact {
    name: &'static str,
    value: String,
}

impl Page {
    fn of(core: &Core, origin: String, now: Timestamp) -> Self {
        let sections = things::sections(core.world());
        let monthly: Price = sections.iter().map(|section| section.price).sum();
        Self {
            origin,
            monthly: monthly.text(),
            facts: facts(core, now),
            sections,
            ran: Ran::of(core.world(), now),
            calls: ran::Calls::of(&core.calls),
        }
    }

    fn text(&self) -> String {
        TEMPLATES.render(NAME, self).expect("the page asks for nothing it is not given")
    }
}

fn facts(core: &Core, now: Timestamp) -> Vec<Fact> {
    let pace = if core.speed.to_bits() == 1.0_f64.to_bits() {
        "as DigitalOcean's".to_owned()
    } else {
        format!("{} times DigitalOcean's", core.speed)
    };
    let limit = match core.limits.mode {
        RateLimit::Off => "off".to_owned(),
        RateLimit::On => {
            let quota = core.limits.quota(now);
            format!("{} of {} left", quota.remaining, quota.limit)
        }
    };
    let faults = match core.faults.count() {
        0 => "none".to_owned(),
        count => format!("{count} set up"),
    };
    vec![
        Fact { name: "Time, UTC", value: now.strftime("%F %T").to_string() },
        Fact { name: "Pace", value: pace },
        Fact { name: "Rate limit", value: limit },
        Fact { name: "Faults", value: faults },
    ]
}

/// How something is, in a word and a colour.
#[derive(Debug, Serialize)]
struct Look {
    word: String,
    tone: Tone,
}

/// A colour with a meaning.
#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "lowercase")]
enum Tone {
    /// As it should be.
    Good,
    /// On its way.
    Busy,
    /// Went wrong.
    Bad,
    /// At rest.
    Off,
}

#[cfg(test)]
mod tests;
