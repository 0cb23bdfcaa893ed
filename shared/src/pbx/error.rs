//! Why a request to the PBX failed: one classification for all requests, and what an administrator is told of each
//! (R8, R9, docs/pbx.md §9.2).

use std::time::Duration;

use crate::error::{Classified, Retryability};

/// How long a busy PBX is left alone (docs/pbx.md §9.1: requests for statistics run one at a time).
const BUSY_WAIT: Duration = Duration::from_mins(1);

/// A failed request. Texts hold no address, secret or number.
#[derive(Debug, thiserror::Error)]
pub enum PbxError {
    /// No connection came about: the PBX surely did nothing.
    #[error("the PBX could not be reached")]
    NotReached(#[source] reqwest::Error),
    /// The request left, and no answer came.
    #[error("the PBX did not answer in time or broke off")]
    NoAnswer(#[source] reqwest::Error),
    /// The token endpoint refused the application's credentials (400, 401, 403; docs/pbx.md §1.3).
    #[error("the PBX refused the application's credentials with {status}")]
    CredentialsRejected {
        /// The HTTP status.
        status: u16,
    },
    /// The token is missing, expired or wrong: a new one is needed.
    #[error("the PBX refused the access token")]
    Unauthorised,
    /// The user or the application may not do this.
    #[error("the PBX denied access ({})", .0.as_str())]
    Denied(Denial),
    /// There is no such thing.
    #[error("the PBX has no such resource")]
    NotFound,
    /// The hour's requests are used up: nothing is sent until the reset.
    #[error("the PBX's hourly request limit is used up")]
    RateLimited {
        /// How long until the reset; until the next full hour when the PBX didn't say.
        reset_in: Duration,
    },
    /// The other 429: one request of this account at a time.
    #[error("the PBX is busy with another request of this account")]
    StatisticsBusy,
    /// Another 4xx: something must be changed.
    #[error("the PBX refused the request with {status}")]
    Refused {
        /// The HTTP status.
        status: u16,
        /// What the PBX said, cleaned; for the administrator, not for logs.
        message: Option<String>,
    },
    /// A 5xx.
    #[error("the PBX failed with {status}")]
    Failing {
        /// The HTTP status.
        status: u16,
    },
    /// A success whose body could not be understood.
    #[error("the PBX's answer could not be read: {0}")]
    Unreadable(UnreadableAnswer),
    /// A body beyond the bound.
    #[error("the PBX's answer is too large")]
    TooLarge,
    /// A redirect, which is never followed.
    #[error("the PBX redirects elsewhere")]
    Redirected,
}

/// Who is denied what (403; docs/pbx.md §9.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Denial {
    /// `access_denied`: the user has no right to this resource.
    AccessDenied,
    /// `user_blocked`: the user or the client is blocked.
    UserBlocked,
    /// `user_access_type_deny`: the user may only read.
    UserReadOnly,
    /// `app_access_type_deny`: the application's access level is too low.
    AppAccess,
    /// Anything else.
    Other,
}

impl Denial {
    /// Reads the machine word of the error body.
    pub(super) fn read(word: Option<&str>) -> Self {
        [Self::AccessDenied, Self::UserBlocked, Self::UserReadOnly, Self::AppAccess]
            .into_iter()
            .find(|denial| word == Some(denial.as_str()))
            .unwrap_or(Self::Other)
    }

    /// Whether it is so for every extension of the account, whatever was asked.
    pub const fn is_account_wide(self) -> bool {
        match self {
            Self::UserBlocked | Self::UserReadOnly | Self::AppAccess => true,
            Self::AccessDenied | Self::Other => false,
        }
    }

    /// The PBX's word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AccessDenied => "access_denied",
            Self::UserBlocked => "user_blocked",
            Self::UserReadOnly => "user_access_type_deny",
            Self::AppAccess => "app_access_type_deny",
            Self::Other => "no reason given",
        }
    }
}

/// What was wrong with a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnreadableAnswer {
    /// A page for people.
    #[error("a web page instead of JSON")]
    Html,
    /// No JSON.
    #[error("not JSON")]
    NotJson,
    /// JSON that lacks what is documented.
    #[error("not what the API documents")]
    Undocumented,
    /// It ended too early, or could not be decompressed.
    #[error("it broke off")]
    BrokenOff,
}

impl PbxError {
    /// The HTTP status, if it says more than the variant.
    pub const fn status(&self) -> Option<u16> {
        match self {
            Self::CredentialsRejected { status }
            | Self::Refused { status, .. }
            | Self::Failing { status } => Some(*status),
            Self::Unauthorised => Some(401),
            Self::Denied(_) => Some(403),
            Self::NotFound => Some(404),
            Self::RateLimited { .. } | Self::StatisticsBusy => Some(429),
            Self::NotReached(_)
            | Self::NoAnswer(_)
            | Self::Unreadable(_)
            | Self::TooLarge
            | Self::Redirected => None,
        }
    }

