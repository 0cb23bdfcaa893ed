//! Kommo on the wire, against an account that keeps what it is told.

mod consent;
mod contacts;
mod errors;
mod leads;
mod stories;
mod writes;

use std::sync::Arc;
use std::time::Duration;

use ringbridge::clock::{Clock as _, Timestamp};
use ringbridge::crm::kommo::{self, KommoConnector};
use ringbridge::crm::{Access, Connector as _, CrmError, Makers, Message, Receipt, Step, Unshared};
use ringbridge::http_client::{self, Targets};
use ringbridge::model::call::{CallRecord, RecordKind};
use ringbridge::model::connection::{Policy, UnknownContact};
use ringbridge::model::crm_target::OpenCrmTarget;
use ringbridge::model::delivery::Progress;
use ringbridge::model::grant::OpenGrant;
use ringbridge::model::ids::CrmUserId;
use ringbridge::model::secret::Secret;
use simulators::clock::ManualClock;
use simulators::kommo::{ACCOUNT, CLIENT_ID, CLIENT_SECRET, Kommo, LONG_LIVED, REDIRECT};
use simulators::patience::PATIENT;
use simulators::world::NOON;
use url::Url;

use crate::bitrix24::CONNECTION;
pub(crate) use crate::bitrix24::answered;

const RECORDING: &str = "https://bridge.example/recording/token/call.mp3";
/// The number of [`answered`]'s caller.
const NUMBER: &str = "+442079460555";

/// The settings of an account that a long-lived token opens.
pub(crate) fn let_in_by_token() -> OpenCrmTarget {
    let fields = [(kommo::ACCOUNT, ACCOUNT), (kommo::TOKEN, LONG_LIVED)];
    OpenCrmTarget::new(kommo::KIND, fields.map(|(name, value)| (name, Secret::new(value))))
}

/// The settings of one that is consented to.
fn let_in_by_consent() -> OpenCrmTarget {
    let fields =
        [(kommo::ACCOUNT, ACCOUNT), (kommo::CLIENT_ID, CLIENT_ID), (kommo::CLIENT_SECRET, CLIENT_SECRET)];
    OpenCrmTarget::new(kommo::KIND, fields.map(|(name, value)| (name, Secret::new(value))))
}

/// A consent of that account.
fn grant(crm: &Kommo, now: Timestamp) -> OpenGrant {
    let access = crm.state().access();
    let refresh = crm.state().refresh();
    let facts = [("account", ACCOUNT), ("redirect_uri", REDIRECT)];
    OpenGrant {
        of: let_in_by_consent().fingerprint(),
        access: Secret::new(access),
        refresh: Some(Secret::new(refresh)),
        expires_at: now + Duration::from_hours(24),
        renewed_at: now,
        proof: None,
        facts: facts.map(|(name, value)| (name.to_owned(), value.to_owned())).into(),
    }
}

fn connector(crm: &Kommo) -> KommoConnector {
    let client = http_client::for_crm(PATIENT, Targets::AnyAddress).unwrap();
    KommoConnector::new(client, Some(Url::parse(&crm.url()).unwrap()))
}

/// A connector and its account, without the flow around them.
struct Direct {
    crm: Kommo,
    clock: Arc<ManualClock>,
    connector: KommoConnector,
    policy: Policy,
    target: OpenCrmTarget,
    grant: Option<OpenGrant>,
}

impl Direct {
    /// Let in by a long-lived token.
    fn start(policy: Policy) -> Self {
        let clock = Arc::new(ManualClock::at(NOON));
        let crm = Kommo::start(0, clock.clone()).unwrap();
        let connector = connector(&crm);
        Self { crm, clock, connector, policy, target: let_in_by_token(), grant: None }
    }

    /// One that knows the caller; gives the contact's id.
    fn knowing(policy: Policy) -> (Self, u64) {
        let direct = Self::start(policy);
        let contact = direct.crm.state().add_contact("+44 20 7946 0555", 3, NOON);
        (direct, contact)
    }

    /// One that makes something of strangers.
    fn making(unknown_contact: UnknownContact) -> Self {
        Self::start(Policy { unknown_contact, ..Policy::default() })
    }

    fn access(&self) -> Access<'_> {
        self.access_with(&Unshared)
    }

    fn access_with<'a>(&'a self, makers: &'a dyn Makers) -> Access<'a> {
        Access { target: &self.target, grant: self.grant.as_ref(), policy: &self.policy, makers }
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

    /// The same for the next revision, as the flow begins one.
    async fn revise(
        &self,
        message: &Message<'_>,
        revision: u32,
        progress: &mut Progress,
    ) -> Result<Receipt, CrmError> {
        progress.done.clear();
        self.deliver(&Message { revision, ..message.clone() }, progress).await
    }

    async fn ring(
        &self,
        record: &CallRecord,
        user: Option<&CrmUserId>,
        known: &Progress,
    ) -> Result<Progress, CrmError> {
        let message = Message { kind: RecordKind::Ringing, ..self.message(record, user) };
        self.connector.signal(self.access(), &message, known).await
    }
}

fn user(id: &str) -> CrmUserId {
    CrmUserId::parse(id).unwrap()
}
