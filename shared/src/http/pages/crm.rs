//! The CRM and the application on the PBX: whether they work, and changing them. What is new is tried before it is stored.

use axum::extract::State;
use axum::response::{IntoResponse as _, Redirect, Response};
use http::StatusCode;
use maud::{Markup, html};

use super::fields::Fields;
use super::layout::{self, Input, Place};
use super::signed::{Signed, SignedForm};
use super::{crm_fields, time};
use crate::crm::About;
use crate::flow::connection::connect::ConnectError;
use crate::flow::connection::update::{self, Change};
use crate::flow::connection::{crm_account, crm_check};
use crate::http::api::{Knocker, Proving, Refusal, SettingsApi, connection, connections};
use crate::http::form::crm;
use crate::http::problem::FieldError;
use crate::model::connection::PauseReason;
use crate::text::pages::fill;
use crate::view::connection::Connection as View;
use crate::view::crm::{CrmCheck, TestRecord};

pub(super) async fn show(
    State(api): State<SettingsApi>,
    signed: Signed,
    query: Fields,
) -> Result<Response, Refusal> {
    let t = &signed.voice.t.connect;
    let said = [("consented", t.consented), ("saved", t.crm_saved), ("pbx", t.pbx_saved)];
    let note = html! {
        @for (name, text) in said { @if query.ticked(name) { p class="good" role="status" { (text) } } }
    };
    page(&api, &signed, &note, &Fields::default(), &[]).await
}

async fn page(
    api: &SettingsApi,
    signed: &Signed,
    note: &Markup,
    given: &Fields,
    errors: &[FieldError],
) -> Result<Response, Refusal> {
    let (deps, voice, t) = (&api.settings, &signed.voice, &signed.voice.t.connect);
    let view = connection::view(api, &signed.connection.value).await?;
    let addresses = crm_account::addresses(deps, &signed.connection.value).await?;
    let title = |about: &About| voice.say(about.title).into_owned();
    let own = deps.connectors.about().find(|about| about.kind == view.crm.kind);
    let content = html! {
        (note)
        (layout::errors(voice, errors))
        dl {
            dt { (t.crm_kind) } dd { (own.map(title).unwrap_or_default()) }
            @for (name, value) in &view.crm.settings { @if let Some(value) = value {
                @let label = own.and_then(|own| own.field(name)).map_or_else(|| name.as_str().into(), |field| voice.say(field.label));
                dt { (label) } dd { (value) }
            } }
        }
        p class=(if view.pause.is_some() { "warn" } else { "good" }) { (health(signed, &view)) }
        @if let Some(addresses) = &addresses {
            @if let Some(authorise) = &addresses.authorise {
                p { (t.crm_consent) }
                p { a class="button" href=(authorise) rel="noreferrer" { (t.crm_consent_button) } }
            }
            p { (t.crm_event_url) }
            p { (layout::copyable(voice, addresses.events.as_str())) }
        }
        form method="post" action=(voice.url("/crm/check")) { (layout::proof(signed)) button { (t.check_crm) } }
        p { a href=(voice.url("/people")) { (t.to_people) } }
        h2 { (t.change_crm) }
        p { (t.change_crm_help) " " (t.secret_again) }
        @for about in deps.connectors.about() {
            @let chosen = given.get("crm.kind") == Some(about.kind);
            details name="kind" open[chosen] {
                summary { (title(about)) }
                form method="post" action=(voice.url("/crm")) data-watch="" {
                    (layout::proof(signed))
                    (crm_fields::show(voice, about, if chosen { errors } else { &[] }, |name| {
                        let typed = given.get(name).filter(|_| chosen);
                        let stored = name.strip_prefix("crm.").and_then(|name| view.crm.settings.get(name)?.as_deref());
                        typed.or(stored.filter(|_| about.kind == view.crm.kind))
                    }))
                    button { (voice.t.common.save) }
                }
            }
        }
        h2 { (t.change_pbx) }
        p { (t.change_pbx_help) }
        details open[given.get("pbx.app_id").is_some()] {
            summary { (view.pbx.host) }
            form method="post" action=(voice.url("/crm/pbx")) {
                (layout::proof(signed))
                input type="hidden" name="pbx.host" value=(view.pbx.host);
                (Input { name: "pbx.app_id", label: t.app_id, help: t.app_id_help, kind: "text", value: given.get("pbx.app_id").unwrap_or(&view.pbx.app_id), optional: false }.show(voice, errors))
                (Input { name: "pbx.app_secret", label: t.app_secret, help: t.app_secret_help, kind: "password", value: "", optional: false }.show(voice, errors))
                button { (voice.t.common.save) }
            }
        }
    };
    let mut response = layout::titled(signed, Some(Place::Settings), t.crm_title, &content);
    if !errors.is_empty() {
        *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    }
    Ok(response)
}

