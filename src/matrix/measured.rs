//! Measures as a person reads them.

use std::time::Duration;

/// Bytes in a gigabyte, as disks and sizes count them.
pub const GIGABYTE: f64 = 1e9;

/// Seconds, as `12 ms` or `1.24 s`.
pub fn seconds(seconds: f64) -> String {
    if seconds < 1.0 { format!("{:.0} ms", seconds * 1000.0) } else { format!("{seconds:.2} s") }
}

/// A limit of time, as `150 ms` or `1 s`.
pub fn limit(limit: Duration) -> String {
    if limit.subsec_millis() == 0 {
        format!("{} s", limit.as_secs())
    } else {
        format!("{} ms", limit.as_millis())
    }
}

/// Bytes, as `812 kB` or `1.4 GB`.
pub fn bytes(bytes: f64) -> String {
    let units = [(GIGABYTE, "GB"), (1e6, "MB"), (1e3, "kB")];
    match units.iter().find(|(size, _)| bytes >= *size) {
        Some((size, unit)) if bytes >= 100.0 * size => format!("{:.0} {unit}", bytes / size),
        Some((size, unit)) => format!("{:.1} {unit}", bytes / size),
        None => format!("{bytes:.0} bytes"),
    }
}

/// A share of one, as `96.3 %`.
pub fn percent(share: f64) -> String {
    format!("{:.1} %", share * 100.0)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{bytes, limit, percent, seconds};

    #[test]
    fn measures_are_short() {
        assert_eq!(seconds(0.012_4), "12 ms");
        assert_eq!(seconds(1.236), "1.24 s");
        assert_eq!(limit(Duration::from_millis(1500)), "1500 ms");
        assert_eq!(limit(Duration::from_secs(2)), "2 s");
        assert_eq!(bytes(8192.0), "8.2 kB");
        assert_eq!(bytes(812e6), "812 MB");
        assert_eq!(bytes(10.0), "10 bytes");
        assert_eq!(percent(0.9634), "96.3 %");
    }
}
