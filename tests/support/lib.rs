//! The world in which Ringbridge is tested and tried out: stateful fakes that speak the wire protocols.

pub mod aws;
pub mod bitrix24;
pub mod bottlecrm;
pub mod cases;
pub mod clock;
pub mod crm;
pub mod hubspot;
pub mod kommo;
pub mod lambda;
pub mod ledger;
pub mod look;
#[path = "../model/mod.rs"]
pub mod model;
pub mod net;
pub mod outside;
mod page;
pub mod patience;
pub mod pbx;
pub mod posting;
pub mod proxy;
pub mod random;
mod range;
pub mod retailcrm;
pub mod s3;
pub mod scale;
pub mod ses;
pub mod settled;
mod signature;
pub mod site;
pub mod smtp;
pub mod template;
pub mod template_crms;
pub mod usage;
mod variables;
pub mod world;
