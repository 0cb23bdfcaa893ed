//! How today and the last seven days went, who waits for a call back, and whether both ends work.

use std::collections::BTreeMap;

use axum::extract::State;
use axum::response::{IntoResponse as _, Redirect, Response};
use http::StatusCode;
use maud::{Markup, html};

use super::charts::{self, Bar};
use super::crm;
use super::fields::Fields;
use super::layout::{self, Place};
use super::names::Names;
use super::signed::{Signed, SignedForm};
use super::time;
use crate::flow::connection::PbxHealth;
use crate::flow::connection::dial::{self, BY_CLICK, DialTarget, Wish};
use crate::http::api::callback;
use crate::http::api::{Refusal, SettingsApi, connection};
use crate::model::delivery::{Delivery, Progress};
use crate::model::extension::ExtensionKind;
use crate::model::ids::CrmUserId;
use crate::model::number::PhoneNumber;
use crate::model::secret::Digest;
use crate::rules::overview::{self, Overview, Tally, Waiting};
use crate::storage::Span;
use crate::text::pages::{count, fill};
use crate::view::connection::Connection as View;

/// Records that the overview is made of, at most: the newest.
const MOST: usize = 2_000;
/// Records of one page.
const PAGE: i32 = 100;
/// Callers that are shown.
const MOST_WAITING: usize = 50;

pub(super) async fn show(
    State(api): State<SettingsApi>,
    signed: Signed,
    query: Fields,
) -> Result<Response, Refusal> {
    let rings = query.ticked("rings");
    let note = html! { @if rings { p class="good" role="status" { (signed.voice.t.overview.rings) } } };
    page(&api, &signed, &note).await
}

async fn page(api: &SettingsApi, signed: &Signed, note: &Markup) -> Result<Response, Refusal> {
    let (voice, t) = (&signed.voice, &signed.voice.t.overview);
    let (records, cut) = records(api, signed).await?;
    let owned: Vec<_> = records.iter().map(|one| (&one.record, one.crm_user.as_ref())).collect();
    let today = signed.zone.day_start(signed.now, 0);
    let counted = overview::count(&owned, today, |at| signed.zone.hour(at));
    let (view, names) =
        (connection::view(api, &signed.connection.value).await?, Names::load(api, signed).await);
    let phones = phones(api, signed).await?;
    let content = html! {
        (note)
        (health(signed, &view))
        ul class="cards" {
            li class="card" { h2 { (voice.t.common.today) } (card(signed, &counted.today)) }
            li class="card" { h2 { (t.week) } (card(signed, &counted.week)) }
        }
        @if cut { p class="note" { (fill(t.cut, &[&MOST.to_string()])) } }
        @if records.is_empty() { p class="note" { (t.no_calls) } }
        h2 { (t.waiting) }
        (waiting(signed, &counted, &names, &phones))
        h2 { (t.by_outcome) }
        (by_outcome(signed, &counted))
        h2 { (t.by_hour) }
        (by_hour(signed, &counted))
        h2 { (t.talk) }
        (talk(signed, &counted, &names))
    };
    Ok(layout::page(signed, Place::Overview, &content))
}

/// The records of the last seven days, and whether there were more.
async fn records(api: &SettingsApi, signed: &Signed) -> Result<(Vec<Delivery>, bool), Refusal> {
    let from = signed.zone.day_start(signed.now, 6);
    // A day ahead, since the PBX's clock may be.
    let to = signed.now + std::time::Duration::from_hours(24);
    let (mut found, mut cursor): (Vec<Delivery>, Option<String>) = (Vec::new(), None);
    loop {
        let span = Span { from, to, cursor: cursor.as_deref(), limit: PAGE };
        let page = api.calls.store.records(signed.connection.value.id, span).await?;
        found.extend(page.items.into_iter().map(|listed| listed.delivery).filter(|one| !one.is_withdrawn()));
        cursor = page.cursor;
        if cursor.is_none() || found.len() >= MOST {
            found.truncate(MOST);
            return Ok((found, cursor.is_some()));
        }
    }
}

