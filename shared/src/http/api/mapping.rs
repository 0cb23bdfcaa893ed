//! `GET`, `PUT` and `PATCH /mapping`: who in the CRM uses which extensions. Saved whole, or of those alone who are named; of
//! two who save at once the second is told what the first saved.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::header::{ETAG, IF_MATCH};
use http::{HeaderMap, StatusCode};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::describe::{Doc, Routes};
use super::{Admin, Refusal, SettingsApi, Who, provisioning};
use crate::flow::connection::mapping::{self, MappingSaved, Wish};
use crate::http::Problem;
use crate::http::form::Form;
use crate::http::form::bodies::{MappingChange, NewMapping, UserChange};
use crate::http::problem::FieldError;
use crate::model::audit::Actor;
use crate::model::connection::Connection;
use crate::model::ids::{CrmUserId, ExtensionId};
use crate::model::mapping::{MappedUser, Mapping};
use crate::view::mapping::{MappedUser as MappedUserShown, Mapping as Shown, MappingDone};

pub(super) fn routes() -> Routes {
    let show_doc = Doc::new("getMapping", "Who in the CRM uses which extensions")
        .gives::<Shown>(200, "The mapping")
        .leads(200, "saveMapping", &[]);
    let mary = MappedUserShown { crm_user: "u1".to_owned(), extension_ids: vec![731_205] };
    let save_doc = Doc::new(
        "saveMapping",
        "Saves the whole mapping and brings the PBX's events to it; with `version` or `If-Match` only if nobody has \
         saved since",
    )
    .takes(&NewMapping { users: vec![mary], version: Some(1) })
    .gives::<MappingDone>(200, "Saved, and done; `removed` says whom it took extensions from")
    .gives::<MappingDone>(202, "Saved; the rest goes on by itself")
    .gives::<SavedMeanwhile>(409, "Somebody else has saved meanwhile; `current` is theirs")
    .leads(200, "listCalls", &[]);
    let mary = UserChange { crm_user: "u1", extension_ids: Some(vec![731_205]) };
    let change_doc = Doc::new(
        "changeMapping",
        "Changes the extensions of the users who are named, and leaves all others as they are; null or an empty list \
         takes theirs away. With `version` or `If-Match` only if nobody has saved since",
    )
    .takes(&MappingChange { users: vec![mary], version: None })
    .gives::<MappingDone>(200, "Saved, and done; `removed` says whom it took extensions from")
    .gives::<MappingDone>(202, "Saved; the rest goes on by itself")
    .gives::<SavedMeanwhile>(409, "Somebody else has saved meanwhile; `current` is theirs")
    .leads(200, "getMapping", &[]);
    Routes::new()
        .on("get", "/api/v1/mapping", show, show_doc)
        .on("put", "/api/v1/mapping", save, save_doc)
        .on("patch", "/api/v1/mapping", change, change_doc)
}

async fn show(State(api): State<SettingsApi>, Admin(connection): Admin) -> Result<Response, Refusal> {
    let mapping = api.settings.store.mapping(connection.value.id).await?.value;
    Ok((etag(&mapping), Json(Shown::from(&mapping))).into_response())
}

async fn save(
    State(api): State<SettingsApi>,
    Admin(connection): Admin,
    who: Who,
    headers: HeaderMap,
    mut form: Form,
) -> Result<Response, Refusal> {
    let users = users(&mut form, false);
    let seen = version(&mut form, &headers);
    let users = form.finish(users)?;
    carry_out(&api, &connection.value, Wish::Whole(users), seen, &who.0).await
}

async fn change(
    State(api): State<SettingsApi>,
    Admin(connection): Admin,
    who: Who,
    headers: HeaderMap,
    mut form: Form,
) -> Result<Response, Refusal> {
    form.only("", &["users", "version"]);
    let users = users(&mut form, true);
    let seen = version(&mut form, &headers);
    let users = form.finish(users)?;
    carry_out(&api, &connection.value, Wish::Named(users), seen, &who.0).await
}

