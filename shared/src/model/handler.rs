//! One event handler on an extension or a queue agent of the PBX, ours or another integration's (docs/pbx.md §4.2, §5.1):
//! what the PBX client lists and what the subscription plan reads.

use crate::model::extension::SubscribedKind;
use crate::model::ids::HandlerId;
use crate::model::secret::Secret;

/// A handler as the PBX lists it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Handler {
    /// Its id, unique on the platform.
    pub id: HandlerId,
    /// Where events are sent. Whoever knows such an address can send events to it, so it is never printed.
    pub url: Secret,
    /// Which event; `None` for kinds that we never subscribe to.
    pub kind: Option<SubscribedKind>,
    /// How events are sent.
    pub method: Method,
}

/// How the PBX sends events to a handler.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// As a form in the body: the one that we ask for.
    Post,
    /// In the query string.
    Get,
    /// Anything else.
    Other,
}

/// The handlers of one extension or agent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Handlers {
    /// Those that could be read.
    pub items: Vec<Handler>,
    /// Those that could not; each still takes a place.
    pub unreadable: u32,
}
