//! Why the store failed. The SDK's own errors stay behind it, as causes.

use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};

use crate::error::{Classified, Retryability};

/// A failed read or write.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// No answer, a server error or throttling: the write may have happened.
    #[error("the store did not answer")]
    Unavailable(#[source] BoxedError),
    /// The store refused the request: a bug, a missing permission or a missing table.
    #[error("the store refused the request ({code})")]
    Refused {
        /// The service's error code.
        code: String,
        /// The SDK's error.
        #[source]
        cause: BoxedError,
    },
    /// An item would outgrow 400 KiB.
    #[error("the item holds too much already")]
    TooLarge,
    /// An item can't be read. Names the item and what is wrong with it, never a value.
    #[error("the item {pk} {sk} can't be read: {attribute}")]
    Undecodable {
        /// Partition key.
        pk: String,
        /// Sort key.
        sk: String,
        /// The attribute.
        attribute: &'static str,
    },
    /// An item was written by a newer release.
    #[error("the item {pk} {sk} has the newer version {version}")]
    NewerVersion {
        /// Partition key.
        pk: String,
        /// Sort key.
        sk: String,
        /// Its version.
        version: u32,
    },
    /// A stored credential can't be opened.
    #[error(transparent)]
    Unsealable(#[from] crate::seal::Unsealable),
    /// What is kept beside the table.
    #[error(transparent)]
    Bucket(#[from] crate::bucket::BucketError),
    /// The same item changed under our hands more often than is sane.
    #[error("the item changes too often to be written")]
    Contended,
}

/// An SDK error, boxed.
type BoxedError = Box<dyn std::error::Error + Send + Sync>;

impl StoreError {
    /// A request that the SDK would not even build.
    pub(crate) fn build(error: aws_sdk_dynamodb::error::BuildError) -> Self {
        Self::Refused { code: "incomplete request".to_owned(), cause: Box::new(error) }
    }

    /// From an SDK error.
    pub(crate) fn sdk<E>(error: SdkError<E>) -> Self
    where
        E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
    {
        let code = error.code().unwrap_or_default().to_owned();
        let transient = match &error {
            // Only 4xx refuses; an answer of another kind that can't be read says nothing of the write.
            SdkError::ServiceError(context) => {
                !context.raw().status().is_client_error() || THROTTLING.contains(&code.as_str())
            }
            SdkError::ConstructionFailure(_) => false,
            // Not known to be refused; the SDK may add kinds.
            SdkError::TimeoutError(_) | SdkError::DispatchFailure(_) | SdkError::ResponseError(_) | _ => true,
        };
        let too_large = error.message().is_some_and(|text| {
            // Two wordings, for an update and for a put; an expression that is too long has a third.
            text.starts_with("Item size") && text.contains("exceeded the maximum allowed size")
        });
        match (too_large, transient) {
            (true, _) => Self::TooLarge,
            (_, true) => Self::Unavailable(Box::new(error)),
            (_, false) => Self::Refused { code, cause: Box::new(error) },
        }
    }
}

/// Codes that DynamoDB answers with status 400 and that pass by themselves.
const THROTTLING: &[&str] = &[
    "ProvisionedThroughputExceededException",
    "ThrottlingException",
    "RequestLimitExceeded",
    "TransactionConflictException",
    "TransactionInProgressException",
    "LimitExceededException",
];

impl Classified for StoreError {
    fn retryability(&self) -> Retryability {
        match self {
            Self::Bucket(error) => error.retryability(),
            Self::Unavailable(_) | Self::Contended => Retryability::Transient { retry_after: None },
            Self::Refused { .. }
            | Self::TooLarge
            | Self::Undecodable { .. }
            | Self::NewerVersion { .. }
            | Self::Unsealable(_) => Retryability::Permanent,
        }
    }
}
