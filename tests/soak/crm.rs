//! The soak into a CRM that is no webhook: behind a proxy that fails, with the runner killed, and then every call that
//! stands there is compared with what it must come to.

use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::time::Duration;

use reqwest::{Method, Url};
use ringbridge::clock::SystemClock;
use ringbridge::http_client::{self, Timeouts};
use serde_json::json;
use simulators::ledger::{self, Ledger};
use simulators::outside::{self, Call, Expected, Failure, Runner, Traffic};
use simulators::pbx::player::Cast;
use simulators::pbx::{FakePbx, Rng, Tenant};
use simulators::proxy::Proxy;
use tokio::time::Instant;

use crate::args::Args;
use crate::{pbx, report, say, setup, storm};

/// More requests than there are.
const REQUESTS: u64 = 100_000;
const PHONES: [u64; 3] = [731_205, 731_206, 731_207];

/// Plays the calls into a CRM of that kind; answers whether each stands there once and rightly.
pub(crate) async fn soak(args: &Args, kind: &str) -> Result<bool, Failure> {
    let client = http_client::for_pbx(Timeouts::default())?;
    let ledger = ledger::start(kind, Arc::new(SystemClock))?.ok_or("there is no such CRM")?;
    let proxy = Proxy::start(&ledger.origin()).await?;
    let pbx = pbx().await?;
    let data = std::env::temp_dir().join(format!("ringbridge-soak-{kind}-{}", std::process::id()));
    let variables = ledger.variables(&proxy.origin());
    let runner = Runner::start(setup(args, &pbx, data.clone(), variables), client.clone()).await?;
    let key = connect(&runner, &client, &pbx, ledger.as_ref(), &proxy.origin()).await?;
    let cast = Cast::of(&tenant());
    let own = |place| outside::with_own_parties(&cast, place);
    // What can't be changed is right only if all is told before it is logged.
    let calls = if ledger.changes() {
        Call::mixed_among(args.calls, args.seed, own)
    } else {
        Call::orderly_among(args.calls, args.seed, own)
    };
    let calls = Arc::new(calls);
    plan(&proxy, args);
    let traffic = Traffic::new(client.clone(), &pbx);
    let kills = AtomicUsize::new(0);
    let untaken = storm::play(&runner, &traffic, &calls, args, &kills).await?;
    arrive(ledger.as_ref(), &calls, args.patience).await;
    let left = outside::settle(&runner, &key, args.patience).await?;
    let found = ledger::compare(ledger.as_ref(), expected(&calls));
    let mut said = Vec::new();
    for line in &found.lost {
        said.push(format!("{line}: {}", log_of(&runner, &client, &key, line).await?));
    }
    runner.kill().await;
    // What is left behind in a temporary directory does no harm.
    let _ = std::fs::remove_dir_all(data);
    say(&format!(
        "{kind:<10} {} calls, {} events, {} kills; {} requests, {} of them made to fail; {} right, {} lost, {} doubled, \
         {} wrong, {} not settled, {untaken} never taken",
        calls.len(),
        traffic.events.load(std::sync::atomic::Ordering::Relaxed),
        kills.into_inner(),
        proxy.requests().len(),
        proxy.struck(),
        found.right,
        found.lost.len(),
        found.doubled.len(),
        found.wrong.len(),
        left.len(),
    ));
    let kinds =
        [("lost", &said), ("doubled", &found.doubled), ("wrong", &found.wrong), ("not settled", &left)];
    for (what, which) in kinds {
        report::examples(what, which);
    }
    Ok(found.is_clean() && left.is_empty() && untaken == 0)
}

fn expected(calls: &[Call]) -> impl Iterator<Item = &Expected> {
    calls.iter().flat_map(|call| &call.expected)
}

/// Waits until every call stands there: one that may have been missed is in no list until that is decided.
async fn arrive(ledger: &dyn Ledger, calls: &[Call], patience: Duration) {
    let until = Instant::now() + patience;
    while !ledger::compare(ledger, expected(calls)).lost.is_empty() && Instant::now() < until {
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}

/// What the delivery log says of a call that is not where it should be, by its number.
async fn log_of(runner: &Runner, client: &reqwest::Client, key: &str, line: &str) -> Result<String, Failure> {
    let number =
        line.split(' ').find(|word| word.len() > 9 && word.bytes().all(|byte| byte.is_ascii_digit()));
    let Some(number) = number else { return Ok("no number to look for".to_owned()) };
    let path = format!("/calls?number=%2B{number}");
    let calls = outside::ask(runner, client, Method::GET, &path, key, None).await?;
    let items = calls["items"].as_array().into_iter().flatten();
    let items = items
        .map(|one| format!("{} {} {} {}", one["record_id"], one["kind"], one["outcome"], one["delivery"]));
    Ok(items.collect::<Vec<_>>().join("; "))
}

/// Whose phones ring.
pub(crate) fn tenant() -> Tenant {
    Tenant::demo().with_second_queue().with_unheard_phone()
}

/// Connects the runner to the CRM behind the proxy, strangers to become contacts; gives the administrator's key.
async fn connect(
    runner: &Runner,
    client: &reqwest::Client,
    pbx: &FakePbx,
    ledger: &dyn Ledger,
    proxy: &str,
) -> Result<String, Failure> {
    let users = ledger.users();
    let mapped: Vec<_> = PHONES.into_iter().zip(users.iter().map(String::as_str)).collect();
    let key = outside::connect_to(runner, client, "Soak", pbx, ledger.settings(proxy), &mapped).await?;
    let policy = json!({ "unknown_contact": "contact", "country": "GB", "default_crm_user": users[0] });
    let change = Some(json!({ "policy": policy }));
    let connection = outside::ask(runner, client, Method::PATCH, "/connection", &key, change).await?;
    if let (Some(code), Some(authorise)) = (ledger.code(), connection["crm"]["authorize_url"].as_str()) {
        // Nobody sits at the simulated portal who could consent, so the code is known already.
        let begun = Url::parse(authorise)?;
        let state =
            begun.query_pairs().find(|(name, _)| name == "state").ok_or("no state to come back with")?.1;
        let mut back = Url::parse(&format!("{}/api/v1/crm/callback", runner.origin))?;
        back.query_pairs_mut().append_pair("code", code).append_pair("state", &state);
        let answer = client.get(back).send().await?;
        if !answer.status().is_success() && !answer.status().is_redirection() {
            return Err(format!("the consent was answered {}", answer.status()).into());
        }
    }
    Ok(key)
}

/// Plans the faults: lost answers, resets, failures and refusals for a while, spread over all requests.
fn plan(proxy: &Proxy, args: &Args) {
    if args.crm_faults == 0 {
        return;
    }
    let mut random = Rng::new(args.seed ^ 0x7072_6f78);
    let one_in = 1_000 / u64::from(args.crm_faults.min(1_000));
    proxy.fail_now_and_then(one_in, REQUESTS, &mut random);
}
