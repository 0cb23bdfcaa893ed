//! Who asks: the bearer of a connection's admin key. Whatever is wrong with a key, the answer is the same, so that
//! nobody learns whether a connection exists.

use axum::extract::FromRequestParts;
use axum::response::{IntoResponse, Response};
use http::header::{AUTHORIZATION, HeaderValue, WWW_AUTHENTICATE};
use http::request::Parts;
use http::{HeaderMap, StatusCode};

use super::SettingsApi;
use super::failure::Refusal;
use crate::http::Problem;
use crate::model::connection::Connection;
use crate::model::token::AdminKey;
use crate::storage::{StoreError, Stored};

/// The connection whose administrator asks.
#[derive(Clone, Debug)]
pub struct Admin(pub Stored<Connection>);

/// The same, also while the connection is being removed.
#[derive(Clone, Debug)]
pub(super) struct Leaving(pub(super) Stored<Connection>);

impl FromRequestParts<SettingsApi> for Leaving {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, api: &SettingsApi) -> Result<Self, Response> {
        match known(&parts.headers, api).await {
            Ok(Some(connection)) => Ok(Self(connection)),
            Ok(None) => Err(unknown()),
            Err(error) => Err(Refusal::from(error).into_response()),
        }
    }
}

impl FromRequestParts<SettingsApi> for Admin {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, api: &SettingsApi) -> Result<Self, Response> {
        let Leaving(connection) = Leaving::from_request_parts(parts, api).await?;
        if connection.value.closing { Err(unknown()) } else { Ok(Self(connection)) }
    }
}

async fn known(headers: &HeaderMap, api: &SettingsApi) -> Result<Option<Stored<Connection>>, StoreError> {
    let given = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    let scheme = |text: &str| text.eq_ignore_ascii_case("bearer");
    let key = given.and_then(|given| given.split_once(' ')).filter(|(name, _)| scheme(name));
    let Some(key) = key.and_then(|(_, key)| AdminKey::parse(key.trim())) else { return Ok(None) };
    let connection = api.settings.store.connection(key.connection).await?;
    let digest = key.digest();
    Ok(connection.filter(|one| one.value.admin_key.matches(&digest)))
}

fn unknown() -> Response {
    let mut response =
        Problem::new(StatusCode::UNAUTHORIZED, "give a valid key as `Authorization: Bearer <admin_key>`")
            .into_response();
    response.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    response
}
