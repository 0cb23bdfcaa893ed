//! What the integration did to the PBX: every request, and what it must never do.

use serde::Serialize;

/// One request that reached the PBX.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Entry {
    /// When it arrived, in microseconds since the epoch.
    pub at: i64,
    /// Method.
    pub method: String,
    /// Path without query.
    pub path: String,
    /// Query as sent.
    pub query: Option<String>,
    /// The client whose token was sent, if it is a known one.
    pub tenant: Option<u64>,
    /// The answered status; none while (or if never) answered.
    pub status: Option<u16>,
    /// The scripted fault that met it.
    pub fault: Option<&'static str>,
}

impl Entry {
    /// `METHOD path`, for short comparisons.
    pub fn line(&self) -> String {
        format!("{} {}", self.method, self.path)
    }
}

/// Something that an integration must never do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub enum Violation {
    /// `DELETE …/event/` without id: wipes everybody's handlers (docs/pbx.md §4.1).
    CollectionDelete {
        /// The path.
        path: String,
    },
    /// A handler of somebody else was replaced or deleted.
    ForeignHandler {
        /// `PUT` or `DELETE`.
        method: String,
        /// The path.
        path: String,
        /// The handler's URL, which doesn't begin with ours.
        url: String,
    },
    /// A request after `rate_limit_exceeded` and before the reset (docs/pbx.md §9.1).
    SentWhileLimited {
        /// The client.
        client_id: u64,
        /// Method and path.
        request: String,
        /// When it arrived.
        at: i64,
    },
}
