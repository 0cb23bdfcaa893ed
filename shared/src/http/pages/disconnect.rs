//! The end of a connection, and of what is kept of a person.

use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use maud::{Markup, html};

use super::layout::{self, Input, Place};
use super::signed::{Signed, SignedForm};
use crate::flow::connection::persons::{self, Wanted};
use crate::flow::connection::{audit, disconnect};
use crate::http::api::{Refusal, SettingsApi};
use crate::http::problem::FieldError;
use crate::model::audit::Act;
use crate::text::pages::{count, fill};

pub(super) async fn show(State(api): State<SettingsApi>, signed: Signed) -> Result<Response, Refusal> {
    if signed.connection.value.closing {
        return go_on(&api, &signed).await;
    }
    Ok(page(&signed, &html! {}, &[]))
}

fn page(signed: &Signed, note: &Markup, errors: &[FieldError]) -> Response {
    let (voice, t) = (&signed.voice, &signed.voice.t.manage);
    let name = fill(t.disconnect_name, &[&signed.connection.value.name]);
    let content = html! {
        (note)
        (layout::errors(voice, errors))
        h2 { (t.erase) }
        p { (t.erase_help) }
        form method="post" action=(voice.url("/disconnect/erase")) {
            (layout::proof(signed))
            (Input { name: "number", label: t.erase_number, help: t.erase_number_help, kind: "tel", value: "", optional: false }.show(voice, errors))
            button class="danger" { (t.erase_button) }
        }
        h2 { (t.disconnect) }
        p { (t.disconnect_help) }
        form method="post" action=(voice.url("/disconnect")) {
            (layout::proof(signed))
            (Input { name: "name", label: t.disconnect_type, help: &name, kind: "text", value: "", optional: false }.show(voice, errors))
            button class="danger" { (t.disconnect_button) }
        }
    };
    let mut response = layout::titled(signed, Some(Place::Settings), t.disconnect, &content);
    if !errors.is_empty() {
        *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    }
    response
}

pub(super) async fn remove(
    State(api): State<SettingsApi>,
    SignedForm { signed, fields }: SignedForm,
) -> Result<Response, Refusal> {
    let t = &signed.voice.t.manage;
    if fields.get("name") != Some(signed.connection.value.name.trim()) {
        let wrong = FieldError { path: "name".to_owned(), message: t.disconnect_wrong.to_owned() };
        return Ok(page(&signed, &html! {}, &[wrong]));
    }
    go_on(&api, &signed).await
}

/// Removes as much as there is time for, and says how far it is.
async fn go_on(api: &SettingsApi, signed: &Signed) -> Result<Response, Refusal> {
    let (voice, t) = (&signed.voice, &signed.voice.t.manage);
    let removal = disconnect::disconnect(&api.settings, signed.connection.clone(), &signed.by).await?;
    let left = html! {
        @if !removal.left.is_empty() {
            p class="warn" { (t.disconnect_left) }
            ul { @for one in &removal.left { li {
                (one.listed.number) @if let Some(problem) = &one.events.problem { ": " (voice.say(problem)) }
            } } }
        }
    };
    if removal.finished {
        let content = html! { p class="good" role="status" { (t.disconnected) } (left) p { a href=(voice.url("/connect")) { (voice.t.common.connect) } } };
        return Ok(layout::open(voice, t.disconnected_title, &content));
    }
    let here = voice.url("/disconnect");
    let content = html! {
        section id="removal" hx-get=(here) hx-trigger="every 5s" hx-select="#removal, .good" hx-swap="outerHTML" {
            p class="note" role="status" { (t.disconnecting) }
            (left)
        }
        noscript { p { a href=(here) { (voice.t.people.go_on) } } }
    };
    Ok(layout::open(voice, t.disconnect, &content))
}

pub(super) async fn erase(
    State(api): State<SettingsApi>,
    SignedForm { signed, fields }: SignedForm,
) -> Result<Response, Refusal> {
    let (voice, t) = (&signed.voice, &signed.voice.t.manage);
    let Some(wanted) = fields.get("number").and_then(Wanted::parse) else {
        let wrong = FieldError { path: "number".to_owned(), message: t.erase_wrong.to_owned() };
        return Ok(page(&signed, &html! {}, &[wrong]));
    };
    let id = signed.connection.value.id;
    audit::note(&api.settings, id, &signed.by, Act::PersonErased).await?;
    let erased = persons::erase(&api.calls, id, &wanted, None).await?;
    let calls = count(voice.language, erased.calls.into(), t.calls);
    let records = count(voice.language, erased.records.into(), t.records);
    let note = html! {
        p class="good" role="status" { (fill(t.erased, &[&calls, &records])) }
        @if erased.next.is_some() { p class="warn" { (t.erased_more) } }
    };
    Ok(page(&signed, &note, &[]))
}
