//! An administrator before the settings' router, with a simulated PBX behind it and a clock that stands still.

use std::sync::Arc;
use std::time::Duration;

use aws_sdk_sqs::types::QueueAttributeName;
use axum::Router;
use axum::body::Body;
use http::{Method, Request, StatusCode};
use http_body_util::BodyExt as _;
use ringbridge::clock::{Clock as _, Timestamp};
use ringbridge::config::Config;
use ringbridge::flow::RetryDeps;
use ringbridge::flow::retry::{self, Report};
use ringbridge::http::api::SettingsApi;
use ringbridge::http::settings;
use ringbridge::http_client::{self, Timeouts};
use ringbridge::model::ids::ConnectionId;
use ringbridge::model::token::AdminKey;
use ringbridge::pbx::PbxClient;
use ringbridge::wiring::{self, Outside};
use serde_json::{Value, json};
use simulators::aws::{EmbeddedAws, HIDDEN, TABLE, create_queue, create_table, local_config, unrepeated};
use simulators::clock::ManualClock;
use simulators::crm::Inbox;
use simulators::patience::PATIENT;
use simulators::pbx::player::{Cast, Order, Recording, named};
use simulators::pbx::{DEMO_APP_ID, DEMO_APP_SECRET, FakePbx, Settings, Tenant};
use simulators::proxy::Proxy;
use simulators::random::SeededRandomness;
use simulators::s3::FakeS3;
use simulators::ses::FakeSes;
use simulators::world::SECRET;
use tower::ServiceExt as _;

use super::conformance;
use super::fuse::Fuse;
use super::hand::Hand;
use super::watching::Told;

/// 2026-09-01T12:00:00Z.
pub(crate) const NOON: Timestamp = Timestamp::from_secs(1_788_264_000);
/// From this all ids and keys follow.
const SEED: u64 = 20_260_902;
/// 32 bytes in base64.
pub(crate) const SEALING_KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
/// Where our events arrive.
pub(crate) const OURS: &str = "https://bridge.example/ext-event/";
/// Where our events of queue agents arrive.
pub(crate) const OURS_OF_AGENTS: &str = "https://bridge.example/agent-event/";
/// The demo client's id on the PBX.
pub(crate) const CLIENT: u64 = 90_417;
pub(crate) const MARY: u64 = 731_205;
pub(crate) const JOHN: u64 = 731_206;
pub(crate) const ZOE: u64 = 731_207;
pub(crate) const QUEUE: u64 = 731_801;
pub(crate) const IVR: u64 = 731_099;
pub(crate) const FAX: u64 = 731_900;
/// The demo client's queue agents: at Mary's phone, at John's, and at an outside number.
pub(crate) const AGENTS: [u64; 3] = [5512, 5513, 5601];

/// The administrator, their PBX and what serves them.
pub(crate) struct SettingsWorld {
    pub(crate) pbx: FakePbx,
    pub(crate) s3: FakeS3,
    pub(crate) ses: FakeSes,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) deps: RetryDeps,
    pub(crate) key: String,
    pub(crate) router: Router,
    /// In the way to the store.
    pub(crate) fuse: Fuse,
    outside: Outside,
    timeouts: Timeouts,
    queue: String,
    pub(super) dynamodb: aws_sdk_dynamodb::Client,
    pub(super) told: Arc<Told>,
    /// Serves as long as it is here.
    aws: EmbeddedAws,
}

/// An answer: its status and its JSON.
pub(crate) type Answer = (StatusCode, Value);

impl SettingsWorld {
    /// With the demo client and another one, not connected.
    pub(crate) async fn start() -> Self {
        Self::with(vec![Tenant::demo(), Tenant::other()], &[]).await
    }

    /// With the demo client connected.
    pub(crate) async fn connected() -> Self {
        let mut world = Self::start().await;
        world.connect().await;
        world
    }

    /// With the demo client connected to an inbox and mapped. Its events lead nowhere, since nobody serves our address;
    /// the history alone knows of its calls.
    pub(crate) async fn deaf() -> (Self, Inbox) {
        let world = Self::connected().await;
        let inbox = Inbox::start(0, SECRET).expect("the inbox starts");
        let crm = json!({ "crm": { "kind": "webhook", "url": inbox.url(), "secret": SECRET } });
        assert_eq!(world.patch(&crm).await.0, StatusCode::OK);
        assert_eq!(world.map_all().await.0, StatusCode::OK);
        // Calls that began before the connection did are not ours to log.
        world.clock.advance(Duration::from_mins(5));
        (world, inbox)
    }

