//! The nouns: private fields, parsing, no I/O.

pub mod agent;
pub mod agent_event;
pub mod audit;
pub mod budget;
pub mod call;
pub mod connection;
pub mod crm_target;
pub mod delivery;
pub mod emitter;
pub mod extension;
mod extension_kind;
pub mod grant;
pub mod handler;
pub mod history;
pub mod ids;
pub mod keyring;
pub mod mapping;
pub mod notice;
pub mod notify;
pub mod number;
pub mod public_app;
pub mod secret;
pub mod source;
pub mod token;
