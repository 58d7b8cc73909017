//! The second listener.

use jiff::civil::date;

use super::*;
use crate::{
    operate::serve::view::{Calendar, Debt, Fate, Machine, Night, Tone, Upcoming},
    values::Money,
};

const VECTOR: &[(Duty, &str, &str)] = &[(Duty::Size, "vector", "Full")];

#[tokio::test]
async fn it_is_ready_when_everything_was_seen_to() {
    let bed = Bed::start(VECTOR).await;
    let mut answers = Vec::new();
    while answers.last() != Some(&200) {
        answers.push(bed.status("/readyz").await.0);
    }
    assert!(answers.iter().all(|code| [200, 503].contains(code)), "{answers:?}");
    assert_eq!(bed.status("/healthz").await, (200, "ok\n".to_owned()));
    assert_eq!(bed.work.visits(&target(Duty::Size, "vector")), 1);
}

#[tokio::test]
async fn the_page_asks_for_the_token_and_the_rest_does_not() {
    let bed = Bed::start(VECTOR).await;
    let ask = async |path: &str, password: Option<&str>| {
        let url = format!("http://{}{path}", bed.running.status());
        let request = bed.client.get(url);
        let request = match password {
            Some(password) => request.basic_auth("anybody", Some(password)),
            None => request,
        };
        request.send().await.unwrap()
    };
    for wrong in [None, Some("wrong")] {
        let refused = ask("/", wrong).await;
        assert_eq!(refused.status().as_u16(), 401);
        assert!(refused.headers()["www-authenticate"].to_str().unwrap().starts_with("Basic"));
        assert_eq!(refused.text().await.unwrap(), "unauthorized\n");
    }
    let page = ask("/", Some(TOKEN)).await;
    assert_eq!(page.headers()["cache-control"], "no-store");
    assert!(page.text().await.unwrap().contains("<h1>core</h1>"));
    for open in ["/metrics", "/healthz"] {
        assert_eq!(ask(open, None).await.status().as_u16(), 200, "{open}");
    }
    assert_eq!(ask("/nothing", Some(TOKEN)).await.status().as_u16(), 404);
}

#[tokio::test]
async fn the_page_shows_everything_and_takes_nothing_for_markup() {
    let bed = Bed::start(VECTOR).await;
    let evil = "<img src=x onerror=alert(1)>".to_owned();
    let night = |day, fate| Night { date: date(2026, 11, day), fate };
    let view = View {
        picture: "<svg id=\"drawn\"></svg>".to_owned(),
        monthly: Money::dollars(54.0),
        machines: vec![Machine {
            address: "vector".to_owned(),
            name: evil.clone(),
            state: "active".to_owned(),
            tone: Tone::Good,
            size: "s-4vcpu-8gb".to_owned(),
            monthly: Money::dollars(48.0),
            readings: vec!["memory 0.4 GB".to_owned()],
        }],
        debts: vec![Debt { machine: evil.clone(), size: evil.clone(), deadline: now() }],
        calendars: vec![Calendar {
            volume: evil.clone(),
            told: "2 of 24".to_owned(),
            nights: vec![night(19, Fate::Pruned), night(20, Fate::Missed), night(21, Fate::Kept)],
        }],
        upcoming: vec![Upcoming { at: now(), what: evil.clone() }],
    };
    *bed.work.view.lock().unwrap() = Ok(view);
    let grown = Round::new(Verdict::Acted, "resized", "grows from s-4vcpu-8gb to <b>");
    *bed.work.round.lock().unwrap() = grown;
    bed.running.reload(Ok(bed.work.clone())).await;
    while !bed.audit().contains("resized") {
        drop(bed.metrics().await);
    }
    let (_, page) = bed.status("/").await;
    assert!(!page.contains("<img"), "{page}");
    assert_eq!(page.matches("&lt;img src").count(), 5, "{page}");
    for shown in [
        "<svg id=\"drawn\"></svg>",
        "$54.00",
        "$48.00",
        "memory 0.4 GB",
        "grows from s-4vcpu-8gb to &lt;b&gt;",
        "title=\"2026-11-20 missed\"",
        "<li class=\"month\">Nov</li>",
        "by 2026-11-21 13:00:00",
        "2026-11-21 13:00:00",
    ] {
        assert!(page.contains(shown), "{shown} in {page}");
    }
}

