//! The delivery log: looking for calls, one call in detail, and sending again.

mod detail;
mod resend;
mod search;
mod timeline;

pub(super) use self::detail::show as one;
pub(super) use self::resend::{many as resend_many, one as resend_one};

use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use maud::{Markup, html};

use self::search::Search;
use super::fields::Fields;
use super::layout::{self, Place};
use super::names::Names;
use super::signed::Signed;
use super::time;
use super::voice::Voice;
use crate::flow::log;
use crate::http::api::{Refusal, SettingsApi};
use crate::http::problem::FieldError;
use crate::model::call::{Direction, Outcome};
use crate::view::call::{Call, LogState};

pub(super) async fn show(
    State(api): State<SettingsApi>,
    signed: Signed,
    query: Fields,
) -> Result<Response, Refusal> {
    page(&api, &signed, &query, &[]).await
}

/// The page; what is wrong with the form for sending many again is said beside it.
async fn page(
    api: &SettingsApi,
    signed: &Signed,
    query: &Fields,
    resend_errors: &[FieldError],
) -> Result<Response, Refusal> {
    let (voice, t) = (&signed.voice, &signed.voice.t.calls);
    let search = Search::read(signed, query);
    let names = Names::load(api, signed).await;
    let found = match &search.errors[..] {
        [] => Some(
            log::find(&api.calls.store, signed.connection.value.id, &search.filter, search.cursor()).await?,
        ),
        _ => None,
    };
    let content = html! {
        (resend::progress(api, signed).await?)
        (layout::errors(voice, &search.errors))
        (search.form(signed, &names))
        @if let Some(found) = &found {
            @if found.items.is_empty() {
                p class="note" role="status" { (if found.cursor.is_some() { t.none_so_far } else { t.none_found }) }
            } @else {
                (table(signed, &names, &found.items.iter().map(|one| Call::from(&one.delivery)).collect::<Vec<_>>()))
            }
            @if let Some(cursor) = &found.cursor {
                p { a class="button second" href=(search.older(voice, cursor)) {
                    (if found.items.is_empty() { t.look_further } else { voice.t.common.more })
                } }
            }
        }
        (resend::form(signed, query, resend_errors))
    };
    let mut response = layout::page(signed, Place::Calls, &content);
    if !search.errors.is_empty() || !resend_errors.is_empty() {
        *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    }
    Ok(response)
}

fn table(signed: &Signed, names: &Names, calls: &[Call]) -> Markup {
    let (voice, t) = (&signed.voice, &signed.voice.t.calls);
    html! {
        table class="stack" {
            thead { tr {
                th scope="col" { (t.when) } th scope="col" { (t.party) } th scope="col" { (t.what) }
                th scope="col" { (t.extension) } th scope="col" { (t.person) } th scope="col" { (t.talk) } th scope="col" { (t.record) }
            } }
            tbody { @for call in calls { tr {
                td data-label=(t.when) { a href=(voice.url(&format!("/calls/{}", call.record_id))) {
                    (time::moment(voice, &signed.zone, time::read(&call.started_at), signed.now))
                } }
                td data-label=(t.party) { span class="number" { (call.external_number.as_deref().unwrap_or(voice.t.common.withheld)) } }
                td data-label=(t.what) { (what(voice, call)) }
                td data-label=(t.extension) { (call.internal_number.as_deref().unwrap_or_default()) }
                td data-label=(t.person) { (person(signed, names, call)) }
                td data-label=(t.talk) { @if call.talk_seconds > 0 { (time::span(voice, call.talk_seconds)) } }
                td data-label=(t.record) { div { (state(voice, call)) @if let Some(reason) = &call.delivery.reason { " " small { (voice.say(reason)) } } } }
            } } }
        }
    }
}

/// Whose a call is; of nobody's, where that is changed.
fn person(signed: &Signed, names: &Names, call: &Call) -> Markup {
    let voice = &signed.voice;
    html! {
        @match &call.crm_user {
            Some(user) => (names.of(user)),
            None => span { (voice.t.common.nobody) " " a href=(voice.url("/people")) { (voice.t.calls.map) } },
        }
    }
}

/// Which way, and how it ended.
fn what(voice: &Voice, call: &Call) -> String {
    let t = &voice.t.calls;
    let direction = match call.direction {
        Direction::Inbound => t.inbound,
        Direction::Outbound => t.outbound,
    };
    call.outcome.map_or_else(|| direction.to_owned(), |one| format!("{direction}, {}", outcome(voice, one)))
}

/// An outcome in words.
fn outcome(voice: &Voice, outcome: Outcome) -> &'static str {
    let t = &voice.t.calls;
    match outcome {
        Outcome::Answered => t.answered,
        Outcome::NoAnswer => t.no_answer,
        Outcome::Busy => t.busy,
        Outcome::Cancelled => t.cancelled,
        Outcome::Failed => t.failed,
        Outcome::Unavailable => t.unavailable,
        Outcome::Missed => t.missed,
    }
}

/// Where a record stands.
fn state(voice: &Voice, call: &Call) -> Markup {
    let t = &voice.t.calls;
    let (class, text) = match call.delivery.state {
        LogState::Delivered => ("tag ok", t.delivered),
        LogState::Waiting => ("tag hm", t.waiting),
        LogState::Parked => ("tag no", t.parked),
        LogState::GaveUp => ("tag no", t.gave_up),
        LogState::NotLogged => ("tag off", t.not_logged),
    };
    html! { span class=(class) { (text) } }
}
