//! The guided try-out: one call, played or really made, followed from its ring to the CRM. What it reached is read from
//! the same views as everything else.

mod stations;

use std::time::Duration;

use axum::extract::State;
use axum::response::{IntoResponse as _, Redirect, Response};
use http::StatusCode;
use maud::{Markup, html};

use super::fields::Fields;
use super::layout::{self, Place};
use super::signed::{Signed, SignedForm};
use super::time;
use crate::clock::Timestamp;
use crate::flow::connection::provision::{self, ExtensionState};
use crate::http::api::{Refusal, SettingsApi, connection};
use crate::model::call::RecordId;
use crate::model::extension::{Extension, ExtensionKind, Label};
use crate::model::ids::ExtensionId;
use crate::storage::{Span, StoreError};
use crate::text::pages::{count, fill};
use crate::view::call_detail::CallDetail;

/// Clocks differ a little: a call that began so long before the button was pressed counts.
const SLACK: Duration = Duration::from_secs(5);
/// Calls that are looked at for the one to follow.
const MOST: i32 = 20;

pub(super) async fn show(
    State(api): State<SettingsApi>,
    signed: Signed,
    query: Fields,
) -> Result<Response, Refusal> {
    let since = match query.get("since") {
        Some("now") => {
            let page = format!("/try?since={}", signed.now.micros());
            return Ok(Redirect::to(&signed.voice.url(&page)).into_response());
        }
        Some(since) => since.parse().ok().map(Timestamp::from_micros),
        None => None,
    };
    let phones = mapped(&api, &signed).await?;
    let t = &signed.voice.t.tryout;
    let content = html! {
        p { (t.intro) }
        @match since {
            Some(since) => (followed(&api, &signed, since).await?),
            None => (before(&api, &signed, &phones).await?),
        }
    };
    Ok(layout::page(&signed, Place::Try, &content))
}

/// Phones with a person.
async fn mapped(api: &SettingsApi, signed: &Signed) -> Result<Vec<Extension>, StoreError> {
    let all = api.settings.store.extensions(signed.connection.value.id).await?;
    let phones = all.into_iter().map(|stored| stored.value);
    Ok(phones.filter(|one| one.listed.kind == ExtensionKind::Phone && one.crm_user.is_some()).collect())
}

/// What must be there before a call can be followed, and how to begin.
async fn before(api: &SettingsApi, signed: &Signed, phones: &[Extension]) -> Result<Markup, Refusal> {
    let (voice, t) = (&signed.voice, &signed.voice.t.tryout);
    let view = connection::view(api, &signed.connection.value).await?;
    let with = |wanted: &[ExtensionState]| {
        let meant = phones.iter().filter(|one| wanted.contains(&provision::state(&one.events)));
        meant.map(|one| one.listed.number.as_str()).collect::<Vec<_>>().join(", ")
    };
    let ready = with(&[ExtensionState::Installed]);
    let pending = with(&[ExtensionState::Pending, ExtensionState::None]);
    let refused = with(&[ExtensionState::Failed]);
    let mapped = count(voice.language, u64::try_from(phones.len()).unwrap_or_default(), t.phones);
    Ok(html! {
        h2 { (t.ready) }
        @if phones.is_empty() {
            p class="warn" { (t.not_mapped) }
            p { a class="button" href=(voice.url("/people")) { (voice.t.connect.to_people) } }
        } @else {
            ul {
                li { (fill(t.mapped, &[&mapped])) }
                @if !ready.is_empty() { li { (fill(t.installed, &[&ready])) } }
                @if !pending.is_empty() { li { (fill(t.installing, &[&pending])) } }
                @if !refused.is_empty() { li class="wrong" { (fill(t.refused, &[&refused])) " " a href=(voice.url("/people")) { (voice.t.common.people) } } }
                @if view.pause.is_some() { li class="wrong" { (fill(t.paused, &[&super::crm::health(signed, &view)])) } }
            }
            @if api.simulator.is_some() {
                p { (t.play_help) }
                form class="row" method="post" action=(voice.url("/try/play")) {
                    (layout::proof(signed))
                    div class="field" {
                        label for="phone" { (voice.t.people.extension) }
                        select id="phone" name="phone" { @for one in phones { option value=(one.listed.id) { (one.listed.number) " " (one.listed.label.as_ref().map(Label::reveal).unwrap_or_default()) } } }
                    }
                    button { (t.play) }
                }
            }
            p { (t.begin_help) " " (ready) }
            p { a class="button second" href=(voice.url("/try?since=now")) { (t.begin) } }
        }
    })
}

