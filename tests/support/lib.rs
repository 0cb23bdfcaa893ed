//! The world in which Ringbridge is tested and tried out: stateful fakes that speak the wire protocols.

#![expect(clippy::expect_used, reason = "a broken test world should stop the test at once")]

pub mod pbx;
