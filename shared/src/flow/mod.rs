//! The flows: load, decide, act, record. One file per use case; nothing of Lambda in them.

mod deliver;
mod deps;
mod notices;
pub mod receive;
pub mod retry;
pub mod settle;

pub use deps::{CallDeps, Timing};
