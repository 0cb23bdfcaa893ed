//! The simulated PBX behaves as docs/pbx.md says; all other tests rely on that.

#![expect(clippy::expect_used, reason = "a test that can't go on should stop")]

mod api;
mod calls;
mod desk;
mod faults;
mod history;
pub(crate) mod setup;
