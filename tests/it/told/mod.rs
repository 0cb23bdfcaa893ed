//! Being told of notices outside the pages: by e-mail and by webhook, at once and once a day, once each.

mod at_once;
mod choosing;
mod digests;
mod failing;
mod testing;

use std::time::Duration;

use http::StatusCode;
use ringbridge::clock::Clock as _;
use ringbridge::model::ids::ConnectionId;
use ringbridge::model::notice::NoticeCause;
use serde_json::{Value, json};
use simulators::crm::Inbox;
use simulators::pbx::Tenant;
use simulators::ses::SentMail;
use simulators::world::SECRET;

use crate::settings::world::SettingsWorld;

const FROM: &str = "ringbridge@bridge.example";
const ANNA: &str = "anna@customer.example";
const BORIS: &str = "boris@customer.example";
const MAILS: &[(&str, &str)] = &[("RINGBRIDGE_NOTIFY_FROM", FROM)];
/// Between two runs of the retry job.
const A_MINUTE: Duration = Duration::from_mins(1);
const A_DAY: Duration = Duration::from_hours(24);

/// A connection whose administrators are told.
struct Telling {
    world: SettingsWorld,
    /// Takes webhooks.
    inbox: Inbox,
    id: ConnectionId,
}

impl Telling {
    /// Anna is told by mail and a program by webhook.
    async fn start() -> Self {
        let telling = Self::nobody().await;
        let webhook = json!({ "url": telling.inbox.url(), "secret": SECRET });
        telling.choose(&json!({ "email": [ANNA], "webhook": webhook })).await;
        telling
    }

    /// Nobody is told yet.
    async fn nobody() -> Self {
        let mut world = SettingsWorld::with(vec![Tenant::demo()], MAILS).await;
        let id = world.connect().await["id"].as_str().map(str::to_owned).unwrap();
        let id = ConnectionId::parse(&id).unwrap();
        Self { world, inbox: Inbox::start(0, SECRET).unwrap(), id }
    }

    async fn choose(&self, notify: &Value) {
        let (status, body) = self.world.patch(&json!({ "notify": notify })).await;
        assert_eq!(status, StatusCode::OK, "{body}");
    }

    async fn raise(&self, cause: &NoticeCause, sentence: &str, advice: &str) {
        let now = self.world.clock.now();
        self.world.deps.settings.store.raise_notice(self.id, cause, sentence, advice, now).await.unwrap();
    }

    /// What stops deliveries.
    async fn unpaid(&self) {
        let sentence = "The CRM serves nobody until its bill is paid, so deliveries are paused.";
        let advice =
            "Pay the CRM's subscription, then save its settings here again; what waited is then delivered.";
        self.raise(&NoticeCause::CrmUnpaid, sentence, advice).await;
    }

    /// What stops nothing.
    async fn gave_up(&self) {
        let sentence = "A call record could not be delivered, and the last attempt was used.";
        let advice = "Check that the CRM is reachable, then resend the call from the delivery log.";
        self.raise(&NoticeCause::GaveUp, sentence, advice).await;
    }

    async fn resolve(&self, cause: &NoticeCause) {
        self.world.deps.settings.store.resolve_notice(self.id, &cause.key()).await.unwrap();
    }

    /// A run of the retry job, later.
    async fn after(&self, span: Duration) {
        assert_eq!(self.world.retry_after(span).await.failed, 0);
    }

    /// The mails so far, and forgets them.
    fn mails(&self) -> Vec<SentMail> {
        assert_eq!(self.world.ses.unsigned(), [""; 0]);
        self.world.ses.mails()
    }

    /// The webhooks so far, and forgets them.
    fn hooks(&self) -> Vec<(String, Value)> {
        self.inbox.notices()
    }

    /// What is on its way, or waits to be told.
    async fn due(&self) -> usize {
        let stored = self.world.stored("C#").await;
        let notices = |item: &&String| item.contains("\"N#") || item.contains("\"NOTIFY\"");
        stored.iter().filter(notices).filter(|item| item.contains("\"due_at\"")).count()
    }
}
