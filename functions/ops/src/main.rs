//! What an operator asks and does, at the terminal, with the variables and the credentials of the functions
//! (infra/runbook.md). It answers in plain text, or with `--json` in JSON.

mod args;
mod call;
mod connections;
mod dead_letters;
mod print;
mod trouble;
mod work;

use std::process::ExitCode;

use ringbridge::error::chain;
use ringbridge::telemetry;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let asked = match args::parse(lexopt::Parser::from_env()) {
        Ok(asked) => asked,
        Err(error) => {
            print::error(&format!("{error}; try --help"));
            return ExitCode::from(2);
        }
    };
    telemetry::start(telemetry::Format::Plain, "warn");
    match work::answer(asked.command).await {
        Ok(answer) => print::answer(&answer, asked.json),
        Err(error) => {
            print::error(&chain(&error));
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}
