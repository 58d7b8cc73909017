//! When what is seen to, by a clock that tests push.

use tokio::time::{Instant, advance};

use super::*;
use crate::operate::serve::{
    audit::Audit,
    daemon::{Daemon, Parts},
    delivery::Delivery,
    hands,
    queue::REST,
    token::Tokens,
};

const EVERY: Duration = Duration::from_mins(1);

/// A daemon without listeners.
fn daemon(folder: &TempDir, work: &Arc<Counting>) -> Arc<Daemon> {
    let token = folder.path().join("token");
    private(&token, TOKEN);
    let parts = Parts {
        work: work.clone(),
        tokens: Tokens::read(&token).unwrap(),
        audit: Audit::open(&folder.path().join("audit.jsonl")).unwrap(),
        clock: Arc::new(now),
    };
    let daemon = Arc::new(Daemon::new(parts, (EVERY, REST)));
    for duty in Duty::ALL {
        tokio::spawn(hands::work(Arc::clone(&daemon), duty));
    }
    daemon
}

fn alert(name: &str) -> Delivery {
    Delivery { alerts: [name.to_owned()].into(), is_truncated: false }
}

#[tokio::test(start_paused = true)]
async fn the_timer_does_all_that_an_alert_can() {
    let folder = TempDir::new().unwrap();
    let work = Counting::of(&[(Duty::Size, "vector", "Full"), (Duty::Copies, "vector", "")]);
    let daemon = daemon(&folder, &work);
    tokio::spawn(hands::tick(Arc::clone(&daemon)));
    let began = Instant::now();
    for duty in Duty::ALL {
        work.visited(&target(duty, "vector"), 4).await;
    }
    assert_eq!(began.elapsed().as_secs(), 180);
}

#[tokio::test(start_paused = true)]
async fn an_alert_is_heard_at_once_and_the_next_after_a_rest() {
    let folder = TempDir::new().unwrap();
    let work = Counting::of(&[(Duty::Size, "vector", "Full")]);
    let daemon = daemon(&folder, &work);
    let size = target(Duty::Size, "vector");
    let began = Instant::now();
    daemon.wake(&alert("Full"), "::1", "a").await;
    work.visited(&size, 1).await;
    assert_eq!(began.elapsed().as_millis(), 0);
    for _ in 0..100 {
        daemon.wake(&alert("Full"), "::1", "a").await;
    }
    work.visited(&size, 2).await;
    assert_eq!(began.elapsed().as_secs(), REST.as_secs());
    advance(EVERY).await;
    assert_eq!(work.visits(&size), 2, "a hundred alerts were one visit");
}

#[tokio::test(start_paused = true)]
async fn a_visit_that_breaks_down_is_made_again() {
    let folder = TempDir::new().unwrap();
    let work = Counting::of(&[(Duty::Size, "vector", "Full")]);
    work.round.lock().unwrap().decision = "break down".to_owned();
    let daemon = daemon(&folder, &work);
    tokio::spawn(hands::tick(Arc::clone(&daemon)));
    let size = target(Duty::Size, "vector");
    work.visited(&size, 2).await;
    let (_, round) = daemon.rounds().remove(&size).unwrap();
    assert_eq!((round.verdict, round.reason.as_str()), (Verdict::Failed, "the visit broke down"));
}

#[tokio::test(start_paused = true)]
async fn only_news_is_written_down() {
    let folder = TempDir::new().unwrap();
    let work = Counting::of(&[(Duty::Size, "vector", "Full")]);
    let daemon = daemon(&folder, &work);
    let size = target(Duty::Size, "vector");
    let round = work.round.lock().unwrap().clone();
    let grown = Round::new(Verdict::Acted, "grow", "full");
    for round in [&round, &round, &grown, &grown, &round, &round] {
        daemon.went(&size, round.clone()).await;
    }
    let audit = std::fs::read_to_string(folder.path().join("audit.jsonl")).unwrap();
    assert_eq!(audit.matches(r#""event":"round""#).count(), 4, "{audit}");
}

#[tokio::test(start_paused = true)]
async fn another_reason_is_news_and_another_number_in_it_is_not() {
    let folder = TempDir::new().unwrap();
    let daemon = daemon(&folder, &Counting::of(&[(Duty::Size, "vector", "Full")]));
    let size = target(Duty::Size, "vector");
    let unknown = |reason: &str| Round::new(Verdict::Held, "unknown", reason);
    for round in [
        unknown("nobody knows load: the answer was 503"),
        unknown("nobody knows load: there is no such series"),
        Round::failure("cannot list droplets: no answer (request 7c1)"),
        Round::failure("cannot list droplets: no answer (request 9f2)"),
        Round::failure("the token may not do that (request 9f3)"),
        Round::new(Verdict::Held, "refused", "the month would cost $24.00, above $20"),
        Round::new(Verdict::Held, "refused", "the month would cost $25.00, above $20"),
    ] {
        daemon.went(&size, round).await;
    }
    let audit = std::fs::read_to_string(folder.path().join("audit.jsonl")).unwrap();
    assert_eq!(audit.matches(r#""event":"round""#).count(), 5, "{audit}");
}
