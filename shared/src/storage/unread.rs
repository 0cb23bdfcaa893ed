//! An item that a write brought back. It grows with its call, and an answer waits for nothing that it says: so it is read
//! when it is needed.

use std::fmt;
use std::marker::PhantomData;

use super::StoreError;
use super::item::{Attributes, moment};
use super::record::{CallItem, LegItem, read_call, read_leg};
use crate::clock::Timestamp;

/// An item as it came.
#[derive(Clone)]
pub struct Unread<T> {
    attributes: Attributes,
    kind: PhantomData<fn() -> T>,
}

impl<T> Unread<T> {
    pub(super) const fn new(attributes: Attributes) -> Self {
        Self { attributes, kind: PhantomData }
    }

    /// When something is due from it.
    pub fn due_at(&self) -> Option<Timestamp> {
        moment(&self.attributes, "due_at")
    }
}

impl Unread<LegItem> {
    /// Reads it.
    pub fn read(self) -> Result<LegItem, StoreError> {
        read_leg(self.attributes)
    }
}

impl Unread<CallItem> {
    /// Reads it.
    pub fn read(self) -> Result<CallItem, StoreError> {
        read_call(self.attributes)
    }
}

/// It holds numbers and names.
impl<T> fmt::Debug for Unread<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Unread").finish_non_exhaustive()
    }
}
