//! A simulator with a clock set by hand, and a client that speaks to it as an integration would.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use reqwest::{Client, Method, RequestBuilder, Response};
use serde_json::{Value, json};
use simulators::patience::PATIENCE;
use simulators::pbx::{DEMO_APP_ID, DEMO_APP_SECRET, FakePbx, Settings, Tenant};

/// 2026-09-01 12:00:00 GMT, in microseconds.
pub(crate) const NOON: i64 = 1_788_264_000_000_000;
pub(crate) const PHONE: u64 = 731_205;

pub(crate) struct SimulatorWorld {
    pub(crate) pbx: FakePbx,
    pub(crate) clock: Arc<AtomicI64>,
    pub(crate) http: Client,
    pub(crate) token: String,
}

/// A client with timeouts, as every client has.
#[expect(clippy::disallowed_methods, reason = "an independent client")]
pub(crate) fn client(timeout: Duration) -> Client {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = Client::builder().timeout(timeout).no_proxy();
    client.redirect(reqwest::redirect::Policy::none()).build().expect("a client can be built")
}

impl SimulatorWorld {
    pub(crate) async fn demo() -> Self {
        Self::with(vec![Tenant::demo(), Tenant::other()], None).await
    }

    pub(crate) async fn with(tenants: Vec<Tenant>, persist: Option<PathBuf>) -> Self {
        let clock = Arc::new(AtomicI64::new(NOON));
        let shown = Arc::clone(&clock);
        let settings = Settings::new(Arc::new(move || shown.load(Ordering::SeqCst)));
        let pbx = FakePbx::start(Settings { persist, ..settings }, tenants).await.expect("it starts");
        let mut world = Self { pbx, clock, http: client(PATIENCE), token: String::new() };
        world.log_in().await;
        world
    }

    pub(crate) async fn log_in(&mut self) {
        let form = [
            ("grant_type", "client_credentials"),
            ("client_id", DEMO_APP_ID),
            ("client_secret", DEMO_APP_SECRET),
        ];
        let url = format!("{}/oauth/token", self.pbx.origin());
        let answer = self.http.post(url).form(&form).send().await.expect("an answer");
        assert_eq!(answer.status(), 200);
        assert!(!answer.headers().contains_key("x-ratelimit-limit"));
        let body: Value = answer.json().await.expect("JSON");
        self.token = body["access_token"].as_str().expect("a token").into();
    }

    pub(crate) fn request(&self, method: &str, path: &str) -> RequestBuilder {
        let method = Method::from_bytes(method.as_bytes()).expect("a method");
        let url = format!("{}/api/ver1.0{path}", self.pbx.origin());
        self.http.request(method, url).bearer_auth(&self.token)
    }

    pub(crate) async fn get(&self, path: &str) -> Response {
        self.request("GET", path).send().await.expect("an answer")
    }

    pub(crate) async fn read(&self, path: &str) -> Value {
        self.get(path).await.json().await.expect("JSON")
    }

    pub(crate) async fn subscribe(&self, extension: u64, event_type: &str, url: &str) -> Response {
        let body = json!({"url": url, "event_type": event_type, "method": "POST"});
        let path = format!("/extension/{extension}/event/");
        self.request("POST", &path).json(&body).send().await.expect("an answer")
    }

    pub(crate) fn pass(&self, seconds: i64) {
        self.clock.fetch_add(seconds * 1_000_000, Ordering::SeqCst);
    }
}
