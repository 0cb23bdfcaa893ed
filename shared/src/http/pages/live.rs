//! Calls that ring and that are talked on now, refreshed every few seconds.

use std::collections::{BTreeMap, BTreeSet};

use axum::extract::State;
use axum::response::Response;
use futures_util::future::try_join_all;
use maud::{Markup, html};

use super::layout::{self, Place};
use super::signed::Signed;
use super::time;
use crate::http::api::{Refusal, SettingsApi};
use crate::model::call::{Direction, RecordId};
use crate::model::extension::{Extension, Label};
use crate::storage::Span;
use crate::text::pages::fill;
use crate::view::live::{self, LONGEST, LiveCall, LivePhone};

/// Calls that are looked at.
const MOST: usize = 60;
/// Legs that are looked at, the newest first.
const LEGS: i32 = 400;

pub(super) async fn show(State(api): State<SettingsApi>, signed: Signed) -> Result<Response, Refusal> {
    let connection = &signed.connection.value;
    let (store, now) = (&api.calls.store, signed.now);
    let span = Span { from: now - LONGEST, to: now + LONGEST, cursor: None, limit: LEGS };
    let page = store.live(connection.id, span).await?;
    let found: BTreeSet<_> = page.items.iter().map(RecordId::call).collect();
    let cut = found.len() > MOST || page.cursor.is_some();
    let reads = found.into_iter().take(MOST).map(|call| store.call(connection.id, call));
    let calls = try_join_all(reads).await?;
    let mut calls: Vec<_> = calls.iter().filter_map(|call| live::of(call, connection, now)).collect();
    calls.sort_by(|a, b| b.since.cmp(&a.since));
    let extensions = store.extensions(connection.id).await?;
    let extensions: BTreeMap<u64, Extension> =
        extensions.into_iter().map(|one| (one.value.listed.id.get(), one.value)).collect();
    let (voice, t) = (&signed.voice, &signed.voice.t.live);
    let content = html! {
        p { (t.intro) }
        section id="live" class="steady" hx-get=(voice.url("/live")) hx-trigger="every 3s" hx-select="#live" hx-swap="outerHTML" {
            @if calls.is_empty() { p class="note" { (t.quiet) } } @else { (table(&signed, &calls, &extensions)) }
            @if cut { p class="note" { (fill(t.cut, &[&MOST.to_string()])) } }
            p { small { (fill(t.as_of, &[&time::clock(&signed.zone, now)])) } }
        }
        noscript { p { a href=(voice.url("/live")) { (t.again) } } }
    };
    Ok(layout::page(&signed, Place::Live, &content))
}

fn table(signed: &Signed, calls: &[LiveCall], extensions: &BTreeMap<u64, Extension>) -> Markup {
    let (voice, t) = (&signed.voice, &signed.voice.t.live);
    let passed = |since: &str| time::passed(voice, signed.now.since(time::read(since)));
    html! {
        table class="stack" {
            thead { tr { th scope="col" { (t.party) } th scope="col" { (t.direction) } th scope="col" { (t.phones) } th scope="col" { (t.lasts) } } }
            tbody { @for call in calls { tr {
                td data-label=(t.party) { span class="number" { (call.external_number.as_deref().unwrap_or(voice.t.common.withheld)) } }
                td data-label=(t.direction) { (if call.direction == Direction::Inbound { t.inbound } else { t.outbound }) }
                td data-label=(t.phones) { div { @for phone in &call.phones { div { (state(signed, phone, extensions)) " " small { (passed(&phone.since)) } } } } }
                td data-label=(t.lasts) { (passed(&call.since)) }
            } } }
        }
    }
}

fn state(signed: &Signed, phone: &LivePhone, extensions: &BTreeMap<u64, Extension>) -> Markup {
    let t = &signed.voice.t.live;
    let known = extensions.get(&phone.extension_id);
    let label = known.and_then(|one| one.listed.label.as_ref()).map(Label::reveal).unwrap_or_default();
    html! {
        @if phone.talking { span class="tag ok" { (t.talking) } } @else { span class="tag hm" { (t.ringing) } }
        " " span class="number" { (phone.number) } " " (label)
    }
}
