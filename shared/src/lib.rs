//! Ringbridge: calls of a cloud PBX become correct records in a CRM.
//!
//! Dependencies point one way: nouns ← [`rules`] ← [`flow`] ← [`http`] ← the binaries in `functions/`. Adapters know
//! nouns only; [`wiring`] alone names implementations.
//!
//! | | |
//! |---|---|
//! | nouns | [`audit`] [`call`] [`connection`] [`delivery`] [`extension`] [`handler`] [`history`] [`ids`] [`keyring`] [`mapping`] [`notice`] [`number`] [`secret`] [`source`] [`token`] |
//! | decisions, pure | [`rules`] |
//! | use cases | [`flow`] |
//! | adapters | [`crm`] [`notify`] [`pbx`] [`queue`] [`storage`], over [`http_client`] and [`seal`] |
//! | surface | [`http`] |
//! | process | [`config`] [`clock`] [`error`] [`telemetry`] [`wiring`] |

pub mod audit;
pub mod call;
pub mod clock;
pub mod config;
pub mod connection;
pub mod crm;
pub mod delivery;
pub mod error;
pub mod extension;
pub mod flow;
pub mod handler;
pub mod history;
pub mod http;
pub mod http_client;
pub mod ids;
pub mod keyring;
pub mod mapping;
pub mod metrics;
pub mod notice;
pub mod notify;
pub mod number;
pub mod pbx;
pub mod queue;
pub mod rules;
pub mod sdk;
pub mod seal;
pub mod secret;
pub mod source;
pub mod storage;
pub mod telemetry;
pub mod token;
pub mod wiring;
