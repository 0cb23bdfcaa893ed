//! What is counted second by second and minute by minute. Times come in order, as near as it matters.

use ringbridge::storage::keys;

use super::{Micros, SECOND};
use crate::usage::Requests;

/// The most in any second or minute.
#[derive(Clone, Debug, Default)]
pub struct Heat {
    second: Micros,
    shards: Vec<u32>,
    units: u32,
    connections: Vec<OfConnection>,
    minute: Micros,
    messages: u32,
    /// Writes a second to the hottest partition of the index of what is due.
    pub due_writes: u32,
    /// Write units a second of the table.
    pub table_units: u32,
    /// Writes a second to the hottest partition of the index of records: a connection's.
    pub list_writes: u32,
    /// Reads a second of the hottest partition of the table: a connection's.
    pub reads: u32,
    /// Requests a second to the busiest CRM.
    pub crm: u32,
    /// Messages sent in the fullest minute.
    pub most_messages: u32,
    /// Messages sent.
    pub all_messages: u64,
}

#[derive(Clone, Debug, Default)]
struct OfConnection {
    second: Micros,
    list_writes: u32,
    reads: u32,
    crm: u32,
}

impl Heat {
    /// For so many connections.
    pub fn new(connections: u32) -> Self {
        Self {
            shards: vec![0; usize::from(keys::DUE_SHARDS)],
            connections: vec![OfConnection::default(); connections as usize],
            ..Self::default()
        }
    }

    /// Counts requests that are made about one call or connection.
    pub fn count(&mut self, at: Micros, connection: u32, shard: u8, requests: &Requests) {
        let second = at / SECOND;
        if second > self.second {
            self.second = second;
            self.units = 0;
            self.shards.fill(0);
        }
        self.units += requests.units + requests.other_writes;
        self.table_units = self.table_units.max(self.units);
        let shard = &mut self.shards[usize::from(shard)];
        *shard += requests.due_writes;
        self.due_writes = self.due_writes.max(*shard);
        let of = &mut self.connections[connection as usize];
        if second > of.second {
            *of = OfConnection { second, ..OfConnection::default() };
        }
        of.list_writes += requests.list_writes;
        // The connection and the extension that an event or a retry reads stand in one partition.
        of.reads += 2 * u32::from(requests.reads > 0);
        of.crm += requests.crm;
        self.list_writes = self.list_writes.max(of.list_writes);
        self.reads = self.reads.max(of.reads);
        self.crm = self.crm.max(of.crm);
    }

    /// Counts a message.
    pub fn message(&mut self, at: Micros) {
        let minute = at / (60 * SECOND);
        if minute > self.minute {
            self.minute = minute;
            self.messages = 0;
        }
        self.messages += 1;
        self.all_messages += 1;
        self.most_messages = self.most_messages.max(self.messages);
    }
}
