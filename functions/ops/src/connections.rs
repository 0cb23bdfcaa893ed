//! How connections are. No index lists them all, since no function ever needs them all: whoever does scans the table, page
//! by page.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use ringbridge::clock::Timestamp;
use ringbridge::flow::connection::{pbx_health, sealing};
use ringbridge::model::connection::Connection;
use ringbridge::model::ids::ConnectionId;
use ringbridge::storage::keys;
use serde_json::{Value, json};

use crate::args::Part;
use crate::trouble::Trouble;
use crate::work::Desk;

/// What is asked of all.
#[derive(Clone, Copy)]
pub(crate) enum How {
    /// How they are.
    Health,
    /// How their secrets are sealed.
    Sealing,
}

/// All connections of a part of the table; and where to go on, if there is more.
pub(crate) async fn all(desk: &Desk, part: Part, how: How) -> Result<Value, Trouble> {
    let mut found = Vec::new();
    let (ids, from) = scan(desk, part).await?;
    for id in ids {
        // Removed meanwhile: none of them.
        let Some(stored) = desk.deps.settings.store.connection(id).await? else { continue };
        found.push(match how {
            How::Health => line(desk, &stored.value).await?,
            How::Sealing => sealing(desk, &stored.value).await?,
        });
    }
    Ok(json!({ "connections": found, "from": from }))
}

/// Between the two halves of a place in the table.
const BETWEEN: char = '/';

async fn scan(desk: &Desk, part: Part) -> Result<(Vec<ConnectionId>, Option<String>), Trouble> {
    let half = |name: &str, text: &str| (name.to_owned(), AttributeValue::S(text.to_owned()));
    let from = part.from.as_deref().and_then(|place| place.split_once(BETWEEN));
    let mut start = from.map(|(pk, sk)| HashMap::from([half("pk", pk), half("sk", sk)]));
    let mut found = Vec::new();
    for _ in 0..part.pages {
        let scan = desk.outside.dynamodb.scan().table_name(&desk.table).projection_expression("pk");
        let answer = scan
            .filter_expression("sk = :meta AND begins_with(pk, :connection)")
            .expression_attribute_values(":meta", AttributeValue::S(keys::META.to_owned()))
            .expression_attribute_values(":connection", AttributeValue::S("C#".to_owned()))
            .set_exclusive_start_key(start)
            .send()
            .await
            .map_err(|error| Trouble::Scan(error.into()))?;
        let pks = answer.items.into_iter().flatten();
        let pks = pks.filter_map(|item| keys::parse_connection(item.get("pk")?.as_s().ok()?));
        found.extend(pks);
        start = answer.last_evaluated_key;
        if start.is_none() {
            return Ok((found, None));
        }
    }
    let text = |name: &str| start.as_ref()?.get(name)?.as_s().ok().cloned();
    Ok((found, text("pk").zip(text("sk")).map(|(pk, sk)| format!("{pk}{BETWEEN}{sk}"))))
}

/// One of many, in a line.
async fn line(desk: &Desk, connection: &Connection) -> Result<Value, Trouble> {
    let mut line = health(desk, connection).await?;
    let notices = desk.deps.settings.store.notices(connection.id).await?;
    line["notices"] = notices.len().into();
    Ok(line)
}

/// One with its notices.
pub(crate) async fn one(desk: &Desk, connection: &Connection) -> Result<Value, Trouble> {
    let mut one = health(desk, connection).await?;
    let store = &desk.deps.settings.store;
    let notices = store.notices(connection.id).await?.into_iter().map(|notice| {
        json!({
            "notice": notice.cause.key(),
            "text": notice.text,
            "advice": notice.advice,
            "first_at": notice.first_at.rfc3339(),
            "last_at": notice.last_at.rfc3339(),
            "count": notice.count,
        })
    });
    one["notices"] = notices.collect();
    one["created_at"] = connection.created_at.rfc3339().into();
    Ok(one)
}

async fn health(desk: &Desk, connection: &Connection) -> Result<Value, Trouble> {
    let deps = &desk.deps.settings;
    let (pbx, now) = (deps.store.pbx_state(connection.id).await?.value, deps.clock.now());
    let pause = connection.pause.as_ref();
    Ok(json!({
        "connection": connection.id.to_string(),
        "name": connection.name,
        "deliveries": if pause.is_some() { "paused" } else { "active" },
        "paused_because": pause.map(|pause| pause.reason.as_str()),
        "paused_since": pause.map(|pause| pause.since.rfc3339()),
        "crm": connection.crm.kind,
        "crm_failing_since": connection.failing_since.map(Timestamp::rfc3339),
        "crm_hangs_until": connection.breaker.map(|breaker| breaker.probe_at.rfc3339()),
        "pbx": pbx_health(connection, &pbx, now).as_str(),
        "pbx_host": connection.pbx.origin.as_str(),
        "pbx_requests_left": pbx.budget.map(|budget| budget.remaining),
        "being_removed": connection.closing.then_some(true),
    }))
}

/// How the secrets of one are sealed.
pub(crate) async fn sealing(desk: &Desk, connection: &Connection) -> Result<Value, Trouble> {
    let sealing = sealing::of(&desk.deps.settings, connection).await?;
    Ok(json!({
        "connection": connection.id.to_string(),
        "current": sealing.current,
        "former": sealing.former,
        "unopenable": sealing.unopenable,
    }))
}
