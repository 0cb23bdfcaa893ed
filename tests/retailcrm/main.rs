//! A simulated RetailCRM for a program in another language, which reads on standard output where it is, and for each line
//! that it writes on standard input what was understood since. `.ci/retailcrm` drives it.

use std::io::{self, BufRead as _, Write as _};
use std::process::ExitCode;

use serde_json::{Value, json};
use simulators::retailcrm::{API_KEY, RetailCrm};

fn main() -> ExitCode {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    match runtime.and_then(|runtime| runtime.block_on(serve())) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(io::stderr().lock(), "retailcrm: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn serve() -> io::Result<()> {
    let crm = RetailCrm::start(0)?;
    say(&json!({ "url": crm.url(), "api_key": API_KEY }))?;
    tokio::task::spawn_blocking(move || {
        for line in io::stdin().lock().lines() {
            line?;
            let understood = std::mem::take(&mut crm.state().understood);
            say(&json!({ "understood": understood, "calls": crm.logged().len() }))?;
        }
        Ok(())
    })
    .await?
}

fn say(answer: &Value) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{answer}")?;
    out.flush()
}
