//! Call history (pbx-api.md §10.3): what was played, as it is read afterwards. Durations are in seconds here
//! and call ids in upper case, unlike in the events.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::extension::ExtensionKind;
use super::gmt;
use super::player::Emission;
use super::tenant::Tenant;

/// A call that the history knows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Call {
    pub(super) client_id: u64,
    /// `CallID`, upper case.
    pub(super) uuid: String,
    pub(super) started: i64,
    legs: Vec<Leg>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Leg {
    sub_call_id: String,
    extension_id: u64,
    flow: String,
    from: String,
    to: String,
    did: Option<String>,
    started: i64,
    answered: Option<i64>,
    ended: Option<i64>,
    status: String,
    record_uuid: Option<String>,
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
    call.started = call.started.min(emission.at);
    let index = call.legs.iter().position(|leg| leg.sub_call_id == sub_call_id).unwrap_or_else(|| {
        call.legs.push(Leg::begin(sub_call_id, emission));
        call.legs.len() - 1
    });
    call.legs[index].add(emission);
}

impl Leg {
    fn begin(sub_call_id: &str, emission: &Emission) -> Self {
        let field = |key: &str| emission.get(key).unwrap_or_default().to_owned();
        Self {
            sub_call_id: sub_call_id.into(),
            extension_id: emission.extension_id,
            flow: field("CallFlow").to_ascii_lowercase(),
            from: field("CallerIDNum"),
            to: field("CalledNumber"),
            did: emission.get("CalledDID").map(str::to_owned),
            started: emission.at,
            answered: None,
            ended: None,
            status: "CALLING".into(),
            record_uuid: None,
        }
    }

    fn add(&mut self, emission: &Emission) {
        self.started = self.started.min(emission.at);
        match emission.event_type.as_str() {
            "answer" => self.answered = Some(emission.at),
            "hangup" => {
                self.ended = Some(emission.at);
                self.status = emission.get("CallStatus").unwrap_or_default().into();
                self.record_uuid = emission.record_uuid.as_ref().map(|one| one.to_ascii_uppercase());
            }
            _ => {}
        }
    }

    fn result(&self) -> &'static str {
        match self.status.as_str() {
            "ANSWER" => "answered",
            "BUSY" => "busy",
            "CALLING" | "NOANSWER" | "CANCEL" => "not answered",
            _ => "failed",
        }
    }

    fn json(&self, tenant: &Tenant) -> Value {
        let kind = tenant.extension(self.extension_id).map(|one| one.kind);
        let application = (kind == Some(ExtensionKind::Queue)).then_some("callcenter");
        json!({
            "flow": self.flow, "result": self.result(), "extension_id": self.extension_id,
            "extension_name": self.extension_name(tenant), "extension_type": kind,
            "from_username": self.from, "to_username": self.to, "did_number": self.did,
            "init_time_gmt": gmt::text(self.started), "hangup_time_gmt": self.ended.map(gmt::text),
            "duration": self.ended.map(|end| gmt::seconds_between(self.answered.unwrap_or(end), end)),
            "record_uuid": self.record_uuid, "application": application,
        })
    }

    fn extension_name(&self, tenant: &Tenant) -> Option<String> {
        let extension = tenant.extension(self.extension_id)?;
        Some(format!("{}@{}", tenant.full_number(extension), tenant.domain))
    }
}

impl Call {
    /// Whether `extension_id` took part.
    pub(super) fn involves(&self, extension_id: u64) -> bool {
        self.legs.iter().any(|leg| leg.extension_id == extension_id)
    }

    /// The direction of the first leg.
    pub(super) fn flow(&self) -> &str {
        self.legs.first().map_or("in", |leg| &leg.flow)
    }

    /// Whether this call has the recording, whose id is compared without regard to case.
    pub(super) fn has_record(&self, record_uuid: &str) -> bool {
        let same = |own: &String| own.eq_ignore_ascii_case(record_uuid);
        self.legs.iter().filter_map(|leg| leg.record_uuid.as_ref()).any(same)
    }

    /// The call as the API shows it.
    pub(super) fn json(&self, tenant: &Tenant) -> Value {
        let first = self.legs.first();
        let answered = self.legs.iter().filter_map(|leg| leg.answered).min();
        let ended = self.legs.iter().filter_map(|leg| leg.ended).max();
        let to_end = |from: i64| ended.map(|end| gmt::seconds_between(from, end));
        let result = match (answered, first) {
            (Some(_), _) => "bridged",
            (None, Some(leg)) if leg.status == "ANSWER" => "not answered",
            (None, Some(leg)) => leg.result(),
            (None, None) => "failed",
        };
        json!({
            "call_uuid": self.uuid, "flow": self.flow(), "result": result,
            "init_time_gmt": gmt::text(self.started), "start_time_gmt": gmt::text(self.started),
            "bridged_time_gmt": answered.map(gmt::text), "hangup_time_gmt": ended.map(gmt::text),
            "duration": to_end(self.started), "bridged": answered.is_some(),
            "bridged_duration": answered.and_then(to_end),
            "from_username": first.map(|leg| &leg.from), "to_username": first.map(|leg| &leg.to),
            "did_number": first.and_then(|leg| leg.did.as_ref()),
            "extension_id": first.map(|leg| leg.extension_id),
            "extension_name": first.and_then(|leg| leg.extension_name(tenant)),
            "extension_type": first.and_then(|leg| tenant.extension(leg.extension_id)).map(|one| one.kind),
            "client_owner_id": self.client_id, "hangup_cause": "NORMAL_CLEARING",
            "hangup_disposition": "caller_bye",
            "cdr": self.legs.iter().map(|leg| leg.json(tenant)).collect::<Vec<_>>(),
        })
    }
}
