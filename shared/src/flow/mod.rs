//! The flows: load, decide, act, record. One file per use case, taking exactly the dependencies it needs and nothing
//! of Lambda, so that a test, a Lambda function and the local runner call the same thing.
//!
//! # How nothing is lost
//!
//! *Stored before answered.* [`call::receive`] writes the event before the PBX gets its 200, in the same write that
//! marks what is due from it and what is told at once. From then on three things may bring it on: the invocation that
//! stored it, a reminder in the queue, and the sweep of the index of what is due. Each is enough alone; a crash anywhere
//! leaves at least the last (P1).
//!
//! *The queue forgets, the store doesn't.* A message carries ids and a time. What is to be done is decided from the
//! store when the message is read, so a message that is lost, late, repeated or outdated does no harm. A look at a call
//! sends one message at most; what is later than a message can wait is the sweep's alone.
//!
//! *What no event told, the history tells* (`reconcile`): it is kept beside the call's events, and read with them by
//! whatever comes later.
//!
//! # How nothing is doubled
//!
//! *Every write but an event's own is conditional* on the revision of the item that the decision was made on. Who
//! loses such a race reads again, and decides again.
//!
//! *One attempt at a time.* Before the CRM is called, the record is claimed by such a write, with the end of the
//! claim as its due time. If the process dies, the claim ends, the sweep finds the record, and the attempt counts as
//! perhaps delivered: the CRM is asked again under the same idempotency key (P3). An attempt is begun only if claim,
//! attempt and outcome fit into what is left of the invocation.
//!
//! *What concerns a call as a whole* stands in an item of its own, which every event reads in its one batch: the words
//! of its queues and IVRs, its missed record, what the history told. Most answered calls have none, and their legs are
//! settled by themselves. Where there is one, an event of a leg *touches* it before it looks: whoever is deciding on
//! what they read before the event loses their next write, and looks again.
//!
//! # How nobody hurts others
//!
//! A deadline is handed down to whatever is begun ([`call::Turn`]). Each CRM has a few deliveries side by side
//! ([`call::gate`]); when it hangs, its breaker opens, events only store what is due, and a probe of the retry job
//! closes it. The sweep takes the oldest first over all parts of the index, at a constant width. One URL's flood is
//! refused ([`call::flood`]), and a call is looked at up to a bound ([`crate::storage::MOST_ITEMS`]).
//!
//! # Round trips
//!
//! A dial or an answer costs two DynamoDB requests: one batch read of its connection, its extension (both named by the
//! token) and its call, and one write that stores the event and brings back its whole leg. A hangup that gives a record
//! costs two more: claim and outcome. None of them grows with the number of connections, extensions or events of other
//! legs.
//!
//! # Three walkthroughs
//!
//! *An event.* `http::events` → [`call::receive::receive`]: [`crate::storage::Store::sender`], then
//! [`crate::storage::Store::accept`]; the answer goes out → [`call::receive::settle`]: `announce` tells pop-ups, then
//! `drive` brings the leg's record where it belongs: [`crate::rules::sight`] says what is known of it,
//! [`crate::rules::delivery::next`] what is to be done, `deliver::attempt` claims, sends by the connector and records the
//! outcome; and again, until it rests or waits. If the call as a whole is concerned, [`call::settle::call`] drives all its
//! records from all that is stored of it instead.
//!
//! *A mapping change.* `http::api` → `mapping` stores who uses what, and marks the extensions whose wanted
//! events changed → `provision` reads such an extension's handlers on the PBX, asks [`crate::rules::plan`] what to
//! create and delete, and does it one request at a time, each result stored before the next. What does not fit in
//! the invocation, or in the hour's request budget, is left marked and goes on in the retry run.
//!
//! *A retry run.* The schedule → [`retry::run`]: where no event source brings them, messages that are due, those of one
//! call in one look; then the sweep of the index: calls by [`call::settle::call`], and connections by `upkeep`, where
//! provisioning, resending, history and list of extensions go on; who is to be told of notices is told (`notify`); one
//! report at the end.

pub mod agent;
pub mod call;
pub mod connection;
pub mod crm_access;
mod deps;
pub mod effect;
mod keep;
pub mod log;
pub mod notify;
pub mod operate;
mod reconcile;
pub mod recording;
pub mod retry;
mod upkeep;

pub use deps::{CallDeps, RetryDeps, SettingsDeps, Timing};
pub use reconcile::{EVERY as HISTORY_EVERY, PAGES as HISTORY_PAGES};
