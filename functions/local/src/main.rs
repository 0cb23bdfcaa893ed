//! Ringbridge on a laptop: the three functions' routes in one process, with everything they need embedded.

mod args;
mod demo;
mod index;
mod portal;
mod print;
mod request_log;
mod serve;
mod stack;
mod test_calls;

use std::process::ExitCode;

use mimalloc::MiMalloc;
use ringbridge::error::chain;
use ringbridge::telemetry;
use ringbridge_local::{secrets, single, smtp, work};

#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    let args = match args::parse(lexopt::Parser::from_env()) {
        Ok(args) => args,
        Err(error) => {
            print::error(&format!("{error}; try --help"));
            return ExitCode::from(2);
        }
    };
    if let Some(text) = args.says {
        print::line(text);
        return ExitCode::SUCCESS;
    }
    telemetry::start(telemetry::Format::Plain, &serve::log_filter());
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            print::error(&format!("no runtime: {error}"));
            return ExitCode::FAILURE;
        }
    };
    match runtime.block_on(serve::run(args)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            print::error(&chain(error.as_ref()));
            ExitCode::FAILURE
        }
    }
}
