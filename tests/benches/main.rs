//! How fast and how small the built functions are, measured from outside in one run: beside an empty function, one with
//! the same clients, one that makes the bare round trips, and handlers in Node.js and Python. See README.md here.

mod args;
mod callgrind;
mod cold;
#[path = "../cost/report.rs"]
mod cost;
mod decide;
mod events;
mod figures;
mod growth;
mod guard;
mod process;
mod report;
mod stage;
mod stats;
mod subject;
mod svg;
mod tls;
mod trips;
mod warm;

use std::process::ExitCode;

use simulators::outside::Failure;

use crate::args::Args;
use crate::report::{Report, say};
use crate::stage::Stage;
use crate::trips::Trips;

fn main() -> ExitCode {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(Failure::from);
    match runtime.and_then(|runtime| runtime.block_on(chosen())) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            say(&format!("the benches could not be made: {error}"));
            ExitCode::from(2)
        }
    }
}

async fn chosen() -> Result<bool, Failure> {
    // The part on costs plays a call in a process of its own.
    let given: Vec<_> = std::env::args().skip(1).collect();
    if let [argument, number] = &given[..]
        && argument == cost::ARGUMENT
    {
        return cost::print(number).await.map(|()| true);
    }
    let args = args::parse(lexopt::Parser::from_env()).map_err(|error| format!("{error}; try --help"))?;
    if args.help {
        say(args::HELP);
        return Ok(true);
    }
    Box::pin(measured(&args)).await
}

/// Measures what is asked for; answers whether the guard has nothing to say.
async fn measured(args: &Args) -> Result<bool, Failure> {
    let mut report = Report::default();
    let directory = subject::directory(args)?;
    let head = format!(
        "Functions of `{}`, {} on {} cores. Times are only comparable within this run.",
        directory.display(),
        std::env::consts::ARCH,
        std::thread::available_parallelism().map_or(1, usize::from)
    );
    say(&head);
    let mut guarded = true;
    let compared = args.wants("cold") || args.wants("warm");
    if compared || args.wants("guard") {
        let functions = subject::functions(&directory)?;
        let stage = Stage::new(&args.out).await?;
        let trips = Trips::record(&stage, &functions[0], events::of_each_kind(0)).await?;
        if compared {
            let mut subjects = subject::built(&directory)?;
            subjects.extend(subject::handlers(&args.out.canonicalize()?.join("handlers"), &mut report));
            if args.wants("cold") {
                cold::run(args, &stage, &subjects, &trips, &mut report).await?;
            }
            if args.wants("warm") {
                warm::run(args, &stage, &subjects, &trips, &mut report).await?;
            }
        }
        if args.wants("guard") {
            guarded = guard::run(args, &stage, &functions, &trips, &mut report).await?;
        }
    }
    if args.wants("decide") {
        decide::run(args, &Stage::new(&args.out).await?, &mut report).await?;
    }
    if args.wants("growth") {
        growth::run(args, &directory, &mut report).await?;
    }
    if args.wants("due") {
        growth::due(args, &directory, &mut report).await?;
    }
    if args.wants("runner") {
        growth::runner(args, &mut report).await?;
    }
    if args.wants("cost") {
        let (text, _) = cost::run(cost::CRM_MILLIS).await?;
        say(&text);
        report.text("Requests, units, bytes and their price", &text);
    }
    report.write(&args.out, &head)?;
    Ok(guarded)
}
