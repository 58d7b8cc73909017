//! The client against a server that says exactly what it is told to.

use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::Timestamp;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::digitalocean::actions::ActionStatus;
use crate::digitalocean::droplets::{DropletAction, DropletStatus, NewDroplet, UserData};
use crate::digitalocean::firewalls::FirewallStatus;
use crate::digitalocean::request::Gone;
use crate::digitalocean::tags::Tag;
use crate::digitalocean::volumes::{NewVolume, Volume};
use crate::digitalocean::{ApiError, Client, Exchange, Pace, Settings};

const TOKEN: &str = "dop_v1_canary";

const VOLUME: &str = r#"{"volume":{"id":"v1","name":"data","size_gigabytes":10,
    "region":{"slug":"sfo2"},"droplet_ids":null,"tags":null,"created_at":null}}"#;

/// A server on loopback, and what it was asked.
struct Stub {
    base: String,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Stub {
    /// Answers the nth call (from 0) with what `reply` makes of its first line; nothing at all
    /// hangs up.
    async fn start(reply: impl Fn(usize, &str) -> String + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (log, count, reply) = (Arc::clone(&asked), AtomicUsize::new(0), Arc::new(reply));
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let (log, reply) = (Arc::clone(&log), Arc::clone(&reply));
                let nth = count.fetch_add(1, Ordering::SeqCst);
                tokio::spawn(async move {
                    let asked = read_request(&mut stream).await.unwrap_or_default();
                    let line = asked.lines().next().unwrap_or_default().to_owned();
                    log.lock().unwrap().push(asked);
                    let answer = reply(nth, line.trim_end_matches(" HTTP/1.1"));
                    // The other side may have hung up already; then nobody misses the answer.
                    stream.write_all(answer.as_bytes()).await.ok();
                });
            }
        });
        Self { base, asked }
    }

    fn client(&self) -> Client {
        Client::new(settings(&self.base)).unwrap()
    }

    fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

async fn read_request(stream: &mut TcpStream) -> io::Result<String> {
    let mut text = String::new();
    loop {
        let mut buffer = [0; 4096];
        let read = stream.read(&mut buffer).await?;
        text.push_str(&String::from_utf8_lossy(&buffer[..read]));
        let length = |head: &str| {
            let line = head.lines().find_map(|line| line.strip_prefix("content-length: "));
            line.map_or(0, |length| length.parse().unwrap())
        };
        let whole =
            text.split_once("\r\n\r\n").is_some_and(|(head, body)| body.len() >= length(head));
        if whole || read == 0 {
            return Ok(text);
        }
    }
}

fn settings(base: &str) -> Settings {
    let pace = Pace {
        calls_a_minute: 60_000,
        patience: Duration::from_secs(20),
        first_retry: Duration::from_millis(1),
        longest_retry: Duration::from_millis(4),
        ..Pace::default()
    };
    Settings { pace, ..Settings::new(base.parse().unwrap(), TOKEN.into()) }
}

/// A client that gives up after a few tries.
fn impatient(base: &str) -> Client {
    let settings = settings(base);
    let pace = Pace { patience: Duration::from_millis(20), ..settings.pace };
    Client::new(Settings { pace, ..settings }).unwrap()
}

/// An answer with a JSON body.
fn json(status: u16, body: &str) -> String {
    with_headers(status, "content-type: application/json\r\nx-request-id: r-1\r\n", body)
}

fn with_headers(status: u16, headers: &str, body: &str) -> String {
    let length = body.len();
    format!(
        "HTTP/1.1 {status} Status\r\nconnection: close\r\n{headers}content-length: {length}\r\n\r\n{body}"
    )
}

fn html(status: u16) -> String {
    with_headers(status, "content-type: text/html\r\n", "<html>Please log in</html>")
}

