//! Reads requests off the wire: what was asked of DynamoDB, SQS and the CRM, and what DynamoDB charges for it.

use std::collections::BTreeMap;
use std::ops::Add;

use ringbridge::storage::keys;
use serde_json::Value;

use super::Failure;
use super::units::{self, Item};
use crate::aws::TABLE;
use crate::proxy::{Exchange, Proxies};
use crate::world::World;

/// What something asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Requests {
    /// Requests that read the table.
    pub reads: u32,
    /// Requests that write to it.
    pub writes: u32,
    /// Read units, in halves.
    pub read_halves: u32,
    /// Write units, those of the indexes included.
    pub write_units: u32,
    /// Of these, to the index of what is due: an entry that moves is written twice.
    pub due_writes: u32,
    /// Of these, to the index of records.
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
    /// Requests to DynamoDB.
    pub const fn dynamodb(&self) -> u32 {
        self.reads + self.writes
    }

    /// Read units.
    pub fn read_units(&self) -> f64 {
        f64::from(self.read_halves) / 2.0
    }

    /// Round trips to AWS, one after another.
    pub const fn round_trips(&self) -> u32 {
        self.dynamodb() + self.reminders + self.queue
    }
}

impl Add for Requests {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            reads: self.reads + other.reads,
            writes: self.writes + other.writes,
            read_halves: self.read_halves + other.read_halves,
            write_units: self.write_units + other.write_units,
            due_writes: self.due_writes + other.due_writes,
            list_writes: self.list_writes + other.list_writes,
            reminders: self.reminders + other.reminders,
            queue: self.queue + other.queue,
            crm: self.crm + other.crm,
            records: self.records + other.records,
        }
    }
}

/// A world whose requests are read off, and its items as the answers told them.
pub(super) struct Trace {
    pub(super) world: World,
    proxies: Proxies,
    asked: u64,
    taken: usize,
    items: BTreeMap<(String, String), Item>,
}

impl Trace {
    pub(super) async fn start() -> Self {
        let (world, proxies) = World::behind_proxies().await;
        proxies.dynamodb.take_exchanges();
        proxies.sqs.take_exchanges();
        let asked = world.inbox.counters().requests;
        Self { world, proxies, asked, taken: 0, items: BTreeMap::new() }
    }

    /// What was asked for since the last time. What is not reckoned with is an error, so that nothing goes uncounted.
    pub(super) fn take(&mut self) -> Result<Requests, Failure> {
        let mut requests = Requests::default();
        for exchange in self.proxies.dynamodb.take_exchanges() {
            self.count(&mut requests, &exchange)?;
        }
        for exchange in self.proxies.sqs.take_exchanges() {
            match exchange.operation.as_str() {
                "SendMessage" => requests.reminders += 1,
                _ => requests.queue += 1,
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

    /// Bytes that are charged for keeping the calls.
    pub(super) fn kept(&self) -> usize {
        let calls = self.items.iter().filter(|((pk, _), _)| keys::parse_call(pk).is_some());
        calls.map(|(_, item)| units::kept(item)).sum()
    }

    fn count(&mut self, requests: &mut Requests, exchange: &Exchange) -> Result<(), Failure> {
        let asked: Value = serde_json::from_slice(&exchange.request)?;
        let answer: Value = serde_json::from_slice(&exchange.answer)?;
        let consistent = asked["ConsistentRead"] == true;
        match exchange.operation.as_str() {
            "BatchGetItem" => {
                requests.reads += 1;
                let wanted = &asked["RequestItems"][TABLE];
                let consistent = wanted["ConsistentRead"] == true;
                let found = items(&answer["Responses"][TABLE]);
                let in_vain = wanted["Keys"].as_array().map_or(0, Vec::len) - found.len();
                requests.read_halves += units::read(0, consistent) * u32::try_from(in_vain)?;
                requests.read_halves +=
                    found.iter().map(|item| units::read(units::size(item), consistent)).sum::<u32>();
                self.learn(found);
            }
            "GetItem" => {
                requests.reads += 1;
                let item = answer["Item"].as_object();
                requests.read_halves += units::read(item.map_or(0, units::size), consistent);
                self.learn(item);
            }
            "Query" => {
                requests.reads += 1;
                let found = items(&answer["Items"]);
                let bytes = found.iter().map(|item| units::size(item)).sum();
                requests.read_halves += units::read(bytes, consistent);
                if asked["IndexName"].is_null() && asked["ProjectionExpression"].is_null() {
                    self.learn(found);
                }
            }
            "UpdateItem" if asked["ReturnValues"] == "ALL_NEW" => {
                self.write(requests, &asked["Key"], &answer, answer["Attributes"].as_object());
            }
            "PutItem" => self.write(requests, &asked["Item"], &answer, asked["Item"].as_object()),
            "DeleteItem" => self.write(requests, &asked["Key"], &answer, None),
            other => return Err(format!("{other} is not reckoned with").into()),
        }
        Ok(())
    }

    /// A write whose condition fails is charged as well, and changes nothing.
    fn write(&mut self, requests: &mut Requests, of: &Value, answer: &Value, after: Option<&Item>) {
        requests.writes += 1;
        let Some(key) = of.as_object().map(key) else { return };
        if !answer["__type"].is_null() {
            self.learn(answer["Item"].as_object());
            requests.write_units += units::written(self.items.get(&key), None);
            return;
        }
        let before = self.items.remove(&key);
        let (due, list) =
            (units::due_moved(before.as_ref(), after), units::list_moved(before.as_ref(), after));
        requests.write_units += units::written(before.as_ref(), after) + due + list;
        requests.due_writes += due;
        requests.list_writes += list;
        self.learn(after);
    }

    fn learn<'a>(&mut self, items: impl IntoIterator<Item = &'a Item>) {
        self.items.extend(items.into_iter().map(|item| (key(item), item.clone())));
    }
}

fn items(list: &Value) -> Vec<&Item> {
    list.as_array().into_iter().flatten().filter_map(Value::as_object).collect()
}

fn key(of: &Item) -> (String, String) {
    let part = |name: &str| of.get(name).and_then(|part| part["S"].as_str()).unwrap_or_default().to_owned();
    (part("pk"), part("sk"))
}
