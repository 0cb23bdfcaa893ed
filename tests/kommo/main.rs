//! A simulated Kommo account for a program in another language, which says line by line on standard input what is to go
//! wrong next, and reads on standard output what stands there. `.ci/kommo` drives it with a client that is not ours.

use std::io::{self, BufRead as _, Write as _};
use std::process::ExitCode;
use std::sync::Arc;

use serde_json::{Value, json};
use simulators::clock::ManualClock;
use simulators::kommo::{
    ACCOUNT, API_DOMAIN, CLIENT_ID, CLIENT_SECRET, CODE, Kommo, KommoFault, LONG_LIVED, REDIRECT,
};
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

async fn serve() -> io::Result<()> {
    let crm = Kommo::start(0, Arc::new(ManualClock::at(NOON)))?;
    say(&json!({ "url": crm.url(), "account": ACCOUNT, "api_domain": API_DOMAIN, "client_id": CLIENT_ID,
        "client_secret": CLIENT_SECRET, "redirect_uri": REDIRECT, "code": CODE, "token": LONG_LIVED }))?;
    tokio::task::spawn_blocking(move || obey(&crm)).await?
}

/// Until there is nobody who says anything: `{"fail": 429}` or `{"field": true}` for the next request, `{"account": …}` for
/// another address, `{"unique": …}` for whether keys are; anything is answered by what stands there.
fn obey(crm: &Kommo) -> io::Result<()> {
    for line in io::stdin().lock().lines() {
        let wish: Value = serde_json::from_str(&line?)?;
        if let Some(status) = wish["fail"].as_u64().and_then(|status| u16::try_from(status).ok()) {
            crm.fail(None, KommoFault::Problem(status));
        }
        if wish["field"] == true {
            crm.fail(None, KommoFault::Field("entity_id"));
        }
        if wish["lost"] == true {
            crm.fail(None, KommoFault::LostAnswer);
        }
        if let Some(account) = wish["account"].as_str() {
            account.clone_into(&mut crm.state().account);
        }
        if let Some(number) = wish["contact"].as_str() {
            crm.state().add_contact(number, 1, NOON);
        }
        let state = crm.state();
        let said = json!({ "notes": state.notes, "contacts": state.contacts, "asked": state.asked,
            "renewals": state.renewals, "spent_twice": state.spent_twice, "refresh": state.refresh() });
        drop(state);
        say(&said)?;
    }
    Ok(())
}

fn say(answer: &Value) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{answer}")?;
    out.flush()
}
