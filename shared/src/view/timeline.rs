//! A call's legs on a line of time: which phone rang, from when, and how long it talked.

use serde::Serialize;
use utoipa::ToSchema;

use super::call::book;
use crate::clock::Timestamp;
use crate::model::call::Flow;
use crate::model::connection::Connection;
use crate::model::extension::ExtensionKind;
use crate::rules::leg::{LegReading, Stage};
use crate::storage::CallItems;

/// A leg of a call, on one extension.
#[derive(Clone, Serialize, ToSchema)]
pub struct LegLine {
    /// The extension.
    pub number: String,
    /// What it is.
    pub extension_type: ExtensionKind,
    /// Its id.
    pub extension_id: u64,
    /// Whether the call came to it; else it went out from it.
    pub inbound: bool,
    /// When it began to ring or to dial.
    #[schema(format = DateTime)]
    pub started_at: String,
    /// When it was answered.
    #[schema(required, format = DateTime)]
    pub answered_at: Option<String>,
    /// When it ended.
    #[schema(required, format = DateTime)]
    pub ended_at: Option<String>,
    /// The same as seconds after the call's beginning, for a picture: ring, talk and end.
    #[serde(skip)]
    pub at: (f64, Option<f64>, Option<f64>),
}

/// The legs of a call, by their beginning.
pub fn of(call: &CallItems, connection: &Connection) -> Vec<LegLine> {
    let mut readings: Vec<_> =
        call.spoken().into_iter().map(|leg| LegReading::new(leg, book(connection))).collect();
    readings.sort_by_key(|reading| (reading.started_at(), reading.leg().extension.id));
    let Some(began) = readings.first().map(LegReading::started_at) else { return Vec::new() };
    let after = |moment: Timestamp| moment.since(began).as_secs_f64();
    let lines = readings.iter().map(|reading| {
        let extension = &reading.leg().extension;
        let started = reading.started_at();
        let answered = reading.answered_at().filter(|_| reading.answered || reading.stage == Stage::Answered);
        let ended = reading.ended_at();
        LegLine {
            number: extension.number.as_str().to_owned(),
            extension_type: extension.kind,
            extension_id: extension.id.get(),
            inbound: reading.flow == Flow::In,
            started_at: started.rfc3339(),
            answered_at: answered.map(Timestamp::rfc3339),
            ended_at: ended.map(Timestamp::rfc3339),
            at: (after(started), answered.map(after), ended.map(after)),
        }
    });
    lines.collect()
}
