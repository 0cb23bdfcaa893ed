//! Every answer that these tests see is one that the OpenAPI document describes: a status of the operation, a body of its
//! schema, and no field beside it.

use std::collections::BTreeMap;
use std::sync::{Mutex, OnceLock, PoisonError};

use axum::Router;
use axum::body::Body;
use http::{Method, Request, StatusCode};
use http_body_util::BodyExt as _;
use jsonschema::Validator;
use serde_json::{Value, json};
use tower::ServiceExt as _;

type Validators = Mutex<BTreeMap<String, Option<Validator>>>;

/// One for each schema, made when it is first met.
static VALIDATORS: OnceLock<Validators> = OnceLock::new();

/// The document, which is the same for every router.
async fn document(router: &Router) -> &'static Value {
    static DOCUMENT: OnceLock<Value> = OnceLock::new();
    if let Some(document) = DOCUMENT.get() {
        return document;
    }
    let request = Request::builder().uri("/api/openapi.json").body(Body::empty()).unwrap();
    let answer = router.clone().oneshot(request).await.unwrap();
    let bytes = answer.into_body().collect().await.unwrap().to_bytes();
    DOCUMENT.get_or_init(|| serde_json::from_slice(&bytes).unwrap())
}

/// The described path that an address belongs to: the one with the fewest parameters.
fn described<'a>(document: &'a Value, address: &str) -> Option<&'a Value> {
    let parts: Vec<_> = address.split('/').collect();
    let fits = |path: &str| {
        let mine: Vec<_> = path.split('/').collect();
        mine.len() == parts.len()
            && mine.iter().zip(&parts).all(|(mine, part)| mine.starts_with('{') || mine == part)
    };
    let paths = document["paths"].as_object()?.iter().filter(|(path, _)| fits(path));
    paths.min_by_key(|(path, _)| path.matches('{').count()).map(|(_, described)| described)
}

/// Panics if an answer is not one that the document describes.
pub(super) async fn check(router: &Router, method: &Method, address: &str, status: StatusCode, body: &Value) {
    if !address.starts_with("/api/v1/") || status == StatusCode::METHOD_NOT_ALLOWED {
        return;
    }
    let document = document(router).await;
    let operation = described(document, address).map(|path| &path[method.as_str().to_lowercase()]);
    let Some(operation) = operation.filter(|operation| operation.is_object()) else { return };
    let responses = &operation["responses"];
    let range = format!("{}XX", status.as_u16() / 100);
    let response = responses.get(status.as_str()).or_else(|| responses.get(range));
    let name = format!("{method} {address}: {status}");
    let response = response.unwrap_or_else(|| panic!("{name} is not described"));
    let Some(content) = response.get("content").and_then(Value::as_object) else {
        assert_eq!(*body, Value::Null, "{name} has a body");
        return;
    };
    let reference = content.values().next().unwrap()["schema"].clone();
    let mut validators =
        VALIDATORS.get_or_init(Mutex::default).lock().unwrap_or_else(PoisonError::into_inner);
    let validator = validators.entry(reference.to_string()).or_insert_with(|| {
        let root = json!({ "allOf": [reference], "components": document["components"] });
        Some(jsonschema::validator_for(&root).unwrap())
    });
    if let Some(validator) = validator {
        let wrong: Vec<_> =
            validator.iter_errors(body).map(|error| format!("{}: {error}", error.instance_path())).collect();
        assert!(wrong.is_empty(), "{name}: {wrong:?}\n{body:#}");
    }
}
