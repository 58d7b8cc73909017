//! A sandbox of its own for every test, and a client that checks what it gets.

use dostack::sandbox::{Options, RateLimit, Running, start};
use reqwest::{Client, Method, StatusCode, header::HeaderMap};
use rustls::crypto::ring;
use serde_json::{Value, json};

use crate::support::openapi;

pub const TOKEN: &str = "a-token";

/// A sandbox that runs for one test.
pub struct Sandbox {
    running: Option<Running>,
    client: Client,
    origin: String,
}

/// An answer, read to its end.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub text: String,
}

impl Answer {
    /// The body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).expect(&self.text)
    }

    /// The message of a refusal.
    pub fn message(&self) -> String {
        self.json()["message"].as_str().unwrap().to_owned()
    }
}

/// Options of a sandbox on any free port.
pub fn options() -> Options {
    Options {
        listen: "127.0.0.1:0".parse().unwrap(),
        token: TOKEN.to_owned(),
        speed: 1.0,
        state: None,
        rate_limit: RateLimit::Off,
    }
}

impl Sandbox {
    pub async fn start() -> Self {
        Self::with(options()).await
    }

    pub async fn with(options: Options) -> Self {
        // Another test may have been first.
        let _ = ring::default_provider().install_default();
        let running = start(options).await.unwrap();
        let origin = format!("http://{}", running.address());
        let client = Client::builder().no_proxy().build().unwrap();
        Self { running: Some(running), client, origin }
    }

    pub fn origin(&self) -> &str {
        &self.origin
    }

    pub async fn stop(mut self) {
        self.running.take().unwrap().stop().await.unwrap();
    }

    /// Sends a request of the API and holds the answer against its description; the request too,
    /// if it was carried out.
    pub async fn call(&self, method: &str, path: &str, body: Option<Value>) -> Answer {
        let sent = body.as_ref().map(Value::to_string).unwrap_or_default();
        let answer = self.try_call(method, path, body).await.unwrap();
        let (status, text) = (answer.status, answer.text.as_bytes());
        openapi::check_response(method, path, status.as_u16(), text).unwrap();
        if status.is_success() {
            openapi::check_request(method, path, sent.as_bytes()).unwrap();
        }
        answer
    }

    /// Sends a request that may get no answer, or one that is described nowhere.
    pub async fn try_call(
        &self,
        method: &str,
        path: &str,
        body: Option<Value>,
    ) -> reqwest::Result<Answer> {
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        let request = self.client.request(method, format!("{}{path}", self.origin));
        let request = request.bearer_auth(TOKEN);
        let request = match &body {
            Some(body) => request.json(body),
            None => request,
        };
        read(request.send().await?).await
    }

    pub fn raw(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        self.client.request(method, format!("{}{path}", self.origin))
    }

    pub async fn get(&self, path: &str) -> Value {
        let answer = self.call("GET", path, None).await;
        assert_eq!(answer.status, 200, "GET {path}: {}", answer.text);
        answer.json()
    }

    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.call("POST", path, Some(body)).await
    }

    pub async fn put(&self, path: &str, body: Value) -> Answer {
        self.call("PUT", path, Some(body)).await
    }

    pub async fn delete(&self, path: &str) -> Answer {
        self.call("DELETE", path, None).await
    }

    pub async fn status(&self, path: &str) -> u16 {
        self.call("GET", path, None).await.status.as_u16()
    }

    /// Pushes the clock ahead.
    pub async fn advance(&self, seconds: u32) {
        self.control("POST", "clock", Some(json!({ "advance_seconds": seconds }))).await;
    }

    /// Uses one of the sandbox's own endpoints, which must agree.
    pub async fn control(&self, method: &str, what: &str, body: Option<Value>) -> Value {
        let answer = self.try_call(method, &format!("/_sandbox/{what}"), body).await.unwrap();
        assert!(answer.status.is_success(), "{method} {what}: {}", answer.text);
        if answer.text.is_empty() { Value::Null } else { answer.json() }
    }

    /// Makes a droplet and lets it boot.
    pub async fn droplet(&self, name: &str, extra: Value) -> u64 {
        let id = self.booting_droplet(name, extra).await;
        self.advance(31).await;
        id
    }

    /// Makes a droplet that is still on its way.
    pub async fn booting_droplet(&self, name: &str, extra: Value) -> u64 {
        let answer = self.post("/v2/droplets", droplet(name, extra)).await;
        assert_eq!(answer.status, 202, "{}", answer.text);
        answer.json()["droplet"]["id"].as_u64().unwrap()
    }

    /// Makes a volume in sfo2.
    pub async fn volume(&self, name: &str) -> String {
        let body = json!({ "name": name, "region": "sfo2", "size_gigabytes": 100 });
        let answer = self.post("/v2/volumes", body).await;
        assert_eq!(answer.status, 201, "{}", answer.text);
        answer.json()["volume"]["id"].as_str().unwrap().to_owned()
    }

    /// Starts an action and gives its number.
    pub async fn act(&self, path: &str, body: Value) -> u64 {
        let answer = self.post(path, body).await;
        assert!(answer.status.is_success(), "{}", answer.text);
        answer.json()["action"]["id"].as_u64().unwrap()
    }
}

/// The body that makes a droplet in sfo2, with some fields more or different.
#[expect(clippy::needless_pass_by_value, reason = "reads better where it is called")]
pub fn droplet(name: &str, extra: Value) -> Value {
    let mut body = json!({
        "name": name,
        "region": "sfo2",
        "size": "s-1vcpu-1gb",
        "image": "ubuntu-22-04-x64",
    });
    for (key, value) in extra.as_object().into_iter().flatten() {
        body[key] = value.clone();
    }
    body
}

async fn read(response: reqwest::Response) -> reqwest::Result<Answer> {
    let (status, headers) = (response.status(), response.headers().clone());
    Ok(Answer { status, headers, text: response.text().await? })
}
