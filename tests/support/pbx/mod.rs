//! A simulated PBX that speaks the vendor's REST API with state, and makes calls whose events it posts to the
//! registered URLs. It reads the vendor's documents on its own (docs/pbx.md) and shares nothing with the
//! product, so that the two check each other.

mod client;
mod consent;
mod control;
mod desk;
mod extension;
mod fault;
mod gate;
mod gmt;
mod history;
mod journal;
mod ledger;
mod oauth;
pub mod player;
mod random;
mod refusal;
mod routes;
mod server;
mod state;
mod tenant;
mod trouble;
mod world;

pub use desk::Desk;
pub use extension::{Agent, Extension, ExtensionKind, Handler, Place};
pub use fault::{Matcher, PbxFault};
pub use history::HistoryAccess;
pub use journal::{Answer, Posted};
pub use ledger::{Entry, Violation};
pub use random::Rng;
pub use server::FakePbx;
pub use state::Callback;
pub use tenant::{App, AppKind, DEMO_APP_ID, DEMO_APP_SECRET, DEMO_PUBLIC_APP, Tenant, UserKind};
pub use world::{Now, Pbx, Settings};
