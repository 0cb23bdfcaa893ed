//! Why a delivery failed, and what that means for the next attempt: decided here for every connector. A connector that
//! knows more than the HTTP status, because its CRM says error inside a 200 or a quota that looks like a failure, says
//! the class itself ([`CrmError::Answered`]).

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
    /// The CRM answered something other than 2xx, and nothing more is known.
    #[error("the CRM answered {status}")]
    Status {
        /// The HTTP status.
        status: u16,
        /// What `Retry-After` said.
        retry_after: Option<Duration>,
    },
    /// The CRM answered something that the connector understood.
    #[error("{reason}")]
    Answered {
        /// The HTTP status.
        status: u16,
        /// What it means.
        class: AttemptClass,
        /// How long the CRM asks to be left alone.
        retry_after: Option<Duration>,
        /// For the administrator: what happened and what to do. Never a part of the answer.
        reason: &'static str,
    },
    /// The answer can't be read: too long, broken off inside, or no JSON. The CRM may have done what was asked.
    #[error("the CRM's answer can't be read")]
    Unreadable {
        /// The HTTP status.
        status: u16,
    },
    /// The token has ended or the CRM has moved: it is renewed, and the step is made once more.
    #[error("the CRM's token has ended")]
    TokenEnded,
    /// Nobody has consented in the CRM yet, or the consent was withdrawn.
    #[error("the CRM has to be connected again: nobody has let Ringbridge in")]
    NoConsent,
    /// The address is private, loopback or link-local, and those are not allowed.
    #[error("the CRM's address is not a public one")]
    PrivateAddress,
    /// The connection's settings can't be used.
    #[error("the CRM settings can't be used: {0}")]
    Settings(&'static str),
}

impl CrmError {
    /// An answer that the connector understood.
    pub const fn answered(status: u16, class: AttemptClass, reason: &'static str) -> Self {
        Self::Answered { status, class, retry_after: None, reason }
    }

    /// The HTTP status, if an answer came.
    pub const fn status(&self) -> Option<u16> {
        match self {
            Self::Status { status, .. } | Self::Answered { status, .. } | Self::Unreadable { status } => {
                Some(*status)
            }
            Self::NotReached(_)
            | Self::NoAnswer(_)
            | Self::TokenEnded
            | Self::NoConsent
            | Self::PrivateAddress
            | Self::Settings(_) => None,
        }
    }

    /// Whether the CRM let the attempt time out: it takes time from everybody.
    pub fn is_timeout(&self) -> bool {
        match self {
            Self::NotReached(error) | Self::NoAnswer(error) => error.is_timeout(),
            Self::Status { .. }
            | Self::Answered { .. }
            | Self::Unreadable { .. }
            | Self::TokenEnded
            | Self::NoConsent
            | Self::PrivateAddress
            | Self::Settings(_) => false,
        }
    }

    /// How the attempt is filed.
    pub const fn class(&self) -> AttemptClass {
        match self {
            Self::NotReached(_) | Self::TokenEnded => AttemptClass::Transient,
            Self::NoAnswer(_) | Self::Unreadable { .. } => AttemptClass::PerhapsDelivered,
            Self::PrivateAddress | Self::Settings(_) => AttemptClass::Refused,
            Self::NoConsent => AttemptClass::Unauthorised,
            Self::Answered { class, .. } => *class,
            Self::Status { status, .. } => Self::class_of(*status),
        }
    }

    /// What a status means of which nothing more is known.
    pub const fn class_of(status: u16) -> AttemptClass {
        match status {
            401 | 403 => AttemptClass::Unauthorised,
            410 => AttemptClass::Gone,
            429 => AttemptClass::Throttled,
            408 | 423 | 425 => AttemptClass::Transient,
            // The CRM may have stored it before it failed.
            500..=599 => AttemptClass::PerhapsDelivered,
            _ => AttemptClass::Refused,
        }
    }
}

impl Classified for CrmError {
    fn retryability(&self) -> Retryability {
        let retry_after = match self {
            Self::Status { retry_after, .. } | Self::Answered { retry_after, .. } => *retry_after,
            Self::NotReached(_)
            | Self::NoAnswer(_)
            | Self::Unreadable { .. }
            | Self::TokenEnded
            | Self::NoConsent
            | Self::PrivateAddress
            | Self::Settings(_) => None,
        };
        match self.class() {
            AttemptClass::Transient | AttemptClass::PerhapsDelivered | AttemptClass::Throttled => {
                Retryability::Transient { retry_after }
            }
            AttemptClass::Delivered
            | AttemptClass::Refused
            | AttemptClass::Unauthorised
            | AttemptClass::Unpaid
            | AttemptClass::Gone => Retryability::Permanent,
        }
    }
}
