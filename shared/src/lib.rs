//! Ringbridge: calls of a cloud PBX become correct records in a CRM.
//!
//! # Terms
//!
//! *Connection*: one customer's PBX account, its CRM and its policy. *Extension*: a phone, queue or IVR of the PBX.
//! *Mapping*: which CRM user has which extensions. *Subscription*: one of our events on an extension. *Leg*: what one
//! extension went through in a *call*. *Record*: what the CRM logs of a leg, or of a missed call. *Delivery*: a record on its
//! way; it is *claimed* for one *attempt*, which is made in *steps*. To *announce* is to tell at once, for a pop-up. A
//! *notice* is for the administrator, an *alert* for the operator. An item that can't be read is in *quarantine*. A call has
//! *answers*, HTTP has *responses*; a CRM's is a *reply*. *Interactive* work has a person waiting, *background* work has not.
//!
//! # Map
//!
//! Dependencies point one way: [`model`] ← [`rules`] ← [`flow`] ← [`http`] ← the binaries in `functions/`. Adapters know
//! nouns only; [`wiring`] alone names implementations.
//!
//! | | |
//! |---|---|
//! | nouns | [`model`] |
//! | decisions, pure | [`rules`] |
//! | use cases | [`flow`] |
//! | adapters | [`alert`] [`bucket`] [`crm`] [`pbx`] [`post`] [`queue`] [`storage`], over [`aws`], [`http_client`] and [`seal`] |
//! | what a person sees | [`view`], words in `text` |
//! | surface | [`http`] |
//! | process | [`config`] [`clock`] [`error`] [`telemetry`] [`wiring`] |

pub mod alert;
pub mod aws;
pub mod bucket;
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
pub mod post;
pub mod queue;
pub mod recording;
pub mod rules;
pub mod sdk;
pub mod seal;
pub mod storage;
pub mod telemetry;
pub mod text;
pub mod view;
pub mod wiring;
