//! What the PBX's history says of a story: whole seconds, ids in upper case, one row a leg.

use serde_json::{Value, json};

use super::leg::{Leg, Way};
use super::tale::Tale;
use crate::site::cast::{DID, Kind};
use crate::site::{Remembered, moment};

/// The history of a call that begins at `begin`. `brief` leaves out of the rows what some accounts don't show: then a
/// row's duration is its talk.
pub(super) fn of(tale: &Tale, begin: i64, brief: bool) -> Remembered {
    let ended = tale.legs.iter().map(|leg| leg.ended).max().unwrap_or_default();
    let talks = tale.legs.iter().filter(|leg| leg.is_phone() && leg.answered.is_some());
    let bridged = talks.filter_map(|leg| leg.answered).min();
    let rows: Vec<_> = tale.legs.iter().map(|leg| row(tale, leg, begin, brief)).collect();
    let mut json = rows.first().cloned().unwrap_or_default();
    let whole = |from: i64| seconds(begin + ended) - seconds(begin + from);
    let first = tale.legs.first();
    for (key, value) in [
        ("call_uuid", json!(tale.call_id.to_uppercase())),
        ("flow", json!(if tale.inbound { "in" } else { "out" })),
        ("result", json!(if bridged.is_some() { "bridged" } else { "not answered" })),
        ("from_username", json!(first.map(|leg| leg.from.clone()))),
        ("to_username", json!(first.map(|leg| leg.to.clone()))),
        ("init_time_gmt", moment(Some(begin))),
        ("start_time_gmt", moment(Some(begin))),
        ("bridged_time_gmt", moment(bridged.map(|at| begin + at))),
        ("hangup_time_gmt", moment(Some(begin + ended))),
        ("duration", json!(whole(0))),
        ("bridged", json!(bridged.is_some())),
        ("bridged_duration", json!(bridged.map(whole))),
        ("hangup_cause", json!("NORMAL_CLEARING")),
        ("hangup_disposition", json!("caller_bye")),
        ("cdr", Value::Array(rows)),
    ] {
        json[key] = value;
    }
    Remembered { ended: begin + ended, json }
}

fn row(tale: &Tale, leg: &Leg, begin: i64, brief: bool) -> Value {
    let place = !leg.is_phone();
    let taken = if place { leg.bridged } else { leg.answered.is_some() };
    let talk_from = leg.answered.filter(|_| taken || place);
    let span = |from: i64| seconds(begin + leg.ended) - seconds(begin + from);
    let mut row = json!({
        "flow": if leg.way == Way::In { "in" } else { "out" },
        "result": result(tale, leg, taken, brief),
        "extension_id": leg.extension.id,
        "extension_name": leg.extension.address(),
        "extension_type": leg.extension.kind.name(),
        "from_username": leg.from,
        "to_username": leg.to,
        "did_number": leg.did.then_some(DID),
        "init_time_gmt": moment(Some(begin + leg.began)),
        "hangup_time_gmt": moment(Some(begin + leg.ended)),
        "duration": talk_from.map_or(0, span),
        "record_uuid": null,
        "application": (leg.extension.kind == Kind::Queue).then_some("callcenter"),
    });
    if !brief {
        row["start_time_gmt"] = moment(Some(begin + leg.began));
        row["bridged_time_gmt"] = moment(leg.answered.filter(|_| taken).map(|at| begin + at));
        row["bridged"] = json!(taken);
        row["bridged_duration"] = json!(leg.answered.filter(|_| taken).map_or(0, span));
        row["duration"] = json!(span(leg.began));
    }
    row
}

fn result(tale: &Tale, leg: &Leg, taken: bool, brief: bool) -> &'static str {
    if !leg.is_phone() {
        // A menu or a queue takes every call itself.
        return match (brief, taken) {
            (true, _) => "answered",
            (false, true) => "bridged",
            (false, false) => "not answered",
        };
    }
    let meanwhile = |other: &&Leg| {
        other.is_phone() && other.way == Way::In && other.began <= leg.ended && other.ended >= leg.ended
    };
    match leg.status {
        "ANSWER" => "answered",
        "BUSY" => "busy",
        "CHANUNAVAIL" | "CONGESTION" => "failed",
        "CANCEL"
            if leg.way == Way::In && tale.legs.iter().filter(meanwhile).any(|one| one.answered.is_some()) =>
        {
            "answered elsewhere"
        }
        _ => "not answered",
    }
}

/// The history cuts the fraction of every moment.
const fn seconds(micros: i64) -> i64 {
    micros.div_euclid(1_000_000)
}
