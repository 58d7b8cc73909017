//! The rungs of a machine that may grow, and what their names say of them.
//!
//! What a size has is known by the account only; its name says enough for most mistakes to be told
//! before anybody is asked.

use crate::{
    config::{reader::Reader, report::Diagnostic, sections::droplet, tree::Node},
    values::SizeSlug,
};

/// What the name of a size says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Named<'a> {
    /// What its processors and its disk are like: `s`, `c2`, `m3`.
    family: &'a str,
    /// Who made its processors, where the name says it.
    maker: Option<&'a str>,
    /// Virtual processors.
    vcpus: Option<u32>,
    /// MiB.
    memory_mb: Option<u32>,
    /// GiB.
    disk_gb: Option<u32>,
}

/// Makers as names of sizes have them.
const MAKERS: [&str; 2] = ["intel", "amd"];

/// Disks of basic sizes whose names do not say them: processors, MiB, GiB (`DigitalOcean`: Droplet
/// pricing).
const BASIC_DISKS: &[(u32, u32, u32)] = &[
    (1, 1024, 25),
    (1, 2048, 50),
    (2, 2048, 60),
    (2, 4096, 80),
    (2, 8192, 100),
    (4, 8192, 160),
    (4, 16384, 200),
    (8, 16384, 320),
    (8, 32768, 400),
];

/// Reads the rungs: at least one, none twice, each larger than the one before, the droplet's own
/// among them.
pub fn read(component: &Node, resize: &Node, reader: &mut Reader<'_>) -> Option<Vec<SizeSlug>> {
    let list = resize.get("ladder")?;
    let rungs = reader.parse_all(Some(list), droplet::size);
    for (at, item) in list.items().iter().enumerate() {
        let first = list.items()[..at].iter().find(|other| other.text() == item.text());
        if let (Some(first), Some(size)) = (first, item.text()) {
            reader.tell(
                Diagnostic::error(item.place, format!("`{size}` is on the ladder twice"))
                    .also(first.place, "first given here"),
            );
        }
    }
    for pair in list.items().windows(2) {
        let [lower, upper] = pair else { continue };
        let (Some(below), Some(above)) = (lower.text(), upper.text()) else { continue };
        if let Some(why) = misstep(below, above) {
            reader.tell(Diagnostic::error(upper.place, why).also(lower.place, "the rung below it"));
        }
    }
    let own = component.get(droplet::FIELD.name).and_then(|droplet| droplet.get("size"));
    let known = |size: &str| rungs.iter().any(|rung| rung.as_str() == size);
    match own.and_then(|own| Some((own, own.text()?))) {
        _ if rungs.is_empty() => reader.mistake(list.place, "a ladder needs a rung"),
        Some((own, size)) if !known(size) => reader.tell(
            Diagnostic::error(
                own.place,
                format!("the droplet's size `{size}` is not on its ladder"),
            )
            .also(list.place, "the ladder"),
        ),
        Some(_) | None => {}
    }
    (!rungs.is_empty()).then_some(rungs)
}

/// Why nobody can step from a rung to the next, if nobody can.
fn misstep(below: &str, above: &str) -> Option<String> {
    let (lower, upper) = (named(below)?, named(above)?);
    if below == above {
        return None; // Told as a rung that stands there twice.
    }
    if (lower.family, lower.maker) != (upper.family, upper.maker) {
        return Some(format!(
            "`{above}` has processors of another family than `{below}`: a ladder stays in one"
        ));
    }
    let less =
        |lower: Option<u32>, upper: Option<u32>| lower.zip(upper).is_some_and(|(a, b)| b < a);
    if less(lower.disk_gb, upper.disk_gb) {
        return Some(format!(
            "the disk of `{above}` is smaller than that of `{below}`: no resize makes one smaller"
        ));
    }
    let same = (lower.vcpus, lower.memory_mb) == (upper.vcpus, upper.memory_mb);
    if same || less(lower.vcpus, upper.vcpus) || less(lower.memory_mb, upper.memory_mb) {
        return Some(format!(
            "`{above}` is not larger than `{below}`: the smallest rung comes first"
        ));
    }
    None
}

/// Takes the name of a size apart, as `s-4vcpu-8gb-240gb-intel` or `c-4`.
fn named(slug: &str) -> Option<Named<'_>> {
    let (family, rest) = slug.split_once('-')?;
    let parts: Vec<&str> = rest.split('-').collect();
    let number = |part: &str, unit| part.strip_suffix(unit)?.parse::<u32>().ok();
    let vcpus = parts.first().and_then(|part| number(part, "vcpu").or(part.parse().ok()));
    let mut sizes = parts
        .iter()
        .filter_map(|part| number(part, "mb").or_else(|| number(part, "gb")?.checked_mul(1024)));
    let (memory_mb, disk_mb) = (sizes.next(), sizes.next());
    let basic = |(cores, memory, _): &&(u32, u32, u32)| {
        family == "s" && Some(*cores) == vcpus && Some(*memory) == memory_mb
    };
    let disk_gb = disk_mb
        .map(|disk| disk / 1024)
        .or_else(|| BASIC_DISKS.iter().find(basic).map(|(_, _, disk)| *disk));
    let maker = parts.last().copied().filter(|part| MAKERS.contains(part));
    Some(Named { family, maker, vcpus, memory_mb, disk_gb })
}

#[cfg(test)]
mod tests {
    use super::{misstep, named};

    #[test]
    fn a_name_says_what_a_size_has() {
        let size = named("s-4vcpu-8gb-240gb-intel").unwrap();
        assert_eq!((size.family, size.maker), ("s", Some("intel")));
        assert_eq!((size.vcpus, size.memory_mb, size.disk_gb), (Some(4), Some(8192), Some(240)));
        let tiny = named("s-1vcpu-512mb-10gb").unwrap();
        assert_eq!((tiny.memory_mb, tiny.disk_gb), (Some(512), Some(10)));
        assert_eq!(named("c-4").unwrap().vcpus, Some(4));
        assert_eq!(named("4gb"), None);
    }

    #[test]
    fn a_ladder_is_climbed_in_its_order() {
        for (below, above) in [
            ("s-1vcpu-1gb", "s-8vcpu-16gb"),
            ("s-1vcpu-512mb-10gb", "s-1vcpu-1gb"),
            ("s-2vcpu-2gb", "s-2vcpu-4gb"),
            ("s-4vcpu-16gb-320gb-intel", "s-8vcpu-16gb-intel"),
            ("c-2", "c-4"),
            ("gpu-h100x1-80gb", "gpu-h100x8-640gb"),
        ] {
            assert_eq!(misstep(below, above), None, "{below} {above}");
        }
    }

    #[test]
    fn what_is_no_step_up_is_told_with_its_reason() {
        for (below, above, why) in [
            ("s-4vcpu-8gb", "s-2vcpu-4gb", "smaller"),
            ("s-1vcpu-1gb-35gb-intel", "s-1vcpu-1gb-40gb-intel", "not larger"),
            ("c-4", "c-2", "not larger"),
            ("s-2vcpu-4gb", "g-2vcpu-8gb", "another family"),
            ("s-2vcpu-4gb", "s-4vcpu-8gb-amd", "another family"),
            ("s-8vcpu-16gb-480gb-intel", "s-8vcpu-32gb-intel", "disk of"),
        ] {
            let said = misstep(below, above).unwrap_or_default();
            assert!(said.contains(why), "{below} {above}: {said}");
        }
    }
}
