//! Decisions: synchronous and pure, with everything they depend on handed in.

pub mod plan;