/// The call that came since then, from station to station.
async fn followed(api: &SettingsApi, signed: &Signed, since: Timestamp) -> Result<Markup, Refusal> {
    let (voice, t) = (&signed.voice, &signed.voice.t.tryout);
    let call = first_since(api, signed, since).await?;
    let here = voice.url(&format!("/try?since={}", since.micros()));
    let done = call.as_ref().is_some_and(stations::is_done);
    Ok(html! {
        section id="followed" class="steady" aria-live="polite"
            hx-get=[(!done).then_some(&here)] hx-trigger=[(!done).then_some("every 1s")] hx-select="#followed" hx-swap="outerHTML" {
            @match &call {
                None => {
                    p class="note" { (fill(t.waiting, &[&time::clock(&signed.zone, since)])) }
                    p { (t.hint) " " a href=(voice.url("/people")) { (voice.t.common.people) } }
                }
                Some(call) => (stations::show(signed, call)),
            }
        }
        @if !done { noscript { p { a href=(here) { (voice.t.common.more_now) } } } }
        p { a class="button second" href=(voice.url("/try")) { (t.again) } }
    })
}

/// The earliest call since then: one that goes on, was logged, or was not.
async fn first_since(
    api: &SettingsApi,
    signed: &Signed,
    since: Timestamp,
) -> Result<Option<CallDetail>, StoreError> {
    let (store, connection) = (&api.calls.store, &signed.connection.value);
    let to = signed.now + Duration::from_hours(24);
    let span = Span { from: since - SLACK, to, cursor: None, limit: MOST };
    let mut ids = store.live(connection.id, span).await?.items;
    ids.extend(store.unlogged(connection.id, span).await?.items);
    ids.extend(store.records(connection.id, span).await?.items.into_iter().map(|listed| listed.id));
    let mut earliest: Option<CallDetail> = None;
    let mut calls: Vec<_> = ids.iter().map(RecordId::call).collect();
    calls.sort_unstable();
    calls.dedup();
    for call in calls {
        let items = store.call(connection.id, call).await?;
        let records =
            items.legs.iter().map(|leg| &leg.record).chain(items.call.iter().map(|one| &one.record));
        // Of a call's records the one that was logged says most.
        let best = records.max_by_key(|record| record.delivery.is_some());
        let Some(best) = best.map(|record| record.id) else { continue };
        let Some(detail) = CallDetail::of(&items, best, connection, &api.calls) else { continue };
        if earliest.as_ref().is_none_or(|other| detail.call.started_at < other.call.started_at) {
            earliest = Some(detail);
        }
    }
    Ok(earliest)
}

pub(super) async fn play(
    State(api): State<SettingsApi>,
    SignedForm { signed, fields }: SignedForm,
) -> Result<Response, Refusal> {
    let t = &signed.voice.t.tryout;
    let phone = fields.get("phone").and_then(|phone| phone.parse::<ExtensionId>().ok());
    let (Some(simulator), Some(phone)) = (&api.simulator, phone) else {
        return Ok(layout::sorry(&signed, StatusCode::NOT_FOUND, signed.voice.t.common.page_missing));
    };
    if let Err(why) = simulator.play(phone).await {
        return Ok(layout::sorry(&signed, StatusCode::CONFLICT, &fill(t.simulated_only, &[&why])));
    }
    let page = format!("/try?since={}", signed.now.micros());
    Ok(Redirect::to(&signed.voice.url(&page)).into_response())
}
