//! Health checks that follow each other quickly while a service starts.
//!
//! An engine checks a container for the first time when a whole interval is over, so one that served
//! after a second would be known to after ten. Since version 25 an engine can look more often until
//! then (Docker: release notes, `start_interval`); an older one refuses the whole file for that
//! word. So the word stands in a file of its own, beside the one that belongs to the stack, and only
//! where the engine knows it. It is no part of what a component is made from.

use serde_yaml::Value;

use crate::software::{Bundle, Content, File};

/// The file that compose reads after its first one, and what stands in it goes before.
pub const OVERRIDE: &str = "compose.override.yaml";

/// The first version of the engine that knows the word.
const SINCE: u32 = 25;

/// How often a service that starts is looked at.
const INTERVAL: &str = "1s";

/// The bundle with quick checks, where the engine of this version knows them.
pub fn with_quick_checks(bundle: &Bundle, engine: Option<&str>) -> Bundle {
    let mut bundle = bundle.clone();
    let major = engine.and_then(|version| version.split('.').next()?.parse::<u32>().ok());
    if major.is_some_and(|major| major >= SINCE)
        && let Some(text) = text(&bundle)
    {
        bundle.files.insert(OVERRIDE.to_owned(), File::text(text));
    }
    bundle
}

/// What the file says; none where no service has time to start.
fn text(bundle: &Bundle) -> Option<String> {
    let Content::Text(compose) = &bundle.files.get("compose.yaml")?.content else { return None };
    let file: Value = serde_yaml::from_str(compose).ok()?;
    let services = file.get("services")?.as_mapping()?.iter();
    let starts = |service: &Value| service.get("healthcheck")?.get("start_period").cloned();
    let slow = services.filter(|(_, service)| starts(service).is_some());
    let lines: Vec<String> = slow
        .filter_map(|(name, _)| name.as_str())
        .map(|name| format!("  {name}: {{ healthcheck: {{ start_interval: {INTERVAL} }} }}\n"))
        .collect();
    let all = lines.concat();
    (!all.is_empty()).then(|| format!("services:\n{all}"))
}

#[cfg(test)]
mod tests {
    use super::{OVERRIDE, with_quick_checks};
    use crate::{
        provision::tests::bundle,
        software::{Content, File},
    };

    /// What the file says on a machine with this engine.
    fn said(engine: Option<&str>) -> Option<String> {
        let mut bundle = bundle();
        let compose = "services:\n  web: { healthcheck: { test: [CMD, true], start_period: 5s } }\n  \
                       job: { image: j }\n";
        bundle.files.insert("compose.yaml".to_owned(), File::text(compose.to_owned()));
        let file = with_quick_checks(&bundle, engine).files.remove(OVERRIDE)?;
        let Content::Text(text) = file.content else { panic!("{file:?}") };
        Some(text)
    }

    #[test]
    fn a_service_with_time_to_start_is_looked_at_often_by_an_engine_that_can() {
        let quick = "services:\n  web: { healthcheck: { start_interval: 1s } }\n";
        assert_eq!(said(Some("26.1.5+dfsg1")).as_deref(), Some(quick));
        assert_eq!(said(Some("29.0.1")).as_deref(), Some(quick));
        for engine in [Some("24.0.7"), Some("odd"), None] {
            assert_eq!(said(engine), None, "{engine:?}");
        }
    }

    #[test]
    fn where_nothing_takes_time_to_start_there_is_no_file() {
        assert!(!with_quick_checks(&bundle(), Some("29.0.1")).files.contains_key(OVERRIDE));
    }
}
