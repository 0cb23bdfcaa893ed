//! Ringbridge on one machine: serve, back up, restore, move to AWS.

use std::process::ExitCode;

use mimalloc::MiMalloc;
use ringbridge_local::single;

#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    single::main(lexopt::Parser::from_env())
}
