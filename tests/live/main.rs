//! The live run: plays calls of every kind through the local runner, a process of its own that is killed now and then,
//! into a BottleCRM that really runs, behind a proxy that fails; then reads BottleCRM back over its own API. Every call
//! must stand there once, with the right person.

mod args;
mod crm;
mod judge;
mod storm;

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;
use std::process::ExitCode;
use std::sync::Arc;

use reqwest::Method;
use ringbridge::clock::{Clock as _, SystemClock};
use ringbridge::http_client::{self, Timeouts};
use serde_json::json;
use simulators::outside::{self, Call, Failure, Runner, Setup, Traffic};
use simulators::pbx::player::Cast;
use simulators::pbx::{FakePbx, Rng, Settings, Tenant};
use simulators::proxy::Proxy;
use tokio::sync::watch;
use tokio::time::Instant;

use crate::args::Args;
use crate::crm::Crm;
use crate::judge::{Verdict, Wanted, judge};

/// Examples of one kind of failure.
const EXAMPLES: usize = 8;

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
    match runtime.and_then(|runtime| runtime.block_on(live(&args))) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            say(&format!("the live run could not be made: {error}"));
            ExitCode::from(2)
        }
    }
}

async fn live(args: &Args) -> Result<bool, Failure> {
    let began = Instant::now();
    let client = http_client::for_pbx(Timeouts::default())?;
    let crm = Crm::of(&args.seed_file, client.clone())?;
    let proxy = Proxy::start(&crm.url).await?;
    let tenant = Tenant::demo().with_second_queue().with_unheard_phone();
    let pbx =
        FakePbx::start(Settings::new(Arc::new(|| SystemClock.now().micros())), vec![tenant.clone()]).await?;
    let data = std::env::temp_dir().join(format!("ringbridge-live-{}", std::process::id()));
    let runner = Runner::start(setup(args, &pbx, data.clone()), client.clone()).await?;
    let key = connect(&runner, &client, &pbx, &crm, &proxy).await?;
    let cast = Cast::of(&tenant);
    let calls =
        Arc::new(Call::mixed_among(args.calls, args.seed, |place| outside::with_own_parties(&cast, place)));
    let wanted = fill(&crm, &cast, &calls).await?;
    let mut random = Rng::new(args.seed ^ 0x6c69_7665);
    storm::plan(&proxy, &mut random);
    let traffic = Traffic::new(client, &pbx);
    let played = watch::Sender::new(0);
    let (untaken, kills) = tokio::join!(
        storm::play(&traffic, &calls, args.rate, &played),
        storm::kill(&runner, args.kills, calls.len(), played.subscribe(), &mut random),
    );
    let kills = kills?;
    proxy.heal();
    let settled = outside::settle(&runner, &key, args.patience).await?;
    let verdict = judge(&wanted, &crm.homes().await?);
    let requests = proxy.requests().len();
    runner.kill().await;
    // What is left behind in a temporary directory does no harm.
    let _ = std::fs::remove_dir_all(data);
    report(&verdict, untaken, &settled);
    say(&format!(
        "Against BottleCRM: {} calls, {} records right, {} missing, {} surplus, {} misplaced; {requests} requests, \
         {} made to fail, {kills} kills; {} s.",
        calls.len(),
        verdict.right,
        verdict.missing.len(),
        verdict.surplus.len(),
        verdict.misplaced.len(),
        proxy.struck(),
        began.elapsed().as_secs()
    ));
    Ok(untaken == 0 && settled.is_empty() && verdict.is_clean() && verdict.right > 0)
}

fn report(verdict: &Verdict, untaken: usize, unsettled: &[String]) {
    if untaken > 0 {
        say(&format!("{untaken} calls had events that were never taken"));
    }
    for line in unsettled.iter().take(EXAMPLES) {
        say(&format!("not settled: {line}"));
    }
    for (what, which) in
        [("missing", &verdict.missing), ("surplus", &verdict.surplus), ("misplaced", &verdict.misplaced)]
    {
        which.iter().take(EXAMPLES).for_each(|one| say(&format!("{what}: {one}")));
    }
}

fn setup(args: &Args, pbx: &FakePbx, data: std::path::PathBuf) -> Setup {
    Setup {
        program: args.runner.clone(),
        single: false,
        data: Some(data),
        pbxs: vec![pbx.origin()],
        retry_every: 0.5,
        variables: vec![
            ("RINGBRIDGE_RETRY_DELAYS", ["1s", "2s", "4s", "8s"].repeat(8).join(",")),
            ("RINGBRIDGE_CRM_TIMEOUT", "5s".to_owned()),
        ],
        log: None,
    }
}

/// Connects the runner to the CRM behind the proxy, strangers to become contacts; gives the administrator's key.
async fn connect(
    runner: &Runner,
    client: &reqwest::Client,
    pbx: &FakePbx,
    crm: &Crm,
    proxy: &Proxy,
) -> Result<String, Failure> {
    let settings = json!({ "kind": "bottlecrm", "url": proxy.origin(), "token": crm.token });
    let users: Vec<_> = phones().zip(&crm.people).map(|(phone, (id, _))| (phone, id.as_str())).collect();
    let key = outside::connect_to(runner, client, "Live", pbx, settings, &users).await?;
    let policy =
        json!({ "unknown_contact": "contact", "country": "GB", "default_crm_user": crm.people[0].0 });
    outside::ask(runner, client, Method::PATCH, "/connection", &key, Some(json!({ "policy": policy })))
        .await?;
    Ok(key)
}

/// The phones whose events come, each mapped to one of the people in their order.
fn phones() -> impl Iterator<Item = u64> {
    [731_205, 731_206, 731_207].into_iter()
}

/// Makes some of the callers known, as contacts in several spellings, twice, or as leads; the rest are strangers.
async fn fill<'a>(crm: &Crm, cast: &Cast, calls: &'a [Call]) -> Result<Wanted<'a>, Failure> {
    // Nobody who withholds their number can be found, and so no call of theirs stands anywhere.
    let expected = calls.iter().flat_map(|call| &call.expected).filter(|one| !one.external.is_empty());
    let expected: Vec<_> = expected.collect();
    let numbers: BTreeSet<_> = expected.iter().map(|one| one.external.as_str()).collect();
    let part = |part: usize| -> Vec<&str> { numbers.iter().skip(part).step_by(5).copied().collect() };
    let national = |number: &str| format!("0{} {}", &number[3..5], &number[5..]);
    let (mut known, mut before) = (BTreeMap::new(), BTreeSet::new());
    for (path, numbers, written) in [
        ("contacts", part(0), part(0).iter().map(|number| national(number)).collect::<Vec<_>>()),
        ("contacts", part(1), part(1).iter().map(|number| (*number).to_owned()).collect()),
        // Twice; the later one is the one that was changed last.
        ("contacts", part(1), part(1).iter().map(|number| national(number)).collect()),
        ("leads", part(2), part(2).iter().map(|number| (*number).to_owned()).collect()),
    ] {
        for (number, id) in numbers.into_iter().zip(crm.fill(path, written).await?) {
            known.insert(number.to_owned(), id.clone());
            before.insert(id);
        }
    }
    let names =
        cast.phones.iter().zip(&crm.people).map(|(phone, (_, name))| (phone.number.clone(), name.clone()));
    Ok(Wanted { expected, names: names.collect(), default_name: crm.people[0].1.clone(), known, before })
}