    /// Plays a call of the demo client, three minutes long.
    pub(crate) async fn play(&self, scenario: &str) {
        let tenants = self.pbx.tenants();
        let tenant = tenants.iter().find(|tenant| tenant.client_id == CLIENT).expect("the demo client");
        let cast = Cast::of(tenant).with_recording(Recording::Told);
        let scenario = &named(scenario).expect("a scenario").scenario;
        self.pbx.play(scenario, &cast, Order::InOrder).await.expect("it is played");
        self.clock.advance(Duration::from_mins(3));
    }

    /// With these clients, and configuration of one's own; `{pbx}` in a value is the simulator's address.
    pub(crate) async fn with(tenants: Vec<Tenant>, extra: &[(&str, &str)]) -> Self {
        Self::waiting(PATIENT, tenants, extra).await
    }

    /// The same, with other patience for the PBX.
    pub(crate) async fn waiting(timeouts: Timeouts, tenants: Vec<Tenant>, extra: &[(&str, &str)]) -> Self {
        let clock = Arc::new(ManualClock::at(NOON));
        let shown = Arc::clone(&clock);
        let now = Arc::new(move || shown.now().micros());
        let pbx = FakePbx::start(Settings::new(now), tenants).await.expect("the PBX starts");
        pbx.set_ours("https://bridge.example/");
        let aws = EmbeddedAws::start(None).await.expect("embedded servers start");
        let (dynamodb, sqs) = (aws.dynamodb(), aws.sqs());
        create_table(&dynamodb).await.expect("the table is created");
        let (queue, _) = create_queue(&sqs, HIDDEN).await.expect("the queues are created");
        let random = Arc::new(SeededRandomness::new(SEED));
        let fuse = Fuse::default();
        let fused = aws_sdk_dynamodb::config::Builder::from(&local_config(&aws.dynamodb));
        let fused = aws_sdk_dynamodb::Client::from_conf(fused.interceptor(fuse.clone()).build());
        let operator = Arc::new(Told::default());
        let s3 = FakeS3::start().await.expect("the fake of S3 starts");
        let ses = FakeSes::start().await.expect("the fake of SES starts");
        let told = Arc::clone(&operator);
        let outside = Outside {
            clock: clock.clone(),
            random,
            dynamodb: fused,
            sqs: sqs.into(),
            s3: Some(s3.access()),
            ses: Some(ses.access()),
            postman: None,
            operator,
        };
        let (deps, router) = wire(&config(&queue, &pbx.origin(), extra), &outside, timeouts);
        Self {
            pbx,
            s3,
            ses,
            clock,
            deps,
            key: String::new(),
            router,
            fuse,
            outside,
            timeouts,
            queue,
            dynamodb,
            told,
            aws,
        }
    }

    /// Deploys it again with other configuration; the store, the queue and the PBX stay.
    pub(crate) fn redeploy(&mut self, extra: &[(&str, &str)]) {
        let config = config(&self.queue, &self.pbx.origin(), extra);
        (self.deps, self.router) = wire(&config, &self.outside, self.timeouts);
    }

    /// Another process of the same installation, with a proxy before its store.
    pub(crate) async fn hand(&self) -> Hand {
        self.hand_with(&[]).await
    }

    /// The same with configuration of its own.
    pub(crate) async fn hand_with(&self, extra: &[(&str, &str)]) -> Hand {
        let proxy = Proxy::start(&self.aws.dynamodb).await.expect("the proxy starts");
        let dynamodb = aws_sdk_dynamodb::Client::new(&unrepeated(&proxy.origin()));
        let outside = Outside { dynamodb, ..self.outside.clone() };
        let (deps, router) = wire(&config(&self.queue, &self.pbx.origin(), extra), &outside, self.timeouts);
        Hand { deps, router, key: self.key.clone(), proxy }
    }

    /// What connects the demo client.
    pub(crate) fn form(&self) -> Value {
        json!({
            "name": "Example Ltd",
            "pbx": {"host": self.pbx.origin(), "app_id": DEMO_APP_ID, "app_secret": DEMO_APP_SECRET},
            "crm": {
                "kind": "webhook",
                "url": "https://crm.example/hook",
                "secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
            },
        })
    }

