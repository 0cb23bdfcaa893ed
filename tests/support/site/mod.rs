//! A site: a customer connected as an administrator would connect them, through the settings' router and to a PBX that
//! only remembers, with the real event router, embedded DynamoDB and SQS, an inbox, and a clock that a test sets.

pub mod cast;
mod clock;
pub mod gmt;
mod pbx;
mod records;
mod schedule;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use http::{Method, Request, StatusCode};
use ringbridge::alert::LogOperator;
use ringbridge::clock::Timestamp;
use ringbridge::config::Config;
use ringbridge::flow::RetryDeps;
use ringbridge::flow::retry::{self, Report};
use ringbridge::http::api::SettingsApi;
use ringbridge::http::settings;
use ringbridge::wiring::{self, Outside};
use serde_json::{Value, json};
use tower::ServiceExt as _;

pub use self::clock::TickingClock;
pub use self::pbx::{Remembered, RememberingPbx, moment};
pub use self::records::{Final, Message};
pub use self::schedule::{Answers, Item, Post, Steps};
use crate::aws::{EmbeddedAws, HIDDEN, Servers};
use crate::crm::{Inbox, Options};
use crate::proxy::Proxies;
use crate::random::SeededRandomness;
use crate::settled;
use crate::world::{NOON, SEALING_KEY, SECRET};

/// The hold of missed calls. Longer than a test takes by the machine's clock, by which SQS delays its messages: what
/// is due is found by the sweep alone, so that a run can be repeated.
pub const HOLD: Duration = Duration::from_secs(20);
/// From this all ids and tokens follow.
const SEED: u64 = 20_260_903;
/// Between the connection and its first call: longer than any case, since calls that began before are not logged.
const EVE: Duration = Duration::from_mins(3);

/// A connected customer.
pub struct Site {
    /// The time.
    pub clock: Arc<TickingClock>,
    /// The CRM.
    pub inbox: Inbox,
    /// The PBX.
    pub pbx: RememberingPbx,
    deps: RetryDeps,
    router: Router,
    /// Serves as long as it is here.
    _aws: EmbeddedAws,
}

impl Site {
    /// Connects the cast and maps its phones. The clock moves on by `tick` microseconds with every read.
    #[expect(clippy::expect_used, clippy::missing_panics_doc, reason = "without its site a test can't go on")]
    pub async fn start(tick: i64) -> Self {
        Self::on(Servers::embedded(HIDDEN).await.expect("embedded servers start"), tick).await
    }

    /// The same behind proxies that count.
    #[expect(clippy::expect_used, clippy::missing_panics_doc, reason = "without its site a test can't go on")]
    pub async fn behind_proxies(tick: i64) -> (Self, Proxies) {
        let (servers, proxies) = Servers::behind_proxies().await.expect("embedded servers start");
        (Self::on(servers, tick).await, proxies)
    }

    #[expect(clippy::expect_used, reason = "without its site a test can't go on")]
    async fn on(servers: Servers, tick: i64) -> Self {
        let Servers { aws, dynamodb, sqs, table, queue, dead_letters: _ } = servers;
        let clock = Arc::new(TickingClock::at(NOON, tick));
        let pbx = RememberingPbx::start(Arc::clone(&clock)).await.expect("the PBX starts");
        let random = Arc::new(SeededRandomness::new(SEED));
        let outside = Outside {
            clock: clock.clone(),
            random,
            dynamodb,
            sqs: sqs.into(),
            s3: None,
            ses: None,
            postman: None,
            operator: Arc::new(LogOperator),
        };
        let config = config(&table, &queue, pbx.origin());
        let calls = wiring::calls(&config, &outside).expect("the parts fit together");
        let connectors = calls.connectors.clone();
        let deps = RetryDeps {
            settings: wiring::settings(&config, &outside, connectors).expect("the parts fit together"),
            calls,
            drains_queue: true,
            last_look: Duration::ZERO,
        };
        let router = wire(&deps);
        let options = Options { keep: usize::MAX, clock: None, file: None };
        let inbox = Inbox::start_with(0, SECRET, options).expect("the inbox starts");
        let site = Self { clock, inbox, pbx, deps, router, _aws: aws };
        site.connect().await;
        site.clock.advance(EVE);
        site
    }

