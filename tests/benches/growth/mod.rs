//! What one event, one retry run, one change of the mapping takes as its surroundings grow; and how many events a second
//! the local runner takes.

mod calls;
mod due;
mod mapping;
mod runner;

use std::path::Path;

use simulators::outside::Failure;

use crate::args::Args;
use crate::report::{Report, Table};
use crate::subject;

pub(crate) use self::runner::run as runner;

/// What is told flat may grow by so much.
const FLAT: f64 = 1.1;

/// Measures events and changes of a mapping.
pub(crate) async fn run(args: &Args, directory: &Path, report: &mut Report) -> Result<(), Failure> {
    let built = subject::built(directory)?;
    let mut table = Table::new("Growth", &["what", "small", "large", "large / small"]);
    calls::run(args, &built, &mut table, report).await?;
    mapping::run(args, &built, &mut table, report).await?;
    report.table(table);
    Ok(())
}

/// Measures runs of the retry job.
pub(crate) async fn due(args: &Args, directory: &Path, report: &mut Report) -> Result<(), Failure> {
    let mut table = Table::new("Retry runs", &["what", "small", "large", "large / small"]);
    due::run(args, &subject::functions(directory)?, &mut table, report).await?;
    report.table(table);
    Ok(())
}

/// A row of two figures and what is between them.
fn row(table: &mut Table, what: &str, small: (String, f64), large: (String, f64)) -> f64 {
    let ratio = large.1 / small.1;
    let shown = |(size, figure): (String, f64)| format!("{size}: {figure:.2}");
    table.row([what.to_owned(), shown(small), shown(large), format!("{ratio:.2}")]);
    ratio
}
