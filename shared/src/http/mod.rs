//! The HTTP surface: axum routers that are the same objects behind Lambda and behind the local runner.

mod after;
pub mod events;
mod problem;

pub use after::{AfterAnswer, Background};
pub use problem::Problem;
