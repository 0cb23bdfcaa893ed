//! What a page's form brings: fields by name, as browsers send them.

use axum::extract::FromRequestParts;
use http::request::Parts;
use serde_json::{Map, Value};

use crate::http::form::Form;

/// The fields of a form, in their order.
#[derive(Clone, Debug, Default)]
pub(super) struct Fields(Vec<(String, String)>);

impl<S: Send + Sync> FromRequestParts<S> for Fields {
    type Rejection = std::convert::Infallible;

    /// Those of the query.
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        Ok(Self::parse(parts.uri.query().unwrap_or_default().as_bytes()))
    }
}

impl Fields {
    /// Reads a body or a query.
    pub(super) fn parse(body: &[u8]) -> Self {
        Self(form_urlencoded::parse(body).into_owned().collect())
    }

    /// A field, without space around it; an empty one counts as none.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().find(|(given, _)| given == name);
        found.map(|(_, value)| value.trim()).filter(|value| !value.is_empty())
    }

    /// Whether a box is ticked.
    pub(super) fn ticked(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    /// All fields whose names begin so, each with the rest of its name.
    pub(super) fn below<'a>(&'a self, prefix: &'a str) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.0.iter().filter_map(move |(name, value)| Some((name.strip_prefix(prefix)?, value.trim())))
    }

    /// All fields, for a form that brings them again.
    pub(super) fn all(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The same as a body for whoever reads JSON: `pbx.host` stands in the object `pbx`.
    pub(super) fn form(&self) -> Form {
        let mut body = Map::new();
        for (name, value) in self.0.iter().filter(|(_, value)| !value.trim().is_empty()) {
            let mut at = &mut body;
            let mut steps = name.split('.').peekable();
            while let Some(step) = steps.next() {
                if steps.peek().is_none() {
                    at.insert(step.to_owned(), Value::String(value.clone()));
                    break;
                }
                let inner = at.entry(step).or_insert_with(|| Value::Object(Map::new()));
                let Value::Object(inner) = inner else { break };
                at = inner;
            }
        }
        Form::of(body)
    }
}
