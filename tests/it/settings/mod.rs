//! The settings over their router, against the simulated PBX: connecting, mapping, and exactly the wanted events.

#![expect(clippy::expect_used, reason = "a test that can't go on should stop")]

mod connecting;
mod failures;
mod mapping;
mod reading;
mod removal;
pub(crate) mod world;
