//! A leg as the history writes it down: from what happened to it, whether anybody was told of it or not.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::View;
use crate::pbx::extension::ExtensionKind;
use crate::pbx::gmt;
use crate::pbx::player::Emission;
use crate::pbx::tenant::Tenant;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Leg {
    pub(super) sub_call_id: String,
    pub(super) extension_id: u64,
    flow: String,
    pub(super) from: String,
    pub(super) to: String,
    pub(super) did: Option<String>,
    pub(super) started: i64,
    pub(super) answered: Option<i64>,
    pub(super) ended: Option<i64>,
    status: String,
    record_uuid: Option<String>,
    /// Made by a transfer or by a forwarding rule.
    #[serde(default)]
    transferred: bool,
    /// What a queue or a menu says of itself when the caller leaves it.
    #[serde(default)]
    passed_on: Option<bool>,
}

impl Leg {
    pub(super) fn begin(sub_call_id: &str, emission: &Emission) -> Self {
        let field = |key: &str| emission.get(key).map(str::to_owned);
        Self {
            sub_call_id: sub_call_id.into(),
            extension_id: emission.extension_id,
            flow: field("CallFlow").unwrap_or_default().to_ascii_lowercase(),
            // Who is connected, not who passed the call on.
            from: field("RemoteNumber").or_else(|| field("CallerIDNum")).unwrap_or_default(),
            to: field("CalledNumber").unwrap_or_default(),
            did: field("CalledDID"),
            started: emission.at,
            answered: None,
            ended: None,
            status: "CALLING".into(),
            record_uuid: None,
            transferred: emission.get("Transfered") == Some("yes"),
            passed_on: None,
        }
    }

    pub(super) fn add(&mut self, emission: &Emission) {
        self.started = self.started.min(emission.at);
        match emission.event_type.as_str() {
            "answer" => self.answered = Some(emission.at),
            "hangup" => {
                self.ended = Some(emission.at);
                self.status = emission.get("CallStatus").unwrap_or_default().into();
                self.record_uuid = emission.record_uuid.as_ref().map(|one| one.to_ascii_uppercase());
                self.passed_on = emission.get("Bridged").map(|word| word == "yes");
                let stay = emission.get("Duration").and_then(|text| text.parse::<i64>().ok());
                if let Some(stay) = stay.filter(|_| self.passed_on.is_some()) {
                    // A queue or a menu tells of the caller's coming only when they leave.
                    self.started = self.started.min(emission.at - stay);
                }
            }
            _ => {}
        }
    }

    /// As the history writes directions: what a transfer made has its own.
    pub(super) fn flow(&self) -> &str {
        if self.transferred { "transfer" } else { &self.flow }
    }

    /// Whether it is a person's phone that rang, not a queue or a menu.
    fn is_phone(&self) -> bool {
        self.passed_on.is_none()
    }

    /// When two people were connected over it; for a queue or a menu when one of its phones was answered.
    pub(super) fn bridged(&self, legs: &[Self]) -> Option<i64> {
        if self.is_phone() {
            return self.answered;
        }
        let within = |moment: &i64| self.started <= *moment && self.ended.is_none_or(|end| *moment <= end);
        let phones = legs.iter().filter(|leg| leg.is_phone() && leg.flow == "in");
        phones.filter_map(|leg| leg.answered).filter(within).min().filter(|_| self.passed_on == Some(true))
    }

    /// How it ended, in the history's words.
    pub(super) fn result(&self, legs: &[Self]) -> &'static str {
        match (self.status.as_str(), self.passed_on) {
            (_, Some(true)) => "bridged",
            ("ANSWER", None) => "answered",
            ("BUSY", None) => "busy",
            ("CANCEL", None) if self.lost_to_another(legs) => "answered elsewhere",
            (_, Some(false)) | ("CALLING" | "NOANSWER" | "CANCEL", None) => "not answered",
            (_, None) => "failed",
        }
    }

    /// Whether another phone was answered while this one rang.
    fn lost_to_another(&self, legs: &[Self]) -> bool {
        let end = self.ended.unwrap_or(i64::MAX);
        let others = legs.iter().filter(|leg| leg.sub_call_id != self.sub_call_id && leg.is_phone());
        others.filter_map(|leg| leg.answered).any(|moment| (self.started..=end).contains(&moment))
    }

    /// The recording, once it is ready.
    pub(super) fn record(&self, view: View) -> Option<&String> {
        let ready = self.ended.is_some_and(|end| end.saturating_add(view.recordings_after) <= view.now);
        self.record_uuid.as_ref().filter(|_| ready)
    }

    pub(super) fn json(&self, tenant: &Tenant, legs: &[Self], view: View) -> Value {
        let kind = tenant.extension(self.extension_id).map(|one| one.kind);
        let application = (kind == Some(ExtensionKind::Queue)).then_some("callcenter");
        let bridged = self.bridged(legs);
        let to_end = |from: i64| self.ended.map(|end| gmt::seconds_between(from, end));
        let began = if self.is_phone() { self.answered.or(self.ended) } else { Some(self.started) };
        let mut leg = json!({
            "flow": self.flow(), "result": self.result(legs), "extension_id": self.extension_id,
            "extension_name": self.extension_name(tenant), "extension_type": kind,
            "from_username": self.from, "to_username": self.to, "did_number": self.did,
            "init_time_gmt": gmt::text(self.started), "start_time_gmt": began.map(gmt::text),
            "hangup_time_gmt": self.ended.map(gmt::text), "duration": began.and_then(to_end),
            "record_uuid": self.record(view), "application": application,
        });
        if !view.bare_legs {
            leg["bridged"] = json!(bridged.is_some());
            leg["bridged_time_gmt"] = json!(bridged.map(gmt::text));
            leg["bridged_duration"] = json!(bridged.and_then(to_end));
        }
        leg
    }

    pub(super) fn extension_name(&self, tenant: &Tenant) -> Option<String> {
        let extension = tenant.extension(self.extension_id)?;
        Some(format!("{}@{}", tenant.full_number(extension), tenant.domain))
    }
}
