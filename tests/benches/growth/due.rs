//! A run of the retry job: with few and with many records due, and with many more that are not.

use std::collections::HashMap;
use std::time::Duration;

use aws_sdk_dynamodb::types::{AttributeValue, PutRequest, WriteRequest};
use futures_util::future::join_all;
use ringbridge::clock::{Clock as _, SystemClock};
use ringbridge::storage::keys;
use serde_json::Value;
use simulators::outside::Failure;

use super::{FLAT, row};
use crate::args::Args;
use crate::cold::millis;
use crate::events;
use crate::report::{Report, Table};
use crate::stage::Stage;
use crate::stats::number;
use crate::subject::{Does, Subject};
use crate::svg::Chart;

/// Items that one request writes at most.
const BATCH: u64 = 25;
/// Posts side by side.
const WIDTH: u64 = 16;
/// More events of one URL, without a pause that long between them, would be a flood.
const BURST: u64 = 50 * WIDTH;
const QUIET: Duration = Duration::from_mins(3);
/// So many are settled in so many seconds on two cores.
const GOAL: (u64, f64) = (10_000, 12.0);

pub(super) async fn run(
    args: &Args,
    built: &[Subject],
    table: &mut Table,
    report: &mut Report,
) -> Result<(), Failure> {
    let job = built.iter().find(|subject| subject.does == Does::Schedule).ok_or("no retry job")?;
    let (few, many) = (10, if args.quick { 1_000 } else { GOAL.0 });
    let others = if args.large { 1_000_000 } else { 20_000 };
    let mut points = Vec::new();
    for due in [few, many] {
        points.push((number(due), settle(args, job, due, 0).await?));
    }
    let each = |(due, seconds): (f64, f64)| (format!("{due:.0} due"), seconds * 1e3 / due);
    row(table, "due: ms of a record", each(points[0]), each(points[1]));
    if many == GOAL.0 {
        report.at_most(&format!("s to settle {many} due records"), points[1].1, GOAL.1);
    }
    let beside = settle(args, job, few, others).await?;
    let ratio = row(
        table,
        &format!("not due: s of a run with {few} due"),
        ("0".to_owned(), points[0].1),
        (others.to_string(), beside),
    );
    report.at_most("a retry run beside many that are not due / beside none", ratio, FLAT);
    report.chart(Chart {
        name: "due",
        title: "A retry run by records due".to_owned(),
        across: "records due",
        up: "s until all are settled",
        curves: vec![("retry-job".to_owned(), points)],
    });
    Ok(())
}

/// Seconds until so many due records are settled, beside others that are not due.
async fn settle(args: &Args, job: &Subject, due: u64, others: u64) -> Result<f64, Failure> {
    let stage = Stage::new(&args.out).await?;
    let world = &stage.world;
    // The calls were missed some minutes ago by the machine's clock, which is the job's.
    let (now, noon) = (SystemClock.now(), world.clock.now());
    world.clock.advance(now.since(noon));
    let bursts = u32::try_from(due / BURST)?;
    world.clock.step_back(noon.since(now) + QUIET * (bursts + 1));
    wait_for_later(&stage, others).await?;
    for first in (0..due).step_by(usize::try_from(WIDTH)?) {
        if first > 0 && first % BURST == 0 {
            world.clock.advance(QUIET);
        }
        let posts = (first..due.min(first + WIDTH)).map(|place| world.post(731_099, events::lost(place)));
        if join_all(posts).await.iter().any(|status| !status.is_success()) {
            return Err("an event was not taken".into());
        }
    }
    world.idle().await;
    let running = stage.start(job, &stage.plain()).await?;
    let schedule: Value = serde_json::from_str(include_str!("../../fixtures/lambda/schedule.json"))?;
    let mut seconds = 0.0;
    // A run ends in time; what it left is the next one's.
    while world.inbox.counters().accepted < due {
        let before = world.inbox.counters().accepted;
        seconds += millis(running.take(&schedule).await?.0) / 1e3;
        if world.inbox.counters().accepted == before {
            return Err("a retry run settles nothing".into());
        }
    }
    running.stop().await;
    Ok(seconds)
}

/// Items in the index of what is due, in a year.
async fn wait_for_later(stage: &Stage, count: u64) -> Result<(), Failure> {
    let at = (SystemClock.now() + Duration::from_hours(8_760)).micros().to_string();
    let shards: Vec<_> = keys::due_shards().collect();
    let client = stage.world.aws.dynamodb();
    for first in (0..count).step_by(usize::try_from(BATCH)?) {
        let mut requests = Vec::new();
        for (place, shard) in (first..count.min(first + BATCH))
            .zip(shards.iter().cycle().skip(usize::try_from(first)? % shards.len()))
        {
            let text = |value: String| AttributeValue::S(value);
            let item = HashMap::from([
                ("pk".to_owned(), text(format!("L#{place:08}"))),
                ("sk".to_owned(), text("L".to_owned())),
                ("due_shard".to_owned(), text(shard.clone())),
                ("due_at".to_owned(), AttributeValue::N(at.clone())),
            ]);
            let put = PutRequest::builder().set_item(Some(item)).build()?;
            requests.push(WriteRequest::builder().put_request(put).build());
        }
        client.batch_write_item().request_items(&stage.world.table, requests).send().await?;
    }
    Ok(())
}
