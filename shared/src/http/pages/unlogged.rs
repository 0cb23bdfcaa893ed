//! Calls that gave no record: each once, with the reason, and what can be done where a phone has no person.

use std::collections::{BTreeMap, BTreeSet};

use axum::extract::State;
use axum::response::Response;
use maud::{Markup, html};

use super::fields::Fields;
use super::layout::{self, Place};
use super::signed::Signed;
use super::time;
use crate::clock::Timestamp;
use crate::http::api::{Refusal, SettingsApi};
use crate::model::call::RecordId;
use crate::model::extension::Extension;
use crate::model::ids::ExtensionId;
use crate::storage::{Span, is_place};
use crate::text::pages::fill;
use crate::view::unlogged::{self, UnloggedCall};

/// Legs of one page of the list; each takes a look at its whole call.
const PAGE: i32 = 40;
/// Pages that are looked through.
const PAGES_SEARCHED: usize = 3;
/// Calls that are enough for one page.
const ENOUGH: usize = 20;

pub(super) async fn show(
    State(api): State<SettingsApi>,
    signed: Signed,
    query: Fields,
) -> Result<Response, Refusal> {
    let (calls, cursor) = find(&api, &signed, query.get("cursor")).await?;
    let (voice, t) = (&signed.voice, &signed.voice.t.unlogged);
    let content = html! {
        p { (t.intro) }
        @if calls.is_empty() { p class="note" { @if cursor.is_some() { (t.none_here) } @else { (voice.t.common.none_yet) } } }
        @else { (table(&signed, &calls)) }
        @if let Some(cursor) = &cursor {
            @let next: String = form_urlencoded::byte_serialize(cursor.as_bytes()).collect();
            p { a class="button second" href=(voice.url(&format!("/unlogged?cursor={next}"))) { (voice.t.common.more) } }
        }
    };
    Ok(layout::page(&signed, Place::Unlogged, &content))
}

async fn find(
    api: &SettingsApi,
    signed: &Signed,
    cursor: Option<&str>,
) -> Result<(Vec<UnloggedCall>, Option<String>), Refusal> {
    let (store, connection) = (&api.calls.store, &signed.connection.value);
    let (from, to) = (Timestamp::default(), signed.now + std::time::Duration::from_hours(24));
    let mut cursor = cursor.filter(|cursor| is_place(cursor, from, to)).map(str::to_owned);
    let before = cursor.as_deref().and_then(place);
    let extensions = store.extensions(connection.id).await?;
    let extensions: BTreeMap<ExtensionId, Extension> =
        extensions.into_iter().map(|one| (one.value.listed.id, one.value)).collect();
    let (mut found, mut seen) = (Vec::new(), BTreeSet::new());
    for _ in 0..PAGES_SEARCHED {
        let span = Span { from, to, cursor: cursor.as_deref(), limit: PAGE };
        let page = store.unlogged(connection.id, span).await?;
        for id in page.items.iter().filter(|id| seen.insert(id.call())).collect::<Vec<_>>() {
            let call = store.call_of(connection.id, *id).await?;
            if before.is_none_or(|before| !unlogged::was_shown(&call, connection, before)) {
                found.extend(unlogged::of(&call, connection, &extensions, &api.calls));
            }
        }
        cursor = page.cursor;
        if cursor.is_none() || found.len() >= ENOUGH {
            break;
        }
    }
    Ok((found, cursor))
}

/// The place in the list that a cursor is.
fn place(cursor: &str) -> Option<(Timestamp, RecordId)> {
    let (moment, record) = cursor.split_once('#')?;
    Some((Timestamp::from_micros(moment.parse().ok()?), RecordId::parse(record)?))
}

fn table(signed: &Signed, calls: &[UnloggedCall]) -> Markup {
    let (voice, t) = (&signed.voice, &signed.voice.t.unlogged);
    html! {
        table class="stack" {
            thead { tr { th scope="col" { (t.when) } th scope="col" { (t.party) } th scope="col" { (t.extensions) } th scope="col" { (t.why) } } }
            tbody { @for call in calls { tr {
                td data-label=(t.when) { a href=(voice.url(&format!("/calls/{}", call.record_id))) {
                    (time::moment(voice, &signed.zone, time::read(&call.started_at), signed.now))
                } }
                td data-label=(t.party) { span class="number" { (call.external_number.as_deref().unwrap_or(voice.t.common.withheld)) } }
                td data-label=(t.extensions) { span { (call.numbers.join(", ")) } }
                td data-label=(t.why) { div {
                    (voice.say(&call.reason))
                    @if !call.unmapped.is_empty() {
                        p { (fill(t.unmapped, &[&call.unmapped.join(", ")])) " " a href=(voice.url("/people")) { (t.to_people) } }
                    }
                } }
            } } }
        }
    }
}
