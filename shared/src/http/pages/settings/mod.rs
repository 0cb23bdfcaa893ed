//! Every setting with a sentence on what it changes, and its effect on yesterday's calls before it is saved. Whoever saves a
//! page that is older than the settings is shown what differs.

mod changes;
mod effect;
mod form;

use axum::extract::State;
use axum::response::{IntoResponse as _, Redirect, Response};
use http::StatusCode;
use maud::{Markup, html};
use serde_json::{Map, Value};

use super::fields::Fields;
use super::layout::{self, Place};
use super::names::Names;
use super::signed::{AnyForm, Signed};
use super::time::Zone;
use crate::flow::connection::update::{self, Change};
use crate::http::api::{Refusal, SettingsApi, connections};
use crate::http::form::{Form, policy};
use crate::http::problem::FieldError;
use crate::model::connection::{Connection, Policy};
use crate::model::secret::Digest;

/// The field that says which settings a form was made of.
const SEEN: &str = "_seen";

pub(super) async fn show(
    State(api): State<SettingsApi>,
    signed: Signed,
    query: Fields,
) -> Result<Response, Refusal> {
    let t = &signed.voice.t.settings;
    let note = html! { @if query.ticked("saved") { p class="good" role="status" { (t.saved) } } };
    let given = form::stored(&signed.connection.value);
    Ok(page(&api, &signed, &given, &[], &note, StatusCode::OK).await)
}

/// The page, with what somebody typed.
async fn page(
    api: &SettingsApi,
    signed: &Signed,
    given: &Fields,
    errors: &[FieldError],
    note: &Markup,
    status: StatusCode,
) -> Response {
    let (voice, t) = (&signed.voice, &signed.voice.t.settings);
    let names = Names::load(api, signed).await;
    // What the form was made of stays what its reader saw, until they are shown what differs.
    let now = seen(&signed.connection.value);
    let seen = given.get(SEEN).unwrap_or(&now);
    let content = html! {
        (note)
        (layout::errors(voice, errors))
        form method="post" action=(voice.url("/settings")) data-watch="" {
            (layout::proof(signed))
            input type="hidden" name=(SEEN) value=(seen);
            (form::fields(signed, &names, given, errors))
            div class="bar" {
                button name="do" value="save" { (voice.t.common.save) }
                button class="second" name="do" value="effect" { (t.show_effect) }
                span role="status" data-unsaved=(voice.t.people.unsaved) {}
            }
        }
        h2 { (t.more) }
        ul {
            li { a href=(voice.url("/crm")) { (t.to_crm) } }
            li { a href=(voice.url("/keys")) { (t.to_keys) } }
            li { a href=(voice.url("/disconnect")) { (t.to_disconnect) } }
        }
    };
    let mut response = layout::page(signed, Place::Settings, &content);
    *response.status_mut() = status;
    response
}

/// What tells one state of the settings from another.
fn seen(connection: &Connection) -> String {
    let policy = serde_json::to_string(&connection.policy).unwrap_or_default();
    Digest::of(format!("{}\n{policy}", connection.name).as_bytes()).short_hex(8)
}

/// What was typed, read as the settings' own route reads it.
fn read(signed: &Signed, given: &Fields) -> Result<(String, Policy), Vec<FieldError>> {
    let mut body = Map::new();
    body.insert("name".to_owned(), Value::from(given.get("name").unwrap_or_default()));
    body.insert("policy".to_owned(), Value::Object(form::typed(given)));
    let mut form = Form::of(body);
    let name = form.text("name", connections::MAX_NAME);
    let policy = policy::read(&mut form, &signed.connection.value.policy);
    if policy.as_ref().is_some_and(|policy| !Zone::is_known(&policy.timezone)) {
        form.wrong("policy.timezone", "this must be a time zone's name, such as Europe/London");
    }
    form.finish(name.zip(policy)).map_err(|problem| problem.errors)
}

/// Shows the effect, which anybody may, or saves.
pub(super) async fn send(
    State(api): State<SettingsApi>,
    AnyForm { signed, fields }: AnyForm,
) -> Result<Response, Refusal> {
    let (voice, connection) = (&signed.voice, &signed.connection.value);
    let saves = fields.get("do") != Some("effect");
    if saves && !signed.may_change {
        return Ok(layout::sorry(&signed, StatusCode::FORBIDDEN, voice.t.common.read_only));
    }
    let (name, policy) = match read(&signed, &fields) {
        Ok(read) => read,
        Err(errors) => {
            return Ok(
                page(&api, &signed, &fields, &errors, &html! {}, StatusCode::UNPROCESSABLE_ENTITY).await
            );
        }
    };
    if !saves {
        let note = effect::section(&api, &signed, &policy).await?;
        return Ok(page(&api, &signed, &fields, &[], &note, StatusCode::OK).await);
    }
    if fields.get(SEEN) != Some(seen(connection).as_str()) {
        return Ok(changes::conflict(&api, &signed, &fields, (&name, &policy)).await?);
    }
    if name == connection.name && policy == connection.policy {
        return Ok(Redirect::to(&voice.url("/settings?saved=1")).into_response());
    }
    let change = Change { name: Some(name), policy: Some(policy), ..Change::default() };
    update::change(&api.settings, signed.connection.clone(), change, &signed.by)
        .await
        .map_err(connections::refusal)?;
    Ok(Redirect::to(&voice.url("/settings?saved=1")).into_response())
}
