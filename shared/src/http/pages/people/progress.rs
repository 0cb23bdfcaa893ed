//! How far the events are on the PBX, live, and what can be done about it.

use axum::extract::State;
use axum::response::{IntoResponse as _, Redirect, Response};
use http::StatusCode;
use maud::{Markup, html};

use super::{People, table};
use crate::flow::connection::provision::ExtensionState;
use crate::flow::connection::refresh::RefreshError;
use crate::flow::connection::{audit, provision, refresh as reread};
use crate::http::api::refresh::sentence;
use crate::http::api::{Refusal, SettingsApi};
use crate::http::pages::layout;
use crate::http::pages::signed::{Signed, SignedForm};
use crate::http::pages::time;
use crate::model::audit::Act;
use crate::text::pages::fill;

/// The bar, while there is something to wait for. It is asked for again every second, and beside it the work goes on.
pub(super) fn section(signed: &Signed, people: &People) -> Markup {
    let (voice, t) = (&signed.voice, &signed.voice.t.people);
    let progress = provision::progress(people.extensions.iter());
    let goes_on = progress.goes_on();
    let problems = progress.failed > 0;
    let (done, total) = (progress.done.to_string(), progress.total.to_string());
    let here = voice.url("/people");
    let pending =
        people.extensions.iter().filter(|one| provision::state(&one.events) == ExtensionState::Pending);
    let pending = pending.map(|one| format!("#{}", table::events_id(one))).collect::<Vec<_>>().join(",");
    let work = serde_json::json!({ super::super::signed::CSRF: signed.proof }).to_string();
    html! {
        @if goes_on {
            div hx-post=(voice.url("/people/carry-out")) hx-vals=(work) hx-trigger="load, every 20s" hx-swap="none" {}
        }
        section id="progress" aria-live="polite"
            hx-get=[goes_on.then_some(&here)] hx-trigger=[goes_on.then_some("every 1s")] hx-select="#progress" hx-swap="outerHTML"
            hx-select-oob=[(goes_on && !pending.is_empty()).then_some(&pending)] {
            @if progress.total > 0 {
                @if goes_on {
                    label for="bar" { (fill(t.progress, &[&done, &total])) }
                    progress id="bar" max=(total) value=(done) { (done) "/" (total) }
                    @if let Some(next) = people.mapping.due_at.filter(|next| *next > signed.now) {
                        p { small { (fill(t.progress_later, &[&time::moment(voice, &signed.zone, next, signed.now)])) } }
                    }
                    noscript {
                        form method="post" action=(voice.url("/people/carry-out")) { (layout::proof(signed)) button { (t.go_on) } }
                    }
                } @else if problems {
                    p class="warn" { (fill(t.progress, &[&done, &total])) "; " (fill(t.progress_failed, &[&progress.failed.to_string()])) }
                    form method="post" action=(voice.url("/people/retry")) { (layout::proof(signed)) button class="second" { (t.retry) } }
                } @else {
                    p class="good" { (t.progress_done) }
                }
            }
        }
        @if problems { details { summary { (t.full_title) } p { (t.full) } } }
    }
}

/// What else can be done with extensions.
pub(super) fn tools(signed: &Signed) -> Markup {
    let (voice, t) = (&signed.voice, &signed.voice.t.people);
    html! {
        div class="row" {
            form method="post" action=(voice.url("/people/refresh")) { (layout::proof(signed)) button class="second" { (t.refresh) } }
            form method="post" action=(voice.url("/people/rotate")) { (layout::proof(signed)) button class="second" aria-describedby="rotate-help" { (t.rotate) } }
        }
        p { small id="rotate-help" { (t.rotate_help) } }
    }
}

fn back(signed: &Signed) -> Response {
    Redirect::to(&signed.voice.url("/people")).into_response()
}

/// Does what is due on the PBX, as far as somebody waits for it.
pub(in crate::http::pages) async fn carry_out(
    State(api): State<SettingsApi>,
    SignedForm { signed, .. }: SignedForm,
) -> Result<Response, Refusal> {
    provision::for_person(&api.settings, &signed.connection.value).await?;
    Ok(back(&signed))
}

/// Tries again what was parked.
pub(in crate::http::pages) async fn retry(
    State(api): State<SettingsApi>,
    SignedForm { signed, .. }: SignedForm,
) -> Result<Response, Refusal> {
    let (deps, connection) = (&api.settings, &signed.connection.value);
    audit::note(deps, connection.id, &signed.by, Act::ProvisioningRetried).await?;
    provision::try_again(deps, connection).await?;
    Ok(back(&signed))
}

/// Replaces all event addresses.
pub(in crate::http::pages) async fn rotate(
    State(api): State<SettingsApi>,
    SignedForm { signed, .. }: SignedForm,
) -> Result<Response, Refusal> {
    let (deps, connection) = (&api.settings, &signed.connection.value);
    audit::note(deps, connection.id, &signed.by, Act::EventUrlsRotated { extension: None }).await?;
    provision::rotate(deps, connection, None).await?;
    Ok(back(&signed))
}

/// Reads the extensions again.
pub(in crate::http::pages) async fn refresh(
    State(api): State<SettingsApi>,
    SignedForm { signed, .. }: SignedForm,
) -> Result<Response, Refusal> {
    match reread::refresh(&api.settings, signed.connection.clone()).await {
        Ok(read) => {
            let found = &read.difference;
            let (added, changed, missing) = (found.added.len(), found.changed.len(), found.missing.len());
            let page = format!("/people?read={added}.{changed}.{missing}");
            Ok(Redirect::to(&signed.voice.url(&page)).into_response())
        }
        Err(RefreshError::Store(error)) => Err(error.into()),
        Err(error) => {
            let text = signed.voice.say(&sentence(&error)).into_owned();
            Ok(layout::sorry(&signed, StatusCode::BAD_GATEWAY, &text))
        }
    }
}
