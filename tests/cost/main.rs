//! What a million calls cost: plays calls, reads their requests off the wire and counts DynamoDB's units, counts the
//! lines they log, and multiplies by AWS's list prices. Fails if a call costs more than it may.
//! `cargo run -p integration-tests --bin cost -- [MILLISECONDS]`, the CRM's time for one answer.

mod lines;
mod prices;

use std::io::Write as _;
use std::process::ExitCode;

use serde_json::Value;
use simulators::template;
use simulators::usage::{self, CALLS, Failure, Usage};

use crate::prices::{Cost, Rates};

/// A CRM that answers within this is an ordinary one.
const CRM_MILLIS: u32 = 300;
/// What the same calls cost at commit 946dc67, by this command as it was there.
const FORMER: [f64; 4] = [36.73, 16.18, 65.02, 22.89];
/// What a million of each may cost.
const BOUNDS: [f64; 4] = [18.0, 9.1, 32.0, 15.0];

fn say(line: &str) {
    // A closed terminal is no reason to stop.
    let _ = writeln!(std::io::stdout().lock(), "{line}");
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let args: Vec<_> = std::env::args().skip(1).collect();
    let done = match args.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => run(CRM_MILLIS).await,
        [lines::ARGUMENT, number] => lines::print(number).await.map(|()| true),
        [millis] => match millis.parse() {
            Ok(millis) => run(millis).await,
            Err(_) => Err("the CRM's time is a whole number of milliseconds".into()),
        },
        _ => Err("only the CRM's time is taken, in milliseconds".into()),
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            say(&error.to_string());
            ExitCode::from(2)
        }
    }
}

/// Prints everything; answers whether each kind costs no more than it may.
async fn run(crm_millis: u32) -> Result<bool, Failure> {
    let template = template::read(include_str!("../../infra/template.yaml")).ok_or("no template")?;
    let mut usages = Vec::new();
    for (_, text) in CALLS {
        usages.push(usage::measure(text).await?);
    }
    say(&format!(
        "A call of each kind: DynamoDB requests of each event + of the queue's batch, units, messages, bytes.\n\n  \
         {:<20} {:<18} {:>6} {:>6} {:>6} {:>6} {:>6}",
        "", "requests", "writes", "reads", "queue", "kept", "logged"
    ));
    let mut costs = Vec::new();
    for (number, ((name, _), usage)) in CALLS.iter().zip(&usages).enumerate() {
        let logged = lines::bytes(number, usage, &template)?;
        costs.push(cost(usage, logged, crm_millis, &template)?);
        let all = usage.all();
        say(&format!(
            "  {name:<20} {:<18} {:>6} {:>6} {:>6} {:>6} {logged:>6}",
            requests(usage),
            all.write_units,
            all.read_units(),
            all.reminders + all.queue,
            usage.kept
        ));
    }
    say(&format!(
        "\nA million of them, in dollars ({}; a CRM that answers in {crm_millis} ms); what it was at commit 946dc67, as \
         a share of that, and what it may be.\n\n  {:<20} {} {:>7} {:>5} {:>5}",
        prices::OF,
        "",
        Cost::HEAD,
        "former",
        "%",
        "bound"
    ));
    for (((name, _), cost), (former, bound)) in CALLS.iter().zip(&costs).zip(FORMER.iter().zip(BOUNDS)) {
        let share = cost.total() / former * 100.0;
        say(&format!("  {name:<20} {cost} {former:>7.2} {share:>5.0} {bound:>5.0}"));
    }
    let rates = Rates::of(&template)?;
    say(&format!(
        "\nEach month besides, whatever is called: {:.2}; of it {:.0} looks at an empty queue",
        prices::monthly(rates),
        prices::polls()
    ));
    Ok(crm_millis > CRM_MILLIS || costs.iter().zip(BOUNDS).all(|(cost, bound)| cost.total() <= bound))
}

fn cost(usage: &Usage, logged: usize, crm_millis: u32, template: &Value) -> Result<Cost, Failure> {
    Ok(Cost::of(usage, logged, f64::from(crm_millis) / 1e3, Rates::of(template)?))
}

fn requests(usage: &Usage) -> String {
    let events: Vec<_> = usage.events.iter().map(|event| event.dynamodb().to_string()).collect();
    let batch = usage.batch.map(|batch| format!(" + {}", batch.dynamodb())).unwrap_or_default();
    format!("{}{batch}", events.join(" "))
}
