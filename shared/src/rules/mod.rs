//! The rules: pure, synchronous, without time, randomness or I/O of their own.

pub mod delivery;
pub mod leg;
pub mod missed;
pub mod plan;
pub mod retry;
pub mod scope;
pub mod step;
pub mod verdict;
