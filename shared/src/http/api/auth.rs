//! Who asks: the bearer of one of a connection's admin keys. Whatever is wrong with a key, the answer is the same, so
//! that nobody learns whether a connection exists.

use axum::extract::FromRequestParts;
use axum::response::{IntoResponse, Response};
use http::header::{AUTHORIZATION, HeaderValue, WWW_AUTHENTICATE};
use http::request::Parts;
use http::{HeaderMap, Method, StatusCode};

use super::SettingsApi;
use super::doors::Knocker;
use super::failure::Refusal;
use crate::error::chain;
use crate::http::Problem;
use crate::model::audit::Actor;
use crate::model::connection::Connection;
use crate::model::keyring::{Scope, StoredKey};
use crate::model::source::Source;
use crate::model::token::AdminKey;
use crate::rules::limits::Door;
use crate::storage::{Saved, StoreError, Stored};
use crate::telemetry::field;

/// The connection whose administrator asks.
#[derive(Clone, Debug)]
pub struct Admin(pub Stored<Connection>);

/// The same, also while the connection is being removed.
#[derive(Clone, Debug)]
pub(super) struct Leaving(pub(super) Stored<Connection>);

/// Who asks, for the audit trail; after [`Admin`] it names the key.
#[derive(Clone, Debug)]
pub(in crate::http) struct Who(pub(in crate::http) Actor);

impl FromRequestParts<SettingsApi> for Leaving {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, api: &SettingsApi) -> Result<Self, Response> {
        let (deps, knocker) = (&api.settings, Knocker::of(parts));
        let key = shown(&parts.headers);
        // A key that was good lately is not refused for what others at its address do.
        if !key.as_ref().is_some_and(|key| deps.limits.is_known(&key.digest(), deps.clock.now())) {
            knocker.may(deps, Door::Keys).map_err(IntoResponse::into_response)?;
        }
        let (connection, key) = match known(key, api).await {
            Ok(Some(known)) => known,
            Ok(None) => {
                if parts.headers.contains_key(AUTHORIZATION) {
                    knocker.failed(deps, Door::Keys).await;
                }
                return Err(unknown());
            }
            Err(error) => return Err(Refusal::from(error).into_response()),
        };
        let looks = parts.method == Method::GET || parts.method == Method::HEAD;
        if key.scope == Scope::Read && !looks {
            let detail = "this key may look and change nothing; use one with the scope `full`";
            return Err(Problem::new(StatusCode::FORBIDDEN, detail).into_response());
        }
        let connection = note_use(api, connection, &key).await;
        parts.extensions.insert(key.id);
        Ok(Self(connection))
    }
}

impl FromRequestParts<SettingsApi> for Admin {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, api: &SettingsApi) -> Result<Self, Response> {
        let Leaving(connection) = Leaving::from_request_parts(parts, api).await?;
        if connection.value.closing { Err(unknown()) } else { Ok(Self(connection)) }
    }
}

impl FromRequestParts<SettingsApi> for Who {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &SettingsApi) -> Result<Self, Self::Rejection> {
        let from = parts.extensions.get::<Source>().map(Source::shortened);
        Ok(Self(Actor { key: parts.extensions.get().cloned(), from }))
    }
}

/// The key that a request shows, if it can be one.
fn shown(headers: &HeaderMap) -> Option<AdminKey> {
    let given = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    let scheme = |text: &str| text.eq_ignore_ascii_case("bearer");
    let key = given.and_then(|given| given.split_once(' ')).filter(|(name, _)| scheme(name));
    key.and_then(|(_, key)| AdminKey::parse(key.trim()))
}

/// What a key opens: its connection, and what the connection has of the key.
pub(in crate::http) async fn known(
    key: Option<AdminKey>,
    api: &SettingsApi,
) -> Result<Option<(Stored<Connection>, StoredKey)>, StoreError> {
    let Some(key) = key else { return Ok(None) };
    let connection = api.settings.store.connection(key.connection).await?;
    let (digest, now) = (key.digest(), api.settings.clock.now());
    Ok(connection.and_then(|connection| {
        let key = connection.value.keys.find(&digest, now)?.clone();
        api.settings.limits.opened(digest, now);
        Some((connection, key))
    }))
}

/// Notes that a key is used, once an hour; if that fails, nobody waits for it.
async fn note_use(api: &SettingsApi, connection: Stored<Connection>, key: &StoredKey) -> Stored<Connection> {
    let now = api.settings.clock.now();
    if !key.use_is_news(now) {
        return connection;
    }
    let mut used = connection.clone();
    used.value.keys.note_use(&key.id, now);
    match api.settings.store.save_connection(&used).await {
        Ok(Saved::Done(saved)) => saved,
        // Somebody else was quicker: the next request notes it.
        Ok(Saved::Changed(_)) => connection,
        Err(error) => {
            tracing::warn!({ field::ERROR } = chain(&error), "a key's use is not noted");
            connection
        }
    }
}

fn unknown() -> Response {
    let mut response =
        Problem::new(StatusCode::UNAUTHORIZED, "give a valid key as `Authorization: Bearer <admin_key>`")
            .into_response();
    response.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    response
}
