//! The local runner from outside: a process of its own, connected over the public routes, that calls are posted to; and
//! what its CRM must have of them.

mod connect;
mod oracle;
mod runner;
mod settle;
mod traffic;
mod verify;

pub use self::connect::{ask, connect, connect_to};
pub use self::oracle::{Expected, Key};
pub use self::runner::{Runner, Setup, lasting_port};
pub use self::settle::settle;
pub use self::traffic::{Call, Traffic, with_own_parties};
pub use self::verify::{Verdict, complete, verify};

/// Something outside failed; says what.
pub type Failure = Box<dyn std::error::Error + Send + Sync>;