fn refused(status: u16, message: &str) -> String {
    json(status, &format!(r#"{{"id":"some_id","message":"{message}"}}"#))
}

fn new_volume() -> NewVolume {
    let (name, region) = ("data".to_owned(), "sfo2".to_owned());
    NewVolume { name, region, size_gigabytes: 10, ..NewVolume::default() }
}

/// A page of tags `d<from>` up to but not `d<to>`.
fn tags(from: usize, to: usize, total: usize) -> String {
    let names: Vec<_> = (from..to).map(|n| format!(r#"{{"name":"d{n}","ttl":1800}}"#)).collect();
    let list = names.join(",");
    json(200, &format!(r#"{{"tags":[{list}],"links":{{}},"meta":{{"total":{total}}}}}"#))
}

fn names(tags: &[Tag]) -> Vec<&str> {
    tags.iter().map(|tag| tag.name.as_str()).collect()
}

async fn ambiguous_create(reply: impl Fn(usize, &str) -> String + Send + Sync + 'static) {
    let stub = Stub::start(reply).await;
    let error = stub.client().create_volume(&new_volume()).await.unwrap_err();
    assert!(error.is_ambiguous(), "{error:?}");
    assert_eq!(stub.asked().len(), 1);
}

#[tokio::test]
async fn a_create_whose_answer_is_lost_is_ambiguous_and_sent_once() {
    ambiguous_create(|_, _| String::new()).await;
}

#[tokio::test]
async fn a_create_answered_by_a_failing_service_is_ambiguous_and_sent_once() {
    ambiguous_create(|_, _| html(504)).await;
    ambiguous_create(|_, _| json(500, "{}")).await;
}

#[tokio::test]
async fn a_create_with_half_an_answer_is_ambiguous() {
    ambiguous_create(|_, _| json(201, VOLUME).replace("}}", "")).await;
    ambiguous_create(|_, _| json(201, "")).await;
    ambiguous_create(|_, _| json(201, r#"{"volume":{"name":"data"}}"#)).await;
    ambiguous_create(|_, _| html(200)).await;
}

#[tokio::test]
async fn a_create_that_reached_nobody_is_not_ambiguous() {
    let free = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let client = impatient(&format!("http://{free}"));
    let error = client.create_volume(&new_volume()).await.unwrap_err();
    assert!(matches!(error, ApiError::Unreachable { .. }), "{error:?}");
    assert!(client.calls().repeated > 0);
    let said = error.to_string();
    assert!(said.starts_with("POST /v2/volumes: no answer from http://127.0.0.1"), "{said}");
}

#[tokio::test]
async fn a_read_survives_failures_and_dropped_connections() {
    let stub = Stub::start(|nth, _| match nth {
        0 => json(500, "{}"),
        1 => String::new(),
        2 => html(503),
        3 => json(200, VOLUME).replace("}}", ""),
        _ => json(200, VOLUME),
    })
    .await;
    let client = stub.client();
    let volume = client.volume("v1").await.unwrap().unwrap();
    assert_eq!((volume.name.as_str(), volume.droplet_ids.len()), ("data", 0));
    assert_eq!((client.calls().sent, client.calls().repeated), (5, 4));
}

#[tokio::test]
async fn a_read_that_keeps_failing_says_with_what() {
    let stub = Stub::start(|_, _| refused(500, "out of order")).await;
    let error = impatient(&stub.base).volume("v1").await.unwrap_err();
    assert!(matches!(error, ApiError::Failing { .. }), "{error:?}");
    assert_eq!(
        error.refusal().map(|refusal| (refusal.status, refusal.request_id.as_deref())),
        Some((500, Some("r-1")))
    );
    assert!(error.to_string().ends_with("500 some_id out of order (request id r-1)"), "{error}");
}

#[tokio::test]
async fn a_throttled_create_waits_and_is_sent_again() {
    let stub = Stub::start(|nth, _| match nth {
        0 => with_headers(429, "retry-after: 0\r\n", r#"{"id":"too_many_requests"}"#),
        _ => json(201, VOLUME),
    })
    .await;
    assert_eq!(stub.client().create_volume(&new_volume()).await.unwrap().id, "v1");
    assert_eq!(stub.asked().len(), 2);
}

#[tokio::test]
async fn a_wait_beyond_all_patience_is_not_begun() {
    let stub = Stub::start(|_, _| with_headers(429, "retry-after: 3600\r\n", "{}")).await;
    let error = stub.client().account().await.unwrap_err();
    let ApiError::Throttled { wait, .. } = error else { panic!("{error:?}") };
    assert_eq!(wait, Some(Duration::from_hours(1)));
}

#[tokio::test]
async fn a_snapshot_too_soon_is_told_and_not_waited_for() {
    let stub = Stub::start(|_, _| refused(429, "one request per 10m0s")).await;
    let error = stub.client().create_tag("nightly").await.unwrap_err();
    assert!(matches!(error, ApiError::Refused(_)), "{error:?}");
    assert_eq!(stub.asked().len(), 1);
}

#[tokio::test]
async fn what_is_missing_is_none_and_as_good_as_deleted() {
    let stub = Stub::start(|_, _| refused(404, "not found")).await;
    let client = stub.client();
    assert_eq!(client.droplet(7).await.unwrap(), None);
    assert_eq!(client.records("example.com").await.unwrap(), None);
    assert_eq!(client.delete_volume("v1").await.unwrap(), Gone::Missing);
}

#[tokio::test]
async fn a_deletion_is_repeated_until_it_is_answered() {
    let stub = Stub::start(|nth, _| match nth {
        0 => String::new(),
        _ => with_headers(204, "", ""),
    })
    .await;
    assert_eq!(stub.client().delete_volume("v1").await.unwrap(), Gone::Deleted);
}

#[tokio::test]
async fn a_page_for_people_is_no_answer() {
    let stub = Stub::start(|_, line| html(if line.contains("droplets") { 404 } else { 200 })).await;
    let client = stub.client();
    for error in [
        client.volume("v1").await.unwrap_err(),
        client.delete_volume("v1").await.unwrap_err(),
        client.droplet(1).await.unwrap_err(),
        client.delete_droplet(1).await.unwrap_err(),
    ] {
        assert!(matches!(error, ApiError::NotDigitalOcean { .. }), "{error:?}");
    }
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let elsewhere = Stub::start(|_, _| json(200, VOLUME)).await;
    let location = format!("location: {}/v2/volumes/v1?secret=1\r\n", elsewhere.base);
    let stub = Stub::start(move |_, _| with_headers(302, &location, "")).await;
    let error = stub.client().volume("v1").await.unwrap_err();
    assert!(error.to_string().ends_with("it redirects to 127.0.0.1"), "{error}");
    assert!(elsewhere.asked().is_empty());
}

#[tokio::test]
async fn an_answer_beyond_all_measure_is_not_read() {
    let stub = Stub::start(|_, _| json(200, &" ".repeat(17 * 1024 * 1024))).await;
    let error = stub.client().volume("v1").await.unwrap_err();
    assert!(matches!(error, ApiError::TooLarge { limit_mib: 16, .. }), "{error:?}");
}

#[tokio::test]
async fn an_answer_about_something_else_is_an_error() {
    let stub = Stub::start(|_, _| json(200, VOLUME)).await;
    let error = stub.client().volume("v2").await.unwrap_err();
    assert_eq!(error.to_string(), "GET /v2/volumes/v2: the answer is about another volume, v1");
}

#[tokio::test]
async fn an_id_that_would_change_the_path_is_not_sent() {
    let stub = Stub::start(|_, _| with_headers(204, "", "")).await;
    let client = stub.client();
    for id in ["", ".", ".."] {
        assert!(client.delete_volume(id).await.is_err(), "{id:?}");
    }
    assert!(stub.asked().is_empty());
    client.delete_volume("a/../b?c#d").await.unwrap();
    assert!(stub.asked()[0].starts_with("DELETE /v2/volumes/a%2F..%2Fb%3Fc%23d HTTP"));
}

#[tokio::test]
async fn refusals_are_told_apart() {
    let status = |line: &str| line.rsplit('/').next().unwrap()[..3].parse().unwrap();
    let stub = Stub::start(move |_, line| refused(status(line), "Can not delete VPC with members"));
    let client = stub.await.client();
    let unauthorized = client.volume("401").await.unwrap_err();
    assert!(matches!(unauthorized, ApiError::Unauthorized(_)), "{unauthorized:?}");
    let forbidden = client.volume("403").await.unwrap_err();
    assert!(matches!(forbidden, ApiError::Forbidden(_)) && !forbidden.is_conflict());
    assert!(forbidden.to_string().starts_with("GET /v2/volumes/403: not allowed"), "{forbidden}");
    assert!(client.delete_vpc("403").await.unwrap_err().is_conflict());
    assert!(client.delete_vpc("409").await.unwrap_err().is_conflict());
    assert!(!client.delete_vpc("409").await.unwrap_err().is_taken());
}

#[tokio::test]
async fn a_busy_droplet_and_a_taken_name_are_recognised() {
    let stub = Stub::start(|_, line| match line {
        "POST /v2/volumes" => refused(409, "volume already exists"),
        "POST /v2/domains" => refused(422, "name already exists"),
        _ => refused(422, "Droplet already has a pending event."),
    })
    .await;
    let client = stub.client();
    let busy = client.act_on_droplet(1, &DropletAction::PowerOn).await.unwrap_err();
    assert!(busy.is_pending_event() && !busy.is_taken(), "{busy:?}");
    assert!(client.create_volume(&new_volume()).await.unwrap_err().is_taken());
    assert!(client.create_domain("example.com").await.unwrap_err().is_taken());
}

#[tokio::test]
async fn a_list_is_read_to_its_last_page_in_order() {
    let stub = Stub::start(|_, line| match line.rsplit_once("page=") {
        Some((_, "1")) => tags(0, 200, 450),
        Some((_, "2")) => tags(200, 400, 450),
        _ => tags(400, 450, 450),
    })
    .await;
    let all = stub.client().tags().await.unwrap();
    let expected: Vec<String> = (0..450).map(|n| format!("d{n}")).collect();
    assert_eq!(names(&all), expected);
    assert_eq!(stub.asked().len(), 3);
    assert!(stub.asked()[0].starts_with("GET /v2/tags?per_page=200&page=1 HTTP"));
}

#[tokio::test]
async fn a_page_that_cannot_be_had_starts_the_list_over() {
    let stub = Stub::start(|nth, line| match line.rsplit_once("page=") {
        Some((_, "1")) => tags(0, 200, 201),
        _ if nth == 1 => html(200),
        _ => tags(200, 201, 201),
    })
    .await;
    assert_eq!(stub.client().tags().await.unwrap().len(), 201);
    assert_eq!(stub.asked().len(), 4);
}

#[tokio::test]
async fn a_list_that_shifted_between_its_pages_is_read_again() {
    let stub = Stub::start(|nth, line| match (line.rsplit_once("page="), nth) {
        (Some((_, "1")), _) => tags(0, 200, 201),
        (_, 1) => tags(199, 200, 201),
        (_, 3) => tags(200, 202, 202),
        _ => tags(200, 201, 201),
    })
    .await;
    assert_eq!(stub.client().tags().await.unwrap().len(), 201);
    assert_eq!(stub.asked().len(), 6);
}

#[tokio::test]
async fn a_list_that_never_holds_still_is_an_error_and_no_part_of_it_is_used() {
    let stub = Stub::start(|_, _| tags(0, 3, 4)).await;
    let error = stub.client().tags().await.unwrap_err();
    assert!(matches!(error, ApiError::Inconsistent { .. }), "{error:?}");
    assert_eq!(stub.asked().len(), 3);
}

#[tokio::test]
async fn the_other_sides_clock_is_as_its_last_answer_said() {
    let stub = Stub::start(|nth, _| {
        let date = ["", "date: Tue, 15 Nov 1994 08:12:31 GMT\r\n", ""][nth];
        let headers = format!("content-type: application/json\r\n{date}");
        with_headers(200, &headers, r#"{"tags":[],"links":{},"meta":{"total":0}}"#)
    })
    .await;
    let client = stub.client();
    let mut told = Vec::new();
    for _ in 0..3 {
        client.tags().await.unwrap();
        told.push(client.date().map(Timestamp::as_second));
    }
    assert_eq!(told, [None, Some(784_887_151), Some(784_887_151)]);
}

#[tokio::test]
async fn the_token_is_in_the_header_and_nowhere_else() {
    let stub = Stub::start(|_, _| refused(422, "you sent dop_v1_canary")).await;
    let client = stub.client();
    let error = client.create_volume(&new_volume()).await.unwrap_err();
    assert!(stub.asked()[0].contains("authorization: Bearer dop_v1_canary"));
    for shown in [format!("{error}"), format!("{error:?}"), format!("{client:?}")] {
        assert!(!shown.contains("canary"), "{shown}");
    }
    assert!(!format!("{:?}", settings(&stub.base)).contains("canary"));
}

#[tokio::test]
async fn a_recorder_sees_what_was_sent_and_what_came_back() {
    let stub = Stub::start(|_, _| json(201, VOLUME)).await;
    let seen: Arc<Mutex<Vec<Exchange>>> = Arc::default();
    let log = Arc::clone(&seen);
    let recorder = move |exchange: &Exchange| log.lock().unwrap().push(exchange.clone());
    let settings = Settings { recorder: Some(Arc::new(recorder)), ..settings(&stub.base) };
    Client::new(settings).unwrap().create_volume(&new_volume()).await.unwrap();
    let seen = seen.lock().unwrap();
    assert_eq!((seen[0].method, seen[0].path.as_str()), ("POST", "/v2/volumes"));
    let sent = serde_json::json!({"name": "data", "region": "sfo2", "size_gigabytes": 10});
    assert_eq!(seen[0].request, Some(sent));
    assert_eq!(seen[0].answer.as_ref().unwrap()["volume"]["id"], "v1");
}

#[tokio::test]
async fn a_created_droplet_names_its_action_and_hides_its_user_data() {
    let stub = Stub::start(|_, _| {
        json(
            202,
            r#"{"droplet":{"id":7,"name":"web","status":"new","locked":true,
            "size_slug":"s-1vcpu-1gb","region":{"slug":"sfo2"},"networks":{"v4":[],"v6":[]},
            "created_at":"2026-01-02T03:04:05Z","future":{"a":1}},
            "links":{"actions":[{"id":9,"rel":"create","href":"x"}]}}"#,
        )
    })
    .await;
    let user_data = Some(UserData("#cloud-config canary".to_owned()));
    let new = NewDroplet { name: "web".to_owned(), user_data, ..NewDroplet::default() };
    assert!(!format!("{new:?}").contains("canary"));
    let accepted = stub.client().create_droplet(&new).await.unwrap();
    assert_eq!((accepted.droplet.id, accepted.action), (7, Some(9)));
    assert_eq!(accepted.droplet.status, DropletStatus::New);
    assert_eq!(accepted.droplet.public_ipv4(), None);
}

#[tokio::test]
async fn a_lookup_of_a_droplet_tells_its_sides_apart() {
    let stub = Stub::start(|_, _| {
        json(
            200,
            r#"{"droplet":{"id":7,"name":"web","status":"hibernating","size_slug":"s",
            "region":{"slug":"sfo2"},"created_at":"2026-01-02T03:04:05Z","tags":null,"image":null,
            "networks":{"v4":[{"ip_address":"10.0.0.2","type":"private"},
            {"ip_address":"203.0.113.9","type":"public"}],"v6":null}}}"#,
        )
    })
    .await;
    let droplet = stub.client().droplet(7).await.unwrap().unwrap();
    assert_eq!(droplet.public_ipv4(), Some([203, 0, 113, 9].into()));
    assert_eq!(droplet.private_ipv4(), Some([10, 0, 0, 2].into()));
    assert_eq!(droplet.status, DropletStatus::Other("hibernating".to_owned()));
}

#[test]
fn null_lists_and_new_words_are_read() {
    let volume: Volume = serde_json::from_str(
        r#"{"id":"v","name":"n","size_gigabytes":1,"region":{"slug":"r","features":null}}"#,
    )
    .unwrap();
    assert!(volume.tags.is_empty() && volume.description.is_empty());
    let status = |word: &str| FirewallStatus::from(word.to_owned());
    assert_eq!(status("succeeded"), FirewallStatus::Succeeded);
    assert_eq!(status("thinking").as_str(), "thinking");
    assert_eq!(ActionStatus::from("in-progress".to_owned()), ActionStatus::InProgress);
}
