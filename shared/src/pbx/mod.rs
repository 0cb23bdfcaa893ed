//! The client of the PBX's API (docs/pbx.md): one HTTP request per call, nothing repeated, nothing followed (R8).
//! A [`PbxClient`] gets tokens; a [`Session`] speaks for one account with one of them and remembers the hour's budget.
//!
//! What the caller decides: when to get a new token (after [`PbxError::Unauthorised`], once), whether to ask for
//! another page, whether background work may go on ([`crate::model::budget`]), and what becomes of
//! an action that was perhaps carried out ([`PbxError::perhaps_done`]).

mod account;
mod agents;
mod answer;
mod callback;
mod error;
mod extensions;
mod handlers;
mod history;
mod session;
mod token;
mod wire;

use std::fmt;
use std::sync::Arc;

pub use account::{Access, Customer, Limits, User};
pub use agents::AgentsPage;
pub use callback::{CallbackReceipt, DialTarget};
pub use error::{Denial, PbxError, UnreadableAnswer};
pub use extensions::{ExtensionsPage, ListPage, another_page};
pub use history::PER_PAGE as HISTORY_PAGE;
pub use session::Session;
pub use token::{AccessToken, Pkce, authorise_url};

use crate::clock::Clock;

/// Speaks to PBXs over one pool of connections.
#[derive(Clone)]
pub struct PbxClient {
    http: reqwest::Client,
    clock: Arc<dyn Clock>,
}

impl PbxClient {
    /// Uses an HTTP client that has timeouts and follows no redirects.
    pub fn new(http: reqwest::Client, clock: Arc<dyn Clock>) -> Self {
        Self { http, clock }
    }
}

impl fmt::Debug for PbxClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PbxClient").finish_non_exhaustive()
    }
}
