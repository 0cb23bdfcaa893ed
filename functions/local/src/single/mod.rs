//! One machine for real (infra/single-machine.md): one process serves, one data folder holds everything.

mod alarms;
mod args;
mod backup;
mod clock;
mod door;
pub mod folder;
mod health;
mod mail;
mod moving;
mod say;
mod serve;
mod tally;
mod tls;
mod watch;

use std::error::Error;
use std::process::ExitCode;

use ringbridge::config::Config;
use ringbridge::error::chain;
use ringbridge::telemetry;

use self::args::Task;

/// Whatever keeps a task from being done; its text is one line.
type Failure = Box<dyn Error + Send + Sync>;

/// What is logged unless `RINGBRIDGE_LOG` says otherwise: what went wrong.
const LOG: &str = "error,ringbridge=warn,ringbridge_local=warn";

/// Does what the command line says.
pub fn main(parser: lexopt::Parser) -> ExitCode {
    let task = match args::parse(parser) {
        Ok(task) => task,
        Err(error) => {
            say::error(&format!("{error}; try --help"));
            return ExitCode::from(2);
        }
    };
    let done = match task {
        Task::Help => {
            say::line(args::HELP);
            Ok(())
        }
        Task::Version => {
            say::line(concat!("ringbridge ", env!("CARGO_PKG_VERSION")));
            Ok(())
        }
        Task::Serve(args) => run(serve::run(args)),
        Task::Backup { data, to, key } => run(async move { backup::back_up(&data, &to, key) }),
        Task::Restore { from, data } => run(async move { backup::restore(&from, &data) }),
        Task::Move { data, table } => run(moving::move_to(data, table)),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say::error(&chain(error.as_ref()));
            ExitCode::FAILURE
        }
    }
}

fn run(task: impl Future<Output = Result<(), Failure>>) -> Result<(), Failure> {
    let log = Config::log_from_env().unwrap_or_else(|| LOG.to_owned());
    telemetry::start(telemetry::Format::Plain, &log);
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(task)
}
