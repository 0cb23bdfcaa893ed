//! Sending again: one record, after a question if the CRM has it; or all of a span that were parked or given up.

use std::time::Duration;

use axum::extract::{Path, State};
use axum::response::{IntoResponse as _, Redirect, Response};
use http::StatusCode;
use maud::{Markup, html};

use super::detail;
use crate::clock::Timestamp;
use crate::flow::call::Turn;
use crate::flow::call::resend::{self, Resent};
use crate::flow::connection::audit;
use crate::http::api::calls::PATIENCE;
use crate::http::api::{Refusal, SettingsApi};
use crate::http::pages::fields::Fields;
use crate::http::pages::layout::{self, Input, Place};
use crate::http::pages::signed::{Signed, SignedForm};
use crate::http::pages::time;
use crate::http::problem::FieldError;
use crate::model::audit::Act;
use crate::model::call::RecordId;
use crate::model::delivery::Which;
use crate::storage::Resend;
use crate::text::pages::fill;

pub(in crate::http::pages) async fn one(
    State(api): State<SettingsApi>,
    Path(id): Path<String>,
    SignedForm { signed, fields }: SignedForm,
) -> Result<Response, Refusal> {
    let (t, connection) = (&signed.voice.t.calls, signed.connection.value.id);
    let Some(record) = RecordId::parse(&id) else {
        return Ok(layout::sorry(&signed, StatusCode::NOT_FOUND, t.missing));
    };
    let force = fields.ticked("force");
    let turn = Turn::of_retry(api.calls.clock.now() + PATIENCE);
    audit::note(&api.settings, connection, &signed.by, Act::resent(record)).await?;
    match resend::one(&api.calls, turn, connection, record, force).await? {
        Resent::NotFound => Ok(layout::sorry(&signed, StatusCode::NOT_FOUND, t.missing)),
        Resent::AlreadyDelivered => Ok(ask(&signed, record)),
        Resent::UnderWay => {
            let note = html! { p class="warn" role="alert" { (t.under_way) } };
            detail::page(&api, &signed, &id, &note, StatusCode::CONFLICT).await
        }
        Resent::Tried(_) => {
            Ok(Redirect::to(&signed.voice.url(&format!("/calls/{record}?resent=1"))).into_response())
        }
    }
}

/// Asks before what the CRM has goes out again.
fn ask(signed: &Signed, record: RecordId) -> Response {
    let (voice, t) = (&signed.voice, &signed.voice.t.calls);
    let content = html! {
        p class="warn" { (t.force) }
        form method="post" action=(voice.url(&format!("/calls/{record}/resend"))) {
            (layout::proof(signed))
            input type="hidden" name="force" value="1";
            button { (t.force_button) }
            " " a href=(voice.url(&format!("/calls/{record}"))) { (voice.t.common.cancel) }
        }
    };
    layout::titled(signed, Some(Place::Calls), t.force_title, &content)
}

/// The form that sends many again.
pub(super) fn form(signed: &Signed, given: &Fields, errors: &[FieldError]) -> Markup {
    let (voice, t) = (&signed.voice, &signed.voice.t.calls);
    let input = |name: &'static str, label: &'static str| {
        let value = given.get(name).unwrap_or_default();
        Input { name, label, help: t.span_help, kind: "datetime-local", value, optional: true }
            .show(voice, errors)
    };
    html! {
        h2 { (t.resend_many) }
        p { (t.resend_many_help) }
        (layout::errors(voice, errors))
        form method="post" action=(voice.url("/calls/resend")) {
            (layout::proof(signed))
            div class="row" { (input("resend_from", t.from)) (input("resend_to", t.to)) }
            p { button class="second" { (t.resend_many_button) } }
        }
    }
}

pub(in crate::http::pages) async fn many(
    State(api): State<SettingsApi>,
    SignedForm { signed, fields }: SignedForm,
) -> Result<Response, Refusal> {
    let (t, now) = (&signed.voice.t.calls, api.calls.clock.now());
    let mut errors = Vec::new();
    let mut moment = |name: &str, default: Timestamp| {
        let Some(text) = fields.get(name) else { return default };
        signed.zone.parse(text).unwrap_or_else(|| {
            errors.push(FieldError { path: name.to_owned(), message: t.wrong_time.to_owned() });
            default
        })
    };
    // A day ahead, since the PBX's clock may be.
    let latest = now + Duration::from_hours(24);
    let (from, to) = (moment("resend_from", Timestamp::default()), moment("resend_to", latest));
    if from > to {
        errors.push(FieldError { path: "resend_from".to_owned(), message: t.from_after_to.to_owned() });
    }
    if !errors.is_empty() {
        return super::page(&api, &signed, &fields, &errors).await;
    }
    let connection = signed.connection.value.id;
    audit::note(&api.settings, connection, &signed.by, Act::Resent { record: None }).await?;
    let wanted = Resend::begun(Which::Failed, from, to, now);
    resend::begin(&api.calls.store, &api.calls.queue, connection, wanted).await?;
    Ok(Redirect::to(&signed.voice.url("/calls")).into_response())
}

/// How far the latest resending of many is; asked for again until it is done.
pub(super) async fn progress(api: &SettingsApi, signed: &Signed) -> Result<Markup, Refusal> {
    let latest = api.calls.store.resend(signed.connection.value.id, Which::Failed).await?;
    // What ended yesterday is no news.
    let news = |one: &Resend| !one.done || signed.now.since(one.begun_at) < Duration::from_hours(1);
    let latest = latest.map(|stored| stored.value).filter(news);
    let (voice, t) = (&signed.voice, &signed.voice.t.calls);
    Ok(html! {
        @if let Some(one) = latest {
            @let (begun, resent, seen) = (time::moment(voice, &signed.zone, one.begun_at, signed.now), one.resent.to_string(), one.seen.to_string());
            section id="resending" aria-live="polite" hx-get=[(!one.done).then(|| voice.url("/calls"))]
                hx-trigger=[(!one.done).then_some("every 3s")] hx-select="#resending" hx-swap="outerHTML" {
                p class=(if one.done { "good" } else { "note" }) {
                    (fill(if one.done { t.resend_done } else { t.resend_goes_on }, &[&begun, &seen, &resent]))
                }
            }
        }
    })
}
