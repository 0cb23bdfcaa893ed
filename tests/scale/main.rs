//! What is met on the way to 100,000 connections: simulates busy hours by the model of `tests/support/scale`, whose
//! calls are measured first. `cargo run --release -p integration-tests --bin scale`.

mod args;
mod limits;
mod table;

use std::io::Write as _;
use std::process::ExitCode;

use integration_tests::scale::{Load, Outage, Outcome, Settings, simulate};
use integration_tests::template;
use integration_tests::usage::{self, CALLS, Failure, Profile};

use crate::args::Args;

/// Batches side by side that infra/README.md says to begin with.
const BATCHES: usize = 50;

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
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(Failure::from);
    match runtime.and_then(|runtime| runtime.block_on(profiles())).and_then(|profiles| run(&args, &profiles))
    {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say(&format!("the model could not run: {error}"));
            ExitCode::FAILURE
        }
    }
}

async fn profiles() -> Result<Vec<Profile>, Failure> {
    let mut profiles = Vec::new();
    for (_, text) in CALLS {
        profiles.push(usage::profile(text).await?);
    }
    Ok(profiles)
}

fn run(args: &Args, profiles: &[Profile]) -> Result<(), Failure> {
    let template = template::read(include_str!("../../infra/template.yaml")).ok_or("no template")?;
    let settings = Settings::of(&template).ok_or("the template lacks something")?;
    let model = Model::new(args, profiles, settings);
    let hours: Vec<_> = args.connections.iter().map(|count| (*count, model.hours(*count))).collect();
    table::print(&model, &hours);
    if args.searches {
        limits::print(&model);
    }
    Ok(())
}

/// What is simulated.
pub(crate) struct Model<'a> {
    args: &'a Args,
    profiles: &'a [Profile],
    pub(crate) settings: Settings,
    /// The template as it is; then with room for every event, and with more batches of the queue too.
    pub(crate) modes: [Settings; 3],
}

/// One mode's ordinary hour, and the one with an outage.
pub(crate) type Hours = (Outcome, Outcome);

impl<'a> Model<'a> {
    fn new(args: &'a Args, profiles: &'a [Profile], settings: Settings) -> Self {
        let room = settings.with_room();
        let modes = [settings.clone(), room.clone(), room.with_source(BATCHES)];
        Self { args, profiles, settings, modes }
    }

    /// Both hours in all modes, side by side.
    pub(crate) fn hours(&self, connections: u32) -> Vec<Hours> {
        let Args { span, seed, .. } = *self.args;
        let hour = |outage| {
            let load = Load { connections, span, outage, seed };
            simulate(load, self.profiles, &self.modes)
        };
        let (ordinary, outage) = std::thread::scope(|scope| {
            let ordinary = scope.spawn(|| hour(Outage::default()));
            let outage = hour(Outage::within(span));
            (ordinary.join().unwrap_or_default(), outage)
        });
        ordinary.into_iter().zip(outage).collect()
    }
}
