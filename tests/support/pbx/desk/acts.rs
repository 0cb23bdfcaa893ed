//! What the buttons of the page do. Each answers with the way back to the page, which says what came of it.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use axum::Form;
use axum::extract::State;
use axum::response::{IntoResponse as _, Redirect, Response};
use http::{HeaderMap, StatusCode};

use crate::crm::CrmFault;
use crate::look::from_elsewhere;
use crate::pbx::fault::PbxFault;
use crate::pbx::player::{Begin, Cast, LiveCall, Order, Step, named};
use crate::pbx::world::Pbx;

/// How many calls that were led are kept.
const KEPT: usize = 8;
/// How late an event comes that is held back.
const LATE: Duration = Duration::from_secs(10);
/// How long the CRM takes when it is slow.
const SLOW: Duration = Duration::from_secs(6);

/// When a call can happen: the value of the field, and what it says.
pub(super) const CLOCKS: [(&str, &str); 6] = [
    ("", "now, all at once"),
    ("pace", "now, an event every two seconds"),
    ("1", "it ended a minute ago"),
    ("10", "it ended ten minutes ago"),
    ("180", "it ended three hours ago"),
    ("1440", "it ended yesterday at this time"),
];

/// Between two events of a call that is watched.
const PACE: Duration = Duration::from_secs(2);

type Given = Form<HashMap<String, String>>;

/// Back to the page; a form that another site sent does nothing.
fn back(pbx: &Pbx, given: &HashMap<String, String>, said: Option<&'static str>) -> Response {
    pbx.with(|state| state.said = said);
    let client = given.get("client").filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()));
    Redirect::to(&client.map_or_else(|| "/".to_owned(), |client| format!("/?client={client}")))
        .into_response()
}

fn foreign() -> Response {
    (StatusCode::FORBIDDEN, "this was sent by a page of another site").into_response()
}

/// The cast of the client that is named, with the caller and the first phone of the form.
fn cast(pbx: &Pbx, given: &HashMap<String, String>) -> Option<Cast> {
    let tenants = pbx.tenants();
    let mut cast = Cast::of(super::client(&tenants, given)?);
    if let Some(caller) = given.get("caller").map(|text| text.trim()).filter(|text| !text.is_empty()) {
        caller.clone_into(&mut cast.outside);
        caller.clone_into(&mut cast.dialled);
    }
    if let Some(phone) = number(given, "phone") {
        cast.lead_with(phone);
    }
    Some(cast)
}

fn number(given: &HashMap<String, String>, name: &str) -> Option<u64> {
    given.get(name)?.parse().ok()
}

/// Begins a call that is led step by step.
pub(super) async fn ring(State(pbx): State<Arc<Pbx>>, headers: HeaderMap, Form(given): Given) -> Response {
    if from_elsewhere(&headers) {
        return foreign();
    }
    let begin = number(&given, "to").map(Begin::Incoming).or(number(&given, "from").map(Begin::Outgoing));
    let begun = cast(&pbx, &given)
        .zip(begin)
        .and_then(|(cast, begin)| LiveCall::begin(cast, begin, pbx.now(), &mut pbx.fork_rng()));
    let Some((call, emissions)) = begun else {
        return back(&pbx, &given, Some("There is nobody of that kind to call."));
    };
    pbx.with(|state| {
        state.live.push(call);
        if state.live.len() > KEPT {
            state.live.remove(0);
        }
    });
    pbx.emit(&emissions, Order::InOrder).await;
    back(&pbx, &given, None)
}

/// Takes a step of such a call.
pub(super) async fn step(State(pbx): State<Arc<Pbx>>, headers: HeaderMap, Form(given): Given) -> Response {
    if from_elsewhere(&headers) {
        return foreign();
    }
    let step = given.get("step").map(String::as_str).unwrap_or_default();
    let (kind, of) = step.split_once(' ').unwrap_or((step, ""));
    let leg = of.parse::<usize>().ok();
    let phone = of.parse::<u64>().ok();
    let step = match kind {
        "through" => phone.map(Step::PutThrough),
        "answer" => leg.map(Step::Answer),
        "refuse" => leg.map(Step::Refuse),
        "hold" => Some(Step::Hold),
        "transfer" => phone.map(Step::Transfer),
        "hang-up" => Some(Step::HangUp),
        _ => None,
    };
    let (now, mut rng) = (pbx.now(), pbx.fork_rng());
    let emissions = step.zip(given.get("call")).and_then(|(step, id)| {
        pbx.with(|state| state.live.iter_mut().find(|call| call.call_id == *id)?.take(step, now, &mut rng))
    });
    let Some(emissions) = emissions else {
        return back(&pbx, &given, Some("That can't be done now: the call has gone on meanwhile."));
    };
    pbx.emit(&emissions, Order::InOrder).await;
    back(&pbx, &given, None)
}

