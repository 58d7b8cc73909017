//! What posts are answered, and what they do.

use super::*;

const VECTOR: &[(Duty, &str, &str)] =
    &[(Duty::Size, "vector", "Full"), (Duty::Copies, "vector", "")];

#[tokio::test]
async fn an_alert_wakes_its_target_and_no_other() {
    let bed = Bed::start(VECTOR).await;
    let (size, copies) = (target(Duty::Size, "vector"), target(Duty::Copies, "vector"));
    // The timer sees to everything at the start.
    bed.work.visited(&size, 1).await;
    bed.work.visited(&copies, 1).await;
    assert_eq!(bed.fires("Unheard").await, 200);
    assert_eq!(bed.work.visits(&size), 1);
    assert_eq!(bed.fires("Full").await, 200);
    bed.work.visited(&size, 2).await;
    let audit = bed.audit();
    assert_eq!(audit.matches(r#""event":"woken","target":"size of vector""#).count(), 1, "{audit}");
    let metrics = bed.metrics().await;
    let woken = r#"dostack_webhook_woken_total{component="vector",duty="size"} 1"#;
    assert!(metrics.contains(woken), "{metrics}");
    assert_eq!(bed.work.visits(&copies), 1);
    bed.running.stop().await;
}

#[tokio::test]
async fn a_group_that_was_cut_wakes_everybody_who_hears() {
    let bed = Bed::start(&[(Duty::Size, "vector", "Full"), (Duty::Size, "app", "Slow")]).await;
    let mut cut = delivery("Unheard");
    cut["truncatedAlerts"] = json!(3);
    assert!(bed.post().json(&cut).send().await.unwrap().status().is_success());
    let metrics = bed.metrics().await;
    assert_eq!(metrics.matches("dostack_webhook_woken_total{").count(), 2, "{metrics}");
}

#[tokio::test]
async fn bad_posts_get_a_constant_and_queue_nothing() {
    let bed = Bed::start(VECTOR).await;
    let size = target(Duty::Size, "vector");
    bed.work.visited(&size, 1).await;
    let good = delivery("Full").to_string();
    let post = |token: &str, kind: &str, body: &str| {
        let request =
            bed.client.post(bed.alerts()).header("authorization", format!("Bearer {token}"));
        request.header("content-type", kind).body(body.to_owned()).send()
    };
    let json = "application/json";
    let large = format!("{{\"a\":\"{}\"}}", "x".repeat(1 << 20));
    let deep = format!("{}{}", "[".repeat(40), "]".repeat(40));
    let cases = [
        (post("wrong", json, &good).await, 401, "unauthorized\n"),
        (post("", json, &good).await, 401, "unauthorized\n"),
        (bed.client.post(bed.alerts()).json(&json!({})).send().await, 401, "unauthorized\n"),
        (post(TOKEN, "text/plain", &good).await, 415, "application/json only\n"),
        (post(TOKEN, json, &large).await, 413, "too large\n"),
        (post(TOKEN, json, &deep).await, 400, "bad request\n"),
        (post(TOKEN, json, "{}").await, 400, "bad request\n"),
        (bed.client.get(bed.alerts()).send().await, 405, "method not allowed\n"),
        (bed.client.get(bed.alerts() + "/x").send().await, 404, "not found\n"),
    ];
    for (answer, status, text) in cases {
        let answer = answer.unwrap();
        assert_eq!(answer.status().as_u16(), status, "{text}");
        assert_eq!(answer.text().await.unwrap(), text);
    }
    let metrics = bed.metrics().await;
    for counted in [
        r#"dostack_webhook_posts_total{code="401",reason="token"} 2"#,
        r#"dostack_webhook_posts_total{code="401",reason="no-token"} 1"#,
        r#"dostack_webhook_posts_total{code="400",reason="malformed"} 2"#,
        r#"dostack_webhook_posts_total{code="413",reason="large"} 1"#,
        r#"dostack_webhook_posts_total{code="415",reason="type"} 1"#,
    ] {
        assert!(metrics.contains(counted), "{metrics}");
    }
    assert!(!metrics.contains("dostack_webhook_woken_total{"), "{metrics}");
    assert_eq!(bed.work.visits(&size), 1);
    let path = bed.path("audit.jsonl");
    bed.running.stop().await;
    let audit = std::fs::read_to_string(path).unwrap();
    let told =
        r#""event":"refused","reasons":{"large":1,"malformed":2,"no-token":1,"token":2,"type":1}"#;
    assert!(audit.contains(told), "{audit}");
    assert!(!audit.contains(TOKEN) && audit.contains(r#""event":"stopped""#), "{audit}");
}

#[tokio::test]
async fn both_tokens_are_good_while_they_are_rotated() {
    let bed = Bed::start(VECTOR).await;
    let new = "fedcba9876543210fedcba9876543210";
    let shows = |token: &str| {
        bed.client.post(bed.alerts()).bearer_auth(token).json(&delivery("Full")).send()
    };
    assert_eq!(shows(new).await.unwrap().status().as_u16(), 401);
    private(&bed.path("token"), &format!("{new}\n{TOKEN}\n"));
    bed.running.reload(Ok(bed.work.clone())).await;
    assert_eq!(shows(new).await.unwrap().status().as_u16(), 200);
    assert_eq!(shows(TOKEN).await.unwrap().status().as_u16(), 200);
    private(&bed.path("token"), new);
    bed.running.reload(Ok(bed.work.clone())).await;
    assert_eq!(shows(TOKEN).await.unwrap().status().as_u16(), 401);
    private(&bed.path("token"), "");
    bed.running.reload(Ok(bed.work.clone())).await;
    assert_eq!(shows(new).await.unwrap().status().as_u16(), 200);
    assert!(bed.metrics().await.contains("dostack_stack_file_good 0"));
}
