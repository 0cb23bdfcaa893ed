//! One customer's connection: connecting and consent, the mapping, and what follows from it on the PBX ([`provision`],
//! through `pbx_access`: tokens, the hourly request budget, the PBX's health).

mod accepted;
pub mod account;
mod agents;
pub mod audit;
pub mod connect;
pub mod consent;
pub mod crm_account;
pub mod crm_check;
pub mod dial;
pub mod disconnect;
pub mod extensions;
pub mod keys;
pub mod limits;
pub mod mapping;
pub(super) mod notices;
pub(super) mod pbx_access;
pub mod persons;
pub mod provision;
pub mod refresh;
pub(super) mod reseal;
pub mod sealing;
pub mod sessions;
pub mod update;

pub use pbx_access::{PbxHealth, pbx_health};
