//! Call history: what happened, as it is read afterwards, also of phones that nobody listens to and of events that
//! were lost. Durations are in seconds here and ids in upper case, unlike in the events.

mod leg;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use self::leg::Leg;
use super::gmt;
use super::player::Emission;
use super::tenant::Tenant;

/// Whether the history can be read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum HistoryAccess {
    /// It can.
    #[default]
    Open,
    /// 403: the application has no right to it.
    Forbidden,
    /// The connection breaks off.
    Unreachable,
}

/// How the history shows what it knows.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct View {
    /// The present, in microseconds since the epoch; each request sets it.
    pub(super) now: i64,
    /// How long after its end a call appears.
    pub(super) lag: i64,
    /// How long after the end of a leg its recording appears.
    pub(super) recordings_after: i64,
    /// Whether legs lack the fields about when they were bridged, as in the one public capture of a history.
    pub(super) bare_legs: bool,
}

/// A call that the history knows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Call {
    pub(super) client_id: u64,
    /// `CallID`, upper case.
    pub(super) uuid: String,
    pub(super) started: i64,
    legs: Vec<Leg>,
}

/// Adds what an emission tells about its call to the history of `client_id`.
pub(super) fn absorb(calls: &mut Vec<Call>, client_id: u64, emission: &Emission) {
    let (Some(call_id), Some(sub_call_id)) = (emission.get("CallID"), emission.get("SubCallID")) else {
        return;
    };
    let uuid = call_id.to_ascii_uppercase();
    let index = calls.iter().position(|call| call.uuid == uuid).unwrap_or_else(|| {
        calls.push(Call { client_id, uuid, started: emission.at, legs: Vec::new() });
        calls.len() - 1
    });
    let call = &mut calls[index];
    let index = call.legs.iter().position(|leg| leg.sub_call_id == sub_call_id).unwrap_or_else(|| {
        call.legs.push(Leg::begin(sub_call_id, emission));
        call.legs.len() - 1
    });
    call.legs[index].add(emission);
    call.started = call.started.min(call.legs[index].started);
    call.legs.sort_by_key(|leg| leg.started);
}

impl Call {
    /// Whether it is over, for long enough to be shown: a call that goes on is not in the history.
    pub(super) fn is_shown(&self, view: View) -> bool {
        let ends = self.legs.iter().map(|leg| leg.ended);
        let ended = ends.collect::<Option<Vec<_>>>().and_then(|ends| ends.into_iter().max());
        ended.is_some_and(|end| end.saturating_add(view.lag) <= view.now)
    }

    /// Whether `extension_id` took part.
    pub(super) fn involves(&self, extension_id: u64) -> bool {
        self.legs.iter().any(|leg| leg.extension_id == extension_id)
    }

    /// The direction of the first leg.
    pub(super) fn flow(&self) -> &str {
        self.legs.first().map_or("in", |leg| if leg.flow() == "in" { "in" } else { "out" })
    }

    /// Whether this call has the recording, whose id is compared without regard to case.
    pub(super) fn has_record(&self, record_uuid: &str, view: View) -> bool {
        let same = |own: &String| own.eq_ignore_ascii_case(record_uuid);
        self.legs.iter().filter_map(|leg| leg.record(view)).any(same)
    }

    /// The call as the API shows it.
    pub(super) fn json(&self, tenant: &Tenant, view: View) -> Value {
        let first = self.legs.first();
        let bridged = self.legs.iter().filter_map(|leg| leg.bridged(&self.legs)).min();
        let ended = self.legs.iter().filter_map(|leg| leg.ended).max();
        let to_end = |from: i64| ended.map(|end| gmt::seconds_between(from, end));
        let result = match (bridged, first) {
            (Some(_), _) => "bridged",
            (None, Some(leg)) => leg.result(&self.legs),
            (None, None) => "failed",
        };
        json!({
            "call_uuid": self.uuid, "flow": self.flow(), "result": result,
            "init_time_gmt": gmt::text(self.started), "start_time_gmt": gmt::text(self.started),
            "bridged_time_gmt": bridged.map(gmt::text), "hangup_time_gmt": ended.map(gmt::text),
            "duration": to_end(self.started), "bridged": bridged.is_some(),
            "bridged_duration": bridged.and_then(to_end),
            "from_username": first.map(|leg| &leg.from), "to_username": first.map(|leg| &leg.to),
            "did_number": first.and_then(|leg| leg.did.as_ref()),
            "extension_id": first.map(|leg| leg.extension_id),
            "extension_name": first.and_then(|leg| leg.extension_name(tenant)),
            "extension_type": first.and_then(|leg| tenant.extension(leg.extension_id)).map(|one| one.kind),
            "client_owner_id": self.client_id, "hangup_cause": "NORMAL_CLEARING",
            "hangup_disposition": "caller_bye",
            "cdr": self.legs.iter().map(|leg| leg.json(tenant, &self.legs, view)).collect::<Vec<_>>(),
        })
    }
}
