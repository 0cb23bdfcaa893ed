//! A notice, as it is shown.

use serde::Serialize;
use utoipa::ToSchema;

use crate::model::notice::{Notice as Stored, NoticeCause};

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
            NoticeCause::ExtensionProblem { extension } | NoticeCause::EventFlood { extension } => {
                Some(extension.get())
            }
            NoticeCause::CrmRefusedCredentials
            | NoticeCause::AgentFlood { .. }
            | NoticeCause::CrmUnpaid
            | NoticeCause::CrmEndpointDisabled
            | NoticeCause::RecordRefused
            | NoticeCause::GaveUp
            | NoticeCause::PbxRefusedCredentials
            | NoticeCause::PbxDenied
            | NoticeCause::PbxBudget
            | NoticeCause::PbxFailing
            | NoticeCause::CallFull
            | NoticeCause::EndUnknown
            | NoticeCause::HistoryUnreadable
            | NoticeCause::TakenOver => None,
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