async fn carry_out(
    api: &SettingsApi,
    connection: &Connection,
    wish: Wish,
    seen: Option<u64>,
    by: &Actor,
) -> Result<Response, Refusal> {
    match mapping::save(&api.settings, connection, wish, seen, by).await? {
        MappingSaved::Done { mapping, removed } => {
            let progress = provisioning::load(api, connection.id).await?;
            let status = if progress.goes_on { StatusCode::ACCEPTED } else { StatusCode::OK };
            let removed = removed.iter().map(MappedUserShown::from).collect();
            let body = MappingDone { provisioning: progress.body, removed };
            Ok((status, etag(&mapping), Json(body)).into_response())
        }
        MappingSaved::Newer(mapping) => Ok(conflict(&mapping)),
        MappingSaved::Wrong(wrong) => {
            let errors = wrong.into_iter().map(|(path, message)| FieldError { path, message });
            Err(Problem::fields(errors.collect()).into())
        }
    }
}

fn etag(mapping: &Mapping) -> [(http::HeaderName, String); 1] {
    [(ETAG, format!("\"{}\"", mapping.version))]
}

/// That somebody else has saved the mapping meanwhile.
#[derive(Serialize, ToSchema)]
struct SavedMeanwhile {
    /// As with any refusal.
    #[serde(flatten)]
    problem: Problem,
    /// What they saved.
    current: Shown,
}

/// 409 with what is stored now, so that the person can decide on it.
fn conflict(current: &Mapping) -> Response {
    let problem = Problem::new(
        StatusCode::CONFLICT,
        "somebody else has saved the mapping meanwhile; `current` is theirs",
    );
    let body = Json(SavedMeanwhile { problem, current: Shown::from(current) });
    let json = [(http::header::CONTENT_TYPE, "application/problem+json")];
    (StatusCode::CONFLICT, json, etag(current), body).into_response()
}

/// The version that the person saw: `version` in the body, or `If-Match`.
fn version(form: &mut Form, headers: &HeaderMap) -> Option<u64> {
    let in_body = form.get("version").map(Value::as_u64);
    if in_body == Some(None) {
        form.wrong("version", "this must be the version that was read, a whole number");
    }
    let tag = headers.get(IF_MATCH).and_then(|value| value.to_str().ok());
    let tag = tag
        .filter(|tag| tag.trim() != "*")
        .map(|tag| tag.trim().trim_matches('"').parse().unwrap_or(u64::MAX));
    in_body.flatten().or(tag)
}

/// The users of a body; with `may_be_none` a user may be named without extensions.
fn users(form: &mut Form, may_be_none: bool) -> Option<Vec<MappedUser>> {
    let Some(Value::Array(given)) = form.get("users").cloned() else {
        form.wrong("users", "this must be a list of users, each with `crm_user` and `extension_ids`");
        return None;
    };
    let read = given.iter().enumerate().map(|(at, user)| user_at(form, at, user, may_be_none));
    // All are read before any is judged, so that every fault is named.
    read.collect::<Vec<_>>().into_iter().collect()
}

fn user_at(form: &mut Form, at: usize, user: &Value, may_be_none: bool) -> Option<MappedUser> {
    let crm_user = user.get("crm_user").and_then(Value::as_str).and_then(CrmUserId::parse);
    if crm_user.is_none() {
        form.wrong(
            format!("users[{at}].crm_user"),
            "this must be the user's id in the CRM, a text of 1 to 128 bytes",
        );
    }
    let given = user.get("extension_ids");
    if may_be_none && given == Some(&Value::Null) {
        return Some(MappedUser { crm_user: crm_user?, extension_ids: Vec::new() });
    }
    let Some(Value::Array(ids)) = given else {
        form.wrong(format!("users[{at}].extension_ids"), "this must be a list of extension ids");
        return None;
    };
    let ids = ids.iter().enumerate().map(|(position, id)| {
        let id = id.as_u64().and_then(ExtensionId::new);
        if id.is_none() {
            form.wrong(
                format!("users[{at}].extension_ids[{position}]"),
                "this must be an extension's id, a whole number",
            );
        }
        id
    });
    let extension_ids = ids.collect::<Vec<_>>().into_iter().collect::<Option<_>>()?;
    Some(MappedUser { crm_user: crm_user?, extension_ids })
}
