//! One call: what was logged of it, its legs on a line of time, every event with what it meant, every attempt.

use axum::extract::{Path, State};
use axum::response::Response;
use http::StatusCode;
use maud::{Markup, html};

use super::{person, state, timeline, what};
use crate::http::api::{Refusal, SettingsApi};
use crate::http::pages::fields::Fields;
use crate::http::pages::layout::{self, Place};
use crate::http::pages::names::Names;
use crate::http::pages::signed::Signed;
use crate::http::pages::time;
use crate::http::pages::voice::Voice;
use crate::model::call::RecordId;
use crate::model::delivery::AttemptClass;
use crate::text::pages::{count, fill};
use crate::view::call::LogState;
use crate::view::call_detail::{Attempt, CallDetail, Event, RecordDetail};
use crate::view::timeline as lines;

pub(in crate::http::pages) async fn show(
    State(api): State<SettingsApi>,
    signed: Signed,
    Path(id): Path<String>,
    query: Fields,
) -> Result<Response, Refusal> {
    let t = &signed.voice.t.calls;
    let note = html! {
        @if query.ticked("resent") { p class="note" role="status" { (t.resent) } }
    };
    page(&api, &signed, &id, &note, StatusCode::OK).await
}

/// The page of a record; what just happened stands above it.
pub(super) async fn page(
    api: &SettingsApi,
    signed: &Signed,
    id: &str,
    note: &Markup,
    status: StatusCode,
) -> Result<Response, Refusal> {
    let (voice, t, connection) = (&signed.voice, &signed.voice.t.calls, &signed.connection.value);
    let missing = || layout::sorry(signed, StatusCode::NOT_FOUND, t.missing);
    let Some(id) = RecordId::parse(id) else { return Ok(missing()) };
    let call = api.calls.store.call_of(connection.id, id).await?;
    let Some(detail) = CallDetail::of(&call, id, connection, &api.calls) else { return Ok(missing()) };
    let names = Names::load(api, signed).await;
    let recording = detail.record.as_ref().and_then(|record| {
        let began = time::read(&detail.call.started_at);
        api.calls.recordings.url(connection.id, id, began, record.recording_id.as_deref()?)
    });
    let content = html! {
        (note)
        (facts(signed, &names, &detail))
        @if let Some(recording) = recording { p { a class="button second" href=(recording) rel="noreferrer" { (t.listen) } } }
        (resending(signed, &detail))
        h2 { (t.timeline) }
        (timeline::show(signed, &lines::of(&call, connection)))
        @if let Some(record) = &detail.record { (attempts(signed, record)) }
        h2 { (t.events) }
        @if detail.events.is_empty() { p { (t.no_events) } }
        @for event in &detail.events { (one(signed, event)) }
        p { a href=(voice.url("/calls")) { (t.back) } }
    };
    let mut response = layout::titled(signed, Some(Place::Calls), t.call, &content);
    *response.status_mut() = status;
    Ok(response)
}

fn facts(signed: &Signed, names: &Names, detail: &CallDetail) -> Markup {
    let (voice, t, call) = (&signed.voice, &signed.voice.t.calls, &detail.call);
    let moment = |text: &str| time::moment(voice, &signed.zone, time::read(text), signed.now);
    html! {
        dl {
            dt { (t.when) } dd { (moment(&call.started_at)) }
            dt { (t.what) } dd { (what(voice, call)) }
            dt { (t.party) } dd { (call.external_number.as_deref().unwrap_or(voice.t.common.withheld)) }
            dt { (t.extension) } dd { (call.internal_number.as_deref().unwrap_or_default()) }
            @if detail.record.is_some() { dt { (t.person) } dd { (person(signed, names, call)) } }
            @if let Some(record) = &detail.record {
                @if let Some(did) = &record.did { dt { (t.did) } dd { (did) } }
                @if !record.via.is_empty() { dt { (t.via) } dd { (record.via.join(", ")) } }
                @if record.transferred { dt { (t.transferred) } dd { (voice.t.common.yes) } }
                @if call.talk_seconds > 0 { dt { (t.talk) } dd { (time::span(voice, call.talk_seconds)) } }
                @if let Some(crm_id) = &record.crm_id { dt { (t.crm_id) } dd { (crm_id) } }
                @if record.recovered { dt { (t.origin) } dd { (t.recovered) } }
            }
            dt { (t.record) } dd { (state(voice, call)) }
            @if let Some(reason) = &call.delivery.reason { dt { (t.reason) } dd { (voice.say(reason)) } }
            @if let (LogState::Waiting, Some(next)) = (call.delivery.state, &call.delivery.next_attempt_at) {
                dt { (t.next_attempt) } dd { (moment(next)) }
            }
            dt { (t.call_id) } dd { code { (call.call_id) } }
            // The part that all records of the call share: logs know it by that.
            dt { (t.digest) } dd { code { (call.record_id.get(..32).unwrap_or_default()) } }
        }
    }
}

