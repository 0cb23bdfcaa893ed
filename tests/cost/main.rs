//! What a million calls cost: plays calls, reads their requests off the wire and counts DynamoDB's units, counts the
//! lines they log, and multiplies by AWS's list prices. Fails if a call costs more than it may.
//! `cargo run -p integration-tests --bin cost -- [MILLISECONDS]`, the CRM's time for one answer.

#[path = "report.rs"]
mod report;

use std::io::Write as _;
use std::process::ExitCode;

use simulators::usage::Failure;

fn say(line: &str) {
    // A closed terminal is no reason to stop.
    let _ = writeln!(std::io::stdout().lock(), "{line}");
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let args: Vec<_> = std::env::args().skip(1).collect();
    let done = match args.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => run(report::CRM_MILLIS).await,
        [report::ARGUMENT, number] => report::print(number).await.map(|()| true),
        [millis] => match millis.parse() {
            Ok(millis) => run(millis).await,
            Err(_) => Err("the CRM's time is a whole number of milliseconds".into()),
        },
        _ => Err("only the CRM's time is taken, in milliseconds".into()),
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            say(&error.to_string());
            ExitCode::from(2)
        }
    }
}

/// Prints everything; answers whether each kind costs no more than it may.
async fn run(crm_millis: u32) -> Result<bool, Failure> {
    let (text, allowed) = report::run(crm_millis).await?;
    say(text.trim_end());
    Ok(allowed)
}