/// Plays a whole call.
pub(super) async fn play(State(pbx): State<Arc<Pbx>>, headers: HeaderMap, Form(given): Given) -> Response {
    if from_elsewhere(&headers) {
        return foreign();
    }
    // Whoever presses Enter in the form means the plainest call.
    let scenario = named(given.get("scenario").map_or("A", String::as_str));
    let Some((named, cast)) = scenario.zip(cast(&pbx, &given)) else {
        return back(&pbx, &given, Some("There is no such call."));
    };
    if !named.scenario.playable(&cast) {
        return back(&pbx, &given, Some("This client lacks somebody whom that call needs."));
    }
    if given.get("clock").is_some_and(|clock| clock == "pace") {
        let played = Arc::clone(&pbx);
        tokio::spawn(async move { played.play_paced(&named.scenario, &cast, PACE).await });
    } else {
        let minutes = number(&given, "clock").unwrap_or_default().min(1440);
        let end = pbx.now() - i64::try_from(minutes).unwrap_or_default() * 60_000_000;
        // It is playable, which was seen above.
        let _ = pbx.play_ended(&named.scenario, &cast, Order::InOrder, end).await;
    }
    back(&pbx, &given, None)
}

/// Logs an agent in or out.
pub(super) async fn agent(State(pbx): State<Arc<Pbx>>, headers: HeaderMap, Form(given): Given) -> Response {
    if from_elsewhere(&headers) {
        return foreign();
    }
    if let Some(agent) = number(&given, "agent") {
        let available = given.get("change").is_some_and(|change| change == "login");
        pbx.set_agent_available(agent, available, "phone").await;
    }
    back(&pbx, &given, None)
}

/// The faults that last until they are switched off: their name, what they are called, and what they do to the CRM.
pub(super) fn crm_faults() -> [(&'static str, &'static str, CrmFault); 3] {
    [
        ("crm-down", "CRM is down (503)", CrmFault::Status(503, None)),
        ("crm-slow", "CRM is slow (6 s)", CrmFault::Slow(SLOW)),
        ("crm-throttles", "CRM throttles (429)", CrmFault::Status(429, Some("10".to_owned()))),
    ]
}

/// The name of the PBX's own.
pub(super) const PBX_FAILS: &str = "pbx-fails";

/// Switches a fault on, or off if it is on.
pub(super) async fn fault(State(pbx): State<Arc<Pbx>>, headers: HeaderMap, Form(given): Given) -> Response {
    if from_elsewhere(&headers) {
        return foreign();
    }
    let name = given.get("fault").map(String::as_str).unwrap_or_default();
    if name == PBX_FAILS {
        let on = pbx.with(|state| state.faults.stands());
        let body = r#"{"message":"the simulator was told to fail"}"#;
        pbx.fail_always((!on).then(|| PbxFault::Status(500, body.to_owned())));
    }
    let crm = pbx.desk.get().and_then(|desk| desk.crm.as_ref());
    if let (Some(switch), Some((_, _, fault))) =
        (crm, crm_faults().into_iter().find(|(known, ..)| *known == name))
    {
        let on = switch.get().as_ref() == Some(&fault);
        switch.set((!on).then_some(fault));
    }
    back(&pbx, &given, None)
}

/// Lets the next event of a type be lost, posted twice or posted late.
pub(super) async fn next(State(pbx): State<Arc<Pbx>>, headers: HeaderMap, Form(given): Given) -> Response {
    if from_elsewhere(&headers) {
        return foreign();
    }
    let event = given.get("event").map(String::as_str).unwrap_or_default();
    match given.get("mishap").map(String::as_str) {
        Some("lose") => pbx.lose_next(event, 1),
        Some("repeat") => pbx.repeat_next(event, 1),
        Some("delay") => {
            pbx.hold_next(event, 1);
            let late = Arc::clone(&pbx);
            tokio::spawn(async move { late.post_when_held(LATE).await });
        }
        _ => {}
    }
    back(&pbx, &given, None)
}

/// Ends all trouble.
pub(super) async fn heal(State(pbx): State<Arc<Pbx>>, headers: HeaderMap, Form(given): Given) -> Response {
    if from_elsewhere(&headers) {
        return foreign();
    }
    // What is held back is late then, and not lost.
    pbx.post_held().await;
    pbx.heal();
    if let Some(switch) = pbx.desk.get().and_then(|desk| desk.crm.as_ref()) {
        switch.set(None);
    }
    back(&pbx, &given, None)
}
