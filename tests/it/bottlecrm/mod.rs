//! BottleCRM on the wire, against one that keeps what it is told.

mod contacts;
mod errors;
mod stories;
mod twice;
mod writes;

use std::sync::Arc;

use ringbridge::clock::Clock as _;
use ringbridge::crm::bottlecrm::{self, BottleCrmConnector};
use ringbridge::crm::{Access, Connector as _, CrmError, Message, Receipt, Step};
use ringbridge::http_client::{self, Targets};
use ringbridge::model::call::CallRecord;
use ringbridge::model::connection::Policy;
use ringbridge::model::crm_target::OpenCrmTarget;
use ringbridge::model::delivery::Progress;
use ringbridge::model::ids::CrmUserId;
use ringbridge::model::secret::Secret;
use simulators::bottlecrm::{BottleCrm, Kind, TOKEN};
use simulators::clock::ManualClock;
use simulators::patience::PATIENT;
use simulators::world::NOON;

use crate::bitrix24::CONNECTION;
pub(crate) use crate::bitrix24::answered;

const RECORDING: &str = "https://bridge.example/recording/token/call.mp3";
/// The number of [`answered`]'s caller.
const NUMBER: &str = "+442079460555";

/// The settings of one.
pub(crate) fn target(crm: &BottleCrm) -> OpenCrmTarget {
    let fields = [(bottlecrm::URL, crm.url()), (bottlecrm::TOKEN, TOKEN.to_owned())];
    OpenCrmTarget::new(bottlecrm::KIND, fields.map(|(name, value)| (name, Secret::new(value))))
}

/// A connector and its BottleCRM, without the flow around them.
struct Direct {
    crm: BottleCrm,
    clock: Arc<ManualClock>,
    connector: BottleCrmConnector,
    policy: Policy,
    target: OpenCrmTarget,
}

impl Direct {
    fn start(policy: Policy) -> Self {
        let clock = Arc::new(ManualClock::at(NOON));
        let crm = BottleCrm::start(0, clock.clone()).unwrap();
        let client = http_client::for_crm(PATIENT, Targets::AnyAddress).unwrap();
        let target = target(&crm);
        Self { crm, clock, connector: BottleCrmConnector::new(client), policy, target }
    }

    /// One that knows the caller; gives the contact's id.
    fn knowing(policy: Policy) -> (Self, String) {
        let direct = Self::start(policy);
        let contact = direct.crm.state().add(Kind::Contact, NUMBER, NOON);
        (direct, contact)
    }

    /// The id of the second or third profile.
    fn profile(&self, place: usize) -> CrmUserId {
        CrmUserId::parse(&self.crm.state().profiles[place].id).unwrap()
    }

    fn access(&self) -> Access<'_> {
        Access { target: &self.target, grant: None, policy: &self.policy, makers: &ringbridge::crm::Unshared }
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

    /// The remark with which a record that is not logged is settled.
    async fn skipped(&self, record: &CallRecord) -> &'static str {
        let ann = self.profile(1);
        let message = self.message(record, Some(&ann));
        let receipt = self.deliver(&message, &mut Progress::default()).await.unwrap();
        assert!(self.crm.logged().is_empty());
        receipt.remark.unwrap()
    }
}
