//! Ringbridge: calls of a cloud PBX become correct records in a CRM.
//!
//! Dependencies point one way: [`model`] ← [`rules`] ← [`flow`] ← [`http`] ← the binaries in `functions/`. Adapters know
//! nouns only; [`wiring`] alone names implementations.
//!
//! | | |
//! |---|---|
//! | nouns | [`model`] |
//! | decisions, pure | [`rules`] |
//! | use cases | [`flow`] |
//! | adapters | [`alert`] [`crm`] [`pbx`] [`queue`] [`storage`], over [`http_client`] and [`seal`] |
//! | surface | [`http`] |
//! | process | [`config`] [`clock`] [`error`] [`telemetry`] [`wiring`] |

pub mod alert;
pub mod clock;
pub mod config;
pub mod crm;
pub mod error;
pub mod flow;
pub mod http;
pub mod http_client;
pub mod metrics;
pub mod model;
pub mod pbx;
pub mod queue;
pub mod recording;
pub mod rules;
pub mod sdk;
pub mod seal;
pub mod storage;
pub mod telemetry;
pub mod wiring;
