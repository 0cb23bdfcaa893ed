//! Routes that describe themselves: one call adds a route to the router and to the OpenAPI document, so that neither
//! can be without the other. Schemas are derived from examples, which the reader sees too.

use std::sync::Arc;

use axum::handler::Handler;
use axum::routing::{MethodFilter, get, on};
use axum::{Json, Router};
use serde_json::{Map, Value, json};

use super::SettingsApi;

/// Where the document is served.
const DOCUMENT: &str = "/api/openapi.json";

/// What an operation does, takes and gives.
pub(super) struct Doc {
    summary: &'static str,
    needs_key: bool,
    query: Vec<(&'static str, &'static str)>,
    takes: Option<Value>,
    gives: Vec<(u16, &'static str, Option<Value>)>,
}

impl Doc {
    /// An operation of the administrator, who shows their key.
    pub(super) const fn new(summary: &'static str) -> Self {
        Self { summary, needs_key: true, query: Vec::new(), takes: None, gives: Vec::new() }
    }

    /// One for everybody.
    pub(super) fn open(self) -> Self {
        Self { needs_key: false, ..self }
    }

    /// A field of the query that may be given.
    pub(super) fn query(mut self, name: &'static str, meaning: &'static str) -> Self {
        self.query.push((name, meaning));
        self
    }

    /// An example of the body.
    pub(super) fn takes(self, example: Value) -> Self {
        Self { takes: Some(example), ..self }
    }

    /// An answer with an example of its body.
    pub(super) fn gives(mut self, status: u16, meaning: &'static str, example: Value) -> Self {
        self.gives.push((status, meaning, Some(example)));
        self
    }

    /// An answer without a body, or with a problem of the kind that [`problem`] shows.
    pub(super) fn ends(mut self, status: u16, meaning: &'static str) -> Self {
        self.gives.push((status, meaning, None));
        self
    }
}

/// Routes with their descriptions.
pub(super) struct Routes {
    router: Router<SettingsApi>,
    paths: Map<String, Value>,
}

impl Routes {
    /// None yet.
    pub(super) fn new() -> Self {
        Self { router: Router::new(), paths: Map::new() }
    }

    /// Adds an operation.
    pub(super) fn on<H, T>(mut self, method: &str, path: &str, handler: H, doc: Doc) -> Self
    where
        H: Handler<T, SettingsApi>,
        T: 'static,
    {
        let filter = match method {
            "post" => MethodFilter::POST,
            "put" => MethodFilter::PUT,
            "patch" => MethodFilter::PATCH,
            "delete" => MethodFilter::DELETE,
            _ => MethodFilter::GET,
        };
        let described = self.paths.entry(path).or_insert_with(|| json!({}));
        if let Value::Object(operations) = described {
            operations.insert(method.to_owned(), operation(path, doc));
        }
        Self { router: self.router.route(path, on(filter, handler)), paths: self.paths }
    }

    /// Both together.
    pub(super) fn merge(mut self, other: Self) -> Self {
        for (path, described) in other.paths {
            match (self.paths.get_mut(&path), described) {
                (Some(Value::Object(mine)), Value::Object(theirs)) => mine.extend(theirs),
                (_, described) => {
                    self.paths.insert(path, described);
                }
            }
        }
        Self { router: self.router.merge(other.router), paths: self.paths }
    }

    /// The router, which serves the document too.
    pub(super) fn into_router(mut self) -> Router<SettingsApi> {
        let itself = Doc::new("This document").open().gives(200, "An OpenAPI document", json!({}));
        self.paths.insert(DOCUMENT.to_owned(), json!({ "get": operation(DOCUMENT, itself) }));
        let document = Arc::new(document(&self.paths));
        let serve = move || {
            let document = Arc::clone(&document);
            async move { Json((*document).clone()) }
        };
        self.router.route(DOCUMENT, get(serve))
    }
}

fn document(paths: &Map<String, Value>) -> Value {
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Ringbridge settings",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "Connects a cloud PBX to a CRM. The admin key names the connection.",
        },
        "paths": paths,
        "components": {
            "securitySchemes": { "adminKey": { "type": "http", "scheme": "bearer" } },
            "schemas": { "Problem": schema(&problem()) },
        },
    })
}

/// What every refusal looks like.
fn problem() -> Value {
    json!({
        "type": "about:blank",
        "title": "Unprocessable Entity",
        "status": 422,
        "detail": "pbx.host: this PBX is not on the operator's list",
        "errors": [{ "path": "pbx.host", "message": "this PBX is not on the operator's list" }],
    })
}

fn operation(path: &str, doc: Doc) -> Value {
    let problem =
        json!({ "application/problem+json": { "schema": { "$ref": "#/components/schemas/Problem" } } });
    let mut answers = Map::new();
    let mut refuse = |status: &str, meaning: &str| {
        answers.insert(status.to_owned(), json!({ "description": meaning, "content": problem }));
    };
    if doc.needs_key {
        refuse("401", "The key is missing, wrong or revoked");
    }
    if doc.takes.is_some() {
        refuse("400", "The body is not JSON");
        refuse("413", "The body is longer than 256 KiB");
        refuse("422", "Fields are wrong; each is named by its path");
    }
    refuse("5XX", "A failure on our side; the detail names it to the operator");
    for (status, meaning, example) in doc.gives {
        let content = match (&example, status) {
            (Some(example), _) => json!({ "application/json": media(example) }),
            (None, 400..) => problem.clone(),
            (None, _) => json!({}),
        };
        answers.insert(status.to_string(), json!({ "description": meaning, "content": content }));
    }
    let in_path = path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
    let in_path = in_path
        .map(|name| json!({ "name": name, "in": "path", "required": true, "schema": { "type": "string" } }));
    let in_query = doc.query.iter().map(|(name, meaning)| {
        json!({ "name": name, "in": "query", "description": meaning, "schema": { "type": "string" } })
    });
    let mut operation = json!({
        "summary": doc.summary,
        "security": if doc.needs_key { json!([{ "adminKey": [] }]) } else { json!([]) },
        "parameters": in_path.chain(in_query).collect::<Vec<_>>(),
        "responses": answers,
    });
    if let (Some(body), Value::Object(fields)) = (&doc.takes, &mut operation) {
        let body = json!({ "required": true, "content": { "application/json": media(body) } });
        fields.insert("requestBody".to_owned(), body);
    }
    operation
}

fn media(example: &Value) -> Value {
    json!({ "schema": schema(example), "example": example })
}

/// The schema of values like this one; what is `null` in the example may be anything.
fn schema(example: &Value) -> Value {
    match example {
        Value::Null => json!({}),
        Value::Bool(_) => json!({ "type": "boolean" }),
        Value::Number(_) => json!({ "type": "integer" }),
        Value::String(_) => json!({ "type": "string" }),
        Value::Array(items) => {
            json!({ "type": "array", "items": items.first().map_or_else(|| json!({}), schema) })
        }
        Value::Object(fields) => {
            let properties: Map<_, _> =
                fields.iter().map(|(name, value)| (name.clone(), schema(value))).collect();
            json!({ "type": "object", "properties": properties })
        }
    }
}
