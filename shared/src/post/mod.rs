//! E-mail: by SES in AWS; the local runner brings a postman of its own, which speaks SMTP. What is sent is plain text.

mod ses;

use async_trait::async_trait;

pub use self::ses::SesPostman;
use crate::clock::Timestamp;
use crate::error::{Classified, Retryability};
use crate::model::notify::EmailAddress;

/// An e-mail.
#[derive(Clone, Debug)]
pub struct Mail<'a> {
    /// The same at every attempt: a receiver may tell repeats by it.
    pub id: &'a str,
    /// To whom.
    pub to: &'a [EmailAddress],
    /// One line.
    pub subject: &'a str,
    /// Lines with `\n` at their ends.
    pub body: &'a str,
    /// When it is sent.
    pub at: Timestamp,
}

/// Sends e-mail.
#[async_trait]
pub trait Postman: Send + Sync {
    /// Hands a mail over. It may have arrived although this fails.
    async fn send(&self, mail: &Mail<'_>) -> Result<(), PostError>;
}

/// A mail was not handed over. Texts name no address: servers like to repeat it in their answers, which are not kept.
#[derive(Debug, thiserror::Error)]
pub enum PostError {
    /// The server can't be reached, or broke off.
    #[error("the mail server did not answer")]
    NoAnswer(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The server refuses it.
    #[error("the mail server refused the mail ({code})")]
    Refused {
        /// SMTP's or HTTP's code, or the name of the refusal.
        code: String,
        /// Whether it may pass by itself.
        passes: bool,
    },
    /// The mail can't be written.
    #[error("the mail can't be written")]
    Unwritable,
}

impl Classified for PostError {
    fn retryability(&self) -> Retryability {
        match self {
            Self::NoAnswer(_) | Self::Refused { passes: true, .. } => {
                Retryability::Transient { retry_after: None }
            }
            Self::Refused { passes: false, .. } | Self::Unwritable => Retryability::Permanent,
        }
    }
}
