//! Why the bucket failed. No address stands in a text: those of recordings open them.

use crate::error::{Classified, Retryability};

/// A request to the bucket, or for what is to go there, failed.
#[derive(Debug, thiserror::Error)]
pub enum BucketError {
    /// The bucket did not answer.
    #[error("the bucket of recordings did not answer")]
    NoAnswer(#[source] reqwest::Error),
    /// The bucket answered otherwise than it should.
    #[error("the bucket of recordings answered {status}")]
    Status {
        /// Its status.
        status: u16,
    },
    /// Where the PBX keeps recordings did not answer.
    #[error("the PBX's storage did not answer")]
    Source(#[source] reqwest::Error),
    /// It answered otherwise than it should.
    #[error("the PBX's storage answered {status}")]
    SourceStatus {
        /// Its status.
        status: u16,
    },
    /// The PBX named an address that may not be asked.
    #[error("the PBX's storage is at an address that may not be asked")]
    Address,
}

impl BucketError {
    /// Whether it is the bucket's own, which the next recording would meet too.
    pub const fn is_of_bucket(&self) -> bool {
        match self {
            Self::NoAnswer(_) | Self::Status { .. } => true,
            Self::Source(_) | Self::SourceStatus { .. } | Self::Address => false,
        }
    }
}

impl Classified for BucketError {
    fn retryability(&self) -> Retryability {
        match self {
            Self::NoAnswer(_) | Self::Source(_) => Retryability::Transient { retry_after: None },
            Self::Status { status } | Self::SourceStatus { status } => match status {
                408 | 429 | 500.. => Retryability::Transient { retry_after: None },
                _ => Retryability::Permanent,
            },
            Self::Address => Retryability::Permanent,
        }
    }
}
