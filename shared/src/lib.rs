//! Ringbridge.

pub mod clock;
pub mod ids;