/// How the CRM is, in a sentence.
pub(super) fn health(signed: &Signed, view: &View) -> String {
    let (voice, t) = (&signed.voice, &signed.voice.t.connect);
    let Some(pause) = &view.pause else { return t.crm_health_ok.to_owned() };
    let since = time::moment(voice, &signed.zone, time::read(&pause.since), signed.now);
    let words = match pause.reason {
        PauseReason::CrmRefusedCredentials => crate::text::CRM_REFUSED_CREDENTIALS,
        PauseReason::CrmUnpaid => crate::text::CRM_UNPAID,
        PauseReason::EndpointDisabled => crate::text::CRM_ENDPOINT_DISABLED,
        PauseReason::Operator => crate::text::PAUSED_BY_OPERATOR,
    };
    fill(t.crm_health_paused, &[&since, &voice.say(words.sentence)])
}

pub(super) async fn change(
    State(api): State<SettingsApi>,
    SignedForm { signed, fields }: SignedForm,
) -> Result<Response, Refusal> {
    let deps = &api.settings;
    let mut form = fields.form();
    let crm = crm::read(&mut form, &deps.connectors, deps.targets);
    let change = match form.finish(crm) {
        Ok(crm) => Change { crm: Some(crm), ..Change::default() },
        Err(problem) => return page(&api, &signed, &html! {}, &fields, &problem.errors).await,
    };
    match update::change(deps, signed.connection.clone(), change, &signed.by).await {
        Ok(_) => Ok(Redirect::to(&signed.voice.url("/crm?saved=1")).into_response()),
        Err(error) => refused(&api, &signed, &fields, error).await,
    }
}

pub(super) async fn change_pbx(
    State(api): State<SettingsApi>,
    knocker: Knocker,
    SignedForm { signed, fields }: SignedForm,
) -> Result<Response, Refusal> {
    let deps = &api.settings;
    let mut form = fields.form();
    let pbx = connections::credentials(&mut form, deps);
    let pbx = match form.finish(pbx) {
        Ok(pbx) => pbx,
        Err(problem) => return page(&api, &signed, &html! {}, &fields, &problem.errors).await,
    };
    let proving = Proving::begin(deps, knocker, &pbx)?;
    let change = Change { pbx: Some(pbx), ..Change::default() };
    match update::change(deps, signed.connection.clone(), change, &signed.by).await {
        Ok(_) => Ok(Redirect::to(&signed.voice.url("/crm?pbx=1")).into_response()),
        Err(error) => {
            proving.refused(deps, &error).await;
            refused(&api, &signed, &fields, error).await
        }
    }
}

async fn refused(
    api: &SettingsApi,
    signed: &Signed,
    fields: &Fields,
    error: ConnectError,
) -> Result<Response, Refusal> {
    match connections::refusal(error) {
        Refusal::Problem(problem) => {
            let whole = [FieldError { path: String::new(), message: problem.detail.clone() }];
            let errors = if problem.errors.is_empty() { &whole[..] } else { &problem.errors };
            page(api, signed, &html! {}, fields, errors).await
        }
        other @ (Refusal::Wait(_) | Refusal::Later(..) | Refusal::Store(_)) => Err(other),
    }
}

/// Tries the CRM with a record that is marked as a test, and says what came of it.
pub(super) async fn check(
    State(api): State<SettingsApi>,
    SignedForm { signed, .. }: SignedForm,
) -> Result<Response, Refusal> {
    let (voice, t) = (&signed.voice, &signed.voice.t.connect);
    let checked: CrmCheck = crm_check::check(&api.settings, &signed.connection.value).await?.into();
    let note = html! {
        @if checked.works {
            p class="good" role="status" {
                (t.check_works) " "
                @match checked.test_record {
                    Some(TestRecord::TakenBack) => (t.check_taken_back),
                    Some(TestRecord::Removed) => (t.check_removed),
                    Some(TestRecord::Stands) => (t.check_stands),
                    None => {}
                }
                @if let Some(remark) = &checked.remark { " " (voice.say(remark)) }
            }
        } @else {
            p class="bad" role="alert" { (fill(t.check_fails, &[&voice.say(checked.problem.as_deref().unwrap_or_default())])) }
        }
    };
    page(&api, &signed, &note, &Fields::default(), &[]).await
}
