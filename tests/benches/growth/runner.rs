//! The local runner as a process of its own: events a second, in memory and on disk.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use futures_util::StreamExt as _;
use ringbridge::clock::{Clock as _, SystemClock};
use ringbridge::http_client::{self, Timeouts};
use simulators::crm::{Inbox, Options};
use simulators::outside::{self, Call, Failure, Runner, Setup, Traffic};
use simulators::pbx::{FakePbx, Settings, Tenant};
use simulators::world::SECRET;
use tokio::time::Instant;

use crate::args::Args;
use crate::report::{Report, Table};
use crate::stats::number;

/// Calls on their way at once.
const WIDTH: usize = 32;
const SEED: u64 = 20_261_128;

pub(super) async fn run(args: &Args, directory: &Path, report: &mut Report) -> Result<(), Failure> {
    let program = directory.join("ringbridge-local");
    if !program.exists() {
        report.skip("the local runner", &format!("{} is missing", program.display()));
        return Ok(());
    }
    let data = args.out.join("runner");
    let mut table = Table::new("The local runner", &["data", "events", "events a second"]);
    for (name, data, goal) in [("in memory", None, 1_500.0), ("on disk", Some(data.clone()), 800.0)] {
        let setup = Setup { program: Some(program.clone()), data, retry_every: 0.5, ..Setup::default() };
        let (events, seconds) = play(args.rounds(2_000, 300), setup).await?;
        let pace = number(events) / seconds;
        table.row([name.to_owned(), events.to_string(), format!("{pace:.0}")]);
        report.at_least(&format!("events a second of the local runner, {name}"), pace, goal);
    }
    report.table(table);
    if data.exists() {
        std::fs::remove_dir_all(data)?;
    }
    Ok(())
}

/// How many events were taken, and in how many seconds.
async fn play(calls: usize, setup: Setup) -> Result<(u64, f64), Failure> {
    let client = http_client::for_pbx(Timeouts::default())?;
    let tenant = Tenant::demo().with_second_queue().with_unheard_phone();
    let pbx = FakePbx::start(Settings::new(Arc::new(|| SystemClock.now().micros())), vec![tenant]).await?;
    let inbox = Inbox::start_with(0, SECRET, Options::default())?;
    let setup = Setup { pbxs: vec![pbx.origin()], ..setup };
    let runner = Runner::start(setup, client.clone()).await?;
    outside::connect(&runner, &client, "Bench", &pbx, &inbox).await?;
    let traffic = Traffic::new(client, &pbx);
    let calls = Call::mixed(calls, SEED);
    let began = Instant::now();
    let taken = futures_util::stream::iter(&calls).map(|call| traffic.play(call)).buffer_unordered(WIDTH);
    let untaken = taken.filter(|taken| std::future::ready(!taken)).count().await;
    let seconds = began.elapsed().as_secs_f64();
    runner.kill().await;
    if untaken > 0 {
        return Err(format!("{untaken} calls had events that were never taken").into());
    }
    Ok((traffic.events.load(Ordering::Relaxed), seconds))
}
