//! A notice, as it is shown.

use serde::Serialize;
use utoipa::ToSchema;

use crate::model::notice::{Cause, Notice as Stored};

/// What a person should know and do.
#[derive(Clone, Serialize, ToSchema)]
pub struct Notice {
    /// Its id: one per cause.
    pub id: String,
    /// What happened.
    pub text: String,
    /// What to do about it.
    pub advice: String,
    /// Which extension it is about, if it is about one.
    #[schema(required)]
    pub extension_id: Option<u64>,
    /// First time.
    #[schema(format = DateTime)]
    pub first_at: String,
    /// Last time.
    #[schema(format = DateTime)]
    pub last_at: String,
    /// How often.
    pub count: u64,
}

impl From<&Stored> for Notice {
    fn from(notice: &Stored) -> Self {
        let extension = match &notice.cause {
            Cause::ExtensionProblem { extension } | Cause::EventFlood { extension } => Some(extension.get()),
            Cause::CrmRefusedCredentials
            | Cause::CrmUnpaid
            | Cause::CrmEndpointDisabled
            | Cause::RecordRefused
            | Cause::GaveUp
            | Cause::PbxRefusedCredentials
            | Cause::PbxDenied
            | Cause::PbxBudget
            | Cause::PbxFailing
            | Cause::CallFull
            | Cause::EndUnknown
            | Cause::HistoryUnreadable
            | Cause::TakenOver => None,
        };
        Self {
            id: notice.cause.key(),
            text: notice.text.clone(),
            advice: notice.advice.clone(),
            extension_id: extension,
            first_at: notice.first_at.rfc3339(),
            last_at: notice.last_at.rfc3339(),
            count: notice.count,
        }
    }
}