    #[expect(clippy::expect_used, reason = "without its site a test can't go on")]
    async fn connect(&self) {
        let form = json!({
            "name": "Example Ltd",
            "pbx": { "host": self.pbx.origin(), "app_id": "app", "app_secret": "app-secret" },
            "crm": { "kind": "webhook", "url": self.inbox.url(), "secret": SECRET },
        });
        let (status, body) = self.ask(Method::POST, "/api/v1/connections", "", &form).await;
        assert_eq!(status, StatusCode::CREATED, "{body}");
        let key = body["admin_key"].as_str().expect("a key").to_owned();
        let mut users: Vec<(&str, Vec<u64>)> = Vec::new();
        for phone in cast::everybody() {
            let Some(user) = phone.user else { continue };
            match users.iter_mut().find(|(name, _)| *name == user) {
                Some((_, phones)) => phones.push(phone.id),
                None => users.push((user, vec![phone.id])),
            }
        }
        let users: Vec<_> =
            users.iter().map(|(user, phones)| json!({ "crm_user": user, "extension_ids": phones })).collect();
        let (status, body) = self.ask(Method::PUT, "/api/v1/mapping", &key, &json!({ "users": users })).await;
        assert!(status.is_success(), "{body}");
        let speakers = || cast::everybody().filter(cast::Extension::speaks);
        for _ in 0..20 {
            if speakers().all(|one| self.pbx.event_path(one.id).is_some()) {
                return;
            }
            self.clock.advance(Duration::from_secs(30));
            self.retry().await;
        }
        assert!(speakers().all(|one| self.pbx.event_path(one.id).is_some()), "the events were not added");
    }

    /// Posts an event of an extension, or sends it as a GET's query; answers the status.
    #[expect(clippy::expect_used, clippy::missing_panics_doc, reason = "a router always answers")]
    pub async fn send(&self, post: &Post) -> StatusCode {
        let path = self.pbx.event_path(post.extension).expect("the extension has events");
        let request = if post.get {
            Request::get(format!("{path}?{}", post.body)).body(Body::empty())
        } else {
            Request::post(path).body(Body::from(post.body.clone()))
        };
        self.answer(request.expect("the request is valid")).await.0
    }

    async fn ask(&self, method: Method, path: &str, key: &str, body: &Value) -> (StatusCode, Value) {
        let request = Request::builder().method(method).uri(path);
        let request = request.header("authorization", format!("Bearer {key}"));
        let request = request.header("content-type", "application/json").body(Body::from(body.to_string()));
        #[expect(clippy::expect_used, reason = "the request is a constant")]
        self.answer(request.expect("the request is valid")).await
    }

    #[expect(clippy::expect_used, reason = "a router always answers")]
    async fn answer(&self, request: Request<Body>) -> (StatusCode, Value) {
        let answer = self.router.clone().oneshot(request).await.expect("a router always answers");
        let status = answer.status();
        let bytes = to_bytes(answer.into_body(), usize::MAX).await.expect("a whole body");
        (status, serde_json::from_slice(&bytes).unwrap_or_default())
    }

    /// Runs the retry job once.
    pub async fn retry(&self) -> Report {
        retry::run(&self.deps, Duration::from_mins(10)).await
    }

    /// Lets time pass, with a retry run at the end of every step.
    pub async fn pass(&self, span: Duration, step: Duration) {
        let end = self.clock.micros() + micros(span);
        while self.clock.micros() < end {
            self.clock.advance(step);
            self.retry().await;
        }
    }

    /// Lets the history be looked at several times, and what follows from it be delivered.
    pub async fn look_back(&self) {
        for _ in 0..3 {
            self.clock.advance(Duration::from_mins(46));
            for _ in 0..4 {
                self.retry().await;
                self.clock.advance(Duration::from_secs(15));
            }
            self.pass(Duration::from_mins(2), Duration::from_secs(30)).await;
        }
    }
}

/// A span in microseconds.
pub(crate) fn micros(span: Duration) -> i64 {
    i64::try_from(span.as_micros()).unwrap_or(i64::MAX)
}

/// An event is settled before it is answered, so that those of one lane follow each other.
fn wire(deps: &RetryDeps) -> Router {
    let calls = deps.calls.clone();
    settled::router(calls.clone()).merge(settings::router(SettingsApi {
        settings: deps.settings.clone().into(),
        calls: calls.into(),
        simulator: None,
    }))
}

#[expect(clippy::expect_used, reason = "the pairs are constants")]
fn config(table: &str, queue_url: &str, pbx: &str) -> Config {
    let hold = format!("{}s", HOLD.as_secs());
    let pairs = [
        ("RINGBRIDGE_TABLE", table),
        ("RINGBRIDGE_QUEUE_URL", queue_url),
        ("RINGBRIDGE_SEALING_KEY", SEALING_KEY),
        ("RINGBRIDGE_PUBLIC_URL", "https://bridge.example"),
        ("RINGBRIDGE_PBX_HOSTS", pbx),
        ("RINGBRIDGE_CRM_TIMEOUT", "20s"),
        ("RINGBRIDGE_MISSED_HOLD", hold.as_str()),
        ("RINGBRIDGE_RETRY_DELAYS", "5s,10s,15s,20s,20s,20s,20s,20s,20s,20s,20s,20s"),
        ("RINGBRIDGE_ALLOW_PRIVATE_TARGETS", "true"),
    ];
    Config::from_pairs(pairs.map(|(name, value)| (name.to_owned(), value.to_owned()))).expect("valid")
}

/// The first moment of every site.
pub const BEGINNING: Timestamp = NOON;