/// Who has a phone that can ring: each once.
async fn phones(api: &SettingsApi, signed: &Signed) -> Result<Vec<CrmUserId>, Refusal> {
    let extensions = api.settings.store.extensions(signed.connection.value.id).await?;
    let extensions = extensions.into_iter().map(|stored| stored.value);
    let ring = extensions
        .filter(|one| one.listed.kind == ExtensionKind::Phone && one.present && one.listed.active)
        .filter_map(|one| one.crm_user);
    let mut users: Vec<_> = ring.collect();
    users.sort();
    users.dedup();
    Ok(users)
}

fn health(signed: &Signed, view: &View) -> Markup {
    let (voice, t) = (&signed.voice, &signed.voice.t.overview);
    let pbx = match view.health.pbx {
        PbxHealth::Ok => t.pbx_ok,
        PbxHealth::Refused => t.pbx_refused,
        PbxHealth::Waiting => t.pbx_waiting,
        PbxHealth::Failing => t.pbx_failing,
    };
    let well = view.health.pbx == PbxHealth::Ok && view.pause.is_none();
    let notices = view.health.notices;
    html! {
        p class=(if well { "good" } else { "warn" }) {
            (pbx) " " (t.crm) " " (crm::health(signed, view))
            @if view.pause.is_some() { " " a href=(voice.url("/crm")) { (t.to_crm) } }
        }
        @if notices > 0 {
            p class="warn" { a href=(voice.url("/notices")) { (count(voice.language, u64::try_from(notices).unwrap_or_default(), t.notices)) } }
        }
    }
}

fn names_of(signed: &Signed) -> [&'static str; 4] {
    let t = &signed.voice.t.overview;
    [t.answered, t.reached, t.missed, t.not_reached]
}

fn card(signed: &Signed, tally: &Tally) -> Markup {
    let voice = &signed.voice;
    html! {
        p class="big" { (count(voice.language, tally.iter().sum(), voice.t.overview.calls)) }
        dl { @for (name, value) in names_of(signed).iter().zip(tally) { dt { (name) } dd { (value) } } }
    }
}

fn waiting(signed: &Signed, counted: &Overview<'_>, names: &Names, phones: &[CrmUserId]) -> Markup {
    let (voice, t) = (&signed.voice, &signed.voice.t.overview);
    html! {
        @if counted.waiting.is_empty() { p { (t.nobody_waits) } } @else {
            table class="stack" {
                thead { tr { th scope="col" { (t.caller) } th scope="col" { (t.last_tried) } th scope="col" { (t.person) } th scope="col" { (t.call_back) } } }
                tbody { @for one in counted.waiting.iter().take(MOST_WAITING) { (row(signed, one, names, phones)) } }
            }
            @if counted.waiting.len() > MOST_WAITING { p { (fill(t.more_wait, &[&(counted.waiting.len() - MOST_WAITING).to_string()])) } }
        }
        @if counted.withheld > 0 { p { small { (count(voice.language, counted.withheld, t.withheld)) } } }
    }
}

fn row(signed: &Signed, one: &Waiting<'_>, names: &Names, phones: &[CrmUserId]) -> Markup {
    let (voice, t) = (&signed.voice, &signed.voice.t.overview);
    let number = one.record.external_number.as_ref().map(PhoneNumber::reveal).unwrap_or_default();
    let page = format!("/calls/{}", one.record.record_id);
    let label = fill(t.who_calls, &[number]);
    html! {
        tr {
            td data-label=(t.caller) { span {
                a class="number" href=(voice.url(&page)) { (number) }
                @if one.times > 1 { " " small { (count(voice.language, one.times, t.times)) } }
            } }
            td data-label=(t.last_tried) { (time::moment(voice, &signed.zone, one.record.started_at, signed.now)) }
            td data-label=(t.person) { span { (names.maybe(one.crm_user, voice.t.common.nobody)) } }
            td data-label=(t.call_back) {
                @if phones.is_empty() { a href=(voice.url("/people")) { (t.no_phones) } } @else {
                    form class="row" method="post" action=(voice.url("/call-back")) {
                        (layout::proof(signed))
                        input type="hidden" name="number" value=(number);
                        select name="crm_user" aria-label=(label) {
                            @for user in phones { option value=(user.as_str()) selected[one.crm_user == Some(user)] { (names.of(user.as_str())) } }
                        }
                        button class="second" { (t.call) }
                    }
                }
            }
        }
    }
}

