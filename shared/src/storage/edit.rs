//! Changing a document that others change too: what was read is changed and written, and changed anew as long as somebody
//! else was quicker.

use std::ops::ControlFlow;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::write::Saved;
use super::{Store, StoreError, Stored, keys};
use crate::clock::Timestamp;
use crate::model::ids::ConnectionId;

/// Tries before a write on a contended document is given up.
const TRIES: usize = 8;

/// How a change of a document ended.
#[derive(Clone, Debug)]
pub enum Edited<T, R> {
    /// It is written; the document as it is now.
    Written(Stored<T>),
    /// The change let it be, for this reason; the document as it was read last.
    Left(Stored<T>, R),
}

impl<T, R> Edited<T, R> {
    /// The document.
    pub fn document(self) -> Stored<T> {
        match self {
            Self::Written(document) | Self::Left(document, _) => document,
        }
    }
}

/// A change that lets the document be where it makes nothing else of it.
pub(super) fn if_changed<T: Clone + PartialEq>(
    change: impl Fn(&mut T) + Send,
) -> impl Fn(&mut T) -> ControlFlow<()> + Send {
    move |document| {
        let before = document.clone();
        change(document);
        if *document == before { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }
}

impl Store {
    /// Changes a document of a connection, unless `change` breaks off; `due` says when it is due by what it holds.
    pub(super) async fn edit<T, R>(
        &self,
        id: ConnectionId,
        sk: &str,
        mut document: Stored<T>,
        due: impl Fn(&T) -> Option<Timestamp> + Send,
        mut change: impl FnMut(&mut T) -> ControlFlow<R> + Send,
    ) -> Result<Edited<T, R>, StoreError>
    where
        T: Serialize + DeserializeOwned + Clone + Send + Sync,
        R: Send,
    {
        let pk = keys::connection(id);
        for _ in 0..TRIES {
            if let ControlFlow::Break(reason) = change(&mut document.value) {
                return Ok(Edited::Left(document, reason));
            }
            match self.save_document(&pk, sk, &document, due(&document.value)).await? {
                Saved::Done(saved) => return Ok(Edited::Written(saved)),
                Saved::Changed(newer) => document = newer,
            }
        }
        Err(StoreError::Contended)
    }
}
