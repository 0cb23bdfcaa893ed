//! Routes that describe themselves: one call adds a route to the router and to the OpenAPI document, so that neither
//! can be without the other. Schemas are those of the types that are read and answered.

mod document;

use std::sync::{Arc, OnceLock};

use axum::Router;
use axum::handler::Handler;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse as _;
use axum::routing::{MethodFilter, get, on};
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use super::SettingsApi;
use crate::view::Page;

/// Where the document is served.
const DOCUMENT: &str = "/api/openapi.json";

/// The type of refusals.
const PROBLEM: &str = "application/problem+json";

/// Makes the schema of a plain value.
type MakeSchema = fn() -> Value;
/// Makes the schema of a type.
type MakeShape = fn() -> Shape;

/// What an operation does, takes and gives. The types are named by what makes their schemas, which are made for whoever
/// asks for the document, and not at each start.
pub(super) struct Doc {
    id: &'static str,
    summary: &'static str,
    needs_key: bool,
    path: Vec<(&'static str, MakeSchema)>,
    query: Vec<Asked>,
    takes: Option<Body>,
    may_be_empty: bool,
    gives: Vec<(u16, &'static str, Option<MakeShape>)>,
    leads: Vec<Lead>,
}

/// A field of the query, or a header.
struct Asked {
    place: &'static str,
    name: &'static str,
    meaning: &'static str,
    required: bool,
    schema: Schemed,
}

/// What a field of the query is.
enum Schemed {
    Plain(MakeSchema),
    Named(MakeShape),
}

/// A type with whatever it consists of, by their names in the document.
struct Shape {
    name: String,
    parts: Vec<(String, RefOr<Schema>)>,
}

struct Body {
    shape: MakeShape,
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

    /// A generic type has one name, whatever it is made of, and that is not among its parts.
    fn of_page<T: ToSchema>() -> Self {
        let name = format!("Page_{}", T::name());
        let mut parts = Self::of::<T>().parts;
        parts.push((name.clone(), Page::<T>::schema()));
        Self { name, parts }
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
        self.path.push((name, || json!(T::schema())));
        self
    }

    /// A field of the query that may be given.
    pub(super) fn query(self, name: &'static str, meaning: &'static str) -> Self {
        self.asks(name, meaning, Schemed::Plain(document::text))
    }

    /// A time that may be given in the query.
    pub(super) fn moment(self, name: &'static str, meaning: &'static str) -> Self {
        self.asks(name, meaning, Schemed::Plain(|| json!({ "type": "string", "format": "date-time" })))
    }

    /// One of several words that may be given in the query.
    pub(super) fn choice<T: ToSchema>(self, name: &'static str, meaning: &'static str) -> Self {
        self.asks(name, meaning, Schemed::Named(Shape::of::<T>))
    }

    /// A field of the query that must be given.
    pub(super) fn needs(mut self, name: &'static str, meaning: &'static str) -> Self {
        self.query.push(Asked {
            place: "query",
            name,
            meaning,
            required: true,
            schema: Schemed::Plain(document::text),
        });
        self
    }

    /// A header that may be given.
    pub(super) fn header(mut self, name: &'static str, meaning: &'static str) -> Self {
        self.query.push(Asked {
            place: "header",
            name,
            meaning,
            required: false,
            schema: Schemed::Plain(document::text),
        });
        self
    }

    fn part_of_path(&self, name: &str) -> Value {
        let known = self.path.iter().find(|(known, _)| *known == name);
        known.map_or_else(document::text, |(_, schema)| schema())
    }

    fn asks(mut self, name: &'static str, meaning: &'static str, schema: Schemed) -> Self {
        self.query.push(Asked { place: "query", name, meaning, required: false, schema });
        self
    }

    /// What it reads, by an example.
    pub(super) fn takes<T: ToSchema + Serialize>(self, example: &T) -> Self {
        // Our own types always serialise.
        let example = serde_json::to_value(example).unwrap_or_default();
        Self { takes: Some(Body { shape: Shape::of::<T>, example }), ..self }
    }

    /// The same, and it may be left out.
    pub(super) fn may_take<T: ToSchema + Serialize>(self, example: &T) -> Self {
        Self { may_be_empty: true, ..self.takes(example) }
    }

    /// An answer with a body of that type; a refusal's is a problem with more fields.
    pub(super) fn gives<T: ToSchema>(mut self, status: u16, meaning: &'static str) -> Self {
        self.gives.push((status, meaning, Some(Shape::of::<T>)));
        self
    }

    /// An answer with a page of a list of those.
    pub(super) fn lists<T: ToSchema>(mut self, status: u16, meaning: &'static str) -> Self {
        self.gives.push((status, meaning, Some(Shape::of_page::<T>)));
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
                let text: &String = document.get_or_init(|| document::document(&operations).to_string());
                ([(CONTENT_TYPE, "application/json")], text.clone()).into_response()
            }
        };
        self.router.route(DOCUMENT, get(serve))
    }
}
