//! `GET`, `POST` and `DELETE /keys`: a key for each person and program, with an end and read only if wished.

use axum::Json;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::CACHE_CONTROL;
use serde_json::Value;

use super::describe::{Doc, Routes};
use super::{Admin, Refusal, SettingsApi, Who};
use crate::clock::Timestamp;
use crate::flow::connection::keys::{self, NewKey, Revoked};
use crate::http::Problem;
use crate::http::form::Form;
use crate::http::form::bodies::KeyWish;
use crate::model::keyring::{KeyId, MOST_KEYS, Scope};
use crate::view::Page;
use crate::view::key::{Key, NewKey as MadeKey};

/// The longest name.
const MAX_NAME: usize = 60;

pub(super) fn routes() -> Routes {
    let list_doc = Doc::new("listKeys", "The admin keys, by name; the keys themselves are not kept")
        .lists::<Key>(200, "All of them")
        .leads(200, "revokeKey", &[("id", "$response.body#/items/0/id")]);
    let wish =
        KeyWish { name: "Reporting", scope: Some(Scope::Read), expires_at: Some("2027-09-01T00:00:00Z") };
    let make_doc = Doc::new(
        "makeKey",
        "Makes a key; to change one for another, make the new one and revoke the old one",
    )
    .takes(&wish)
    .gives::<MadeKey>(201, "Made; the key is shown this once")
    .ends(409, "There are as many keys as there may be")
    .leads(201, "revokeKey", &[("id", "$response.body#/id")]);
    let revoke_doc = Doc::new("revokeKey", "Revokes a key")
        .ends(204, "It opens nothing any more")
        .ends(404, "There is no such key")
        .ends(409, "It is the last one that can make others");
    Routes::new().on("get", "/api/v1/keys", list, list_doc).on("post", "/api/v1/keys", make, make_doc).on(
        "delete",
        "/api/v1/keys/{id}",
        revoke,
        revoke_doc,
    )
}

async fn list(
    State(api): State<SettingsApi>,
    Admin(connection): Admin,
    who: Who,
) -> Result<Json<Page<Key>>, Refusal> {
    let all = keys::list(&api.settings, &connection.value).await?;
    let items = all.iter().map(|key| Key::of(key, who.0.key.as_ref())).collect();
    Ok(Json(Page::whole(items)))
}

async fn make(
    State(api): State<SettingsApi>,
    Admin(connection): Admin,
    who: Who,
    mut form: Form,
) -> Result<Response, Refusal> {
    form.only("", &["name", "scope", "expires_at"]);
    let name = form.text("name", MAX_NAME);
    let scope = scope(&mut form);
    let expires_at = end(&mut form, api.settings.clock.now());
    let wish = name.zip(scope).map(|(name, scope)| NewKey { name, scope, expires_at });
    let wish = form.finish(wish)?;
    let Some((secret, shown)) = keys::make(&api.settings, connection, wish, &who.0).await? else {
        let detail = format!("there are {MOST_KEYS} keys, which is the most; revoke one first");
        return Err(Problem::new(StatusCode::CONFLICT, detail).into());
    };
    let key = Key::of(&shown, who.0.key.as_ref());
    let body = MadeKey { key, admin_key: secret.reveal().to_owned() };
    Ok((StatusCode::CREATED, [(CACHE_CONTROL, "no-store")], Json(body)).into_response())
}

async fn revoke(
    State(api): State<SettingsApi>,
    Admin(connection): Admin,
    who: Who,
    Path(id): Path<String>,
) -> Result<StatusCode, Refusal> {
    let unknown = || Problem::new(StatusCode::NOT_FOUND, "there is no such key");
    let id = KeyId::parse(&id).ok_or_else(unknown)?;
    match keys::revoke(&api.settings, connection, &id, &who.0).await? {
        Revoked::Done => Ok(StatusCode::NO_CONTENT),
        Revoked::Unknown => Err(unknown().into()),
        Revoked::Last => {
            let detail =
                "this is the last key that can make others; make another one with the scope `full` first";
            Err(Problem::new(StatusCode::CONFLICT, detail).into())
        }
    }
}

fn scope(form: &mut Form) -> Option<Scope> {
    if form.get("scope").is_none() {
        return Some(Scope::Full);
    }
    let scope = form.get("scope").and_then(Value::as_str).and_then(Scope::parse);
    if scope.is_none() {
        form.wrong("scope", "this must be `full` or `read`");
    }
    scope
}

/// A moment to come; none, if none is given.
fn end(form: &mut Form, now: Timestamp) -> Option<Timestamp> {
    let given = form.get("expires_at")?;
    let end = given.as_str().and_then(Timestamp::parse_rfc3339).filter(|end| *end > now);
    if end.is_none() {
        form.wrong("expires_at", "this must be a time to come, such as 2027-09-01T00:00:00Z, or null");
    }
    end
}
