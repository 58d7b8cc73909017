//! The sandbox's page for people, in a browser.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
};

use axum::{Router, extract::State, response::Html};
use reqwest::Client;
use serde_json::json;
use tokio::{net::TcpListener, runtime::Runtime};

use crate::support::{browser::watch, cloud::Cloud};

/// How often the page was asked for, and where it comes from.
#[derive(Clone)]
struct Between {
    asked: Arc<AtomicU32>,
    origin: String,
    client: Client,
}

impl Between {
    /// Passes the page on; as soon as the browser has it, somebody makes a droplet.
    async fn pass(State(between): State<Self>) -> Html<String> {
        let page = between.client.get(format!("{}/_sandbox/", between.origin));
        let text = page.send().await.unwrap().text().await.unwrap();
        if between.asked.fetch_add(1, Ordering::Relaxed) == 0 {
            assert!(text.contains("Nothing exists yet"), "{text}");
            between.make_droplet().await;
        }
        Html(text)
    }

    async fn make_droplet(&self) {
        let droplet = json!({ "name": "just-made", "region": "sfo2", "size": "s-1vcpu-1gb", "image": "ubuntu-22-04-x64" });
        let request = self.client.post(format!("{}/v2/droplets", self.origin));
        let made = request.bearer_auth("sandbox").json(&droplet).send().await.unwrap();
        assert!(made.status().is_success());
    }

    /// Serves in the background.
    fn start(self, runtime: &Runtime) -> SocketAddr {
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let address = listener.local_addr().unwrap();
        let router = Router::new().fallback(Self::pass).with_state(self);
        runtime.spawn(async { axum::serve(listener, router).await });
        address
    }
}

#[test]
fn a_page_that_is_left_open_shows_what_was_made_since() {
    let cloud = Cloud::start(1);
    let asked = Arc::new(AtomicU32::new(0));
    let client = Client::builder().no_proxy().build().unwrap();
    let origin = cloud.address().to_owned();
    let runtime = Runtime::new().unwrap();
    let address = Between { asked: Arc::clone(&asked), origin, client }.start(&runtime);
    let Some(shown) = watch(&format!("http://{address}/"), 5) else { return };
    assert!(asked.load(Ordering::Relaxed) > 1, "it was looked at once only:\n{shown}");
    assert!(shown.contains("<b>just-made</b>"), "{shown}");
    assert!(shown.contains("<strong>$6.00</strong>"), "{shown}");
    assert!(!shown.contains("Nothing exists yet"), "{shown}");
    assert!(shown.contains("in progress</span>"), "{shown}");
}

#[test]
fn a_name_that_would_be_markup_is_shown_as_it_is() {
    let cloud = Cloud::start(1);
    let name = "<img src=x onerror=\"document.title='taken'\">";
    let key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAINfsOLYCT5Nh/mUGkKR2dp8nGLl8YdyJiiUIUBSdAqzn";
    cloud.post("/v2/account/keys", json!({ "name": name, "public_key": key }));
    let Some(shown) = watch(&format!("{}/_sandbox/", cloud.address()), 5) else { return };
    assert!(shown.contains("&lt;img src=x"), "{shown}");
    assert!(!shown.contains("<img") && !shown.contains("<title>taken"), "{shown}");
}
