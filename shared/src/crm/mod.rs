//! The CRMs: one connector per kind, behind one trait. A new CRM is one folder here and one line in `registry`.
//!
//! A record is brought to a CRM in *steps*. What a step learnt, such as the id of what it made, is stored before the
//! next one is begun, so that a crash between two repeats none. The flow owns claims, waits, retries and tokens; a
//! connector knows requests, answers, and what an answer means ([`CrmError`]).

mod about;
pub mod bitrix24;
pub mod bottlecrm;
mod caller;
mod error;
pub mod hubspot;
pub mod kommo;
mod local_time;
pub mod number;
mod registry;
mod reply;
pub mod retailcrm;
mod retry_after;
mod strangers;
mod subject;
pub mod template;
pub mod webhook;

use std::collections::BTreeMap;

use async_trait::async_trait;
use url::Url;

pub use self::about::{Abilities, About, Field, FieldKind, Withdraws, Writes};
pub use self::error::CrmError;
pub use self::registry::{AuthServers, Connectors};
pub use self::reply::{Reply, ask};
pub use self::strangers::{Makers, Unshared};
use crate::clock::Timestamp;
use crate::model::call::{CallRecord, RecordKind};
use crate::model::connection::Policy;
use crate::model::crm_target::OpenCrmTarget;
use crate::model::delivery::Progress;
use crate::model::grant::OpenGrant;
use crate::model::ids::{ConnectionId, CrmUserId};
use crate::model::secret::Secret;

/// What a CRM is told.
#[derive(Clone, Debug)]
pub struct Message<'a> {
    /// Whose call it is.
    pub connection_id: ConnectionId,
    /// What happened; differs from the record's own kind only for what is told at once.
    pub kind: RecordKind,
    /// The record.
    pub record: &'a CallRecord,
    /// Whose it is in the CRM.
    pub crm_user: Option<&'a CrmUserId>,
    /// Who took the call that stopped ringing here, as far as is known.
    pub answered_by: Option<&'a CrmUserId>,
    /// Where its recording can be listened to.
    pub recording_url: Option<&'a str>,
    /// From 1; grows when a late event changes a delivered record.
    pub revision: u32,
    /// When the message was made.
    pub at: Timestamp,
    /// Whether an earlier attempt may have arrived: look before you write, where the CRM can't tell by a key (P3).
    pub perhaps_delivered: bool,
}

impl Message<'_> {
    /// The idempotency key: `{record_id}.{type}.{revision}`, stable over retries.
    pub fn idempotency_key(&self) -> String {
        format!("{}.{}.{}", self.record.record_id, self.kind.as_str(), self.revision)
    }
}

/// What a connector is given beside the message: the settings, the consent if the kind needs one, and the policy.
#[derive(Clone, Copy, Debug)]
pub struct Access<'a> {
    /// The settings.
    pub target: &'a OpenCrmTarget,
    /// What the consent gave.
    pub grant: Option<&'a OpenGrant>,
    /// How calls are logged.
    pub policy: &'a Policy,
    /// Who may make contacts of strangers.
    pub makers: &'a dyn Makers,
}

/// What one step of a delivery ended with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// More is to be done, after this was stored.
    Next(Progress),
    /// The CRM has the record.
    Done(Receipt),
}

/// The CRM has the record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// HTTP status of the last answer.
    pub status: u16,
    /// What the CRM calls what was made.
    pub progress: Progress,
    /// What a person should know of how it was done, such as that a record was corrected, not removed.
    pub remark: Option<&'static str>,
}

/// A person of the CRM, for the mapping.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CrmUser {
    /// Their id, as records name it.
    pub id: CrmUserId,
    /// Their name.
    pub name: String,
    /// Their e-mail address.
    pub email: Option<String>,
    /// The extension that the CRM knows of them.
    pub extension: Option<String>,
}

