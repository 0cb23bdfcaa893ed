//! A simulated HubSpot account for a program in another language, which ends it. `.ci/hubspot` asks it through HubSpot's own
//! client.

use std::io::{self, Read as _, Write as _};
use std::process::ExitCode;
use std::sync::Arc;

use serde_json::json;
use simulators::clock::ManualClock;
use simulators::hubspot::{CLIENT_ID, CLIENT_SECRET, CODE, HubSpot, TOKEN};
use simulators::world::NOON;

fn main() -> ExitCode {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    match runtime.and_then(|runtime| runtime.block_on(serve())) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(io::stderr().lock(), "account: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Until standard input ends.
async fn serve() -> io::Result<()> {
    let account = HubSpot::start(0, Arc::new(ManualClock::at(NOON)))?;
    let told = json!({ "url": account.url(), "token": TOKEN, "client_id": CLIENT_ID,
        "client_secret": CLIENT_SECRET, "code": CODE });
    writeln!(io::stdout().lock(), "{told}")?;
    tokio::task::spawn_blocking(|| io::stdin().read_to_end(&mut Vec::new())).await??;
    Ok(())
}
