//! The administrator's pages over their router, as a browser without script sees them.

pub(crate) mod browser;
mod counting;
mod finding;
mod health;
mod mapping;
mod resending;
mod sessions;
mod settings;
