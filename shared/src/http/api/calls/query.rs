//! The query of `GET /calls`: `from`, `to`, `state`, `cursor`; all that is wrong with it is said at once.

use std::time::Duration;

use axum::extract::FromRequestParts;
use axum::response::{IntoResponse, Response};
use http::request::Parts;

use super::SettingsApi;
use crate::clock::Timestamp;
use crate::http::Problem;
use crate::http::problem::FieldError;
use crate::model::delivery::DeliveryState;
use crate::storage::is_place;

/// Which records are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    /// All.
    All,
    /// Those in a state.
    State(DeliveryState),
    /// Legs that gave no record.
    Unlogged,
}

/// A query that was understood.
#[derive(Clone, Debug)]
pub(super) struct Query {
    pub(super) from: Timestamp,
    pub(super) to: Timestamp,
    pub(super) wanted: Wanted,
    pub(super) cursor: Option<String>,
}

impl FromRequestParts<SettingsApi> for Query {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, api: &SettingsApi) -> Result<Self, Response> {
        // A day ahead, since the PBX's clock may be.
        let to = api.calls.clock.now() + Duration::from_hours(24);
        let mut query = Self { from: Timestamp::default(), to, wanted: Wanted::All, cursor: None };
        let mut errors = Vec::new();
        for (name, value) in form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes()) {
            if let Err(message) = query.read(&name, &value) {
                errors.push(FieldError { path: name.into_owned(), message: message.to_owned() });
            }
        }
        let wrong =
            |path: &str, message: &str| FieldError { path: path.to_owned(), message: message.to_owned() };
        if query.from > query.to {
            errors.push(wrong("from", "this must not be after `to`"));
        } else if query.cursor.as_ref().is_some_and(|cursor| !is_place(cursor, query.from, query.to)) {
            errors.push(wrong("cursor", "this must be the cursor of a page of the same span, whole"));
        }
        if errors.is_empty() { Ok(query) } else { Err(Problem::fields(errors).into_response()) }
    }
}

impl Query {
    fn read(&mut self, name: &str, value: &str) -> Result<(), &'static str> {
        let moment = || Timestamp::parse_rfc3339(value).ok_or("give a time such as 2026-09-01T12:00:00Z");
        match name {
            "cursor" if value.is_empty() => {}
            "from" => self.from = moment()?,
            "to" => self.to = moment()?,
            "state" if value == "not_logged" => self.wanted = Wanted::Unlogged,
            "state" => {
                let state = DeliveryState::parse(value);
                self.wanted = Wanted::State(
                    state.ok_or("give one of delivered, waiting, parked, gave_up, not_logged")?,
                );
            }
            "cursor" => self.cursor = Some(value.to_owned()),
            _ => return Err("this is not a filter; there are from, to, state and cursor"),
        }
        Ok(())
    }
}
