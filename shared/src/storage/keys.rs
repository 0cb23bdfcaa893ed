//! The table's access patterns. One table, three kinds of partition, two sparse indexes:
//!
//! | what | `pk` | `sk` | read by |
//! |---|---|---|---|
//! | connection | `C#{connection}` | `META` | every event and every request, with the extension in one batch |
//! | extension, with mapping and subscriptions | `C#{connection}` | `X#{id}` | event (one key); settings (prefix) |
//! | notice | `C#{connection}` | `N#{cause}` | settings (prefix) |
//! | mapping, and when provisioning goes on | `C#{connection}` | `MAP` | settings; the due index |
//! | PBX token, request budget, lease | `C#{connection}` | `PBX` | provisioning |
//! | what a consent in the CRM gave, and who renews it | `C#{connection}` | `CRM` | deliveries to a CRM of such a kind |
//! | how far the PBX's history was compared | `C#{connection}` | `HIST` | reconciliation |
//! | a request to resend many records, and how far it came | `C#{connection}` | `RESEND#{kind}` | settings; the retry job |
//! | what an admin key is called | `C#{connection}` | `A#{key}` | settings (prefix) |
//! | a number that is being called, by its idempotency key | `C#{connection}` | `D#{digest}` | click-to-call, once |
//! | a stranger of whom a contact is being made, by their number's digest | `C#{connection}` | `S#{digest}` | whoever makes contacts, for minutes |
//! | entry of the audit trail | `C#{connection}` | `U#{at}#{unique}` | settings, newest first |
//! | failures, by door and by whom | `R#{door}#{digest}` | `META` | whoever fails, in one write |
//! | consent that was begun on a PBX, by its `state` | `O#{digest}` | `META` | connecting, once |
//! | session on the pages, by its cookie | `W#{digest}` | `META` | every page |
//! | ownership of a PBX client | `P#{origin}#{client}` | `META` | connecting |
//! | leg: its events, its record | `K#{connection}#{call}` | `L#{leg}` | event (one key); settling a call (partition) |
//! | the call as a whole: words of its queues and IVRs, its missed record, what the history told | `K#{connection}#{call}` | `CALL` | every event (in its batch); settling a call (partition) |
//!
//! | index | hash | range | holds |
//! |---|---|---|---|
//! | `due` | `due_shard` | `due_at` (µs) | whatever is due at some time; keys only |
//! | `calls` | `list_pk` = `{connection}` | `list_sk` = `{started_at}#{record}` | records, by time; keys only |
//! | | `list_pk` = `{connection}#unlogged` | `list_sk` = `{arrival}#{record}` | legs that gave no record (yet) |
//!
//! A leg is an item of its own, so that a queue that rings twenty phones for half an hour neither outgrows an
//! item nor makes one hot, and so that one write both stores an event and brings back all there is to decide on. A
//! call has an item of its own only if something concerns it as a whole: most answered calls have none.

use crate::clock::Timestamp;
use crate::model::call::{RecordId, RecordPlace};
use crate::model::connection::Origin;
use crate::model::delivery::Which;
use crate::model::ids::{ConnectionId, ExtensionId, PbxClientId};
use crate::model::keyring::KeyId;
use crate::model::secret::Digest;

/// Spreads what is due over this many index partitions of 1,000 writes a second each; every sweep reads each once.
pub const DUE_SHARDS: u8 = 16;

/// The index of what is due.
pub const DUE_INDEX: &str = "due";
/// The index of records by time.
pub const CALLS_INDEX: &str = "calls";

/// The sort key of a connection.
pub const META: &str = "META";
/// The sort key of a call as a whole, and of its missed record.
pub const CALL: &str = "CALL";
/// The sort key of how far the history was compared.
pub const HISTORY: &str = "HIST";
/// The sort key of the PBX token, budget and lease.
pub const PBX: &str = "PBX";
/// The sort key of what a consent in the CRM gave.
pub const CRM: &str = "CRM";
/// The sort key of the mapping.
pub const MAPPING: &str = "MAP";
/// The prefix of extensions' sort keys.
pub const EXTENSION_PREFIX: &str = "X#";
/// The prefix of notices' sort keys.
pub const NOTICE_PREFIX: &str = "N#";
/// The prefix of sort keys of what admin keys are called.
pub const ADMIN_KEY_PREFIX: &str = "A#";
/// The prefix of sort keys of the audit trail.
pub const ENTRY_PREFIX: &str = "U#";
/// The prefix of legs' sort keys.
pub const LEG_PREFIX: &str = "L#";

