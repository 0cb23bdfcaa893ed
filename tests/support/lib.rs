//! The world in which Ringbridge is tested: stateful fakes that speak their wire protocols.

pub mod crm;
