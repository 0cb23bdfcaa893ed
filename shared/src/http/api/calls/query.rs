//! The query of `GET /calls`: a span of time, what is looked for in it, `cursor`; all that is wrong is said at once.

use std::time::Duration;

use axum::extract::FromRequestParts;
use axum::response::{IntoResponse, Response};
use http::request::Parts;

use super::SettingsApi;
use crate::clock::Timestamp;
use crate::flow::connection::persons::Wanted as Number;
use crate::flow::log::Filter;
use crate::http::Problem;
use crate::http::problem::FieldError;
use crate::model::delivery::DeliveryState;
use crate::model::ids::{CallId, CrmUserId};
use crate::storage::is_place;

/// What is said of a number that is none.
pub(in crate::http) const FEW_DIGITS: &str = "give a telephone number of 5 to 20 digits";
/// What is said of a span that ends before it begins.
pub(super) const AFTER_TO: &str = "this must not be after `to`";

/// Which list is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    /// Records.
    All,
    /// Legs that gave no record.
    Unlogged,
}

/// A query that was understood.
#[derive(Clone)]
pub(super) struct Query {
    pub(super) filter: Filter,
    pub(super) wanted: Wanted,
    pub(super) cursor: Option<String>,
}

impl FromRequestParts<SettingsApi> for Query {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, api: &SettingsApi) -> Result<Self, Response> {
        // A day ahead, since the PBX's clock may be.
        let to = api.calls.clock.now() + Duration::from_hours(24);
        let filter = Filter { to, ..Filter::default() };
        let mut query = Self { filter, wanted: Wanted::All, cursor: None };
        let mut errors = Vec::new();
        for (name, value) in form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes()) {
            if let Err(message) = query.read(&name, &value) {
                errors.push(FieldError { path: name.into_owned(), message: message.to_owned() });
            }
        }
        let wrong =
            |path: &str, message: &str| FieldError { path: path.to_owned(), message: message.to_owned() };
        let (from, to) = (query.filter.from, query.filter.to);
        if from > to {
            errors.push(wrong("from", AFTER_TO));
        } else if query.cursor.as_ref().is_some_and(|cursor| !is_place(cursor, from, to)) {
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
            "from" => self.filter.from = moment()?,
            "to" => self.filter.to = moment()?,
            "call_id" => self.filter.call_id = Some(CallId::parse(value).ok_or("give a call's id")?),
            "number" => self.filter.number = Some(Number::parse(value).ok_or(FEW_DIGITS)?),
            "crm_user" => {
                self.filter.crm_user = Some(CrmUserId::parse(value).ok_or("give a CRM user's id")?);
            }
            "outcome" => {
                let outcome = serde_json::from_value(serde_json::Value::from(value)).ok();
                self.filter.outcome = Some(outcome.ok_or(
                    "give one of answered, no_answer, busy, cancelled, failed, unavailable, missed",
                )?);
            }
            "state" if value == "not_logged" => self.wanted = Wanted::Unlogged,
            "state" => {
                let state = DeliveryState::parse(value);
                let state = state.ok_or("give one of delivered, waiting, parked, gave_up, not_logged")?;
                (self.wanted, self.filter.state) = (Wanted::All, Some(state));
            }
            "cursor" => self.cursor = Some(value.to_owned()),
            _ => {
                return Err(
                    "this is not a filter; there are from, to, call_id, number, crm_user, outcome, state and cursor",
                );
            }
        }
        Ok(())
    }
}
