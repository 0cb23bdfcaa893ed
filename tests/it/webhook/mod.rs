//! The CRM kind `webhook` on the wire, against the inbox.

mod delivery;
mod faults;
mod foreign;
mod secrets;
mod targets;

use ringbridge::clock::Timestamp;
use ringbridge::crm::webhook::{KIND, URL, WebhookConnector};
use ringbridge::crm::{Access, Connector as _, CrmError, Message, Receipt, Step};
use ringbridge::http_client::{self, Targets, Timeouts};
use ringbridge::model::call::{CallRecord, Direction, Outcome, RecordId, RecordKind};
use ringbridge::model::connection::Policy;
use ringbridge::model::crm_target::{OpenCrmTarget, SIGNING_SECRET};
use ringbridge::model::delivery::Progress;
use ringbridge::model::ids::{CallId, ConnectionId, CrmUserId, ExtensionId, LegId};
use ringbridge::model::number::{ExtensionNumber, PhoneNumber};
use ringbridge::model::secret::Secret;
use simulators::crm::Inbox;
use simulators::patience::PATIENT;

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo=";
const CONNECTION: ConnectionId = ConnectionId::from_bytes([7; 16]);

fn inbox() -> Inbox {
    Inbox::start(0, SECRET).unwrap()
}

fn at(text: &str) -> Timestamp {
    Timestamp::parse_rfc3339(text).unwrap()
}

/// The answered call of docs/promises.md §3.
fn answered_call() -> CallRecord {
    let (call_id, leg_id) = (CallId::parse("call-1").unwrap(), LegId::parse("leg-1").unwrap());
    let extension_id = ExtensionId::new(731_205).unwrap();
    CallRecord {
        record_id: RecordId::of_leg(CONNECTION, &call_id, extension_id, &leg_id),
        call_id,
        leg_id: Some(leg_id),
        kind: RecordKind::Ended,
        direction: Direction::Inbound,
        outcome: Some(Outcome::Answered),
        external_number: Some(PhoneNumber::new("+442079460555")),
        internal_number: ExtensionNumber::parse("4821*205"),
        extension_id,
        did: Some(PhoneNumber::new("442079460100")),
        started_at: at("2026-09-01T11:58:30.4Z"),
        answered_at: Some(at("2026-09-01T11:58:46Z")),
        ended_at: Some(at("2026-09-01T12:00:00.9Z")),
        talk_micros: 74_400_000,
        recording_id: None,
        via: vec![ExtensionNumber::parse("4821*801").unwrap()],
        transferred: false,
    }
}

/// The first message about a record, told a minute after noon.
fn message(record: &CallRecord) -> Message<'_> {
    Message {
        connection_id: CONNECTION,
        kind: record.kind,
        record,
        answered_by: None,
        recording_url: None,
        crm_user: None,
        revision: 1,
        at: at("2026-09-01T12:01:00Z"),
        perhaps_delivered: false,
    }
}

fn user() -> CrmUserId {
    CrmUserId::parse("u1").unwrap()
}

fn target(url: &str, secret: &str) -> OpenCrmTarget {
    OpenCrmTarget::new(KIND, [(URL, Secret::new(url)), (SIGNING_SECRET, Secret::new(secret))])
}

fn connector(timeouts: Timeouts, targets: Targets) -> WebhookConnector {
    WebhookConnector::new(http_client::for_crm(timeouts, targets).unwrap())
}

/// A webhook is delivered in one step.
async fn one_step(
    connector: &WebhookConnector,
    target: &OpenCrmTarget,
    message: &Message<'_>,
) -> Result<Receipt, CrmError> {
    let access =
        Access { target, grant: None, policy: &Policy::default(), makers: &ringbridge::crm::Unshared };
    match connector.step(access, message, &Progress::default()).await? {
        Step::Done(receipt) => Ok(receipt),
        Step::Next(_) => panic!("a webhook has one step"),
    }
}

/// Delivers a message to the inbox, as the local runner would.
async fn deliver(inbox: &Inbox, message: &Message<'_>) -> Result<Receipt, CrmError> {
    one_step(&connector(PATIENT, Targets::AnyAddress), &target(&inbox.url(), SECRET), message).await
}

/// Delivers the answered call to an address under the given rules.
async fn deliver_to(url: &str, timeouts: Timeouts, targets: Targets) -> Result<Receipt, CrmError> {
    let record = answered_call();
    one_step(&connector(timeouts, targets), &target(url, SECRET), &message(&record)).await
}
