//! Stands between the program and the sandbox and keeps what they say to each other.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::{Request, State},
    http::HeaderMap,
    response::Response,
};
use reqwest::Client;
use tokio::{net::TcpListener, runtime::Runtime};

/// The largest body that is passed on.
const MOST: usize = 64 << 20;

/// A proxy that runs for one test.
pub struct Proxy {
    address: SocketAddr,
    kept: Arc<Mutex<Vec<Exchange>>>,
    _runtime: Runtime,
}

/// One call and its answer.
#[derive(Clone, Debug)]
pub struct Exchange {
    pub method: String,
    pub path: String,
    pub sent: Vec<u8>,
    pub status: u16,
    pub got: Vec<u8>,
}

/// What every call needs.
#[derive(Clone)]
struct Between {
    client: Client,
    target: String,
    kept: Arc<Mutex<Vec<Exchange>>>,
}

impl Proxy {
    /// Starts one in front of an address.
    pub fn before(target: &str) -> Self {
        let runtime = Runtime::new().unwrap();
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let address = listener.local_addr().unwrap();
        let kept = Arc::default();
        let client = Client::builder().no_proxy().build().unwrap();
        let between = Between { client, target: target.to_owned(), kept: Arc::clone(&kept) };
        let router = Router::new().fallback(pass).with_state(between);
        runtime.spawn(async { axum::serve(listener, router).await });
        Self { address, kept, _runtime: runtime }
    }

    /// Where it is.
    pub fn address(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What was said so far.
    pub fn exchanges(&self) -> Vec<Exchange> {
        self.kept.lock().unwrap().clone()
    }
}

async fn pass(State(between): State<Between>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let sent = to_bytes(body, MOST).await.unwrap();
    let path = parts.uri.to_string();
    let answer = between
        .client
        .request(parts.method.clone(), format!("{}{path}", between.target))
        .headers(through(&parts.headers))
        .body(sent.clone())
        .send()
        .await
        .unwrap();
    let (status, headers) = (answer.status(), through(answer.headers()));
    let got = answer.bytes().await.unwrap();
    between.kept.lock().unwrap().push(Exchange {
        method: parts.method.to_string(),
        path,
        sent: sent.to_vec(),
        status: status.as_u16(),
        got: got.to_vec(),
    });
    let mut response = Response::new(Body::from(got));
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    response
}

/// The headers without those that speak of one connection or one form of a body. The host stays:
/// links in answers lead back here.
fn through(headers: &HeaderMap) -> HeaderMap {
    let mut headers = headers.clone();
    for name in ["connection", "content-length", "transfer-encoding", "accept-encoding"] {
        headers.remove(name);
    }
    headers
}
