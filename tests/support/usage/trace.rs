//! Reads requests off the wire: what was asked of DynamoDB, SQS and the CRM, and what a write changed in the indexes.

use std::collections::BTreeMap;
use std::ops::Add;

use aws_sdk_dynamodb::types::AttributeValue;
use ringbridge::storage::keys;
use serde_json::Value;

use super::{Failure, Sizes};
use crate::aws::TABLE;
use crate::proxy::Proxies;
use crate::world::World;

/// What something asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Requests {
    /// Reads of the table.
    pub reads: u32,
    /// Looks at the index of what is due.
    pub sweeps: u32,
    /// Writes to items of the call.
    pub writes: u32,
    /// Write units of these, by the sizes that the items then had.
    pub units: u32,
    /// Writes to other items: the connection's.
    pub other_writes: u32,
    /// What the writes change in the index of what is due: an entry that moves is written twice.
    pub due_writes: u32,
    /// The same for the index of records.
    pub list_writes: u32,
    /// Reminders sent.
    pub reminders: u32,
    /// Other requests to the queue.
    pub queue: u32,
    /// Requests to the CRM.
    pub crm: u32,
    /// Records that it took, without pop-ups.
    pub records: u32,
}

impl Requests {
    /// Round trips to AWS, one after another.
    pub const fn round_trips(&self) -> u32 {
        self.reads + self.sweeps + self.writes + self.other_writes + self.reminders + self.queue
    }
}

impl Add for Requests {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            reads: self.reads + other.reads,
            sweeps: self.sweeps + other.sweeps,
            writes: self.writes + other.writes,
            units: self.units + other.units,
            other_writes: self.other_writes + other.other_writes,
            due_writes: self.due_writes + other.due_writes,
            list_writes: self.list_writes + other.list_writes,
            reminders: self.reminders + other.reminders,
            queue: self.queue + other.queue,
            crm: self.crm + other.crm,
            records: self.records + other.records,
        }
    }
}

/// A world whose requests are read off, and what its indexes hold.
pub(super) struct Trace {
    pub(super) world: World,
    proxies: Proxies,
    asked: u64,
    taken: usize,
    due: BTreeMap<(String, String), String>,
    listed: BTreeMap<(String, String), String>,
}

impl Trace {
    pub(super) async fn start() -> Self {
        let (world, proxies) = World::behind_proxies().await;
        let asked = world.inbox.counters().requests;
        Self { world, proxies, asked, taken: 0, due: BTreeMap::new(), listed: BTreeMap::new() }
    }

    /// What was asked for since the last time.
    pub(super) async fn take(&mut self) -> Result<Requests, Failure> {
        let mut requests = Requests::default();
        let sizes = self.sizes().await?;
        for (operation, body) in self.proxies.dynamodb.take_bodies() {
            let body: Value = serde_json::from_slice(&body)?;
            match operation.as_str() {
                "Query" if body["IndexName"] == keys::DUE_INDEX => requests.sweeps += 1,
                "BatchGetItem" | "GetItem" | "Query" => requests.reads += 1,
                "UpdateItem" => self.update(&mut requests, &body, &sizes),
                "PutItem" | "DeleteItem" => requests.other_writes += 1,
                other => return Err(format!("{other} is not reckoned with").into()),
            }
        }
        for (operation, _) in self.proxies.sqs.take_bodies() {
            if operation == "SendMessage" {
                requests.reminders += 1;
            } else {
                requests.queue += 1;
            }
        }
        let asked = self.world.inbox.counters().requests;
        requests.crm = u32::try_from(asked - std::mem::replace(&mut self.asked, asked))?;
        let records = self.world.inbox.records().into_iter();
        let taken =
            records.filter(|record| matches!(record.kind.as_str(), "call.ended" | "call.missed")).count();
        requests.records = u32::try_from(taken - std::mem::replace(&mut self.taken, taken))?;
        Ok(requests)
    }

    /// The sizes of the calls' items.
    pub(super) async fn sizes(&self) -> Result<Sizes, Failure> {
        let client = self.world.aws.dynamodb().await;
        let items = client.scan().table_name(TABLE).send().await?.items.unwrap_or_default();
        let text = |item: &Attributes, name: &str| item.get(name).and_then(|key| key.as_s().ok()).cloned();
        let sized = items.iter().filter_map(|item| {
            let key = (text(item, "pk")?, text(item, "sk")?);
            Some((key, item.iter().map(|(name, value)| name.len() + weight(value)).sum()))
        });
        Ok(sized.filter(|((pk, _), _)| keys::parse_call(pk).is_some()).collect())
    }

    fn update(&mut self, requests: &mut Requests, body: &Value, sizes: &Sizes) {
        let part = |name: &str| body["Key"][name]["S"].as_str().unwrap_or_default().to_owned();
        let key = (part("pk"), part("sk"));
        requests.writes += 1;
        requests.units +=
            u32::try_from(sizes.get(&key).map_or(1, |bytes| bytes.div_ceil(1_024))).unwrap_or(1);
        let expression = body["UpdateExpression"].as_str().unwrap_or_default();
        let value = |name: &str| body["ExpressionAttributeValues"][name].to_string();
        if expression.contains("due_at = ") {
            requests.due_writes += moved(self.due.insert(key.clone(), value(":due")), &value(":due"));
        } else if expression.contains("due_at") {
            requests.due_writes += u32::from(self.due.remove(&key).is_some());
        }
        let place = format!("{}{}", value(":list_pk"), value(":list_sk"));
        if expression.contains("list_pk = if_not_exists") {
            requests.list_writes += u32::from(!self.listed.contains_key(&key));
            self.listed.entry(key).or_insert(place);
        } else if expression.contains("list_pk = ") {
            requests.list_writes += moved(self.listed.insert(key, place.clone()), &place);
        }
    }
}

/// Writes to an index for an entry that stands there now: none, one for a new one, two for one that moved.
fn moved(before: Option<String>, now: &str) -> u32 {
    before.map_or(1, |before| if before == now { 0 } else { 2 })
}

type Attributes = std::collections::HashMap<String, AttributeValue>;

/// Bytes as DynamoDB counts them, near enough: our attributes are texts, numbers and lists of texts.
fn weight(value: &AttributeValue) -> usize {
    let text = value.as_s().or_else(|_| value.as_n());
    text.map_or_else(|_| format!("{value:?}").len(), String::len)
}
