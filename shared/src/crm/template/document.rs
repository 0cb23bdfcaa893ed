//! A template as it is used: what was read from the settings by [`super::read`], which refuses everything else.

use std::collections::BTreeMap;

use reqwest::Method;
use serde_json::Value;

use super::text::Text;
use crate::model::delivery::AttemptClass;

/// The whole.
#[derive(Debug)]
pub(super) struct Template {
    /// What goes with every request.
    pub(super) headers: Vec<(String, Text)>,
    /// The CRM's words for ours: by value, then by our word.
    pub(super) words: BTreeMap<String, BTreeMap<String, Value>>,
    /// What answers mean, beyond their statuses.
    pub(super) answers: Answers,
    /// Who the number belongs to.
    pub(super) contact: Option<Lookup>,
    /// Whether a call without a contact is not logged.
    pub(super) contact_required: bool,
    /// Makes a contact of a stranger.
    pub(super) make_contact: Option<Make>,
    /// Whether the record is there already.
    pub(super) look: Option<Lookup>,
    /// Makes the record.
    pub(super) create: Make,
    /// Changes it.
    pub(super) update: Option<Request>,
    /// Removes it.
    pub(super) remove: Option<Request>,
    /// The CRM's users.
    pub(super) users: Option<People>,
    /// Tries the credentials.
    pub(super) check: Option<Request>,
}

/// What answers mean.
#[derive(Debug, Default)]
pub(super) struct Answers {
    /// By status.
    pub(super) statuses: BTreeMap<u16, AttemptClass>,
    /// Where an error's code may stand.
    pub(super) code: Vec<String>,
    /// By code.
    pub(super) codes: BTreeMap<String, AttemptClass>,
}

/// One request.
#[derive(Debug)]
pub(super) struct Request {
    pub(super) method: Method,
    pub(super) path: Text,
    pub(super) query: Vec<(String, Text)>,
    pub(super) headers: Vec<(String, Text)>,
    pub(super) body: Body,
    /// Statuses that say that it worked; none: those below 300.
    pub(super) success: Vec<u16>,
    /// What must stand in the answer, or it did not work.
    pub(super) holds: Vec<(String, Value)>,
}

/// What a request carries.
#[derive(Debug)]
pub(super) enum Body {
    Nothing,
    Json(Value),
    Form(Vec<(String, Text)>),
}

/// A request that finds something in a list.
#[derive(Debug)]
pub(super) struct Lookup {
    pub(super) request: Request,
    /// Where the list stands.
    pub(super) list: String,
    /// Where the id stands in each.
    pub(super) id: String,
    /// What each must contain, since a CRM may ignore a filter.
    pub(super) has: Vec<(String, Text)>,
    /// By what the latest is known.
    pub(super) newest: Option<String>,
}

/// A request that makes something.
#[derive(Debug)]
pub(super) struct Make {
    pub(super) request: Request,
    /// Where its id stands.
    pub(super) id: String,
}

/// A request that lists users.
#[derive(Debug)]
pub(super) struct People {
    pub(super) request: Request,
    pub(super) list: String,
    pub(super) id: String,
    pub(super) name: Vec<String>,
    pub(super) email: Option<String>,
    pub(super) extension: Option<String>,
}
