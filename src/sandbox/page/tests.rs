//! The page filled in, without a browser.

use std::collections::BTreeSet;

use super::*;
use crate::sandbox::{clock::Clock, keys::Key, tags::Tag, world::World};

/// A sandbox with a name in it that would be a script if it were not escaped.
fn core() -> Core {
    let clock = Clock::default();
    let mut world = World::new(clock.now());
    let key = Key {
        id: 1,
        fingerprint: "aa:bb".to_owned(),
        public_key: String::new(),
        name: "<script>alert('it')</script>".to_owned(),
    };
    world.keys.insert(1, key);
    Core::new(world, clock, (20.0, RateLimit::On))
}

fn text(core: &Core, origin: &str) -> String {
    Page::of(core, origin.to_owned(), core.clock.now()).text()
}

#[test]
fn whatever_a_caller_chose_is_text_and_nothing_else() {
    let mut core = core();
    let nth = core.calls.begin("GET", "/v2/x?\"><img src=x>".to_owned(), "");
    core.calls.end(nth, 404);
    let text = text(&core, "http://\"><script>");
    assert_eq!(text.matches("<script>").count(), 1, "{text}");
    assert!(text.contains("&lt;script&gt;alert(&#x27;it&#x27;)"), "{text}");
    assert!(!text.contains("<img"), "{text}");
}

#[test]
fn an_account_with_nothing_in_it_says_how_to_begin() {
    let mut core = core();
    core.world_mut().keys.clear();
    let text = text(&core, "http://127.0.0.1:8080");
    assert!(text.contains("export DIGITALOCEAN_API_URL=http://127.0.0.1:8080"), "{text}");
    assert!(text.contains("<strong>$0.00</strong>"), "{text}");
    assert!(text.contains("5000 of 5000 left"), "{text}");
}

#[test]
fn the_page_is_loaded_again_where_scripts_are_off() {
    let text = text(&core(), "http://127.0.0.1:8080");
    let reload = "<noscript><meta http-equiv=\"refresh\" content=\"2\"></noscript>";
    assert!(text.contains(reload), "{text}");
}

#[test]
fn a_long_list_is_cut_and_counted() {
    let mut core = core();
    for number in 0..130 {
        let name = format!("tag-{number}");
        let tag = Tag { name: name.clone(), members: BTreeSet::new(), last: None };
        core.world_mut().tags.insert(name, tag);
    }
    let text = text(&core, "http://127.0.0.1:8080");
    assert!(text.contains("Tags <span class=\"quiet\">130</span>"), "{text}");
    assert!(text.contains("and 30 more"), "{text}");
}
