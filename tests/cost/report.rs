//! What a call of each kind uses and costs, as text; the `cost` command and the benches print it.

mod lines;
mod prices;

use serde_json::Value;
use simulators::template;
use simulators::usage::{self, CALLS, Failure, Usage};

pub(crate) use self::lines::{ARGUMENT, print};
use self::prices::{Cost, Rates};

/// A CRM that answers within this is an ordinary one.
pub(crate) const CRM_MILLIS: u32 = 300;
/// What the same calls cost at commit 946dc67, by this command as it was there.
const FORMER: [f64; 4] = [36.73, 16.18, 65.02, 22.89];
/// What a million of each may cost.
const BOUNDS: [f64; 4] = [18.0, 9.1, 32.0, 15.0];

/// The whole of it as text, and whether each kind costs no more than it may.
pub(crate) async fn run(crm_millis: u32) -> Result<(String, bool), Failure> {
    let mut text = String::new();
    let mut say = |line: &str| {
        text.push_str(line);
        text.push('\n');
    };
    let template = template::read(include_str!("../../infra/template.yaml")).ok_or("no template")?;
    let mut usages = Vec::new();
    for (_, call) in CALLS {
        usages.push(usage::measure(call).await?);
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
    let allowed =
        crm_millis > CRM_MILLIS || costs.iter().zip(BOUNDS).all(|(cost, bound)| cost.total() <= bound);
    Ok((text, allowed))
}

fn cost(usage: &Usage, logged: usize, crm_millis: u32, template: &Value) -> Result<Cost, Failure> {
    Ok(Cost::of(usage, logged, f64::from(crm_millis) / 1e3, Rates::of(template)?))
}

fn requests(usage: &Usage) -> String {
    let events: Vec<_> = usage.events.iter().map(|event| event.dynamodb().to_string()).collect();
    let batch = usage.batch.map(|batch| format!(" + {}", batch.dynamodb())).unwrap_or_default();
    format!("{}{batch}", events.join(" "))
}