/// The partition of a connection.
pub fn connection(id: ConnectionId) -> String {
    format!("C#{id}")
}

/// Reads [`connection`].
pub fn parse_connection(pk: &str) -> Option<ConnectionId> {
    ConnectionId::parse(pk.strip_prefix("C#")?)
}

/// The sort key of an extension.
pub fn extension(id: ExtensionId) -> String {
    format!("{EXTENSION_PREFIX}{id}")
}

/// The sort key of a notice.
pub fn notice(key: &str) -> String {
    format!("{NOTICE_PREFIX}{key}")
}

/// The sort key of a request to resend many records.
pub const fn resend(which: Which) -> &'static str {
    match which {
        Which::Failed => "RESEND#failed",
        Which::Paused => "RESEND#paused",
    }
}

/// The sort key of what an admin key is called.
pub fn admin_key(id: &KeyId) -> String {
    format!("{ADMIN_KEY_PREFIX}{id}")
}

/// The sort key of a stranger of whom a contact is being made.
pub fn stranger(who: &Digest) -> String {
    format!("S#{}", who.short_hex(32))
}

/// The sort key of a number that is being called.
pub fn dial(key: &Digest) -> String {
    format!("D#{}", key.short_hex(32))
}

/// The sort key of an entry of the audit trail.
pub fn entry(at: Timestamp, unique: &str) -> String {
    format!("{ENTRY_PREFIX}{}{unique}", listed_from(at))
}

/// The partition that says which connection a PBX client belongs to.
pub fn pbx_client(origin: &Origin, client: PbxClientId) -> String {
    format!("P#{origin}#{client}")
}

/// The partition of a counter of failures.
pub fn attempts(door: &str, who: &Digest) -> String {
    format!("R#{door}#{}", who.short_hex(32))
}

/// The partition of a consent that was begun.
pub fn consent(state: &Digest) -> String {
    format!("O#{}", state.short_hex(32))
}

/// The partition of a session on the pages.
pub fn session(cookie: &Digest) -> String {
    format!("W#{}", cookie.short_hex(32))
}

/// The partition of a call.
pub fn call(connection: ConnectionId, call: [u8; 16]) -> String {
    format!("K#{connection}#{}", hex::encode(call))
}

/// The beginning of the partitions of a connection's calls.
pub fn calls_of(connection: ConnectionId) -> String {
    format!("K#{connection}#")
}

/// Reads [`call`].
pub fn parse_call(pk: &str) -> Option<(ConnectionId, [u8; 16])> {
    let (connection, call) = pk.strip_prefix("K#")?.split_once('#')?;
    let mut bytes = [0; 16];
    hex::decode_to_slice(call, &mut bytes).ok()?;
    Some((ConnectionId::parse(connection)?, bytes))
}

/// The sort key of a record's item.
pub fn record(place: RecordPlace) -> String {
    match place {
        RecordPlace::Leg(leg) => format!("{LEG_PREFIX}{}", hex::encode(leg)),
        RecordPlace::Missed => CALL.to_owned(),
    }
}

/// Reads [`record`].
pub fn parse_record(sk: &str) -> Option<RecordPlace> {
    if sk == CALL {
        return Some(RecordPlace::Missed);
    }
    let mut leg = [0; 8];
    hex::decode_to_slice(sk.strip_prefix(LEG_PREFIX)?, &mut leg).ok()?;
    Some(RecordPlace::Leg(leg))
}

/// The index partition in which an item's due time stands.
pub fn due_shard(pk: &str) -> String {
    let first = Digest::of(pk.as_bytes()).bytes()[0];
    shard_name(first % DUE_SHARDS)
}

/// All index partitions of due items.
pub fn due_shards() -> impl Iterator<Item = String> {
    (0..DUE_SHARDS).map(shard_name)
}

fn shard_name(shard: u8) -> String {
    format!("D{shard}")
}

/// The list of a connection's records.
pub fn logged(connection: ConnectionId) -> String {
    connection.to_string()
}

/// The list of a connection's legs that gave no record.
pub fn unlogged(connection: ConnectionId) -> String {
    format!("{connection}#unlogged")
}

/// The sort key of a record among its connection's.
pub fn listed(started_at: Timestamp, record: RecordId) -> String {
    format!("{}{record}", listed_from(started_at))
}

/// The beginning of the sort keys of all records from a moment on; sorts as text the way the moments do.
pub fn listed_from(moment: Timestamp) -> String {
    format!("{:019}#", moment.micros().max(0))
}
