//! Why a delivery failed, and what that means for the next attempt: decided here for every connector.

use std::time::Duration;

use crate::error::{Classified, Retryability};
use crate::model::delivery::AttemptClass;

/// A failed delivery. Texts hold no address, body or number.
#[derive(Debug, thiserror::Error)]
pub enum CrmError {
    /// No connection came about: the CRM surely has nothing.
    #[error("the CRM could not be reached")]
    NotReached(#[source] reqwest::Error),
    /// The request left, and no whole answer came: perhaps delivered.
    #[error("the CRM did not answer in time or broke off")]
    NoAnswer(#[source] reqwest::Error),
    /// The CRM answered something other than 2xx.
    #[error("the CRM answered {status}")]
    Status {
        /// The HTTP status.
        status: u16,
        /// What `Retry-After` said.
        retry_after: Option<Duration>,
    },
    /// The address is private, loopback or link-local, and those are not allowed (design §7).
    #[error("the CRM's address is not a public one")]
    PrivateAddress,
    /// The connection's settings can't be used.
    #[error("the CRM settings can't be used: {0}")]
    Settings(&'static str),
}

impl CrmError {
    /// The HTTP status, if an answer came.
    pub const fn status(&self) -> Option<u16> {
        match self {
            Self::Status { status, .. } => Some(*status),
            Self::NotReached(_) | Self::NoAnswer(_) | Self::PrivateAddress | Self::Settings(_) => None,
        }
    }

    /// Whether the CRM let the attempt time out: it takes everybody's time.
    pub fn is_timeout(&self) -> bool {
        match self {
            Self::NotReached(error) | Self::NoAnswer(error) => error.is_timeout(),
            Self::Status { .. } | Self::PrivateAddress | Self::Settings(_) => false,
        }
    }

    /// How the attempt is filed.
    pub const fn class(&self) -> AttemptClass {
        match self {
            Self::NotReached(_) => AttemptClass::Transient,
            Self::NoAnswer(_) => AttemptClass::PerhapsDelivered,
            Self::PrivateAddress | Self::Settings(_) => AttemptClass::Refused,
            Self::Status { status, .. } => match *status {
                401 | 403 => AttemptClass::Unauthorised,
                410 => AttemptClass::Gone,
                429 => AttemptClass::Throttled,
                408 | 423 | 425 => AttemptClass::Transient,
                // The CRM may have stored it before it failed.
                500..=599 => AttemptClass::PerhapsDelivered,
                _ => AttemptClass::Refused,
            },
        }
    }
}

impl Classified for CrmError {
    fn retryability(&self) -> Retryability {
        let retry_after = match self {
            Self::Status { retry_after, .. } => *retry_after,
            Self::NotReached(_) | Self::NoAnswer(_) | Self::PrivateAddress | Self::Settings(_) => None,
        };
        match self.class() {
            AttemptClass::Transient | AttemptClass::PerhapsDelivered | AttemptClass::Throttled => {
                Retryability::Transient { retry_after }
            }
            AttemptClass::Delivered
            | AttemptClass::Refused
            | AttemptClass::Unauthorised
            | AttemptClass::Gone => Retryability::Permanent,
        }
    }
}
