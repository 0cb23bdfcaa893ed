//! Routes that describe themselves: one call adds a route to the router and to the OpenAPI document, so that neither
//! can be without the other. Schemas are those of the types that are read and answered.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use axum::Router;
use axum::handler::Handler;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse as _;
use axum::routing::{MethodFilter, get, on};
use serde::Serialize;
use serde_json::{Map, Value, json};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use super::SettingsApi;
use crate::http::Problem;
use crate::view::Page;

/// Where the document is served.
const DOCUMENT: &str = "/api/openapi.json";

/// The type of refusals.
const PROBLEM: &str = "application/problem+json";

/// What an operation does, takes and gives.
pub(super) struct Doc {
    id: &'static str,
    summary: &'static str,
    needs_key: bool,
    path: Vec<(&'static str, Value)>,
    query: Vec<Asked>,
    takes: Option<Body>,
    may_be_empty: bool,
    gives: Vec<(u16, &'static str, Option<Shape>)>,
    leads: Vec<Lead>,
}

/// A field of the query.
struct Asked {
    name: &'static str,
    meaning: &'static str,
    required: bool,
    schema: Value,
    parts: Vec<(String, RefOr<Schema>)>,
}

/// A type with whatever it consists of, by their names in the document.
struct Shape {
    name: String,
    parts: Vec<(String, RefOr<Schema>)>,
}

struct Body {
    shape: Shape,
    example: Value,
}

/// Which operation can follow, with what of this one's answer.
struct Lead {
    status: u16,
    operation: &'static str,
    parameters: &'static [(&'static str, &'static str)],
}

impl Shape {
    fn of<T: ToSchema>() -> Self {
        let mut parts = vec![(T::name().into_owned(), T::schema())];
        T::schemas(&mut parts);
        Self { name: T::name().into_owned(), parts }
    }

    fn reference(&self) -> Value {
        json!({ "$ref": format!("#/components/schemas/{}", self.name) })
    }
}

impl Doc {
    /// An operation of the administrator, who shows their key.
    pub(super) const fn new(id: &'static str, summary: &'static str) -> Self {
        Self {
            id,
            summary,
            needs_key: true,
            path: Vec::new(),
            query: Vec::new(),
            takes: None,
            may_be_empty: false,
            gives: Vec::new(),
            leads: Vec::new(),
        }
    }

    /// One for everybody.
    pub(super) fn open(self) -> Self {
        Self { needs_key: false, ..self }
    }

    /// A part of the path that is no text.
    pub(super) fn at<T: PartialSchema>(mut self, name: &'static str) -> Self {
        self.path.push((name, json!(T::schema())));
        self
    }

    /// A field of the query that may be given.
    pub(super) fn query(self, name: &'static str, meaning: &'static str) -> Self {
        self.asks(name, meaning, text())
    }

    /// A time that may be given in the query.
    pub(super) fn moment(self, name: &'static str, meaning: &'static str) -> Self {
        self.asks(name, meaning, json!({ "type": "string", "format": "date-time" }))
    }

    /// One of several words that may be given in the query.
    pub(super) fn choice<T: ToSchema>(mut self, name: &'static str, meaning: &'static str) -> Self {
        let shape = Shape::of::<T>();
        let schema = shape.reference();
        self.query.push(Asked { name, meaning, required: false, schema, parts: shape.parts });
        self
    }

    /// A field of the query that must be given.
    pub(super) fn needs(mut self, name: &'static str, meaning: &'static str) -> Self {
        self.query.push(Asked { name, meaning, required: true, schema: text(), parts: Vec::new() });
        self
    }

    fn part_of_path(&self, name: &str) -> Value {
        let known = self.path.iter().find(|(known, _)| *known == name);
        known.map_or_else(text, |(_, schema)| schema.clone())
    }

    fn asks(mut self, name: &'static str, meaning: &'static str, schema: Value) -> Self {
        self.query.push(Asked { name, meaning, required: false, schema, parts: Vec::new() });
        self
    }

    /// What it reads, by an example.
    pub(super) fn takes<T: ToSchema + Serialize>(self, example: &T) -> Self {
        // Our own types always serialise.
        let example = serde_json::to_value(example).unwrap_or_default();
        Self { takes: Some(Body { shape: Shape::of::<T>(), example }), ..self }
    }

    /// The same, and it may be left out.
    pub(super) fn may_take<T: ToSchema + Serialize>(self, example: &T) -> Self {
        Self { may_be_empty: true, ..self.takes(example) }
    }

    /// An answer with a body of that type; a refusal's is a problem with more fields.
    pub(super) fn gives<T: ToSchema>(mut self, status: u16, meaning: &'static str) -> Self {
        self.gives.push((status, meaning, Some(Shape::of::<T>())));
        self
    }

    /// An answer with a page of a list of those.
    pub(super) fn lists<T: ToSchema>(mut self, status: u16, meaning: &'static str) -> Self {
        // A generic type has one name, whatever it is made of, and that is not among its parts.
        let name = format!("Page_{}", T::name());
        let mut parts = Shape::of::<T>().parts;
        parts.push((name.clone(), Page::<T>::schema()));
        let shape = Shape { name, parts };
        self.gives.push((status, meaning, Some(shape)));
        self
    }

    /// An answer without a body, or with a problem.
    pub(super) fn ends(mut self, status: u16, meaning: &'static str) -> Self {
        self.gives.push((status, meaning, None));
        self
    }

    /// What can be asked next, with what of the answer of that status: `$response.body#/…`.
    pub(super) fn leads(
        mut self,
        status: u16,
        operation: &'static str,
        parameters: &'static [(&'static str, &'static str)],
    ) -> Self {
        self.leads.push(Lead { status, operation, parameters });
        self
    }
}

/// Routes with their descriptions.
pub(super) struct Routes {
    router: Router<SettingsApi>,
    operations: Vec<(String, String, Doc)>,
}

impl Routes {
    /// None yet.
    pub(super) fn new() -> Self {
        Self { router: Router::new(), operations: Vec::new() }
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
        self.operations.push((path.to_owned(), method.to_owned(), doc));
        Self { router: self.router.route(path, on(filter, handler)), operations: self.operations }
    }

    /// Both together.
    pub(super) fn merge(mut self, other: Self) -> Self {
        self.operations.extend(other.operations);
        Self { router: self.router.merge(other.router), operations: self.operations }
    }

    /// The router, which serves the document too. It is put together when somebody first asks for it.
    pub(super) fn into_router(self) -> Router<SettingsApi> {
        let operations = self.operations;
        let document = Arc::new(OnceLock::new());
        let operations = Arc::new(operations);
        let serve = move || {
            let (document, operations) = (Arc::clone(&document), Arc::clone(&operations));
            async move {
                let text: &String = document.get_or_init(|| self::document(&operations).to_string());
                ([(CONTENT_TYPE, "application/json")], text.clone()).into_response()
            }
        };
        self.router.route(DOCUMENT, get(serve))
    }
}

fn document(operations: &[(String, String, Doc)]) -> Value {
    let mut paths: Map<String, Value> = Map::new();
    let mut schemas = BTreeMap::new();
    schemas.extend(Shape::of::<Problem>().parts);
    for (path, method, doc) in operations {
        let shapes = doc.gives.iter().filter_map(|(.., shape)| shape.as_ref());
        schemas.extend(doc.query.iter().flat_map(|asked| asked.parts.iter().cloned()));
        for shape in shapes.chain(doc.takes.iter().map(|body| &body.shape)) {
            schemas.extend(shape.parts.iter().cloned());
        }
        let described = paths.entry(path).or_insert_with(|| json!({}));
        if let Value::Object(methods) = described {
            methods.insert(method.clone(), operation(path, doc));
        }
    }
    let itself = json!({
        "operationId": "getDocument",
        "summary": "This document",
        "security": [],
        "responses": { "200": {
            "description": "An OpenAPI document",
            // Said, since generators read a plain object as one that has no fields.
            "content": { "application/json": { "schema": { "type": "object", "additionalProperties": {} } } },
        }, "5XX": { "description": "A failure on our side", "content": problem() } },
    });
    paths.insert(DOCUMENT.to_owned(), json!({ "get": itself }));
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Ringbridge settings",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "Connects a cloud PBX to a CRM. The admin key names the connection.",
            "license": { "name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0" },
        },
        "paths": paths,
        "components": {
            "securitySchemes": { "adminKey": { "type": "http", "scheme": "bearer" } },
            "schemas": schemas,
        },
    })
}

