//! The flows: load, decide, act, record. One file per use case; nothing of Lambda in them.

pub mod account;
pub mod change;
pub mod connect;
mod deliver;
mod deps;
pub mod extensions;
pub mod mapping;
mod notices;
mod pbx_access;
mod pbx_notices;
pub mod provision;
pub mod receive;
pub mod retry;
pub mod settle;

pub use deps::{CallDeps, RetryDeps, SettingsDeps, Timing};
pub use pbx_access::{PbxHealth, pbx_health};
