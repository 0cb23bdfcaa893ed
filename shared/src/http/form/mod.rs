//! Reads a body, JSON or a page's form, field by field, so that everything that is wrong with it is said at once, each by its path.

pub(super) mod bodies;
pub(super) mod crm;
pub(super) mod notify;
pub(super) mod policy;

use axum::body::HttpBody as _;
use axum::extract::{FromRequest, Request};
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde_json::{Map, Value};

use crate::clock::Timestamp;
use crate::http::Problem;
use crate::http::body::{self, Unread};
use crate::http::problem::FieldError;

/// The largest body that is read.
const MAX_BODY: usize = 256 * 1024;

/// A JSON object on its way to becoming something that is valid.
#[derive(Debug)]
pub(in crate::http) struct Form {
    body: Map<String, Value>,
    errors: Vec<FieldError>,
}

impl<S: Send + Sync> FromRequest<S> for Form {
    type Rejection = Response;

    async fn from_request(request: Request, _: &S) -> Result<Self, Response> {
        let refuse = |status, detail: &str| Problem::new(status, detail).into_response();
        let bytes = body::read(request.into_body(), MAX_BODY).await.map_err(|unread| match unread {
            Unread::TooLong => refuse(StatusCode::PAYLOAD_TOO_LARGE, "the body is longer than 256 KiB"),
            Unread::TooSlow => refuse(StatusCode::REQUEST_TIMEOUT, "the body did not arrive in time"),
        })?;
        match serde_json::from_slice(&bytes) {
            Ok(Value::Object(body)) => Ok(Self { body, errors: Vec::new() }),
            Ok(Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_)) => {
                Err(Problem::field("", "the body must be a JSON object").into_response())
            }
            Err(error) => {
                let place =
                    format!("the body is not JSON (line {}, column {})", error.line(), error.column());
                Err(refuse(StatusCode::BAD_REQUEST, &place))
            }
        }
    }
}

/// A body that may be left out.
#[derive(Debug)]
pub(in crate::http) struct OptionalForm(pub(in crate::http) Form);

impl<S: Send + Sync> FromRequest<S> for OptionalForm {
    type Rejection = Response;

    async fn from_request(request: Request, state: &S) -> Result<Self, Response> {
        if request.body().size_hint().exact() == Some(0) {
            return Ok(Self(Form { body: Map::new(), errors: Vec::new() }));
        }
        Form::from_request(request, state).await.map(Self)
    }
}

impl Form {
    /// Of fields that were read already.
    pub(in crate::http) const fn of(body: Map<String, Value>) -> Self {
        Self { body, errors: Vec::new() }
    }

    /// What stands at a path such as `pbx.host`; `null` counts as nothing.
    pub(in crate::http) fn get(&self, path: &str) -> Option<&Value> {
        let mut steps = path.split('.');
        let first = self.body.get(steps.next()?)?;
        let found = steps.try_fold(first, |value, step| value.get(step))?;
        (!found.is_null()).then_some(found)
    }

    /// The names of what stands in the object at a path.
    pub(in crate::http) fn names(&self, path: &str) -> Vec<String> {
        let object = self.get(path).and_then(Value::as_object);
        object.map(|object| object.keys().cloned().collect()).unwrap_or_default()
    }

    /// Whether something stands there, be it `null`.
    pub(in crate::http) fn has(&self, path: &str) -> bool {
        self.body.contains_key(path)
    }

    /// Refuses fields of the body, or of the object at `path`, that are not among these: a typing error is named, and
    /// nothing that somebody thinks is set is silently not.
    pub(in crate::http) fn only(&mut self, path: &str, known: &[&str]) {
        let object =
            if path.is_empty() { Some(&self.body) } else { self.get(path).and_then(Value::as_object) };
        let odd =
            object.into_iter().flatten().map(|(name, _)| name).filter(|name| !known.contains(&name.as_str()));
        let place = |name: &String| if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
        let odd: Vec<_> = odd.map(place).collect();
        for path in odd {
            self.wrong(path, format!("there is no such field; there are: {}", known.join(", ")));
        }
    }

    /// Remembers that a field is wrong.
    pub(in crate::http) fn wrong(&mut self, path: impl Into<String>, message: impl Into<String>) {
        self.errors.push(FieldError { path: path.into(), message: message.into() });
    }

    /// A switch; off when it is not given.
    pub(in crate::http) fn flag(&mut self, path: &str) -> Option<bool> {
        match self.get(path) {
            None => Some(false),
            Some(Value::Bool(on)) => Some(*on),
            Some(Value::Null | Value::Number(_) | Value::String(_) | Value::Array(_) | Value::Object(_)) => {
                self.wrong(path, "this must be true or false");
                None
            }
        }
    }

    /// A time; this one when none is given.
    pub(in crate::http) fn moment(&mut self, path: &str, default: Timestamp) -> Option<Timestamp> {
        let moment = match self.get(path) {
            None | Some(Value::Null) => return Some(default),
            Some(Value::String(text)) => Timestamp::parse_rfc3339(text),
            Some(Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_)) => None,
        };
        if moment.is_none() {
            self.wrong(path, "give a time such as 2026-09-01T12:00:00Z");
        }
        moment
    }

    /// A text that must be there, trimmed, of at most `max` characters and without control characters.
    pub(in crate::http) fn text(&mut self, path: &str, max: usize) -> Option<String> {
        let message = match self.get(path) {
            None => "this must be given",
            Some(Value::String(text)) => {
                let text = text.trim();
                if text.is_empty() {
                    "this must not be empty"
                } else if text.chars().count() > max {
                    "this is too long"
                } else if text.chars().any(char::is_control) {
                    "this must be one line of plain text"
                } else {
                    return Some(text.to_owned());
                }
            }
            Some(Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) | Value::Null) => {
                "this must be a text"
            }
        };
        self.wrong(path, message);
        None
    }

    /// A value that was read, unless anything was wrong with the body.
    pub(in crate::http) fn finish<T>(self, value: Option<T>) -> Result<T, Problem> {
        match value {
            Some(value) if self.errors.is_empty() => Ok(value),
            Some(_) | None => Err(Problem::fields(self.errors)),
        }
    }
}
