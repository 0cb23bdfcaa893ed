//! HubSpot on the wire, against an account that keeps what it is told.

mod consent;
mod contacts;
mod errors;
mod stories;
mod writes;

use std::sync::Arc;

use ringbridge::clock::{Clock, Timestamp};
use ringbridge::crm::hubspot::{self, HubSpotConnector};
use ringbridge::crm::{Access, Connector as _, CrmError, Message, Receipt, Step};
use ringbridge::http_client::{self, Targets};
use ringbridge::model::call::CallRecord;
use ringbridge::model::connection::Policy;
use ringbridge::model::crm_target::OpenCrmTarget;
use ringbridge::model::delivery::Progress;
use ringbridge::model::grant::OpenGrant;
use ringbridge::model::ids::CrmUserId;
use ringbridge::model::secret::Secret;
use simulators::clock::ManualClock;
use simulators::hubspot::{ACCOUNT, APPLICATION, CLIENT_ID, CLIENT_SECRET, HubSpot, TOKEN};
use simulators::patience::PATIENT;
use simulators::world::NOON;
use url::Url;

use crate::bitrix24::CONNECTION;
pub(crate) use crate::bitrix24::answered;

const RECORDING: &str = "https://bridge.example/recording/token/call.mp3";
/// The number of [`answered`]'s caller.
const NUMBER: &str = "+442079460555";

/// An account. What it is asked is noted in the folder that `RINGBRIDGE_HUBSPOT_REQUESTS` names, for `.ci/hubspot`.
pub(crate) fn account(clock: Arc<dyn Clock>) -> HubSpot {
    let account = HubSpot::start(0, clock).unwrap();
    #[expect(clippy::disallowed_methods, reason = "the folder is told from outside")]
    let folder = std::env::var_os("RINGBRIDGE_HUBSPOT_REQUESTS").filter(|folder| !folder.is_empty());
    if let Some(folder) = folder {
        account.note_into(folder.as_ref()).unwrap();
    }
    account
}

/// An address at which there is no HubSpot, for worlds without one.
pub(crate) fn nowhere() -> Url {
    Url::parse("https://hubspot.invalid/").unwrap()
}

/// The settings of a private application.
pub(crate) fn target() -> OpenCrmTarget {
    OpenCrmTarget::new(hubspot::KIND, [(hubspot::TOKEN, Secret::new(TOKEN))])
}

/// The settings of an application that is consented to.
fn application() -> OpenCrmTarget {
    let fields = [(hubspot::CLIENT_ID, CLIENT_ID), (hubspot::CLIENT_SECRET, CLIENT_SECRET)];
    OpenCrmTarget::new(hubspot::KIND, fields.map(|(name, value)| (name, Secret::new(value))))
}

/// A consent of that account.
fn grant(account: &HubSpot, renewed_at: Timestamp) -> OpenGrant {
    let (access, refresh) = account.state().tokens.clone();
    OpenGrant {
        of: application().fingerprint(),
        access: Secret::new(access),
        refresh: Some(Secret::new(refresh)),
        expires_at: NOON,
        renewed_at,
        proof: None,
        facts: [("hub_id", ACCOUNT), ("app_id", APPLICATION)]
            .map(|(name, id)| (name.to_owned(), id.to_string()))
            .into(),
    }
}

/// A connector and its account, without the flow around them.
struct Direct {
    account: HubSpot,
    clock: Arc<ManualClock>,
    connector: HubSpotConnector,
    policy: Policy,
    target: OpenCrmTarget,
    grant: Option<OpenGrant>,
}

impl Direct {
    fn start(policy: Policy) -> Self {
        let clock = Arc::new(ManualClock::at(NOON));
        let account = account(clock.clone());
        let client = http_client::for_crm(PATIENT, Targets::AnyAddress).unwrap();
        let connector = HubSpotConnector::new(client, Url::parse(&account.url()).unwrap());
        Self { account, clock, connector, policy, target: target(), grant: None }
    }

    /// One whose settings were checked, and that knows the caller; gives the contact's id.
    async fn knowing(policy: Policy) -> (Self, String) {
        let direct = Self::start(policy);
        direct.connector.check(direct.access()).await.unwrap();
        let contact = direct.account.state().add_contact(NUMBER, "2", NOON);
        direct.account.state().asked.clear();
        (direct, contact)
    }

    fn access(&self) -> Access<'_> {
        Access {
            target: &self.target,
            grant: self.grant.as_ref(),
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
}

fn ann() -> CrmUserId {
    CrmUserId::parse("1").unwrap()
}