/// What is any text.
fn text() -> Value {
    json!({ "type": "string" })
}

/// What every refusal looks like.
fn problem() -> Value {
    json!({ PROBLEM: { "schema": { "$ref": "#/components/schemas/Problem" } } })
}

fn operation(path: &str, doc: &Doc) -> Value {
    let mut answers = Map::new();
    let mut refuse = |status: &str, meaning: &str| {
        answers.insert(status.to_owned(), json!({ "description": meaning, "content": problem() }));
    };
    // What is wrong with any request: how it is written, or how often it comes.
    refuse("400", "The request can't be read");
    refuse("429", "Too many failures, or too many requests; see Retry-After");
    if doc.needs_key {
        refuse("401", "The key is missing, wrong or revoked");
        refuse("403", "The key may only look");
    }
    if doc.takes.is_some() {
        refuse("413", "The body is longer than 256 KiB");
        refuse("415", "The body is no JSON");
        refuse("422", "Fields are wrong; each is named by its path");
    }
    refuse("5XX", "A failure on our side; the detail names it to the operator");
    for (status, meaning, shape) in &doc.gives {
        let content = match (shape, status) {
            (Some(shape), 400..) => json!({ PROBLEM: { "schema": shape.reference() } }),
            (Some(shape), _) => json!({ "application/json": { "schema": shape.reference() } }),
            (None, 400..) => problem(),
            (None, _) => Value::Null,
        };
        let mut answer = json!({ "description": meaning });
        if !content.is_null() {
            answer["content"] = content;
        }
        let links = doc.leads.iter().filter(|lead| lead.status == *status);
        for lead in links {
            let parameters: Map<_, _> =
                lead.parameters.iter().map(|(name, from)| ((*name).to_owned(), json!(from))).collect();
            answer["links"][lead.operation] =
                json!({ "operationId": lead.operation, "parameters": parameters });
        }
        answers.insert(status.to_string(), answer);
    }
    let in_path = path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
    let in_path = in_path.map(
        |name| json!({ "name": name, "in": "path", "required": true, "schema": doc.part_of_path(name) }),
    );
    let in_query = doc.query.iter().map(|asked| {
        let Asked { name, meaning, required, schema, .. } = asked;
        json!({ "name": name, "in": "query", "description": meaning, "required": required, "schema": schema })
    });
    let mut operation = json!({
        "operationId": doc.id,
        "summary": doc.summary,
        "security": if doc.needs_key { json!([{ "adminKey": [] }]) } else { json!([]) },
        "parameters": in_path.chain(in_query).collect::<Vec<_>>(),
        "responses": answers,
    });
    if let Some(body) = &doc.takes {
        operation["requestBody"] = json!({
            "required": !doc.may_be_empty,
            "content": { "application/json": { "schema": body.shape.reference(), "example": body.example } },
        });
    }
    operation
}
