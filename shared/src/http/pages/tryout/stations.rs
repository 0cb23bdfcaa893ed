//! The stations of a call, and which of them it has reached.

use maud::{Markup, html};

use crate::http::pages::signed::Signed;
use crate::http::pages::time;
use crate::text::pages::fill;
use crate::view::call::LogState;
use crate::view::call_detail::{CallDetail, Event};

/// Whether nothing more is to be waited for.
pub(super) fn is_done(call: &CallDetail) -> bool {
    match call.call.delivery.state {
        LogState::Delivered | LogState::Parked | LogState::GaveUp => true,
        LogState::Waiting => false,
        // What was not logged may still be decided.
        LogState::NotLogged => ended(call).is_some() && call.call.delivery.next_attempt_at.is_none(),
    }
}

fn kind(event: &Event) -> &str {
    let field = event.fields.iter().find(|(key, _)| key.eq_ignore_ascii_case("EventType"));
    field.map(|(_, value)| value.as_str()).unwrap_or_default()
}

fn first<'a>(call: &'a CallDetail, kinds: &[&str]) -> Option<&'a Event> {
    call.events.iter().find(|event| kinds.contains(&kind(event)))
}

/// The last hangup, once no leg goes on.
fn ended(call: &CallDetail) -> Option<&Event> {
    let of = |record: &str, wanted: &str| {
        call.events.iter().any(|event| event.record_id == record && kind(event) == wanted)
    };
    let begun = call.events.iter().map(|event| event.record_id.as_str());
    let open = begun.filter(|record| !of(record, "hangup")).count();
    call.events.iter().rev().find(|event| kind(event) == "hangup").filter(|_| open == 0)
}

/// All of them.
pub(super) fn show(signed: &Signed, call: &CallDetail) -> Markup {
    let (voice, t) = (&signed.voice, &signed.voice.t.tryout);
    let clock = |event: &Event| time::clock(&signed.zone, time::read(&event.received_at));
    let internal = call.call.internal_number.as_deref().unwrap_or_default();
    let (rang, dialled) = (first(call, &["dial-in"]), first(call, &["dial-out"]));
    let (answer, end) = (first(call, &["answer"]), ended(call));
    let rings = match (rang, dialled) {
        (Some(rang), _) => Some(fill(t.rings_done, &[internal, &clock(rang)])),
        (None, Some(dialled)) => Some(fill(t.dialled_done, &[internal, &clock(dialled)])),
        (None, None) => end.map(|end| fill(t.rings_done, &[internal, &clock(end)])),
    };
    let talks = match (answer, end) {
        (Some(answer), _) => Some(fill(t.talks_done, &[&clock(answer)])),
        (None, Some(_)) => Some(t.not_taken.to_owned()),
        (None, None) => None,
    };
    let reason = call.call.delivery.reason.as_deref().unwrap_or_default();
    let nobody = voice.t.common.nobody;
    let decided = match (call.call.delivery.state, end) {
        (LogState::NotLogged, Some(_)) if is_done(call) => Some(fill(t.not_logged, &[&voice.say(reason)])),
        (LogState::NotLogged, _) => None,
        (LogState::Delivered | LogState::Waiting | LogState::Parked | LogState::GaveUp, _) => {
            Some(fill(t.logged, &[call.call.crm_user.as_deref().unwrap_or(nobody)]))
        }
    };
    let crm = match call.call.delivery.state {
        LogState::Delivered => Some(fill(t.crm_done, &[&after(signed, call, end)])),
        LogState::Parked | LogState::GaveUp => Some(fill(t.crm_wait, &[&voice.say(reason)])),
        LogState::Waiting | LogState::NotLogged => None,
    };
    let failed = matches!(call.call.delivery.state, LogState::Parked | LogState::GaveUp);
    let waits = matches!(call.call.delivery.state, LogState::NotLogged) && end.is_some() && !is_done(call);
    html! {
        ol class="steps" {
            (station(t.rings, rings.as_deref(), false))
            (station(t.talks, talks.as_deref(), false))
            (station(t.ends, end.map(|end| fill(t.ends_done, &[&clock(end)])).as_deref(), false))
            (station(t.decided, decided.as_deref().or(waits.then_some(t.decided_wait)), waits))
            (station(t.crm, crm.as_deref(), failed))
        }
        p { a href=(voice.url(&format!("/calls/{}", call.call.record_id))) { (t.to_call) } }
    }
}

fn station(title: &str, said: Option<&str>, open: bool) -> Markup {
    html! {
        li class=[(said.is_some() && !open).then_some("done")] {
            b { (title) }
            @if let Some(said) = said { br; span class=[open.then_some("wrong")] { (said) } }
        }
    }
}

/// How long after its hangup a call was delivered.
fn after(signed: &Signed, call: &CallDetail, end: Option<&Event>) -> String {
    let last = call.record.as_ref().and_then(|record| record.attempts.last());
    let (Some(last), Some(end)) = (last, end) else { return time::span(&signed.voice, 0) };
    let delivered = time::read(&last.at);
    time::passed(&signed.voice, delivered.since(time::read(&end.received_at)))
}
