//! The world of a call test: embedded DynamoDB and SQS, the real event router, a CRM inbox and a manual clock,
//! with the cast of docs/pbx.md §11 connected and mapped.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::response::Response;
use http::{Method, Request, StatusCode};
use ringbridge::alert::LogOperator;
use ringbridge::clock::{Clock as _, Timestamp};
use ringbridge::crm::webhook;
use ringbridge::flow::call::Turn;
use ringbridge::flow::retry::{self, Report};
use ringbridge::flow::{CallDeps, RetryDeps, SettingsDeps};
use ringbridge::http::api::SettingsApi;
use ringbridge::http::events::{self, EventsApi};
use ringbridge::http::{Background, settings};
use ringbridge::model::connection::{Connection, ListAge, Origin, PbxAccount, Policy};
use ringbridge::model::crm_target::{CrmTarget, SIGNING_SECRET};
use ringbridge::model::extension::{Extension, ExtensionKind, ListedExtension};
use ringbridge::model::ids::{ConnectionId, CrmUserId, ExtensionId, PbxClientId};
use ringbridge::model::keyring::Keyring;
use ringbridge::model::number::{ExtensionNumber, NumberPlan};
use ringbridge::model::secret::Secret;
use ringbridge::model::secret::field;
use ringbridge::model::token::{AdminKey, EventToken};
use ringbridge::storage::{DueKey, Stored, keys};
use ringbridge::wiring::{self, Outside};
use serde_json::Value;
use tower::ServiceExt as _;

use crate::aws::{EmbeddedAws, HIDDEN, Servers};
use crate::clock::ManualClock;
use crate::crm::Inbox;
use crate::proxy::Proxies;
use crate::random::SeededRandomness;
use crate::variables;

/// The signing secret of the inbox.
pub const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
/// Seals the credentials of the connection.
pub const SEALING_KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
/// 2026-09-01T12:00:00Z, the first moment of the examples in docs/pbx.md §11.
pub const NOON: Timestamp = Timestamp::from_secs(1_788_264_000);
/// From this all ids and tokens follow: worlds share no store, so they may make the same ones.
const SEED: u64 = 20_260_901;
/// How long a claim holds, by the clock of the world. The CRM's timeout, from which the product tells it, runs by the
/// machine's.
const LEASE: Duration = Duration::from_millis(3_500);
const ATTEMPT: Duration = Duration::from_millis(2_500);
/// The connection's prefix.
pub const PREFIX: &str = "4821";
/// Extension id, number and kind, as in docs/pbx.md §11, and the CRM user of each phone.
pub const CAST: &[(u64, &str, ExtensionKind, Option<&str>)] = &[
    (731_205, "4821*205", ExtensionKind::Phone, Some("u1")),
    (731_206, "4821*206", ExtensionKind::Phone, Some("u2")),
    (731_207, "4821*207", ExtensionKind::Phone, Some("u3")),
    (731_801, "4821*801", ExtensionKind::Queue, None),
    (731_802, "4821*802", ExtensionKind::Queue, None),
    (731_099, "4821*099", ExtensionKind::Ivr, None),
];

/// A connected customer whose events can be posted and whose records can be read.
pub struct World {
    /// The time.
    pub clock: Arc<ManualClock>,
    /// The CRM.
    pub inbox: Inbox,
    /// What the flows of calls use.
    pub deps: CallDeps,
    /// What the flows of settings use.
    pub settings: SettingsDeps,
    /// The servers.
    pub aws: EmbeddedAws,
    /// The table.
    pub table: String,
    /// The URL of the retry queue.
    pub queue: String,
    /// The URL of its dead-letter queue.
    pub dead_letters: String,
    /// The connection.
    pub connection: ConnectionId,
    tokens: BTreeMap<u64, EventToken>,
    /// The administrator's key.
    pub key: AdminKey,
    /// All routes.
    pub router: Router,
    background: Background,
}

impl World {
    /// With the default policy.
    pub async fn start() -> Self {
        Self::with_policy(Policy::default()).await
    }