/// A setting that can't be used: its name, and what to do.
pub type FieldProblem = (&'static str, String);

/// One kind of CRM.
#[async_trait]
pub trait Connector: Send + Sync {
    /// What it is and what must be entered.
    fn about(&self) -> &'static About;

    /// Settings that are complete, but can't be used; may put them into their canonical form.
    fn check_fields(&self, _target: &mut OpenCrmTarget) -> Vec<FieldProblem> {
        Vec::new()
    }

    /// What is wrong in a setting that is a document: the path below it, and what to do.
    fn check_document(&self, _name: &str, _text: &str) -> Vec<(String, String)> {
        Vec::new()
    }

    /// What becomes of a record that turned out not to be true, where the settings decide it.
    fn withdraws(&self, _target: &OpenCrmTarget) -> Withdraws {
        self.about().abilities.withdraws
    }

    /// Tells at once what can't be told later. What it learnt is there for the record's delivery; `known` is what an
    /// earlier signal of the same leg learnt.
    async fn signal(
        &self,
        access: Access<'_>,
        message: &Message<'_>,
        known: &Progress,
    ) -> Result<Progress, CrmError>;

    /// The next step of bringing a message to the CRM, one or two requests, each of which ends within the client's
    /// timeout.
    async fn step(
        &self,
        access: Access<'_>,
        message: &Message<'_>,
        progress: &Progress,
    ) -> Result<Step, CrmError>;

    /// Tries the settings; what works is said by no error.
    async fn check(&self, _access: Access<'_>) -> Result<(), CrmError> {
        Ok(())
    }

    /// The CRM's users.
    async fn users(&self, _access: Access<'_>) -> Result<Vec<CrmUser>, CrmError> {
        Ok(Vec::new())
    }

    /// Has the CRM post its events to an address of ours, where its kind has any; repeated, it changes nothing.
    async fn subscribe(&self, _access: Access<'_>, _address: &Url) -> Result<(), CrmError> {
        Ok(())
    }

    /// How it is consented to, if these settings need that.
    fn consent(&self, _target: &OpenCrmTarget) -> Option<&dyn Consent> {
        None
    }

    /// Whether its CRM posts to an address of ours; what needs consent may post its installation there.
    fn posts(&self, target: &OpenCrmTarget) -> bool {
        self.consent(target).is_some()
    }

    /// Reads an event of a CRM that nobody consents in: the address is the proof, and whatever else there is.
    fn event(&self, _target: &OpenCrmTarget, _body: &BTreeMap<String, String>) -> CrmEvent {
        CrmEvent::Forged
    }
}

/// A kind of CRM whose tokens a person's consent gives (OAuth 2). A token is renewed by one invocation at a time, and
/// the new pair is stored before it is used: both are the flow's.
#[async_trait]
pub trait Consent: Send + Sync {
    /// Where the administrator's browser goes; it comes back to `redirect` with `state`.
    fn authorise_url(&self, target: &OpenCrmTarget, state: &str, redirect: &Url) -> Result<Url, CrmError>;

    /// What the browser came back with becomes tokens.
    async fn exchange(
        &self,
        target: &OpenCrmTarget,
        answer: &BTreeMap<String, Secret>,
        redirect: &Url,
        now: Timestamp,
    ) -> Result<OpenGrant, CrmError>;

    /// A new pair of tokens. Never repeated blindly: the one before may be void although the answer was lost.
    async fn renew(
        &self,
        target: &OpenCrmTarget,
        grant: &OpenGrant,
        now: Timestamp,
    ) -> Result<OpenGrant, CrmError>;

    /// Whether what tokens are renewed with is still good, after a renewal that came to no end: asked before that is
    /// tried again. A CRM that can't be asked takes the repeat, or refuses it.
    async fn is_unspent(
        &self,
        _target: &OpenCrmTarget,
        _grant: &OpenGrant,
        _now: Timestamp,
    ) -> Result<bool, CrmError> {
        Ok(true)
    }

    /// Reads tokens that the CRM posts by itself, when the application is installed.
    fn installed(
        &self,
        _target: &OpenCrmTarget,
        _body: &BTreeMap<String, String>,
        _now: Timestamp,
    ) -> Option<OpenGrant> {
        None
    }

    /// Reads an event that the CRM posted; `Forged` unless it proves that it is the CRM that consented.
    fn event(&self, _grant: &OpenGrant, _body: &BTreeMap<String, String>) -> CrmEvent {
        CrmEvent::Forged
    }
}

/// What a CRM posted by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CrmEvent {
    /// Not the CRM's.
    Forged,
    /// Nothing of ours.
    Other,
    /// The application was removed there.
    Removed,
    /// Somebody clicked on a number.
    Call(CallWish),
}

/// A number that somebody clicked on in the CRM. `Debug` does not tell it.
#[derive(Clone, PartialEq, Eq)]
pub struct CallWish {
    /// Who wants to call; none: whoever answers for calls of nobody.
    pub crm_user: Option<CrmUserId>,
    /// What they clicked on.
    pub number: String,
    /// When, if the CRM says it.
    pub at: Option<Timestamp>,
    /// What the CRM calls the call.
    pub progress: Progress,
}

impl std::fmt::Debug for CallWish {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CallWish").field("crm_user", &self.crm_user).finish_non_exhaustive()
    }
}
