//! Ringbridge: calls of a cloud PBX become correct records in a CRM.

pub mod call;
pub mod clock;
pub mod connection;
pub mod crm;
pub mod delivery;
pub mod error;
pub mod extension;
pub mod handler;
pub mod ids;
pub mod notice;
pub mod number;
pub mod pbx;
pub mod rules;
pub mod secret;
