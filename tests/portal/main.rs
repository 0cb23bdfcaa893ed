//! A simulated Bitrix24 portal for a program in another language, which says line by line on standard input what the
//! portal is to know, and reads on standard output what it understood. `.ci/bitrix24` replays requests against it.

use std::io::{self, BufRead as _, Write as _};
use std::process::ExitCode;
use std::sync::Arc;

use ringbridge::clock::Timestamp;
use serde_json::{Value, json};
use simulators::bitrix24::{CLIENT_ID, CLIENT_SECRET, Portal};
use simulators::clock::ManualClock;
use simulators::world::NOON;

fn main() -> ExitCode {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    match runtime.and_then(|runtime| runtime.block_on(serve())) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(io::stderr().lock(), "portal: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn serve() -> io::Result<()> {
    let clock = Arc::new(ManualClock::at(NOON));
    let portal = Portal::start(0, clock.clone())?;
    say(&json!({ "url": portal.url(), "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET }))?;
    tokio::task::spawn_blocking(move || obey(&portal, &clock)).await?
}

/// Until there is nobody who says anything. A note of a request makes the portal what that request met, and `null` asks
/// what it understood since.
fn obey(portal: &Portal, clock: &ManualClock) -> io::Result<()> {
    for line in io::stdin().lock().lines() {
        let note: Value = serde_json::from_str(&line?)?;
        if note.is_null() {
            say(&understood(portal))?;
        } else {
            clock.set(Timestamp::from_micros(note["at"].as_i64().unwrap_or_default()));
            portal.become_as_noted(&note)?;
            say(&json!({}))?;
        }
    }
    Ok(())
}

fn understood(portal: &Portal) -> Value {
    let state = portal.state();
    let asked: Value = state.asked.iter().map(|asked| json!([asked.method, asked.params])).collect();
    json!({ "asked": asked, "renewals": state.renewals, "refresh": state.refresh() })
}

fn say(answer: &Value) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{answer}")?;
    out.flush()
}
