//! What DynamoDB charges for a request, by its documented rules, from what went over the wire.

use serde_json::{Map, Value};

/// An item as it goes over the wire: attributes by name, each with its type.
pub type Item = Map<String, Value>;

/// The hash and range keys of both indexes. They hold keys only, so an entry is always one unit.
const INDEXES: [[&str; 2]; 2] = [DUE, LIST];
const DUE: [&str; 2] = ["due_shard", "due_at"];
const LIST: [&str; 2] = ["list_pk", "list_sk"];
/// What each stored item and each entry of an index takes beside its attributes.
const OVERHEAD: usize = 100;

/// Bytes of an item.
pub fn size(item: &Item) -> usize {
    item.iter().map(|(name, value)| name.len() + weight(value)).sum()
}

fn weight(value: &Value) -> usize {
    let Some((kind, value)) = value.as_object().and_then(|typed| typed.iter().next()) else { return 0 };
    match (kind.as_str(), value) {
        ("N", Value::String(number)) => digits(number),
        (_, Value::String(text)) => text.len(),
        (_, Value::Array(list)) => 3 + list.iter().map(|one| 1 + weight(one)).sum::<usize>(),
        (_, Value::Object(map)) => {
            3 + map.iter().map(|(name, one)| 1 + name.len() + weight(one)).sum::<usize>()
        }
        (_, Value::Bool(_) | Value::Null | Value::Number(_)) => 1,
    }
}

/// A byte for two significant digits, and one more.
fn digits(number: &str) -> usize {
    let significant = number.trim_start_matches(['-', '0']).trim_end_matches('0').len();
    significant.div_ceil(2) + 1 + usize::from(number.starts_with('-'))
}

/// Bytes that are charged for keeping an item, with its entries in the indexes.
pub fn kept(item: &Item) -> usize {
    let entries = INDEXES.iter().filter(|index| entry(item, **index).is_some()).map(|index| {
        let keys = ["pk", "sk"].into_iter().chain(*index);
        keys.filter_map(|key| Some(key.len() + weight(item.get(key)?))).sum::<usize>() + OVERHEAD
    });
    size(item) + OVERHEAD + entries.sum::<usize>()
}

/// Units of a write to the table alone: one for each kilobyte of the item before or after, whichever is larger.
pub fn written(before: Option<&Item>, after: Option<&Item>) -> u32 {
    let bytes = before.map_or(0, size).max(after.map_or(0, size));
    whole(bytes, 1_024)
}

/// Half units of a read: a consistent one takes two for each four kilobytes, and so does one that finds nothing.
pub fn read(bytes: usize, consistent: bool) -> u32 {
    whole(bytes, 4_096) * if consistent { 2 } else { 1 }
}

fn whole(bytes: usize, unit: usize) -> u32 {
    u32::try_from(bytes.div_ceil(unit).max(1)).unwrap_or(u32::MAX)
}

/// Units of what a write changes in the index of what is due.
pub fn due_moved(before: Option<&Item>, after: Option<&Item>) -> u32 {
    moved(before, after, DUE)
}

/// The same for the index of records.
pub fn list_moved(before: Option<&Item>, after: Option<&Item>) -> u32 {
    moved(before, after, LIST)
}

/// One for an entry that appears or goes, two for one that moves.
fn moved(before: Option<&Item>, after: Option<&Item>, index: [&str; 2]) -> u32 {
    match (before.and_then(|item| entry(item, index)), after.and_then(|item| entry(item, index))) {
        (None, None) => 0,
        (Some(before), Some(after)) if before == after => 0,
        (Some(_), Some(_)) => 2,
        (Some(_), None) | (None, Some(_)) => 1,
    }
}

fn entry<'a>(item: &'a Item, [hash, range]: [&str; 2]) -> Option<[&'a Value; 2]> {
    Some([item.get(hash)?, item.get(range)?])
}
