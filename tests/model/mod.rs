//! A model of time: calls told as stories, from which follow, each by its own way, the records that must be left (the
//! truth), the events that the PBX posts, and what its history says afterwards.
//!
//! The model reads the vendor's rules by itself and shares no code with the product or with the simulated PBX, so that
//! it can disagree with both. A story knows who called whom, who took it and who did not; the truth is written down by
//! whoever tells the story, never derived from events. Then the events arrive: in order or not, with pauses that straddle
//! the hold, repeated, lost; attempts at the CRM fail in between; the retry job runs as a scheduler would drive it. At
//! the end the CRM must hold exactly the truth.
//!
//! - [`kinds`]: the kinds of calls. `tale`: the words in which they are told. `leg`: what a leg was.
//! - `wire`: events. `history`: the history. `truth`: records, and how they are compared.
//! - `arrival`: orders, pauses, repeats, losses. [`run`]: plays a batch in one site and reports what differs.

mod arrival;
mod history;
pub mod kinds;
mod leg;
mod random;
pub mod run;
mod tale;
mod truth;
mod wire;

pub use self::arrival::Weather;
pub use self::run::{Plan, Report, run};
