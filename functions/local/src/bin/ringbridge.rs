//! Ringbridge on one machine: serve, back up, restore, move to AWS.

use std::process::ExitCode;

use ringbridge_local::single;

fn main() -> ExitCode {
    single::main(lexopt::Parser::from_env())
}
