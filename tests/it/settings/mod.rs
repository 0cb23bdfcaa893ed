//! The settings over their router, against the simulated PBX: connecting, mapping, and exactly the wanted events.

#![expect(clippy::expect_used, reason = "a test that can't go on should stop")]

mod agent_events;
mod agents;
mod audit;
mod budget;
mod calling;
mod changing;
mod clicks;
mod conformance;
mod connecting;
mod consent;
mod crashes;
mod crm;
mod event_urls;
mod failures;
mod fuse;
mod hand;
mod hanging;
mod installed;
mod keys;
mod kommo;
mod limits;
mod mapping;
mod openapi;
mod persons;
mod reading;
mod removal;
mod rotation;
mod savers;
mod secrets;
mod stale;
mod suggesting;
mod templates;
mod typed;
mod watching;
pub(crate) mod world;
mod writes;
