//! The admin keys, and the trail of who changed what.

use axum::extract::State;
use axum::response::{IntoResponse as _, Redirect, Response};
use http::StatusCode;
use maud::{Markup, html};

use super::fields::Fields;
use super::layout::{self, Input, Place};
use super::signed::{Signed, SignedForm};
use super::time;
use super::voice::Voice;
use crate::clock::Timestamp;
use crate::flow::connection::keys::{self, NewKey, Revoked, ShownKey};
use crate::http::api::{Refusal, SettingsApi};
use crate::http::problem::FieldError;
use crate::model::audit::{Act, Entry};
use crate::model::keyring::{KeyId, Scope};
use crate::storage::Store;
use crate::text::pages::fill;

/// The longest name.
const MAX_NAME: usize = 60;

pub(super) async fn show(
    State(api): State<SettingsApi>,
    signed: Signed,
    query: Fields,
) -> Result<Response, Refusal> {
    page(&api, &signed, &query, &[]).await
}

async fn page(
    api: &SettingsApi,
    signed: &Signed,
    given: &Fields,
    errors: &[FieldError],
) -> Result<Response, Refusal> {
    let (voice, t) = (&signed.voice, &signed.voice.t.manage);
    let id = signed.connection.value.id;
    let all = keys::list(&api.settings, &signed.connection.value).await?;
    let cursor = given.get("cursor").filter(|cursor| Store::is_entry(cursor));
    let trail = api.settings.store.entries(id, cursor).await?;
    let value = |name: &str| given.get(name).unwrap_or_default();
    let scopes = [("full", t.scope_full), ("read", t.scope_read)];
    let content = html! {
        p { (t.keys_help) }
        (layout::errors(voice, errors))
        table class="stack" {
            thead { tr { @for head in [t.key_name, t.scope, t.made_at, t.used, t.expires, t.revoke] { th scope="col" { (head) } } } }
            tbody { @for key in &all { (row(signed, key)) } }
        }
        h2 { (t.make_key) }
        form method="post" action=(voice.url("/keys")) {
            (layout::proof(signed))
            (Input { name: "name", label: t.key_name, help: t.key_name_help, kind: "text", value: value("name"), optional: false }.show(voice, errors))
            (layout::choice("scope", t.scope, t.scope_help, &scopes, value("scope")))
            (Input { name: "expires", label: t.expires, help: t.expires_help, kind: "datetime-local", value: value("expires"), optional: true }.show(voice, errors))
            button { (t.make_key) }
        }
        h2 id="audit" { (t.audit) }
        @if trail.items.is_empty() { p { (voice.t.common.none_yet) } } @else {
            table class="stack" {
                thead { tr { @for head in [t.audit_when, t.audit_what, t.audit_who, t.audit_from] { th scope="col" { (head) } } } }
                tbody { @for entry in &trail.items { tr {
                    td data-label=(t.audit_when) class="number" { (time::moment(voice, &signed.zone, entry.at, signed.now)) }
                    td data-label=(t.audit_what) { (deed(voice, &all, entry)) }
                    td data-label=(t.audit_who) { (actor(voice, &all, entry)) }
                    td data-label=(t.audit_from) { (entry.by.from.as_deref().unwrap_or_default()) }
                } } }
            }
        }
        @if let Some(cursor) = &trail.cursor {
            p { a href={ (voice.url("/keys")) "?cursor=" (cursor) "#audit" } { (voice.t.common.more) } }
        }
    };
    let mut response = layout::page(signed, Place::Keys, &content);
    if !errors.is_empty() {
        *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    }
    Ok(response)
}

fn name<'a>(voice: &Voice, key: &'a ShownKey) -> std::borrow::Cow<'a, str> {
    match &key.label {
        Some(label) if label.name == keys::FIRST => voice.t.manage.first_key.into(),
        Some(label) => label.name.as_str().into(),
        None => key.key.id.as_str().into(),
    }
}

fn row(signed: &Signed, key: &ShownKey) -> Markup {
    let (voice, t) = (&signed.voice, &signed.voice.t.manage);
    let when = |moment: Option<Timestamp>| {
        moment.map_or_else(|| t.never.to_owned(), |at| time::moment(voice, &signed.zone, at, signed.now))
    };
    let scope = match key.key.scope {
        Scope::Full => t.scope_full,
        Scope::Read => t.scope_read,
    };
    let name = name(voice, key);
    html! {
        tr {
            td data-label=(t.key_name) { span { (name) @if signed.by.key.as_ref() == Some(&key.key.id) { " " span class="tag ok" { (t.current) } } } }
            td data-label=(t.scope) { (scope) }
            td data-label=(t.made_at) { (when(key.label.as_ref().map(|label| label.made_at))) }
            td data-label=(t.used) { (when(key.key.used_at)) }
            td data-label=(t.expires) { (when(key.key.expires_at)) }
            td { details {
                summary { (t.revoke) }
                p { (fill(t.revoke_ask, &[&name])) }
                form method="post" action=(voice.url("/keys/revoke")) {
                    (layout::proof(signed))
                    input type="hidden" name="id" value=(key.key.id);
                    button class="danger" { (t.revoke) }
                }
            } }
        }
    }
}