fn resending(signed: &Signed, detail: &CallDetail) -> Markup {
    let (voice, t) = (&signed.voice, &signed.voice.t.calls);
    let delivered = detail.call.delivery.state == LogState::Delivered;
    html! {
        @if detail.record.is_some() {
            form method="post" action=(voice.url(&format!("/calls/{}/resend", detail.call.record_id))) {
                (layout::proof(signed))
                button class=[delivered.then_some("second")] { (t.resend) }
            }
        }
    }
}

fn attempts(signed: &Signed, record: &RecordDetail) -> Markup {
    let (voice, t) = (&signed.voice, &signed.voice.t.calls);
    html! {
        h2 { (t.attempts) }
        @if record.attempts.is_empty() { p { (t.no_attempts) } } @else {
            table class="stack" {
                thead { tr { th scope="col" { (t.when) } th scope="col" { (t.result) } th scope="col" { (t.http_status) } th scope="col" { (t.took) } th scope="col" { (t.details) } } }
                tbody { @for attempt in &record.attempts { tr {
                    td data-label=(t.when) { (time::moment(voice, &signed.zone, time::read(&attempt.at), signed.now)) }
                    td data-label=(t.result) { (class(voice, attempt)) }
                    td data-label=(t.http_status) { (attempt.status.map(|status| status.to_string()).unwrap_or_default()) }
                    td data-label=(t.took) { (fill(t.millis, &[&attempt.duration_ms.to_string()])) }
                    td data-label=(t.details) { span { (voice.say(attempt.detail.as_deref().unwrap_or_default())) } }
                } } }
            }
        }
    }
}

fn class(voice: &Voice, attempt: &Attempt) -> &'static str {
    let t = &voice.t.calls;
    match attempt.class {
        AttemptClass::Delivered => t.class_delivered,
        AttemptClass::Transient => t.class_transient,
        AttemptClass::PerhapsDelivered => t.class_perhaps,
        AttemptClass::Throttled => t.class_throttled,
        AttemptClass::Refused => t.class_refused,
        AttemptClass::Unauthorised => t.class_unauthorised,
        AttemptClass::Unpaid => t.class_unpaid,
        AttemptClass::Gone => t.class_gone,
    }
}

fn one(signed: &Signed, event: &Event) -> Markup {
    let (voice, t) = (&signed.voice, &signed.voice.t.calls);
    let kind = event.fields.iter().find(|(name, _)| name.eq_ignore_ascii_case("EventType"));
    let fields = u64::try_from(event.fields.len()).unwrap_or_default();
    html! {
        details {
            summary {
                (time::clock(&signed.zone, time::read(&event.received_at))) " "
                (kind.map(|(_, kind)| kind.as_str()).unwrap_or_default()) " · "
                (voice.say(event.verdict.as_deref().unwrap_or_default()))
            }
            p { small { (fill(t.event_of, &[&event.extension_id.to_string(), &count(voice.language, fields, t.fields)])) } }
            dl { @for (name, value) in &event.fields { dt { (name) } dd { (value) } } }
        }
    }
}
