//! The soak: plays thousands of calls through the local runner while the CRM fails and the runner is killed, then
//! checks every record against an oracle of its own. Lost, duplicated and wrong must be 0.

mod args;
mod crm;
mod report;
mod storm;

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::time::Duration;

use futures_util::future::join_all;
use ringbridge::clock::{Clock as _, SystemClock};
use ringbridge::http_client::{self, Timeouts};
use simulators::crm::{Inbox, Options};
use simulators::outside::{self, Call, Failure, Runner, Setup, Traffic};
use simulators::pbx::{FakePbx, Settings};
use simulators::world::SECRET;

use crate::args::Args;

/// Longer than the hold, a lease and a retry: what comes twice comes within it.
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
    let ended = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(Failure::from);
    match ended.and_then(|runtime| runtime.block_on(all(&args))) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            say(&format!("the soak could not run: {error}"));
            ExitCode::from(2)
        }
    }
}

async fn all(args: &Args) -> Result<bool, Failure> {
    if args.crms.is_empty() {
        return soak(args).await;
    }
    let all = join_all(args.crms.iter().map(|kind| crm::soak(args, kind))).await;
    Ok(all.into_iter().collect::<Result<Vec<_>, _>>()?.into_iter().all(|clean| clean))
}

async fn pbx() -> Result<FakePbx, Failure> {
    let settings = Settings::new(Arc::new(|| SystemClock.now().micros()));
    Ok(FakePbx::start(settings, vec![crm::tenant()]).await?)
}

fn setup(args: &Args, pbx: &FakePbx, data: PathBuf, more: Vec<(&'static str, String)>) -> Setup {
    let mut variables = vec![
        ("RINGBRIDGE_RETRY_DELAYS", ["1s", "2s", "4s", "8s"].repeat(8).join(",")),
        ("RINGBRIDGE_CRM_TIMEOUT", "3s".to_owned()),
    ];
    variables.extend(more);
    Setup {
        program: args.runner.clone(),
        single: args.single,
        data: Some(data),
        pbxs: vec![pbx.origin()],
        retry_every: 0.5,
        variables,
        log: None,
    }
}

/// What the files of a folder take.
fn size(folder: &Path) -> Result<u64, Failure> {
    let sizes = std::fs::read_dir(folder)?.map(|file| Ok(file?.metadata()?.len()));
    sizes.sum::<std::io::Result<u64>>().map_err(Failure::from)
}

async fn soak(args: &Args) -> Result<bool, Failure> {
    let client = http_client::for_pbx(Timeouts::default())?;
    let pbx = pbx().await?;
    let options = Options { keep: usize::MAX, clock: Some(Arc::new(SystemClock)), file: None };
    let inbox = Inbox::start_with(0, SECRET, options)?;
    let data = std::env::temp_dir().join(format!("ringbridge-soak-{}", std::process::id()));
    let runner = Runner::start(setup(args, &pbx, data.clone(), Vec::new()), client.clone()).await?;
    outside::connect(&runner, &client, "Soak", &pbx, &inbox).await?;
    let traffic = Traffic::new(client, &pbx);
    let calls = Arc::new(Call::mixed(args.calls, args.seed));
    inbox.fail_at_random(args.seed, args.crm_faults);
    say(&format!("playing {} calls at {} a second", args.calls, args.rate));
    let kills = AtomicUsize::new(0);
    let began = SystemClock.now();
    let untaken = storm::play(&runner, &traffic, &calls, args, &kills).await?;
    let took = SystemClock.now().since(began);
    inbox.heal();
    let expected: Vec<_> = calls.iter().flat_map(|call| &call.expected).collect();
    let arrived = inbox.wait_until(|state| outside::complete(state, &expected), args.patience).await;
    if !arrived {
        say("not everything arrived in time");
    }
    tokio::time::sleep(QUIET).await;
    let verdict = outside::verify(
        &expected,
        &inbox.records(),
        &*traffic.hangups.lock().await,
        &*traffic.questions.lock().await,
    );
    report::print(&traffic, &verdict, (calls.len(), took), kills.into_inner(), &inbox).await;
    runner.kill().await;
    let bytes = size(&data)?;
    say(&format!("disk         {bytes} bytes, {} a call", bytes / u64::try_from(calls.len().max(1))?));
    // What is left behind in a temporary directory does no harm.
    let _ = std::fs::remove_dir_all(data);
    if untaken > 0 {
        say(&format!("{untaken} calls had events that were never taken"));
    }
    Ok(untaken == 0 && verdict.lost.is_empty() && verdict.duplicated.is_empty() && verdict.wrong.is_empty())
}