/// What somebody did, in words.
fn deed(voice: &Voice, all: &[ShownKey], entry: &Entry) -> String {
    let t = &voice.t.manage;
    let named = |id: &KeyId| {
        let key = all.iter().find(|key| key.key.id == *id);
        key.map_or_else(|| id.to_string(), |key| name(voice, key).into_owned())
    };
    match &entry.act {
        Act::Connected => t.act_connected.to_owned(),
        Act::TakenOver { .. } => t.act_taken_over.to_owned(),
        Act::KeyMade { made, .. } => fill(t.act_key_made, &[&named(made)]),
        Act::KeyRevoked { revoked } => fill(t.act_key_revoked, &[&named(revoked)]),
        Act::Changed { fields } => fill(t.act_changed, &[&fields.join(", ")]),
        Act::MappingSaved { version } => fill(t.act_mapping_saved, &[&version.to_string()]),
        Act::ProvisioningRetried => t.act_provisioning_retried.to_owned(),
        Act::EventUrlsRotated { .. } => t.act_event_urls_rotated.to_owned(),
        Act::Resent { .. } => t.act_resent.to_owned(),
        Act::PersonErased => t.act_person_erased.to_owned(),
        Act::Disconnected => t.act_disconnected.to_owned(),
    }
}

/// Who did it: their key's name.
fn actor(voice: &Voice, all: &[ShownKey], entry: &Entry) -> String {
    let Some(id) = &entry.by.key else { return voice.t.manage.by_pbx.to_owned() };
    let key = all.iter().find(|key| key.key.id == *id);
    key.map_or_else(|| id.to_string(), |key| name(voice, key).into_owned())
}

pub(super) async fn make(
    State(api): State<SettingsApi>,
    SignedForm { signed, fields }: SignedForm,
) -> Result<Response, Refusal> {
    let (voice, t) = (&signed.voice, &signed.voice.t.manage);
    let mut form = fields.form();
    let name = form.text("name", MAX_NAME);
    let scope = fields.get("scope").and_then(Scope::parse).unwrap_or(Scope::Full);
    let expires_at = match fields.get("expires") {
        None => Some(None),
        Some(text) => signed.zone.parse(text).filter(|end| *end > signed.now).map(Some),
    };
    if expires_at.is_none() {
        form.wrong("expires", t.past);
    }
    let wish = name.zip(expires_at).map(|(name, expires_at)| NewKey { name, scope, expires_at });
    let wish = match form.finish(wish) {
        Ok(wish) => wish,
        Err(problem) => return page(&api, &signed, &fields, &problem.errors).await,
    };
    let Some((secret, made)) = keys::make(&api.settings, signed.connection.clone(), wish, &signed.by).await?
    else {
        return Ok(layout::sorry(&signed, StatusCode::CONFLICT, t.full));
    };
    let content = html! {
        p { (fill(t.made, &[&self::name(voice, &made)])) }
        p id="key" { (layout::copyable(voice, secret.reveal())) }
        p { a class="button" href=(voice.url("/keys")) { (t.made_back) } }
    };
    Ok(layout::titled(&signed, Some(Place::Keys), t.made_title, &content))
}

pub(super) async fn revoke(
    State(api): State<SettingsApi>,
    SignedForm { signed, fields }: SignedForm,
) -> Result<Response, Refusal> {
    let t = &signed.voice.t.manage;
    let Some(id) = fields.get("id").and_then(KeyId::parse) else {
        return Ok(layout::sorry(&signed, StatusCode::NOT_FOUND, t.no_key));
    };
    match keys::revoke(&api.settings, signed.connection.clone(), &id, &signed.by).await? {
        Revoked::Done => Ok(Redirect::to(&signed.voice.url("/keys")).into_response()),
        Revoked::Unknown => Ok(layout::sorry(&signed, StatusCode::NOT_FOUND, t.no_key)),
        Revoked::Last => Ok(layout::sorry(&signed, StatusCode::CONFLICT, t.last_key)),
    }
}
