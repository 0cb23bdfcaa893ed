//! The HTTP surface: axum routers that are the same objects behind Lambda and behind the local runner.

mod after;
mod answer;
pub mod api;
mod body;
pub mod events;
mod followed;
mod form;
pub mod front;
mod pages;
pub(crate) mod problem;
pub mod settings;
pub mod simulator;
mod stage;
mod uniform;

pub use after::Background;
pub use answer::{AnswerBody, whole};
pub use followed::{GatewayRequest, followed};
pub use problem::Problem;
pub use stage::without_stage;
pub use uniform::MALFORMED;
