//! Events as the PBX posts them: which fields are there, and how they are written.

use super::leg::{Leg, Way};
use super::random::Luck;
use super::tale::Tale;
use crate::site::cast::{DID, Kind};

/// An event of a story.
#[derive(Clone, Debug)]
pub(super) struct Event {
    pub(super) leg: usize,
    /// `EventType`.
    pub(super) kind: &'static str,
    /// When it happens, in microseconds after the beginning of the call.
    pub(super) at: i64,
    /// The form.
    pub(super) body: String,
}

/// What some accounts do otherwise with the hangup of an answered phone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Quirk {
    None,
    /// `Duration` in seconds.
    Seconds,
    /// A `Duration` that can't be.
    Absurd,
    /// No `CallStatus`.
    NoStatus,
    /// A second hangup follows, without `Duration`, with this status.
    Second(&'static str),
}

impl Quirk {
    fn of(leg: &Leg, quirky: bool, luck: &mut Luck) -> Self {
        if !quirky || !leg.is_phone() || leg.answered.is_none() {
            return Self::None;
        }
        match luck.below(25) {
            // Of less than that nobody can tell a duration in seconds from one in microseconds.
            0 if leg.talk() > 2_000_000 => Self::Seconds,
            1 => Self::Absurd,
            2 => Self::NoStatus,
            3 => Self::Second("CANCEL"),
            4 => Self::Second("ANSWER"),
            _ => Self::None,
        }
    }
}

/// The events of a call that begins at `begin`, in the order in which they happen. Phones tell all that happens to
/// them, queues and menus how the caller left them.
pub(super) fn events(tale: &Tale, begin: i64, quirky: bool, luck: &mut Luck) -> Vec<Event> {
    let mut events = Vec::new();
    for (place, leg) in tale.legs.iter().enumerate().filter(|(_, leg)| leg.speaks) {
        let dial = if leg.way == Way::In { "dial-in" } else { "dial-out" };
        let quirk = Quirk::of(leg, quirky, luck);
        let mut add = |kind, at, leg: &Leg, quirk| {
            let body = body(tale, leg, kind, begin + at, quirk, luck);
            events.push(Event { leg: place, kind, at, body });
        };
        if leg.is_phone() {
            if leg.dials {
                add(dial, leg.began, leg, quirk);
            }
            if let Some(answered) = leg.answered {
                add("answer", answered, leg, quirk);
            }
        }
        add("hangup", leg.ended, leg, quirk);
        if let Quirk::Second(status) = quirk {
            add("hangup", leg.ended + 100_000, &Leg { answered: None, status, ..leg.clone() }, Quirk::None);
        }
    }
    events.sort_by_key(|event| event.at);
    events
}

fn body(tale: &Tale, leg: &Leg, kind: &str, time: i64, quirk: Quirk, luck: &mut Luck) -> String {
    let mut fields: Vec<(&str, String)> = Vec::new();
    let mut add = |key, value: &str| {
        if !value.is_empty() {
            fields.push((key, value.to_owned()));
        }
    };
    let status = match kind {
        "answer" => "ANSWER",
        "hangup" if quirk == Quirk::NoStatus => "",
        "hangup" => leg.status,
        _ => "CALLING",
    };
    let flow = match (leg.way, luck.percent(20)) {
        (Way::In, true) => "IN",
        (Way::In, false) => "in",
        (Way::Out, true) => "OUT",
        (Way::Out, false) => "out",
    };
    add("EventType", kind);
    add("EventTime", &time.to_string());
    add("CallID", &tale.call_id);
    add("SubCallID", &leg.id);
    add("CallAPIID", &format!("2719405518-{}", tale.call_id));
    add("CallFlow", flow);
    add("CallStatus", status);
    add("CallerIDNum", &leg.caller);
    add("CallerIDName", &leg.caller);
    add("CalledNumber", &leg.called);
    if leg.did {
        add("CalledDID", DID);
    }
    if let Some(called) = leg.called_extension {
        add("CalledExtension", &called.address());
        add("CalledExtensionID", &called.id.to_string());
    }
    if let Some(caller) = leg.caller_extension {
        add("CallerExtension", &caller.address());
        add("CallerExtensionID", &caller.id.to_string());
    }
    if let Some(remote) = &leg.remote {
        add("RemoteNumber", remote);
    }
    if leg.forwarded {
        add("Transfered", "yes");
    }
    if let Some(other) = leg.bundle {
        add("BundleInfo", &format!("{};{};a1b2c3", other.id, other.number()));
    }
    if leg.on_behalf {
        add("CallBackID", "cf4810538018b00161ca6eb2c9194f06");
    }
    if kind == "hangup" {
        let stay = leg.talk();
        match quirk {
            Quirk::Seconds => add("Duration", &leg.talk_seconds().to_string()),
            Quirk::Absurd => add("Duration", "99999999999999"),
            Quirk::None | Quirk::NoStatus | Quirk::Second(_) => {
                if leg.answered.is_some() || luck.percent(40) {
                    add("Duration", &stay.to_string());
                }
            }
        }
        if matches!(leg.extension.kind, Kind::Queue | Kind::Ivr) {
            add("Bridged", if leg.bridged { "yes" } else { "no" });
        }
    }
    written(&fields, luck)
}

/// A form; whether `*` and `@` are encoded differs, and nobody may depend on the order of the keys.
fn written(fields: &[(&str, String)], luck: &mut Luck) -> String {
    let star = if luck.percent(50) { "%2A" } else { "*" };
    // A plus that was not encoded becomes a space, which the reader must know.
    let plus = if luck.percent(90) { "%2B" } else { "+" };
    let mut pairs: Vec<_> = fields
        .iter()
        .map(|(key, value)| {
            let value = value.replace('%', "%25").replace('&', "%26").replace('*', star).replace(';', "%3B");
            // Inside an address nobody restores a plus.
            let plus = if value.starts_with('+') { plus } else { "%2B" };
            format!("{key}={}", value.replace('+', plus))
        })
        .collect();
    if luck.percent(20) {
        luck.shuffle(&mut pairs);
    }
    pairs.join("&")
}
