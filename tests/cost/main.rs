//! What a million calls cost: plays calls, counts their requests on the wire and weighs their items, and multiplies by
//! AWS's list prices. `cargo run -p integration-tests --bin cost -- [MILLISECONDS]`, the CRM's time for one answer.

mod prices;

use std::io::Write as _;
use std::process::ExitCode;

use integration_tests::usage::{self, CALLS, Failure};

use crate::prices::{Cost, Usage};

/// A CRM that answers within this is an ordinary one.
const CRM_MILLIS: u32 = 300;

fn say(line: &str) {
    // A closed terminal is no reason to stop.
    let _ = writeln!(std::io::stdout().lock(), "{line}");
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let crm_millis = std::env::args().nth(1).map_or(Some(CRM_MILLIS), |text| text.parse().ok());
    let Some(crm_millis) = crm_millis else {
        say("the CRM's time is a whole number of milliseconds");
        return ExitCode::from(2);
    };
    match run(f64::from(crm_millis)).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say(&error.to_string());
            ExitCode::FAILURE
        }
    }
}

async fn run(crm_millis: f64) -> Result<(), Failure> {
    say(&format!(
        "A million calls of each kind, in dollars ({}; a CRM that answers in {crm_millis} ms):\n",
        prices::OF
    ));
    say(&format!(
        "  {:<20} {:>6} {:>6} {:>6} {:>5} {:>6}  {}",
        "",
        "events",
        "reads",
        "writes",
        "queue",
        "bytes",
        Cost::HEAD
    ));
    for (name, text) in CALLS {
        let usage = Usage::of(&usage::measure(text).await?, crm_millis);
        let Usage { events, reads, writes, messages, stored_bytes, .. } = usage;
        let cost = Cost::of(&usage);
        say(&format!(
            "  {name:<20} {events:>6} {reads:>6} {writes:>6} {messages:>5} {stored_bytes:>6}  {cost}"
        ));
    }
    say(&format!(
        "\nEach month besides, whatever is called: {:.2}; of it {:.0} looks at an empty queue",
        prices::monthly(),
        prices::polls()
    ));
    Ok(())
}