    /// With a policy of one's own.
    #[expect(
        clippy::expect_used,
        clippy::missing_panics_doc,
        reason = "without its world a test can't go on"
    )]
    pub async fn with_policy(policy: Policy) -> Self {
        let servers = Servers::embedded(HIDDEN).await;
        Self::on(servers.expect("embedded servers start"), policy).await
    }

    /// Behind proxies that fail as asked.
    #[expect(
        clippy::expect_used,
        clippy::missing_panics_doc,
        reason = "without its world a test can't go on"
    )]
    pub async fn behind_proxies() -> (Self, Proxies) {
        let (servers, proxies) = Servers::behind_proxies().await.expect("embedded servers start");
        let world = Self::on(servers, Policy::default()).await;
        proxies.dynamodb.clear();
        (world, proxies)
    }

    /// With other values of some variables.
    #[expect(
        clippy::expect_used,
        clippy::missing_panics_doc,
        reason = "without its world a test can't go on"
    )]
    pub async fn configured(variables: &[(&'static str, &str)], policy: Policy) -> Self {
        let servers = Servers::embedded(HIDDEN).await.expect("embedded servers start");
        Self::build(servers, policy, variables).await
    }

    /// On servers of one's own.
    pub async fn on(servers: Servers, policy: Policy) -> Self {
        Self::build(servers, policy, &[]).await
    }

    #[expect(clippy::expect_used, reason = "without its world a test can't go on")]
    async fn build(servers: Servers, policy: Policy, variables: &[(&'static str, &str)]) -> Self {
        let Servers { aws, dynamodb, sqs, table, queue, dead_letters } = servers;
        let clock = Arc::new(ManualClock::at(NOON));
        let outside = Outside {
            clock: clock.clone(),
            random: Arc::new(SeededRandomness::new(SEED)),
            dynamodb,
            sqs: sqs.into(),
            s3: None,
            ses: None,
            postman: None,
            operator: Arc::new(LogOperator),
        };
        let config = variables::config(&table, &queue, variables);
        let mut deps = wiring::calls(&config, &outside).expect("the parts fit together");
        (deps.timing.attempt, deps.timing.lease) = (ATTEMPT, LEASE);
        let settings =
            wiring::settings(&config, &outside, deps.connectors.clone()).expect("they fit together");
        let (inbox, background) = (Inbox::start(0, SECRET).expect("the inbox starts"), Background::default());
        let api = EventsApi { deps: deps.clone().into(), after: background.clone() };
        let settings_api =
            SettingsApi { settings: settings.clone().into(), calls: deps.clone().into(), simulator: None };
        let connection = ConnectionId::random(deps.random.as_ref());
        let mut world = Self {
            router: events::router(api).merge(settings::router(settings_api)),
            key: AdminKey::random(connection, deps.random.as_ref()),
            tokens: BTreeMap::new(),
            clock,
            inbox,
            deps,
            settings,
            aws,
            table,
            queue,
            dead_letters,
            connection,
            background,
        };
        world.connect(policy).await.expect("the cast is stored");
        world
    }

    async fn connect(&mut self, policy: Policy) -> Result<(), Box<dyn std::error::Error>> {
        let (deps, id) = (&self.deps, self.connection);
        let numbers: Vec<_> = CAST
            .iter()
            .filter_map(|(_, number, kind, _)| Some((ExtensionNumber::parse(number)?, *kind)))
            .collect();
        let seal = |field: &str, secret: &str| {
            deps.sealer.seal(id, field, &Secret::new(secret), deps.random.as_ref())
        };
        let connection = Connection {
            id,
            name: "Example Ltd".to_owned(),
            pbx: PbxAccount {
                origin: Origin::parse("https://pbx.example").ok_or("origin")?,
                client_id: PbxClientId::new(90_417).ok_or("client")?,
                app_id: "app".to_owned(),
                app_secret: seal(field::PBX_SECRET, "app-secret")?,
                entered_at: NOON,
            },
            numbers: NumberPlan::new(PREFIX, 3)
                .ok_or("numbers")?
                .knowing(numbers.iter().map(|(number, kind)| (number, *kind))),
            crm: CrmTarget::new(
                webhook::KIND,
                [
                    (webhook::URL, seal("crm.url", &self.inbox.url())?),
                    (SIGNING_SECRET, seal("crm.secret", SECRET)?),
                ],
            ),
            policy,
            keys: Keyring::of(self.key.digest()),
            created_at: NOON,
            pause: None,
            failing_since: None,
            breaker: None,
            list: ListAge::default(),
            closing: false,
        };
        deps.store.save_connection(&Stored::new(connection)).await?;
        for (extension, number, kind, user) in CAST {
            let extension = ExtensionId::new(*extension).ok_or("extension")?;
            let token = EventToken::random(id, extension, deps.random.as_ref());
            let number = ExtensionNumber::parse(number).ok_or("number")?;
            let listed = ListedExtension { id: extension, number, kind: *kind, label: None, active: true };
            let mut stored = Extension::new(listed);
            stored.crm_user = user.and_then(CrmUserId::parse);
            stored.events.wanted = true;
            stored.events.tokens.push(token.digest());
            deps.store.save_extension(id, &Stored::new(stored)).await?;
            self.tokens.insert(extension.get(), token);
        }
        Ok(())
    }

    /// The path of an extension's event URL.
    pub fn event_path(&self, extension: u64) -> String {
        let token = self.tokens.get(&extension).map(EventToken::reveal).unwrap_or_default();
        format!("/ext-event/{token}")
    }

    /// The token of an extension's event URL.
    pub fn token(&self, extension: u64) -> Option<&EventToken> {
        self.tokens.get(&extension)
    }

    /// Posts a body to an extension's event URL and answers the status.
    pub async fn post(&self, extension: u64, body: impl Into<Body>) -> StatusCode {
        self.request(Request::post(self.event_path(extension)), body.into()).await
    }

    /// Any request to the event router; answers the status.
    pub async fn request(&self, request: http::request::Builder, body: Body) -> StatusCode {
        self.send(request, body).await.status()
    }

    /// Any request to the event router.
    #[expect(clippy::expect_used, clippy::missing_panics_doc, reason = "a router always answers")]
    pub async fn send(&self, request: http::request::Builder, body: Body) -> Response {
        let request = request.body(body).expect("the request is valid");
        self.router.clone().oneshot(request).await.expect("a router always answers")
    }

    /// A request to the settings API with the administrator's key; answers the status and the JSON.
    #[expect(clippy::expect_used, clippy::missing_panics_doc, reason = "a router always answers")]
    pub async fn api(&self, method: Method, path: &str, body: Option<Value>) -> (StatusCode, Value) {
        let bearer = format!("Bearer {}", self.key.reveal());
        let request = Request::builder().method(method).uri(path).header("authorization", bearer);
        let body = body.map_or_else(Body::empty, |body| Body::from(body.to_string()));
        let answer = self.router.clone().oneshot(request.body(body).expect("the request is valid")).await;
        let answer = answer.expect("a router always answers");
        let status = answer.status();
        let bytes = to_bytes(answer.into_body(), usize::MAX).await.expect("a whole body");
        (status, serde_json::from_slice(&bytes).unwrap_or_default())
    }

    /// Waits until whatever answers left behind is done.
    pub async fn idle(&self) {
        self.background.idle().await;
    }

    /// Stops DynamoDB and SQS, as in an outage.
    pub async fn stop_aws(&mut self) {
        self.aws.stop().await;
    }

    /// How many calls and connections have something due, now or at any time; notices that somebody is to be told of aside.
    pub async fn due(&self) -> usize {
        self.due_until(Timestamp::from_micros(i64::MAX)).await
    }

    /// How many have something due now or within hours: legs whose end was lost wait for half a day.
    pub async fn due_soon(&self) -> usize {
        self.due_until(self.clock.now() + Duration::from_hours(5)).await
    }

    #[expect(clippy::expect_used, reason = "the index can be read")]
    async fn due_until(&self, ever: Timestamp) -> usize {
        let mut due = 0;
        for shard in keys::due_shards() {
            let page = self.deps.store.due(&shard, ever, None, 1000).await.expect("the index");
            due += page.items.iter().filter(|(_, key)| !matches!(key, DueKey::Notices(_))).count();
        }
        due
    }

    /// A turn that lasts long enough.
    pub fn turn(&self) -> Turn {
        Turn::of_retry(self.clock.now() + Duration::from_mins(1))
    }

    /// Runs the retry job.
    pub async fn retry(&self) -> Report {
        // By the machine's clock a CRM that hangs may take longer than a minute: `PATIENCE`.
        retry::run(&self.retry_deps(), Duration::from_mins(5)).await
    }

    /// What the retry job works with. It does not wait for messages: by the machine's clock they come or they don't.
    pub fn retry_deps(&self) -> RetryDeps {
        RetryDeps {
            calls: self.deps.clone(),
            settings: self.settings.clone(),
            drains_queue: true,
            last_look: Duration::ZERO,
        }
    }

    /// Lets time pass, and then runs the retry job.
    pub async fn retry_after(&self, span: Duration) -> Report {
        self.clock.advance(span);
        self.retry().await
    }
}
