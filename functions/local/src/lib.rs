//! What the local runner and `ringbridge`, the program for one machine, have in common, and the latter's own parts.

pub mod secrets;
pub mod single;
pub mod smtp;
pub mod work;
