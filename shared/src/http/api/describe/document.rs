//! The OpenAPI document, put together of what each operation says of itself.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::{Asked, DOCUMENT, Doc, PROBLEM, Schemed, Shape};
use crate::http::Problem;

/// Of all operations, each with its path and method.
pub(super) fn document(operations: &[(String, String, Doc)]) -> Value {
    let mut paths: Map<String, Value> = Map::new();
    let mut schemas = BTreeMap::new();
    schemas.extend(Shape::of::<Problem>().parts);
    for (path, method, doc) in operations {
        let asked = doc.query.iter().filter_map(|asked| match asked.schema {
            Schemed::Plain(_) => None,
            Schemed::Named(shape) => Some(shape),
        });
        let given = doc.gives.iter().filter_map(|(.., shape)| *shape);
        for shape in asked.chain(given).chain(doc.takes.iter().map(|body| body.shape)) {
            schemas.extend(shape().parts);
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
/// A text without more.
pub(super) fn text() -> Value {
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
            (Some(shape), 400..) => json!({ PROBLEM: { "schema": shape().reference() } }),
            (Some(shape), _) => json!({ "application/json": { "schema": shape().reference() } }),
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
        let Asked { place, name, meaning, required, schema } = asked;
        let schema = match schema {
            Schemed::Plain(schema) => schema(),
            Schemed::Named(shape) => shape().reference(),
        };
        json!({ "name": name, "in": place, "description": meaning, "required": required, "schema": schema })
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
            "content": { "application/json": { "schema": (body.shape)().reference(), "example": body.example } },
        });
    }
    operation
}
