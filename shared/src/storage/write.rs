//! The end of a conditional write: written, or somebody else was quicker.

use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;

use super::StoreError;
use super::item::Attributes;

/// The end of a conditional write.
#[derive(Clone, Debug)]
pub enum Saved<T> {
    /// Written; the item as it is now.
    Done(T),
    /// Somebody else was quicker; the item as it is now.
    Changed(T),
}

impl<T> Saved<T> {
    /// The same end, with the item read.
    pub(super) fn read<U>(
        self,
        read: impl FnOnce(T) -> Result<U, StoreError>,
    ) -> Result<Saved<U>, StoreError> {
        match self {
            Self::Done(item) => read(item).map(Saved::Done),
            Self::Changed(item) => read(item).map(Saved::Changed),
        }
    }
}

/// The item as it was when a condition failed; any other failure is one.
pub(super) fn condition_failed(error: SdkError<UpdateItemError>) -> Result<Option<Attributes>, StoreError> {
    match error.as_service_error() {
        Some(UpdateItemError::ConditionalCheckFailedException(failed)) => Ok(failed.item.clone()),
        _ => Err(StoreError::sdk(error)),
    }
}
