//! Names of metrics.

use std::fmt;

use thiserror::Error;

/// A metric's name, as `node_memory_MemAvailable_bytes`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct MetricName(String);

/// A text that is no metric's name.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("`{0}` is no metric's name: use `query` for more than a name")]
pub struct NoMetricName(String);

impl MetricName {
    /// Takes letters, digits, `_` and `:`, no digit first.
    pub fn parse(text: &str) -> Result<Self, NoMetricName> {
        let word = |byte: u8| byte.is_ascii_alphanumeric() || b"_:".contains(&byte);
        let starts = text.starts_with(|first: char| !first.is_ascii_digit());
        if starts && text.bytes().all(word) {
            return Ok(Self(text.to_owned()));
        }
        Err(NoMetricName(text.to_owned()))
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The part of all, from 0 to 1, and the histogram whose quantile a name like `latency_p95_ms`
    /// means where no metric has it: here 0.95 of `latency_ms`.
    pub fn quantile(&self) -> Option<(f64, Self)> {
        let parts: Vec<&str> = self.0.split('_').collect();
        let place = parts.iter().position(|part| part_of_all(part).is_some())?;
        let (before, rest) = parts.split_at(place);
        let (part, after) = rest.split_first()?;
        let histogram = [before, after].concat().join("_");
        Some((part_of_all(part)?, Self::parse(&histogram).ok()?))
    }
}

/// Reads `p50`, `p95` or `p999` as a part of all.
fn part_of_all(word: &str) -> Option<f64> {
    let digits = word.strip_prefix('p')?;
    let plain = matches!(digits.len(), 2 | 3) && digits.bytes().all(|byte| byte.is_ascii_digit());
    format!("0.{digits}").parse().ok().filter(|_| plain)
}

impl fmt::Display for MetricName {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::MetricName;

    #[test]
    fn a_name_of_a_quantile_names_its_histogram() {
        let means = |name: &str| {
            let quantile = MetricName::parse(name).unwrap().quantile();
            quantile.map(|(part, histogram)| (part, histogram.to_string()))
        };
        assert_eq!(means("chat_latency_p95_ms"), Some((0.95, "chat_latency_ms".to_owned())));
        assert_eq!(means("latency_p999"), Some((0.999, "latency".to_owned())));
        for name in ["chat_latency_ms", "tcp95_bytes", "a_p5", "p95", "a_p95x", "http_p2p_total"] {
            assert_eq!(means(name), None, "{name}");
        }
    }

    #[test]
    fn what_is_more_than_a_name_is_refused() {
        for text in ["", "1a", "a b", "rate(a[5m])", "a{b=\"c\"}", "ä"] {
            assert!(MetricName::parse(text).is_err(), "{text}");
        }
        assert!(MetricName::parse("job:latency_ms:p95").is_ok());
    }
}
