//! Calls that go on: who rings, who talks, and since when.

use std::time::Duration;

use serde::Serialize;
use utoipa::ToSchema;

use super::call::book;
use crate::clock::Timestamp;
use crate::model::call::Direction;
use crate::model::call::Flow;
use crate::model::connection::Connection;
use crate::rules::leg::{LegReading, Stage};
use crate::storage::CallItems;

/// A phone that rang for longer has stopped: its hangup was lost.
const LONGEST_RING: Duration = Duration::from_mins(5);
/// A leg that began earlier is taken as having ended.
pub const LONGEST: Duration = Duration::from_hours(2);

/// A call that goes on.
#[derive(Clone, Serialize, ToSchema)]
pub struct LiveCall {
    /// The call.
    pub call_id: String,
    /// Which way.
    pub direction: Direction,
    /// The outside party; null when withheld.
    #[schema(required)]
    pub external_number: Option<String>,
    /// Since when.
    #[schema(format = DateTime)]
    pub since: String,
    /// Its phones.
    pub phones: Vec<LivePhone>,
}

/// A phone that rings or talks.
#[derive(Clone, Serialize, ToSchema)]
pub struct LivePhone {
    /// Its id.
    pub extension_id: u64,
    /// Its number.
    pub number: String,
    /// Whether somebody talks on it; else it rings, or dials.
    pub talking: bool,
    /// Since when.
    #[schema(format = DateTime)]
    pub since: String,
}

/// How a call goes on; `None` if it does not.
pub fn of(call: &CallItems, connection: &Connection, now: Timestamp) -> Option<LiveCall> {
    let readings = call.legs.iter().filter(|item| !item.leg.events().is_empty());
    let readings = readings.map(|item| LegReading::new(&item.leg, book(connection)));
    let open = readings.filter(|reading| reading.is_phone() && goes_on(reading, now));
    let mut open: Vec<_> = open.collect();
    open.sort_by_key(|reading| (reading.stage != Stage::Answered, reading.started_at()));
    let first = open.first()?;
    let began = open.iter().map(LegReading::started_at).min()?;
    let phones = open.iter().map(|reading| {
        let (extension, talking) = (&reading.leg().extension, reading.stage == Stage::Answered);
        let since = reading.answered_at().filter(|_| talking).unwrap_or_else(|| reading.started_at());
        LivePhone {
            extension_id: extension.id.get(),
            number: extension.number.as_str().to_owned(),
            talking,
            since: since.rfc3339(),
        }
    });
    Some(LiveCall {
        call_id: call.call_id()?.as_str().to_owned(),
        direction: if first.flow == Flow::In { Direction::Inbound } else { Direction::Outbound },
        external_number: first.scope.other_party().map(|number| number.reveal().to_owned()),
        since: began.rfc3339(),
        phones: phones.collect(),
    })
}

fn goes_on(reading: &LegReading<'_>, now: Timestamp) -> bool {
    match reading.stage {
        Stage::Ringing => now < reading.last_word() + LONGEST_RING,
        Stage::Answered => now < reading.last_word() + LONGEST,
        Stage::Ended => false,
    }
}