    /// Connects the demo client and keeps its key.
    pub(crate) async fn connect(&mut self) -> Value {
        let (status, body) = self.post("/api/v1/connections", &self.form()).await;
        assert_eq!(status, StatusCode::CREATED, "{body}");
        body["admin_key"].as_str().expect("a key").clone_into(&mut self.key);
        body
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.request(Method::GET, path, Body::empty()).await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Answer {
        self.request(Method::POST, path, Body::from(body.to_string())).await
    }

    pub(crate) async fn put(&self, path: &str, body: &Value) -> Answer {
        self.request(Method::PUT, path, Body::from(body.to_string())).await
    }

    pub(crate) async fn patch(&self, body: &Value) -> Answer {
        self.request(Method::PATCH, "/api/v1/connection", Body::from(body.to_string())).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Answer {
        self.request(Method::DELETE, path, Body::empty()).await
    }

    pub(crate) async fn request(&self, method: Method, path: &str, body: Body) -> Answer {
        let request = Request::builder().method(method).uri(path);
        self.send(request.header("authorization", format!("Bearer {}", self.key)).body(body).unwrap()).await
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        send(&self.router, request).await
    }

    /// Maps each user to their extensions.
    pub(crate) async fn map(&self, users: &[(&str, &[u64])]) -> Answer {
        self.put("/api/v1/mapping", &mapping(users)).await
    }

    /// Maps Mary, John and Zoë.
    pub(crate) async fn map_all(&self) -> Answer {
        self.map(&[("u1", &[MARY]), ("u2", &[JOHN]), ("u3", &[ZOE])]).await
    }

    /// Runs the retry job.
    pub(crate) async fn retry(&self) -> Report {
        retry::run(&self.deps, Duration::from_mins(10)).await
    }

    /// The connection.
    pub(crate) fn id(&self) -> ConnectionId {
        AdminKey::parse(&self.key).expect("a key").connection
    }

    /// Lets time pass, and then runs the retry job.
    pub(crate) async fn retry_after(&self, span: Duration) -> Report {
        self.clock.advance(span);
        self.retry().await
    }

    /// The requests to the PBX so far, but for its history, and forgets them.
    pub(crate) fn requests(&self) -> Vec<String> {
        let lines = self.pbx.ledger().iter().map(|entry| entry.line().replace("/api/ver1.0", "")).collect();
        self.pbx.clear_ledger();
        without_history(lines)
    }

    /// How many messages of the queue are not to be seen yet.
    pub(crate) async fn delayed(&self) -> usize {
        let asked = self.outside.sqs.client().get_queue_attributes().queue_url(&self.queue);
        let name = QueueAttributeName::ApproximateNumberOfMessagesDelayed;
        let answer = asked.attribute_names(name.clone()).send().await.expect("the queue answers");
        let count = answer.attributes.and_then(|mut all| all.remove(&name));
        count.and_then(|count| count.parse().ok()).expect("a number")
    }
}

/// Sends a request to a router.
pub(crate) async fn send(router: &Router, request: Request<Body>) -> Answer {
    let (method, address) = (request.method().clone(), request.uri().path().to_owned());
    let answer = router.clone().oneshot(request).await.expect("a router always answers");
    let status = answer.status();
    let body = answer.into_body().collect().await.expect("a whole body").to_bytes();
    let body = serde_json::from_slice(&body).unwrap_or(Value::Null);
    conformance::check(router, &method, &address, status, &body).await;
    (status, body)
}

/// The history is read by the clock, whatever the administrator does.
fn without_history(mut lines: Vec<String>) -> Vec<String> {
    lines.retain(|line| !line.contains("/call_history/"));
    lines
}

/// The body of a mapping.
pub(crate) fn mapping(users: &[(&str, &[u64])]) -> Value {
    let users: Vec<_> =
        users.iter().map(|(user, ids)| json!({"crm_user": user, "extension_ids": ids})).collect();
    json!({ "users": users })
}

fn wire(config: &Config, outside: &Outside, timeouts: Timeouts) -> (RetryDeps, Router) {
    let mut deps = wiring::retry(config, outside).expect("the parts fit together");
    deps.last_look = Duration::ZERO;
    let http = http_client::for_pbx(timeouts).expect("a client can be built");
    deps.settings.pbx = PbxClient::new(http, Arc::clone(&outside.clock));
    let router = settings::on_demand(api(&deps));
    (deps, router)
}

/// What the routes need.
pub(super) fn api(deps: &RetryDeps) -> SettingsApi {
    SettingsApi { settings: deps.settings.clone().into(), calls: deps.calls.clone().into(), simulator: None }
}

fn config(queue_url: &str, pbx: &str, extra: &[(&str, &str)]) -> Config {
    let pairs = [
        ("RINGBRIDGE_TABLE", TABLE),
        ("RINGBRIDGE_QUEUE_URL", queue_url),
        ("RINGBRIDGE_SEALING_KEY", SEALING_KEY),
        ("RINGBRIDGE_PUBLIC_URL", "https://bridge.example"),
        ("RINGBRIDGE_PBX_HOSTS", "{pbx},https://pbx.example"),
        ("RINGBRIDGE_ALLOW_PRIVATE_TARGETS", "true"),
    ];
    let all =
        pairs.iter().chain(extra).map(|(name, value)| ((*name).to_owned(), value.replace("{pbx}", pbx)));
    Config::from_pairs(all).expect("valid")
}
