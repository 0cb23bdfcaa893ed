//! Isolation: three customers of one local runner, a process of its own. The CRM of one hangs with a thousand records
//! due, an event URL of the second is flooded, and the third one's records must come in time all the same.

mod args;
mod customer;
mod log;
mod play;
mod report;

use std::collections::BTreeMap;
use std::io::Write as _;
use std::process::ExitCode;
use std::time::Duration;

use ringbridge::http_client::{self, Timeouts};
use simulators::crm::{CrmFault, Inbox};
use simulators::outside::{self, Call, Expected, Failure, Runner, Setup, Traffic, Verdict};
use tokio::time::Instant;

use crate::args::Args;
use crate::customer::Customer;
use crate::report::{Healed, Report};

/// More than the CRM is asked while it hangs.
const ENDLESS: usize = 100_000;
/// Longer than the hold and a retry run: what comes twice comes within it.
const QUIET: Duration = Duration::from_secs(15);

fn say(line: &str) {
    // A closed terminal is no reason to stop.
    let _ = writeln!(std::io::stdout().lock(), "{line}");
}

fn main() -> ExitCode {
    let args = match args::parse(lexopt::Parser::from_env()) {
        Ok(args) if args.help => {
            say(args::HELP);
            return ExitCode::SUCCESS;
        }
        Ok(args) => args,
        Err(error) => {
            say(&format!("{error}; try --help"));
            return ExitCode::from(2);
        }
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(Failure::from);
    match runtime.and_then(|runtime| runtime.block_on(isolation(&args))) {
        Ok(report) if report.print() => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(error) => {
            say(&format!("it could not run: {error}"));
            ExitCode::from(2)
        }
    }
}

async fn isolation(args: &Args) -> Result<Report, Failure> {
    let client = http_client::for_pbx(Timeouts::default())?;
    let (hanging, flooded, ordinary) =
        (Customer::start().await?, Customer::start().await?, Customer::start().await?);
    let log = std::env::temp_dir().join(format!("ringbridge-isolation-{}.log", std::process::id()));
    let setup = Setup {
        program: args.runner.clone(),
        single: false,
        pbxs: [&hanging, &flooded, &ordinary].map(Customer::pbx_origin).to_vec(),
        retry_every: 1.0,
        variables: vec![("RINGBRIDGE_LOG", "error,ringbridge=info".to_owned())],
        log: Some(log.clone()),
        ..Setup::default()
    };
    let runner = Runner::start(setup, client.clone()).await?;
    let h = hanging.connect("Hanging", &runner, &client).await?;
    let f = flooded.connect("Flooded", &runner, &client).await?;
    let t = ordinary.connect("Ordinary", &runner, &client).await?;

    hanging.inbox.fail_next(ENDLESS, &CrmFault::Hang);
    let due = play::due(&h, &hanging.cast, args.due, args.seed).await;
    if due.len() < args.due {
        return Err(format!("only {} of {} hangups were taken", due.len(), args.due).into());
    }
    if !hanging.inbox.wait_until(|state| state.counters.requests > 0, args.patience).await {
        return Err("the CRM that is to hang was not asked".into());
    }
    say(&format!("{} records wait for a CRM that hangs; playing {} s", due.len(), args.seconds.as_secs()));
    let began = Instant::now();
    let until = began + args.seconds;
    let (statuses, (calls, untaken)) = tokio::join!(
        flat(tokio::spawn(play::flood(f, flooded.cast.clone(), args.flood, until, args.seed ^ 0xf))),
        flat(tokio::spawn(play::ordinary(t.clone(), ordinary.cast.clone(), args.rate, until, args.seed))),
    );
    let flood = (statuses, began.elapsed());
    let verdict = judge(&calls, &ordinary.inbox, &t, args.patience).await;
    let asked = (hanging.inbox.counters().requests, hanging.inbox.most_at_once());
    let while_it_hung = log::runs(&log)?;
    say("now the CRM answers");
    hanging.inbox.heal();
    let healed = healed(&hanging.inbox, &due, args.patience).await;
    runner.kill().await;
    let runs = (while_it_hung, log::runs(&log)?);
    // What is left behind in a temporary directory does no harm.
    let _ = std::fs::remove_file(log);
    Ok(Report { ordinary: verdict, untaken, flood, asked, runs, healed })
}

/// A task that panicked has nothing to show.
async fn flat<T: Default>(task: tokio::task::JoinHandle<T>) -> T {
    task.await.unwrap_or_default()
}

async fn judge(calls: &[Call], inbox: &Inbox, traffic: &Traffic, patience: Duration) -> Verdict {
    let expected: Vec<&Expected> = calls.iter().flat_map(|call| &call.expected).collect();
    if !inbox.wait_until(|state| outside::complete(state, &expected), patience).await {
        say("not everything of the ordinary customer arrived in time");
    }
    tokio::time::sleep(QUIET).await;
    let (hangups, questions) = (traffic.hangups.lock().await, traffic.questions.lock().await);
    outside::verify(&expected, &inbox.records(), &hangups, &questions)
}

/// Waits for the records of these calls, each of which has one.
async fn healed(inbox: &Inbox, due: &[String], patience: Duration) -> Healed {
    let began = Instant::now();
    inbox.wait_until(|state| state.standing().count() >= due.len(), patience).await;
    let after = began.elapsed();
    tokio::time::sleep(QUIET).await;
    let mut found: BTreeMap<&str, usize> = due.iter().map(|call| (call.as_str(), 0)).collect();
    let records = inbox.standing();
    for record in &records {
        let call = record.data["call_id"].as_str().unwrap_or_default();
        // Told under one id alone: a repeat of it is known by it.
        *found.entry(call).or_default() += record.message_ids.len();
    }
    let doubled = found.values().filter(|times| **times > 1).count();
    let arrived = due.iter().filter(|call| found.get(call.as_str()).is_some_and(|times| *times > 0)).count();
    Healed { due: due.len(), arrived, doubled, after }
}
