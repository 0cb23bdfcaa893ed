//! The tests of Ringbridge, in one binary so that it links once.

#![expect(clippy::unwrap_used, reason = "in a test a panic is the report")]

mod architecture;
mod bitrix24;
mod bottlecrm;
mod bounds;
mod calls;
mod cases;
mod citations;
mod config;
mod conformance;
mod contract;
mod costs;
mod counted;
mod crm_errors;
mod faults;
mod hubspot;
mod inbox;
mod infra;
mod kommo;
mod lambda;
mod local;
mod ops;
mod overload;
mod pages;
mod patience;
mod pbx_client;
mod pbx_simulator;
mod plan;
mod reconcile;
mod recordings;
mod records;
mod retailcrm;
mod scale;
mod settings;
mod single;
mod stories;
mod template;
mod texts;
mod timeline;
mod told;
mod webhook;
