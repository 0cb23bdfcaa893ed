//! Events as the PBX posts them now, each call with an id of its own, in API Gateway's envelope.

use ringbridge::clock::{Clock as _, SystemClock};
use serde_json::{Value, json};
use simulators::outside::Failure;
use simulators::usage;
use simulators::world::World;

const ANSWERED: &str = include_str!("../fixtures/calls/answered.txt");
const MENU: &str = include_str!("../fixtures/calls/hung_up_in_menu.txt");
const ENVELOPE: &str = include_str!("../fixtures/lambda/http-api.json");

/// The kinds that are told apart: the events of a call that a phone answers, and the one of a call lost in a menu.
pub(crate) const KINDS: [&str; 4] = ["dial-in", "answer", "hangup", "hangup in a menu"];
/// Those of the answered call, which come first.
pub(crate) const OF_A_CALL: usize = 3;

/// The bodies of a call that a phone answered just now.
pub(crate) fn answered(place: u64) -> Vec<String> {
    renewed(ANSWERED, place)
}

/// The bodies of all kinds, in their order; two calls.
pub(crate) fn of_each_kind(place: u64) -> Vec<String> {
    let mut bodies = answered(place);
    bodies.extend(renewed(MENU, place + (1 << 40)).into_iter().take(1));
    bodies
}

/// The only event of a call lost in a menu.
pub(crate) fn lost(place: u64) -> String {
    renewed(MENU, place + (1 << 41)).swap_remove(0)
}

/// An event of some leg of a call: its hangup, after which the call is settled, each at another time. The first one of all
/// is the dial-in.
pub(crate) fn of_leg(call: u64, leg: usize, nth: usize) -> String {
    let bodies = answered(call);
    let body = if (leg, nth) == (0, 0) { &bodies[0] } else { &bodies[2] };
    let at = i64::try_from(nth).unwrap_or_default();
    let body = with(body, "EventTime", |time| (number(time) + at).to_string());
    with(&body, "SubCallID", |id| format!("{}{leg:08x}", &id[..id.len() - 8]))
}

/// API Gateway's event for a body, to the URL of its extension.
pub(crate) fn posted(world: &World, body: &str) -> Result<Value, Failure> {
    let path = world.event_path(usage::extension(body)?);
    let token = path.rsplit('/').next().unwrap_or_default();
    let mut event: Value = serde_json::from_str(&ENVELOPE.replace("{token}", token))?;
    event["body"] = json!(body);
    event["headers"]["content-length"] = json!(body.len().to_string());
    Ok(event)
}

/// API Gateway's event for any other request.
pub(crate) fn request(method: &str, path: &str, bearer: &str, body: &str) -> Result<Value, Failure> {
    let mut event: Value = serde_json::from_str(ENVELOPE)?;
    event["rawPath"] = json!(path);
    event["requestContext"]["http"]["method"] = json!(method);
    event["requestContext"]["http"]["path"] = json!(path);
    event["headers"]["content-type"] = json!("application/json");
    event["headers"]["content-length"] = json!(body.len().to_string());
    event["headers"]["authorization"] = json!(format!("Bearer {bearer}"));
    event["body"] = json!(body);
    Ok(event)
}

/// The same call with another id, and its last event now.
fn renewed(text: &str, place: u64) -> Vec<String> {
    let bodies: Vec<_> = usage::bodies(text).collect();
    let times = bodies.iter().map(|body| number(&field(body, "EventTime")));
    let shift = SystemClock.now().micros() - times.max().unwrap_or_default();
    let bodies = bodies.into_iter().map(|body| {
        let body = with(body, "EventTime", |time| (number(time) + shift).to_string());
        let id = format!("{}{place:016x}", &field(&body, "CallID")[..16]);
        let body = with(&body, "CallID", |_| id.clone());
        with(&body, "SubCallID", |leg| format!("{}{place:016x}", &leg[..leg.len() - 16]))
    });
    bodies.collect()
}

fn field(body: &str, name: &str) -> String {
    let values = body.split('&').filter_map(|field| field.split_once('='));
    values.filter(|(key, _)| *key == name).map(|(_, value)| value.to_owned()).next().unwrap_or_default()
}

fn with(body: &str, name: &str, change: impl Fn(&str) -> String) -> String {
    let fields = body.split('&').map(|field| match field.split_once('=') {
        Some((key, value)) if key == name => format!("{key}={}", change(value)),
        Some(_) | None => field.to_owned(),
    });
    fields.collect::<Vec<_>>().join("&")
}

fn number(text: &str) -> i64 {
    text.parse().unwrap_or_default()
}
