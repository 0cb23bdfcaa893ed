//! Alerts to the operator: what no administrator can mend. By SNS in AWS, as a log line elsewhere. An alert says what
//! happened and for which connection; it holds no secret and no personal data.

mod log;
mod sns;

use async_trait::async_trait;

pub use self::log::LogOperator;
pub use self::sns::SnsOperator;
use crate::model::ids::ConnectionId;

/// What the operator is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alert {
    /// Whose connection.
    pub connection: ConnectionId,
    /// What kind of thing, for filters.
    pub kind: AlertKind,
    /// What happened, in a sentence.
    pub text: String,
}

/// Kinds of alerts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AlertKind {
    /// The PBX answers 5xx or not at all.
    PbxFailing,
    /// A record's last attempt failed.
    GaveUp,
    /// Events that the PBX refused to remove were left behind.
    LeftBehind,
    /// A stored item can't be read, and is in quarantine.
    Quarantined,
    /// Somebody proved that a connected PBX account is theirs, and has the connection now.
    TakenOver,
}

impl AlertKind {
    /// Its name in messages and logs.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::PbxFailing => "pbx_failing",
            Self::GaveUp => "gave_up",
            Self::LeftBehind => "left_behind",
            Self::Quarantined => "quarantined",
            Self::TakenOver => "taken_over",
        }
    }
}

/// Whoever runs this installation.
#[async_trait]
pub trait Operator: Send + Sync {
    /// Tells them. A failure is logged and no more: what it is about stands in the store anyway.
    async fn tell(&self, alert: &Alert);
}
