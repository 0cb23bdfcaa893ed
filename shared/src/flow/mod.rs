//! The flows: load, decide, act, record. One file per use case, taking exactly the dependencies it needs and nothing
//! of Lambda, so that a test, a Lambda function and the local runner call the same thing.
//!
//! # How nothing is lost
//!
//! *Stored before answered.* [`receive`] writes the event before the PBX gets its 200, in the same write that marks
//! the leg as due a little later. From then on three things may bring it on: the invocation that stored it, a
//! reminder in the queue, and the sweep of the index of what is due. Each is enough alone; a crash anywhere leaves at
//! least the last (P1).
//!
//! *The queue forgets, the store doesn't.* A message carries ids and a time. What is to be done is decided from the
//! store when the message is read, so a message that is lost, late, repeated or outdated does no harm.
//!
//! # How nothing is doubled
//!
//! *Every write but an event's own is conditional* on the revision of the item that the decision was made on. Who
//! loses such a race gets the newer item back with the refusal, and decides again.
//!
//! *One attempt at a time.* Before the CRM is called, the record is claimed by such a write, with the end of the
//! claim as its due time. If the process dies, the claim ends, the sweep finds the record, and the attempt counts as
//! perhaps delivered: the CRM is asked again under the same idempotency key (P3).
//!
//! *Events that come during an attempt* raise the item's revision, so the outcome's write is refused once and made
//! again beside them; then the leg is looked at again with all its events.
//!
//! # Round trips
//!
//! An event costs three DynamoDB round trips before the CRM is called: one batch read of its connection and
//! extension (both named by the token), one write that stores the event and brings back its whole leg, one write
//! that claims. None of them grows with the number of connections, extensions or events of other legs.
//!
//! # Three walkthroughs
//!
//! *An event.* `http::events` → [`receive::receive`]: [`crate::storage::Store::sender`], then
//! [`crate::storage::Store::accept`]; the answer goes out → [`receive::settle`] → `settle::leg` asks
//! [`crate::rules::step::next`] → `deliver::attempt` claims, sends by the connector, records the outcome → the leg is
//! asked again, until it rests or waits; if it waits, a reminder is sent.
//!
//! *A mapping change.* `http::settings` → `mapping` stores who uses what, and marks the extensions whose wanted
//! events changed → `provision` reads such an extension's handlers on the PBX, asks [`crate::rules::plan`] what to
//! create and delete, and does it one request at a time, each result stored before the next. What does not fit in
//! the invocation, or in the hour's request budget, is left marked and goes on in the retry run.
//!
//! *A retry run.* The schedule → [`retry::run`]: messages that are due, each settled by [`settle::call`], which loads
//! the whole call, decides whether it was missed, and takes each leg with something due through the same steps as
//! above; early messages hop; then the sweep of the index; then provisioning that was left; one report at the end.

pub mod account;
pub mod audit;
pub mod change;
pub mod connect;
pub mod consent;
mod deliver;
mod deps;
pub mod disconnect;
pub mod extensions;
pub mod keys;
pub mod limits;
pub mod mapping;
mod notices;
mod pbx_access;
mod pbx_notices;
pub mod persons;
pub mod provision;
pub mod receive;
mod reconcile;
pub mod refresh;
mod reseal;
pub mod resend;
pub mod retry;
pub mod settle;

pub use deps::{CallDeps, PublicApp, RetryDeps, SettingsDeps, Timing};
pub use pbx_access::{PbxHealth, pbx_health};
pub use reconcile::{EVERY as HISTORY_EVERY, PAGES as HISTORY_PAGES};
