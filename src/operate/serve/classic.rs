//! The older text format of metrics, made of the newer one: for `curl`, `promtool`, and whoever else
//! does not ask for the newer.
//!
//! They differ in the names of families: the older one knows no suffixes, so that a counter is
//! called as its one series is (<https://prometheus.io/docs/instrumenting/exposition_formats/>).

use std::collections::BTreeMap;

/// A page of the older format.
pub fn classic(page: &str) -> String {
    let kinds: BTreeMap<&str, &str> = page.lines().filter_map(kind).collect();
    page.lines().filter(|line| *line != "# EOF").map(|line| translated(line, &kinds)).collect()
}

/// A family and its kind, of the line that tells them.
fn kind(line: &str) -> Option<(&str, &str)> {
    line.strip_prefix("# TYPE ")?.split_once(' ')
}

fn translated(line: &str, kinds: &BTreeMap<&str, &str>) -> String {
    let told = line.strip_prefix("# ").and_then(|rest| {
        let (word, rest) = rest.split_once(' ')?;
        let (family, text) = rest.split_once(' ')?;
        let kind = *kinds.get(family)?;
        let text = if word == "TYPE" && kind == "info" { "gauge" } else { text };
        let suffix = match kind {
            "counter" => "_total",
            "info" => "_info",
            _ => "",
        };
        Some(format!("# {word} {family}{suffix} {text}\n"))
    });
    told.unwrap_or_else(|| format!("{line}\n"))
}

#[cfg(test)]
mod tests {
    use super::classic;

    #[test]
    fn families_are_called_as_their_series_are() {
        let page = "# HELP build The version.\n# TYPE build info\nbuild_info{version=\"1\"} 1\n\
             # HELP posts Posts of alerts.\n# TYPE posts counter\nposts_total{code=\"200\"} 3\n\
             # HELP open Connections.\n# TYPE open gauge\nopen 2\n# EOF\n";
        let older = "# HELP build_info The version.\n# TYPE build_info gauge\n\
             build_info{version=\"1\"} 1\n\
             # HELP posts_total Posts of alerts.\n# TYPE posts_total counter\n\
             posts_total{code=\"200\"} 3\n\
             # HELP open Connections.\n# TYPE open gauge\nopen 2\n";
        assert_eq!(classic(page), older);
    }
}
