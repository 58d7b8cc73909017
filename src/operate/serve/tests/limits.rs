//! What callers may take of it: time, places, memory.

use std::net::Ipv4Addr;

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpSocket, TcpStream},
    time::Instant,
};

use super::*;
use crate::operate::serve::{
    audit::Audit,
    daemon::{Daemon, Parts},
    token::Tokens,
};

const VECTOR: &[(Duty, &str, &str)] = &[(Duty::Size, "vector", "Full")];

const LONG: Duration = Duration::from_hours(1);
const SHORT: Duration = Duration::from_millis(50);

/// The largest body that is taken.
const LARGEST: usize = 1 << 20;

async fn bed(head: Duration, body: Duration) -> Bed {
    Bed::with(VECTOR, |options| options.patience = Patience { head, body }).await
}

/// The head of a post of so many bytes.
fn head(length: usize) -> String {
    format!(
        "POST /alerts HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {TOKEN}\r\n\
         content-type: application/json\r\ncontent-length: {length}\r\n\r\n"
    )
}

/// A connection from an address of this machine, on which this was said.
async fn says(bed: &Bed, from: Ipv4Addr, words: &str) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind((from, 0).into()).unwrap();
    let mut stream = socket.connect(bed.running.alerts()).await.unwrap();
    stream.write_all(words.as_bytes()).await.unwrap();
    stream
}

/// What is answered until the daemon hangs up; a test would hang if it did not.
async fn to_the_end(mut stream: TcpStream) -> String {
    let mut said = String::new();
    // Who is turned away with words unread sees a reset.
    drop(stream.read_to_string(&mut said).await);
    said
}

/// The beginning of an answer; nothing from who hangs up at once.
async fn first_words(mut stream: TcpStream) -> String {
    let mut words = [0; 15];
    let read = stream.read(&mut words).await.unwrap_or_default();
    String::from_utf8_lossy(&words[..read]).into_owned()
}

#[tokio::test]
async fn whoever_says_nothing_or_half_a_head_is_let_go() {
    let bed = bed(SHORT, LONG).await;
    for words in ["", "POST /alerts HTTP/1.1\r\nhost: x\r\n"] {
        let said = to_the_end(says(&bed, Ipv4Addr::LOCALHOST, words).await).await;
        assert!(said.is_empty() || said.starts_with("HTTP/1.1 408"), "{said}");
    }
    assert_eq!(bed.fires("Full").await, 200);
}

#[tokio::test]
async fn a_body_that_does_not_come_is_given_up_and_its_caller_let_go() {
    let bed = bed(LONG, SHORT).await;
    let said = to_the_end(says(&bed, Ipv4Addr::LOCALHOST, &(head(100) + "{")).await).await;
    assert!(said.starts_with("HTTP/1.1 400") && said.ends_with("\r\n\r\nbad request\n"), "{said}");
    let slow = r#"dostack_webhook_posts_total{code="400",reason="slow"} 1"#;
    assert!(bed.metrics().await.contains(slow));
    let woken = "dostack_webhook_woken_total{";
    assert!(!bed.metrics().await.contains(woken));
}

#[tokio::test]
async fn a_body_is_refused_by_the_length_it_says_before_any_of_it_comes() {
    let bed = bed(LONG, LONG).await;
    let said = to_the_end(says(&bed, Ipv4Addr::LOCALHOST, &head(LARGEST + 1)).await).await;
    assert!(said.starts_with("HTTP/1.1 413") && said.ends_with("too large\n"), "{said}");
}

#[tokio::test]
async fn one_caller_takes_fifty_places_and_others_still_come_in() {
    let bed = bed(LONG, LONG).await;
    let (one, other) = (Ipv4Addr::new(127, 0, 0, 2), Ipv4Addr::new(127, 0, 0, 3));
    let mut idle = Vec::new();
    for _ in 0..50 {
        idle.push(says(&bed, one, "").await);
    }
    assert_eq!(to_the_end(says(&bed, one, "").await).await, "");
    let body = delivery("Full").to_string();
    let post = head(body.len()) + &body;
    assert_eq!(first_words(says(&bed, other, &post).await).await, "HTTP/1.1 200 OK");
    let metrics = bed.metrics().await;
    assert!(metrics.contains("dostack_connections_turned_away_total 1"), "{metrics}");
    drop(idle);
    // Its places are free again once the daemon has seen it go.
    while first_words(says(&bed, one, &post).await).await.is_empty() {}
}

#[tokio::test]
async fn the_second_listener_has_places_of_its_own() {
    let bed = bed(LONG, LONG).await;
    let mut idle = Vec::new();
    for host in 1..=6 {
        for _ in 0..50 {
            idle.push(says(&bed, Ipv4Addr::new(127, 0, 1, host), "").await);
        }
    }
    assert_eq!(to_the_end(says(&bed, Ipv4Addr::new(127, 0, 1, 7), "").await).await, "");
    assert_eq!(bed.status("/healthz").await, (200, "ok\n".to_owned()));
    let metrics = bed.metrics().await;
    assert!(metrics.contains("dostack_connections_turned_away_total 45"), "{metrics}");
}

#[tokio::test]
async fn what_would_be_too_much_at_once_is_put_off() {
    let bed = bed(LONG, LONG).await;
    let mut half = Vec::new();
    // Sixteen bodies of the largest size are being read, as soon as their heads have been.
    for _ in 0..16 {
        half.push(says(&bed, Ipv4Addr::LOCALHOST, &(head(LARGEST) + "{")).await);
    }
    let put_off = loop {
        let answer = bed.post().json(&delivery("Full")).send().await.unwrap();
        if answer.status().as_u16() != 200 {
            break answer;
        }
    };
    assert_eq!(put_off.status().as_u16(), 503);
    assert_eq!(put_off.headers()["retry-after"], "1");
    assert_eq!(put_off.text().await.unwrap(), "not now\n");
    drop(half);
    while bed.fires("Full").await != 200 {}
}

#[tokio::test(start_paused = true)]
async fn wrong_tokens_wait_longer_and_longer_and_nobody_else_does() {
    let folder = TempDir::new().unwrap();
    let token = folder.path().join("token");
    private(&token, TOKEN);
    let parts = Parts {
        work: Counting::of(VECTOR),
        tokens: Tokens::read(&token).unwrap(),
        audit: Audit::open(&folder.path().join("audit.jsonl")).unwrap(),
        clock: Arc::new(now),
    };
    let daemon = Daemon::new(parts, (LONG, LONG));
    let (one, other) = (Ipv4Addr::new(10, 0, 0, 1).into(), Ipv4Addr::new(10, 0, 0, 2).into());
    let mut waits = Vec::new();
    for peer in [one, one, one, other] {
        let began = Instant::now();
        daemon.punish(peer).await;
        waits.push(began.elapsed().as_millis());
    }
    assert_eq!(waits, [100, 200, 400, 100]);
    daemon.stop.cancel();
    let began = Instant::now();
    daemon.punish(one).await;
    assert_eq!(began.elapsed(), Duration::ZERO, "nobody waits for it to end");
}
