//! The errors of the REST API (docs/pbx.md §9.2): `message` always, `status` for some.

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde_json::json;

/// Why a request is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    Invalid(String),
    Unauthorized,
    AccessDenied,
    UserBlocked,
    ReadOnlyUser,
    NotFound,
    RecordNotFound,
    ClientNotFound,
    RateLimit,
    ConcurrentStats,
}

impl Refusal {
    pub(super) fn invalid(message: &str) -> Self {
        Self::Invalid(message.into())
    }

    const fn status(&self) -> StatusCode {
        match self {
            Self::Invalid(_) => StatusCode::BAD_REQUEST,
            Self::Unauthorized => StatusCode::UNAUTHORIZED,
            Self::AccessDenied | Self::UserBlocked | Self::ReadOnlyUser => StatusCode::FORBIDDEN,
            Self::NotFound | Self::RecordNotFound | Self::ClientNotFound => StatusCode::NOT_FOUND,
            Self::RateLimit | Self::ConcurrentStats => StatusCode::TOO_MANY_REQUESTS,
        }
    }

    const fn word(&self) -> Option<&'static str> {
        match self {
            Self::AccessDenied => Some("access_denied"),
            Self::UserBlocked => Some("user_blocked"),
            Self::ReadOnlyUser => Some("user_access_type_deny"),
            Self::ClientNotFound => Some("client_not_found"),
            Self::RateLimit => Some("rate_limit_exceeded"),
            Self::Invalid(_)
            | Self::Unauthorized
            | Self::NotFound
            | Self::RecordNotFound
            | Self::ConcurrentStats => None,
        }
    }

    fn message(&self) -> &str {
        match self {
            Self::Invalid(message) => message,
            Self::Unauthorized => "Unauthorized",
            Self::AccessDenied => "Access denied",
            Self::UserBlocked => "User or client is blocked",
            Self::ReadOnlyUser => "User access type does not permit this request",
            Self::NotFound => "Not found",
            Self::RecordNotFound => "Record not found",
            Self::ClientNotFound => "Client not found",
            Self::RateLimit => "Request limit exceeded, try again in the next hour",
            Self::ConcurrentStats => "Stats request already exists, concurrent request not allowed",
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let body = match self.word() {
            Some(word) => json!({"message": self.message(), "status": word}),
            None => json!({"message": self.message()}),
        };
        (self.status(), Json(body)).into_response()
    }
}
