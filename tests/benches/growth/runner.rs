//! The local runner as a process of its own: events a second, in memory and on disk.

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
use crate::subject;

/// Calls on their way at once.
const WIDTH: usize = 32;
/// Customers whose calls they are.
const CUSTOMERS: usize = 8;
const SEED: u64 = 20_261_128;

pub(crate) async fn run(args: &Args, report: &mut Report) -> Result<(), Failure> {
    let program = subject::runner(args)?;
    if !program.exists() {
        report.skip("the local runner", &format!("{} is missing", program.display()));
        return Ok(());
    }
    let data = args.out.join("runner");
    let mut table = Table::new("The local runner", &["data", "events", "events a second"]);
    for (name, data, goal) in [("in memory", None, 1_500.0), ("on disk", Some(data.clone()), 800.0)] {
        let setup = Setup { program: Some(program.clone()), data, retry_every: 0.5, ..Setup::default() };
        let (events, seconds) = play(args.rounds(1_600, 400), setup).await?;
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

/// How many events were taken, and in how many seconds. Several customers, so that no phone's events are a flood.
async fn play(calls: usize, setup: Setup) -> Result<(u64, f64), Failure> {
    let client = http_client::for_pbx(Timeouts::default())?;
    let mut pbxs = Vec::new();
    for _ in 0..CUSTOMERS {
        let tenant = Tenant::demo().with_second_queue().with_unheard_phone();
        let settings = Settings::new(Arc::new(|| SystemClock.now().micros()));
        pbxs.push(FakePbx::start(settings, vec![tenant]).await?);
    }
    let inbox = Inbox::start_with(0, SECRET, Options::default())?;
    let setup = Setup { pbxs: pbxs.iter().map(FakePbx::origin).collect(), ..setup };
    let runner = Runner::start(setup, client.clone()).await?;
    let mut customers = Vec::new();
    for (pbx, number) in pbxs.iter().zip(1..) {
        outside::connect(&runner, &client, &format!("Bench {number}"), pbx, &inbox).await?;
        let calls = Call::mixed(calls / CUSTOMERS, SEED + number);
        customers.push((Traffic::new(client.clone(), pbx), calls));
    }
    let calls: Vec<_> =
        customers.iter().flat_map(|(traffic, calls)| calls.iter().map(move |call| (traffic, call))).collect();
    let began = Instant::now();
    let taken = futures_util::stream::iter(calls).map(|(traffic, call)| traffic.play(call));
    let untaken = taken.buffer_unordered(WIDTH).filter(|taken| std::future::ready(!taken)).count().await;
    let seconds = began.elapsed().as_secs_f64();
    runner.kill().await;
    if untaken > 0 {
        return Err(format!("{untaken} calls had events that were never taken").into());
    }
    Ok((customers.iter().map(|(traffic, _)| traffic.events.load(Ordering::Relaxed)).sum(), seconds))
}
