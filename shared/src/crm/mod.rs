//! The CRMs: one connector per kind, behind one small trait.

mod error;
mod registry;
pub mod webhook;

use async_trait::async_trait;

pub use self::error::CrmError;
pub use self::registry::Connectors;
use crate::clock::Timestamp;
use crate::model::call::{CallRecord, RecordKind};
use crate::model::connection::OpenCrmTarget;
use crate::model::ids::{ConnectionId, CrmUserId};

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
    /// What the CRM called its copy earlier.
    pub crm_id: Option<&'a str>,
}

impl Message<'_> {
    /// The idempotency key: `{record_id}.{type}.{revision}`, stable over retries (design §3).
    pub fn idempotency_key(&self) -> String {
        format!("{}.{}.{}", self.record.record_id, self.kind.as_str(), self.revision)
    }
}

/// The CRM has the record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// HTTP status.
    pub status: u16,
    /// What the CRM calls its copy, if it says so.
    pub crm_id: Option<String>,
}

/// One kind of CRM.
#[async_trait]
pub trait Connector: Send + Sync {
    /// Brings one message to the CRM, in one attempt that ends within the client's timeout.
    async fn deliver(&self, target: &OpenCrmTarget, message: &Message<'_>) -> Result<Receipt, CrmError>;
}
