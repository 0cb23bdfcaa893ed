//! RetailCRM on the wire, against one that keeps what it is told.

mod errors;
mod writes;

use ringbridge::crm::retailcrm::{self, RetailCrmConnector};
use ringbridge::crm::{Access, Connector as _, CrmError, Message, Receipt, Step};
use ringbridge::http_client::{self, Targets};
use ringbridge::model::call::{CallRecord, RecordKind};
use ringbridge::model::connection::Policy;
use ringbridge::model::crm_target::OpenCrmTarget;
use ringbridge::model::delivery::Progress;
use ringbridge::model::ids::CrmUserId;
use ringbridge::model::secret::Secret;
use simulators::patience::PATIENT;
use simulators::retailcrm::{API_KEY, RetailCrm};
use simulators::world::NOON;

use crate::bitrix24::CONNECTION;
pub(crate) use crate::bitrix24::answered;

const RECORDING: &str = "https://bridge.example/recording/token/call.mp3";

/// One of them. What it is asked is noted in the folder that `RINGBRIDGE_RETAILCRM_REQUESTS` names, for `.ci/retailcrm`.
pub(crate) fn start() -> RetailCrm {
    let crm = RetailCrm::start(0).unwrap();
    #[expect(clippy::disallowed_methods, reason = "the folder is told from outside")]
    let folder = std::env::var_os("RINGBRIDGE_RETAILCRM_REQUESTS").filter(|folder| !folder.is_empty());
    if let Some(folder) = folder {
        crm.note_into(folder.as_ref()).unwrap();
    }
    crm
}

/// The settings of one.
pub(crate) fn target(crm: &RetailCrm) -> OpenCrmTarget {
    let fields = [(retailcrm::URL, crm.url()), (retailcrm::API_KEY, API_KEY.to_owned())];
    OpenCrmTarget::new(retailcrm::KIND, fields.map(|(name, value)| (name, Secret::new(value))))
}

/// A connector and its RetailCRM, without the flow around them.
struct Direct {
    crm: RetailCrm,
    connector: RetailCrmConnector,
    policy: Policy,
    target: OpenCrmTarget,
}

impl Direct {
    fn start(policy: Policy) -> Self {
        let crm = start();
        let client = http_client::for_crm(PATIENT, Targets::AnyAddress).unwrap();
        let target = target(&crm);
        Self { crm, connector: RetailCrmConnector::new(client), policy, target }
    }

    fn access(&self) -> Access<'_> {
        Access { target: &self.target, grant: None, policy: &self.policy, makers: &ringbridge::crm::Unshared }
    }

    /// Tells at once that something happened to a phone.
    async fn signal(&self, record: &CallRecord, kind: RecordKind, known: &Progress) -> Progress {
        let user = CrmUserId::parse("27");
        let message = Message { kind, ..message(record, user.as_ref()) };
        self.connector.signal(self.access(), &message, known).await.unwrap()
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
}

fn message<'a>(record: &'a CallRecord, user: Option<&'a CrmUserId>) -> Message<'a> {
    Message {
        connection_id: CONNECTION,
        kind: record.kind,
        record,
        crm_user: user,
        answered_by: None,
        recording_url: Some(RECORDING),
        revision: 1,
        at: record.ended_at.unwrap_or(NOON),
        perhaps_delivered: false,
    }
}
