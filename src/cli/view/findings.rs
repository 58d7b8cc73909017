//! What probes came to, as a table for people and as JUnit XML for CI.

use std::{collections::BTreeMap, fmt::Write as _, time::Duration};

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};
use unicode_width::UnicodeWidthStr as _;

use crate::{
    cli::view::style,
    matrix::{Finding, Verdict},
    values::StackName,
};

/// A line for each probe, and below it why it failed or cannot be told.
pub fn table(findings: &[Finding]) -> String {
    let name = |finding: &Finding| format!("{}/{}", finding.component, finding.probe);
    let names = findings.iter().map(|finding| name(finding).width()).max().unwrap_or_default();
    let measured = findings.iter().map(|finding| finding.measured.width()).max();
    let measured = measured.unwrap_or_default();
    let mut text = String::new();
    for finding in findings {
        let (word, reason) = match &finding.verdict {
            Verdict::Passed => (style::good("pass"), None),
            Verdict::Failed(why) => (style::error("fail"), Some(why)),
            Verdict::Unknown(why) => (style::warning("open"), Some(why)),
        };
        let (name, wanted) = (name(finding), style::faint(&finding.wanted));
        let _ = writeln!(text, "{word}  {name:<names$}  {:<measured$}  {wanted}", finding.measured);
        if let Some(reason) = reason {
            let _ = writeln!(text, "      {reason}");
        }
    }
    text
}

/// How many there are of each, in one line.
pub fn summary(findings: &[Finding]) -> String {
    let (mut passed, mut failed, mut open) = (0, 0, 0);
    for finding in findings {
        match finding.verdict {
            Verdict::Passed => passed += 1,
            Verdict::Failed(_) => failed += 1,
            Verdict::Unknown(_) => open += 1,
        }
    }
    let some = |count: u32, words: &str| (count > 0).then(|| format!("{count} {words}"));
    let parts = [
        Some(format!("{passed} passed")),
        some(failed, "failed"),
        some(open, "cannot be told yet"),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

/// JUnit XML: a suite for each component, a case for each probe. What cannot be told yet is
/// skipped, and no probe is without a time, which readers expect.
pub fn junit(stack: &StackName, findings: &[Finding]) -> String {
    let mut suites: BTreeMap<String, TestSuite> = BTreeMap::new();
    let mut whole = Duration::ZERO;
    for finding in findings {
        let name = finding.component.to_string();
        let suite = suites.entry(name.clone()).or_insert_with(|| TestSuite::new(name));
        suite.add_test_case(case(stack, finding));
        suite.set_time(suite.time.unwrap_or_default() + finding.took);
        whole += finding.took;
    }
    let mut report = Report::new(format!("{stack} probes"));
    report.set_time(whole);
    report.add_test_suites(suites.into_values());
    report.to_string().unwrap_or_default()
}

fn case(stack: &StackName, finding: &Finding) -> TestCase {
    let status = match &finding.verdict {
        Verdict::Passed => TestCaseStatus::success(),
        Verdict::Failed(why) => {
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
            status.set_message(why).set_description(format!("wanted: {}\n{why}", finding.wanted));
            status
        }
        Verdict::Unknown(why) => {
            let mut status = TestCaseStatus::skipped();
            status.set_message(why);
            status
        }
    };
    let mut case = TestCase::new(&finding.probe, status);
    case.set_classname(format!("{stack}.{}", finding.component));
    case.set_time(finding.took);
    case.set_system_out(format!("wanted: {}\nmeasured: {}", finding.wanted, finding.measured));
    case
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{junit, summary, table};
    use crate::{
        matrix::{Finding, Verdict},
        values::{Address, ComponentName, StackName},
    };

    fn findings() -> Vec<Finding> {
        let finding =
            |component: &str, (probe, wanted): (&str, &str), measured: &str, verdict| Finding {
                component: Address::component(ComponentName::parse(component).unwrap()),
                probe: probe.to_owned(),
                wanted: wanted.to_owned(),
                measured: measured.to_owned(),
                took: Duration::from_millis(12),
                verdict,
            };
        let home = ("home", "200 with `<b>&` in 1 s from http://127.0.0.1/?a=1&b=2");
        let why = "`<b>&\u{1b}[31m\u{8}]]>` is not in the answer";
        vec![
            finding("app", home, "12 ms", Verdict::Failed(why.to_owned())),
            finding("vector", ("ready", "ready in 1 s"), "12 ms", Verdict::Passed),
            finding(
                "vector",
                ("search", "p95 of 20"),
                "",
                Verdict::Unknown("no class yet".to_owned()),
            ),
        ]
    }

    #[test]
    fn people_read_a_table() {
        let plain = anstream::adapter::strip_str(&table(&findings())).to_string();
        insta::assert_snapshot!(plain, @"
        fail  app/home       12 ms  200 with `<b>&` in 1 s from http://127.0.0.1/?a=1&b=2
              `<b>&]]>` is not in the answer
        pass  vector/ready   12 ms  ready in 1 s
        open  vector/search         p95 of 20
              no class yet
        ");
        assert_eq!(summary(&findings()), "1 passed, 1 failed, 1 cannot be told yet");
        assert_eq!(summary(&findings()[1..2]), "1 passed");
    }

    #[test]
    fn ci_reads_xml_whatever_a_machine_said() {
        let stack = StackName::parse("core-dev").unwrap();
        insta::assert_snapshot!(junit(&stack, &findings()), @r#"
        <?xml version="1.0" encoding="UTF-8"?>
        <testsuites name="core-dev probes" tests="3" skipped="1" failures="1" errors="0" time="0.036">
            <testsuite name="app" tests="1" skipped="0" errors="0" failures="1" time="0.012">
                <testcase name="home" classname="core-dev.app" time="0.012">
                    <failure message="`&lt;b&gt;&amp;]]&gt;` is not in the answer">wanted: 200 with `&lt;b&gt;&amp;` in 1 s from http://127.0.0.1/?a=1&amp;b=2
        `&lt;b&gt;&amp;]]&gt;` is not in the answer</failure>
                    <system-out>wanted: 200 with `&lt;b&gt;&amp;` in 1 s from http://127.0.0.1/?a=1&amp;b=2
        measured: 12 ms</system-out>
                </testcase>
            </testsuite>
            <testsuite name="vector" tests="2" skipped="1" errors="0" failures="0" time="0.024">
                <testcase name="ready" classname="core-dev.vector" time="0.012">
                    <system-out>wanted: ready in 1 s
        measured: 12 ms</system-out>
                </testcase>
                <testcase name="search" classname="core-dev.vector" time="0.012">
                    <skipped message="no class yet"/>
                    <system-out>wanted: p95 of 20
        measured: </system-out>
                </testcase>
            </testsuite>
        </testsuites>
        "#);
    }
}