fn by_outcome(signed: &Signed, counted: &Overview<'_>) -> Markup {
    let t = &signed.voice.t.overview;
    let bars = names_of(signed).into_iter().zip(counted.week).enumerate();
    let bars: Vec<_> = bars
        .map(|(place, (name, value))| Bar {
            label: name.to_owned(),
            value,
            text: value.to_string(),
            class: charts::class(place),
        })
        .collect();
    html! {
        (charts::bars("outcomes", t.by_outcome, t.by_outcome_help, &bars))
        details { summary { (t.as_table) } table {
            thead { tr { th scope="col" { (t.outcome) } th scope="col" { (t.number_of_calls) } } }
            tbody { @for bar in &bars { tr { td { (bar.label) } td { (bar.text) } } } }
        } }
    }
}

fn by_hour(signed: &Signed, counted: &Overview<'_>) -> Markup {
    let t = &signed.voice.t.overview;
    html! {
        (charts::hours("hours", t.by_hour, t.by_hour_help, &counted.hours))
        (charts::legend(names_of(signed)))
        details { summary { (t.as_table) } table {
            thead { tr { th scope="col" { (t.hour) } @for name in names_of(signed) { th scope="col" { (name) } } } }
            tbody { @for (hour, tally) in counted.hours.iter().enumerate() { @if tally.iter().sum::<u64>() > 0 {
                tr { td { (hour) ":00" } @for value in tally { td { (value) } } }
            } } }
        } }
    }
}

fn talk(signed: &Signed, counted: &Overview<'_>, names: &Names) -> Markup {
    let (voice, t) = (&signed.voice, &signed.voice.t.overview);
    let people: BTreeMap<usize, Bar> = counted
        .talk
        .iter()
        .map(|(user, talk)| Bar {
            label: names.maybe(*user, voice.t.common.nobody).to_owned(),
            value: talk.seconds,
            text: format!(
                "{} · {}",
                time::span(voice, talk.seconds),
                count(voice.language, talk.calls, t.calls)
            ),
            class: charts::class(0),
        })
        .enumerate()
        .collect();
    let bars: Vec<_> = people.into_values().take(MOST_WAITING).collect();
    html! {
        @if bars.is_empty() { p { (t.no_talk) } } @else {
            (charts::bars("talk", t.talk, t.talk_help, &bars))
            details { summary { (t.as_table) } table {
                thead { tr { th scope="col" { (t.person) } th scope="col" { (t.talk) } } }
                tbody { @for bar in &bars { tr { td { (bar.label) } td { (bar.text) } } } }
            } }
        }
    }
}

/// Rings a person's phone, and then calls the number.
pub(super) async fn call_back(
    State(api): State<SettingsApi>,
    SignedForm { signed, fields }: SignedForm,
) -> Result<Response, Refusal> {
    let t = &signed.voice.t.overview;
    let user = fields.get("crm_user").and_then(CrmUserId::parse);
    let target = fields.get("number").and_then(DialTarget::parse);
    let (Some(user), Some(target)) = (user, target) else {
        return failed(&api, &signed, StatusCode::UNPROCESSABLE_ENTITY, t.not_dialled).await;
    };
    // Two clicks are one wish.
    let key = Digest::of(format!("page\n{}\n{}", user.as_str(), target.reveal()).as_bytes());
    let wish = Wish { crm_user: Some(user), target, key: (key, BY_CLICK), progress: Progress::default() };
    let Err(error) = dial::dial(&api.settings, &signed.connection.value, wish).await else {
        return Ok(Redirect::to(&signed.voice.url("/overview?rings=1")).into_response());
    };
    match callback::refusal(error) {
        Refusal::Problem(problem) | Refusal::Later(problem, _) => {
            let status = StatusCode::from_u16(problem.status).unwrap_or(StatusCode::BAD_GATEWAY);
            let said = problem.errors.first().map_or(&problem.detail, |error| &error.message);
            failed(&api, &signed, status, &signed.voice.say(said)).await
        }
        other @ (Refusal::Wait(_) | Refusal::Store(_)) => Err(other),
    }
}

async fn failed(
    api: &SettingsApi,
    signed: &Signed,
    status: StatusCode,
    text: &str,
) -> Result<Response, Refusal> {
    let note = html! { p class="bad" role="alert" { (text) } };
    let mut response = page(api, signed, &note).await?;
    *response.status_mut() = status;
    Ok(response)
}
