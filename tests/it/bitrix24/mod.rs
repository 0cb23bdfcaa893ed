//! Bitrix24 on the wire, against a portal that keeps what it is told.

mod contacts;
mod errors;
pub(crate) mod schema;
mod stories;
mod writes;

use std::sync::Arc;
use std::time::Duration;

use ringbridge::clock::{Clock, Timestamp};
use ringbridge::crm::bitrix24::{self, Bitrix24Connector};
use ringbridge::crm::{Access, Connector as _, CrmError, Message, Receipt, Step};
use ringbridge::http_client::{self, Targets};
use ringbridge::model::call::{CallRecord, Direction, Outcome, RecordId, RecordKind};
use ringbridge::model::connection::Policy;
use ringbridge::model::crm_target::OpenCrmTarget;
use ringbridge::model::delivery::Progress;
use ringbridge::model::grant::OpenGrant;
use ringbridge::model::ids::{CallId, ConnectionId, CrmUserId, ExtensionId, LegId};
use ringbridge::model::number::{ExtensionNumber, PhoneNumber};
use ringbridge::model::secret::Secret;
use simulators::bitrix24::{CLIENT_ID, CLIENT_SECRET, MEMBER, Portal};
use simulators::clock::ManualClock;
use simulators::patience::PATIENT;
use simulators::world::NOON;
use url::Url;

pub(crate) const CONNECTION: ConnectionId = ConnectionId::from_bytes([7; 16]);
const RECORDING: &str = "https://bridge.example/recording/token/call.mp3";

/// A portal. What it is asked is noted in the folder that `RINGBRIDGE_BITRIX24_REQUESTS` names, for `.ci/bitrix24`.
pub(crate) fn portal(clock: Arc<dyn Clock>) -> Portal {
    let portal = Portal::start(0, clock).unwrap();
    #[expect(clippy::disallowed_methods, reason = "the folder is told from outside")]
    let folder = std::env::var_os("RINGBRIDGE_BITRIX24_REQUESTS").filter(|folder| !folder.is_empty());
    if let Some(folder) = folder {
        portal.note_into(folder.as_ref()).unwrap();
    }
    portal
}

/// The settings of a portal.
pub(crate) fn target(portal: &Portal) -> OpenCrmTarget {
    let fields = [
        (bitrix24::PORTAL, portal.url()),
        (bitrix24::CLIENT_ID, CLIENT_ID.to_owned()),
        (bitrix24::CLIENT_SECRET, CLIENT_SECRET.to_owned()),
    ];
    OpenCrmTarget::new(bitrix24::KIND, fields.map(|(name, value)| (name, Secret::new(value))))
}

/// A consent of that portal.
pub(crate) fn grant(portal: &Portal, now: Timestamp) -> OpenGrant {
    let facts = [
        ("client_endpoint", format!("{}/rest/", portal.url())),
        ("member_id", MEMBER.to_owned()),
        ("user_id", "1".to_owned()),
    ];
    let access = portal.state().access();
    let refresh = portal.state().refresh();
    OpenGrant {
        of: target(portal).fingerprint(),
        access: Secret::new(access),
        refresh: Some(Secret::new(refresh)),
        expires_at: now + Duration::from_hours(1),
        renewed_at: now,
        proof: None,
        facts: facts.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
    }
}

/// A connector and its portal, without the flow around them.
struct Direct {
    portal: Portal,
    clock: Arc<ManualClock>,
    connector: Bitrix24Connector,
    policy: Policy,
    target: OpenCrmTarget,
    grant: OpenGrant,
}

impl Direct {
    fn start(policy: Policy) -> Self {
        let clock = Arc::new(ManualClock::at(NOON));
        let portal = portal(clock.clone());
        let client = http_client::for_crm(PATIENT, Targets::AnyAddress).unwrap();
        let connector = Bitrix24Connector::new(client, Url::parse(&portal.oauth_url()).unwrap());
        let (target, grant) = (target(&portal), grant(&portal, NOON));
        Self { portal, clock, connector, policy, target, grant }
    }

    fn access(&self) -> Access<'_> {
        Access {
            target: &self.target,
            grant: Some(&self.grant),
            policy: &self.policy,
            makers: &ringbridge::crm::Unshared,
        }
    }

    fn message<'a>(&self, record: &'a CallRecord, user: Option<&'a CrmUserId>) -> Message<'a> {
        Message {
            connection_id: CONNECTION,
            kind: record.kind,
            record,
            crm_user: user,
            answered_by: None,
            recording_url: None,
            revision: 1,
            at: self.clock.now(),
            perhaps_delivered: false,
        }
    }

    /// Makes steps until the record is there; what was learnt stays in `progress` when one fails.
    async fn deliver(&self, message: &Message<'_>, progress: &mut Progress) -> Result<Receipt, CrmError> {
        for _ in 0..12 {
            match self.connector.step(self.access(), message, progress).await? {
                Step::Next(next) => *progress = next,
                Step::Done(receipt) => {
                    *progress = receipt.progress.clone();
                    return Ok(receipt);
                }
            }
        }
        panic!("the connector makes no progress");
    }

    async fn ring(&self, record: &CallRecord, user: &CrmUserId) -> Result<Progress, CrmError> {
        let message = Message { kind: RecordKind::Ringing, ..self.message(record, Some(user)) };
        self.connector.signal(self.access(), &message, &Progress::default()).await
    }
}

impl Drop for Direct {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            schema::check(&self.portal);
        }
    }
}

fn user(id: &str) -> CrmUserId {
    CrmUserId::parse(id).unwrap()
}

pub(crate) fn answered() -> CallRecord {
    let (call_id, leg_id) = (CallId::parse("call-1").unwrap(), LegId::parse("leg-1").unwrap());
    let extension_id = ExtensionId::new(731_205).unwrap();
    CallRecord {
        record_id: RecordId::of_leg(CONNECTION, &call_id, extension_id, &leg_id),
        call_id,
        leg_id: Some(leg_id),
        kind: RecordKind::Ended,
        direction: Direction::Inbound,
        outcome: Some(Outcome::Answered),
        external_number: Some(PhoneNumber::new("02079460555")),
        internal_number: ExtensionNumber::parse("4821*205"),
        extension_id,
        did: Some(PhoneNumber::new("442079460100")),
        started_at: NOON,
        answered_at: Some(NOON + Duration::from_secs(5)),
        ended_at: Some(NOON + Duration::from_secs(79)),
        talk_micros: 74_400_000,
        recording_id: None,
        via: Vec::new(),
        transferred: false,
    }
}