#[tokio::test]
async fn metrics_come_in_the_format_that_is_asked_for() {
    let bed = Bed::start(VECTOR).await;
    assert_eq!(bed.fires("Full").await, 200);
    let url = format!("http://{}/metrics", bed.running.status());
    for (asked, kind, family) in [
        (
            "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5",
            "application/openmetrics-text; version=1.0.0; charset=utf-8",
            "# TYPE dostack_webhook_posts counter\n",
        ),
        (
            "*/*",
            "text/plain; version=0.0.4; charset=utf-8",
            "# TYPE dostack_webhook_posts_total counter\n",
        ),
    ] {
        let answer = bed.client.get(&url).header("accept", asked).send().await.unwrap();
        assert_eq!(answer.headers()["content-type"], kind);
        let text = answer.text().await.unwrap();
        assert!(text.contains(family), "{text}");
        let posted = r#"dostack_webhook_posts_total{code="200",reason="taken"} 1"#;
        assert!(text.contains(posted), "{text}");
    }
}

#[tokio::test]
async fn a_wrong_password_is_written_down() {
    let bed = Bed::start(VECTOR).await;
    let url = format!("http://{}/", bed.running.status());
    let wrong = bed.client.get(url).basic_auth("anybody", Some("wrong")).send().await.unwrap();
    assert_eq!(wrong.status().as_u16(), 401);
    let path = bed.path("audit.jsonl");
    bed.running.stop().await;
    let audit = std::fs::read_to_string(path).unwrap();
    assert!(audit.contains(r#""event":"refused","reasons":{"password":1}"#), "{audit}");
}

#[tokio::test]
async fn an_account_that_does_not_answer_is_told_on_the_page() {
    let bed = Bed::start(VECTOR).await;
    *bed.work.view.lock().unwrap() = Err("no answer from <DigitalOcean>".to_owned());
    let (status, page) = bed.status("/").await;
    assert_eq!(status, 200);
    assert!(page.contains("could not be read: no answer from &lt;DigitalOcean&gt;"), "{page}");
}

#[tokio::test]
async fn a_broken_stack_file_leaves_the_old_one_at_work() {
    let bed = Bed::start(VECTOR).await;
    bed.running.reload(Err("line 3".to_owned())).await;
    assert!(bed.metrics().await.contains("dostack_stack_file_good 0"));
    assert_eq!(bed.fires("Full").await, 200);
    assert!(bed.audit().contains(r#""event":"kept","why":"line 3""#));
    let other = Counting::of(&[(Duty::Size, "app", "Slow")]);
    bed.running.reload(Ok(other.clone())).await;
    other.visited(&target(Duty::Size, "app"), 1).await;
    assert!(bed.metrics().await.contains("dostack_stack_file_good 1"));
}

#[tokio::test]
async fn the_file_of_another_stack_leaves_the_old_one_at_work_with_its_tokens() {
    let bed = Bed::start(VECTOR).await;
    let size = target(Duty::Size, "vector");
    bed.work.visited(&size, 1).await;
    private(&bed.path("token"), "fedcba9876543210fedcba9876543210");
    let other = Counting::named("other", VECTOR);
    bed.running.reload(Ok(other.clone())).await;
    assert!(bed.metrics().await.contains("dostack_stack_file_good 0"));
    let told = "it is of the stack `other`, and this daemon looks after `core`";
    assert!(bed.audit().contains(told), "{}", bed.audit());
    assert_eq!(bed.fires("Full").await, 200);
    assert_eq!(other.visits(&size), 0);
}
