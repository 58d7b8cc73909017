//! The answers of a real Prometheus, beside ours on the same data.

mod quantiles;
mod server;

use std::{
    io::Write as _,
    process::{self, Stdio},
    time::Duration,
};

use jiff::{SignedDuration, Timestamp};
use tokio::task::spawn_blocking;

use self::server::Server;
use crate::{
    config::{Metrics, Signal},
    metrics::{Host, Reading, Scrapes, Span, Unknown, Value},
    readings::{Question, Source, What},
    ssh::{Command, Output, Remote, SshError},
    values::MetricName,
};

/// This computer as a machine that is asked to ask.
struct Here;

impl Remote for Here {
    async fn run(&self, command: &Command) -> Result<Output, SshError> {
        let mut child = process::Command::new("sh")
            .args(["-c", &command.script])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(command.stdin.bytes()).unwrap();
        let ended = spawn_blocking(move || child.wait_with_output().unwrap()).await.unwrap();
        let code = ended.status.code().unwrap();
        Ok(Output { code, stdout: ended.stdout, stderr: ended.stderr })
    }
}

fn metric(name: &str) -> Signal {
    Signal::Metric(MetricName::parse(name).unwrap())
}

/// A value every 15 s until now, for so many minutes.
fn steady(series: &str, value: &str, (minutes, now): (i64, Timestamp)) -> String {
    let line = |back: i64| {
        let at = now - SignedDuration::from_secs(back * 15);
        format!("{series} {value} {}\n", at.as_second())
    };
    (0..=minutes * 4).rev().map(line).collect()
}

#[tokio::test]
async fn a_real_server_is_understood() {
    let now = server::now();
    let gib = |count: u64| (count << 30).to_string();
    let data = [
        steady("chat_latency_p95_ms", "60", (15, now)),
        steady("young", "1", (5, now)),
        steady("odd", "NaN", (15, now)),
        steady("node_load1{instance=\"10.0.0.2:9100\"}", "2", (15, now)),
        steady("node_load1{instance=\"10.0.0.3:9100\"}", "3", (15, now)),
        steady("node_memory_MemTotal_bytes{instance=\"10.0.0.3:9100\"}", &gib(8), (15, now)),
        steady("node_memory_MemAvailable_bytes{instance=\"10.0.0.3:9100\"}", &gib(3), (15, now)),
    ];
    let Some(server) = Server::start(&data.concat()) else { return };
    let source = Source::new(Some(&Metrics::Prometheus(server.address.clone())));
    let host = Host::from(["10.0.0.3".to_owned()]);
    let (latency, load) = (metric("chat_latency_p95_ms"), metric("node_load1"));
    let (sum, wrong) =
        (Signal::Query("sum(node_load1) # of all".to_owned()), Signal::Query("sum(".to_owned()));
    let (young, odd, none) = (metric("young"), metric("odd"), metric("none_p95"));
    let known = |number| Reading::Known(Span::constant(Value::Exactly(number)));
    let unknown = Reading::Unknown;
    // Asked from here, and asked by a machine whose own it is.
    let on_it = Source::On(Here, server.address.clone().leak());
    for (what, expected) in [
        (What::Signal(&latency), known(60.0)),
        (What::Signal(&load), unknown(Unknown::SeveralSeries(2))),
        (What::SignalOf(&load, &host), known(3.0)),
        (What::SignalOf(&latency, &host), known(60.0)),
        (What::Signal(&sum), known(5.0)),
        (What::Memory(&host), known(f64::from(5 << 10) * 1024.0 * 1024.0)),
        (What::Disk(&host), unknown(Unknown::NoSeries)),
        (What::Signal(&young), unknown(Unknown::TooShort(300))),
        (What::Signal(&odd), unknown(Unknown::NoNumber("NaN".to_owned()))),
        (What::Signal(&none), unknown(Unknown::NoSeries)),
    ] {
        let question = Question { what, over: Duration::from_mins(10) };
        let read = source.read(&[question], &mut Scrapes::default(), now).await;
        assert_eq!(read[0], expected, "{what:?}");
        let read = on_it.read(&[question], &mut Scrapes::default(), now).await;
        assert_eq!(read, [expected], "{what:?}");
    }
    let question = Question { what: What::Signal(&wrong), over: Duration::from_mins(10) };
    let read = source.read(&[question], &mut Scrapes::default(), now).await;
    let Reading::Unknown(Unknown::Unanswered(why)) = &read[0] else { panic!("{read:?}") };
    assert!(why.starts_with("Prometheus refused: ") && why.contains("parse error"), "{why}");
    assert_eq!(on_it.read(&[question], &mut Scrapes::default(), now).await, read);
    let later = now + SignedDuration::from_hours(1);
    let question = Question { what: What::Signal(&latency), over: Duration::from_mins(10) };
    let read = source.read(&[question], &mut Scrapes::default(), later).await;
    assert!(matches!(read[0], Reading::Unknown(Unknown::Skew(_))), "{read:?}");
    assert_eq!(on_it.read(&[question], &mut Scrapes::default(), later).await, read);
}

#[tokio::test]
async fn whoever_does_not_answer_is_unknown() {
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let signal = metric("load");
    let question = Question { what: What::Signal(&signal), over: Duration::from_mins(10) };
    for metrics in [
        Metrics::Prometheus(format!("http://{free}")),
        Metrics::Scrape(vec![format!("http://{free}/metrics")]),
    ] {
        let source = Source::new(Some(&metrics));
        let read = source.read(&[question], &mut Scrapes::default(), server::now()).await;
        assert!(matches!(read[0], Reading::Unknown(_)), "{read:?}");
    }
    let nobody = Source::On(Here, format!("http://{free}").leak());
    let read = nobody.read(&[question], &mut Scrapes::default(), server::now()).await;
    let Reading::Unknown(Unknown::Unanswered(why)) = &read[0] else { panic!("{read:?}") };
    assert!(why.starts_with("curl: "), "{why}");
    let read = Source::new(None).read(&[question], &mut Scrapes::default(), server::now()).await;
    assert_eq!(read, [Reading::Unknown(Unknown::NoSource)]);
}
