//! Calls that gave no record, each once, with the reason that decides and the phones that nobody is mapped to.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use utoipa::ToSchema;

use super::call::{book, is_given_up, verdicts};
use crate::clock::Timestamp;
use crate::flow::CallDeps;
use crate::model::call::{Direction, Flow, RecordId};
use crate::model::connection::Connection;
use crate::model::extension::{Extension, ExtensionKind};
use crate::model::ids::ExtensionId;
use crate::rules::leg::{LegReading, Stage};
use crate::storage::CallItems;

/// A call without a record.
#[derive(Clone, Serialize, ToSchema)]
pub struct UnloggedCall {
    /// The leg under which it can be opened.
    pub record_id: String,
    /// The call.
    pub call_id: String,
    /// Which way.
    pub direction: Direction,
    /// The other party; null when withheld.
    #[schema(required)]
    pub external_number: Option<String>,
    /// The extensions that it met.
    pub numbers: Vec<String>,
    /// When it began.
    #[schema(format = DateTime)]
    pub started_at: String,
    /// Why it gave no record.
    pub reason: String,
    /// Phones of it that have no person: calls that they take are nobody's, or not followed at all.
    pub unmapped: Vec<String>,
}

/// A call, if it gave no record.
pub fn of(
    call: &CallItems,
    connection: &Connection,
    extensions: &BTreeMap<ExtensionId, Extension>,
    deps: &CallDeps,
) -> Option<UnloggedCall> {
    let records = call.legs.iter().map(|leg| &leg.record).chain(call.call.iter().map(|call| &call.record));
    if records.filter_map(|record| record.delivery.as_ref()).any(|delivery| !delivery.is_withdrawn()) {
        return None;
    }
    let legs = call.spoken();
    let mut readings: Vec<_> = legs.iter().map(|leg| LegReading::new(leg, book(connection))).collect();
    readings.sort_by_key(LegReading::started_at);
    let (first, item) = (readings.first()?, newest(call)?);
    let given_up = call.legs.iter().any(is_given_up);
    let verdicts = verdicts(call, connection, deps)?;
    let mut numbers: Vec<_> =
        readings.iter().map(|reading| reading.leg().extension.number.as_str().to_owned()).collect();
    numbers.dedup();
    Some(UnloggedCall {
        record_id: item.1.to_string(),
        call_id: call.call_id()?.as_str().to_owned(),
        direction: if first.flow == Flow::In { Direction::Inbound } else { Direction::Outbound },
        external_number: first.scope.other_party().map(|number| number.reveal().to_owned()),
        numbers,
        started_at: first.started_at().rfc3339(),
        reason: verdicts.on_call(given_up).to_owned(),
        unmapped: unmapped(call, extensions),
    })
}

/// When the newest leg of a call without a record arrived, and its record: where the call stands in the list of legs.
pub fn newest(call: &CallItems) -> Option<(Timestamp, RecordId)> {
    let legs = call.legs.iter().filter(|item| item.record.delivery.is_none());
    let arrivals =
        legs.filter_map(|item| Some((item.leg.events().iter().map(|one| one.at).min()?, item.record.id)));
    arrivals.max()
}

/// Phones that took part and that nobody is mapped to: by their own last events, or by the PBX's history.
fn unmapped(call: &CallItems, extensions: &BTreeMap<ExtensionId, Extension>) -> Vec<String> {
    let told = call.evidence().into_iter().flat_map(|evidence| &evidence.legs);
    let told = told.filter(|told| told.is_phone()).filter_map(|told| told.told.extension_id);
    let heard = call.legs.iter().map(|item| item.leg.extension.id);
    let ids: BTreeSet<_> = heard.chain(told).collect();
    let nobodys = ids.iter().filter_map(|id| extensions.get(id));
    let nobodys = nobodys
        .filter(|one| one.crm_user.is_none() && one.listed.kind == ExtensionKind::Phone && one.present);
    nobodys.map(|one| one.listed.number.as_str().to_owned()).collect()
}

/// Whether a call was in the list before a place in it.
pub fn was_shown(call: &CallItems, connection: &Connection, from: (Timestamp, RecordId)) -> bool {
    let Some(newest) = newest(call).filter(|newest| *newest >= from) else { return false };
    let leg = call.legs.iter().find(|item| item.record.id == newest.1);
    leg.is_some_and(|item| LegReading::new(&item.leg, book(connection)).stage == Stage::Ended)
}