    /// Whether a POST or DELETE that failed so may have been carried out all the same.
    pub const fn perhaps_done(&self) -> bool {
        match self {
            Self::NoAnswer(_) | Self::Failing { .. } | Self::Unreadable(_) | Self::TooLarge => true,
            Self::NotReached(_)
            | Self::CredentialsRejected { .. }
            | Self::Unauthorised
            | Self::Denied(_)
            | Self::NotFound
            | Self::RateLimited { .. }
            | Self::StatisticsBusy
            | Self::Refused { .. }
            | Self::Redirected => false,
        }
    }

    /// What happened, in a sentence for the administrator.
    pub fn sentence(&self) -> String {
        match self {
            Self::NotReached(_) => "The PBX could not be reached.".to_owned(),
            Self::NoAnswer(_) => "The PBX did not answer in time.".to_owned(),
            Self::CredentialsRejected { .. } => "The PBX refused the App ID or the App Secret.".to_owned(),
            Self::Unauthorised => "The PBX no longer accepts our authorisation.".to_owned(),
            Self::Denied(denial) => denial.sentence().to_owned(),
            Self::NotFound => "The PBX has nothing under this address.".to_owned(),
            Self::RateLimited { .. } => "The PBX's hourly limit of requests is used up.".to_owned(),
            Self::StatisticsBusy => "The PBX is busy with another request of this account.".to_owned(),
            Self::Refused { status, message: Some(message) } => {
                format!("The PBX refused the request ({status}): {message}")
            }
            Self::Refused { status, message: None } => format!("The PBX refused the request ({status})."),
            Self::Failing { status } => format!("The PBX failed ({status})."),
            Self::Unreadable(_) | Self::TooLarge => {
                "The PBX gave an answer that is not what its API documents.".to_owned()
            }
            Self::Redirected => "The PBX sends us to another address.".to_owned(),
        }
    }

    /// What to do about it.
    pub const fn advice(&self) -> &'static str {
        match self {
            Self::NotReached(_) | Self::NoAnswer(_) => {
                "Wait a few minutes and try again; if it stays so, check the PBX host with your provider."
            }
            Self::CredentialsRejected { .. } => {
                "Copy App ID and App Secret again from the application's page on the PBX; the application must be of \
                 the type `trusted`."
            }
            Self::Unauthorised => {
                "Try again. If it stays so, check that the application still exists on the PBX and reconnect."
            }
            Self::Denied(denial) => denial.advice(),
            Self::NotFound => {
                "Check that the extension still exists on the PBX, refresh the connection and save the mapping again."
            }
            Self::RateLimited { .. } => {
                "Nothing: the work goes on when the hour is over. If it happens often, look for other integrations \
                 that send many requests, or ask the PBX provider for a higher limit."
            }
            Self::StatisticsBusy => "Wait a minute and try again.",
            Self::Refused { .. } => {
                "Change what the PBX names and try again. If it concerns the number of events, delete unused events \
                 of the extension or ask the PBX administrator for a higher limit."
            }
            Self::Failing { .. } => "Wait: this is on the PBX's side, and the operator has been told.",
            Self::Unreadable(_) | Self::TooLarge | Self::Redirected => {
                "Check that the PBX host is the address of its API."
            }
        }
    }
}

impl Denial {
    const fn sentence(self) -> &'static str {
        match self {
            Self::AccessDenied => "The PBX user behind the application has no right to this.",
            Self::UserBlocked => "The PBX user behind the application, or its account, is blocked.",
            Self::UserReadOnly => {
                "The PBX user behind the application may only read (access level `read_only`)."
            }
            Self::AppAccess => "The application's access level on the PBX is too low for this.",
            Self::Other => "The PBX denied access without saying why.",
        }
    }

    const fn advice(self) -> &'static str {
        match self {
            Self::AccessDenied | Self::Other => {
                "Create the application as an administrator of the PBX account, not as a user of one extension, and \
                 reconnect with it."
            }
            Self::UserBlocked => "Ask the PBX provider to unblock the user or the account, then try again.",
            Self::UserReadOnly => {
                "Give the PBX user the access level `full`, or reconnect with an application of a user who has it."
            }
            Self::AppAccess => "Give the application at least the access level `Call API`, then try again.",
        }
    }
}

impl Classified for PbxError {
    fn retryability(&self) -> Retryability {
        match self {
            Self::NotReached(_)
            | Self::NoAnswer(_)
            | Self::Failing { .. }
            // No refusal: a page of maintenance, a proxy in between, half an answer.
            | Self::Unreadable(_)
            | Self::TooLarge
            | Self::Redirected => Retryability::Transient { retry_after: None },
            Self::RateLimited { reset_in } => Retryability::Transient { retry_after: Some(*reset_in) },
            Self::StatisticsBusy => Retryability::Transient { retry_after: Some(BUSY_WAIT) },
            Self::Refused { status, .. } => match *status {
                408 | 423 | 425 => Retryability::Transient { retry_after: None },
                _ => Retryability::Permanent,
            },
            Self::CredentialsRejected { .. }
            | Self::Unauthorised
            | Self::Denied(_)
            | Self::NotFound => Retryability::Permanent,
        }
    }
}
