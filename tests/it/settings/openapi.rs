//! The OpenAPI document describes exactly what is served.

use axum::body::Body;
use http::{Method, Request, StatusCode};
use http_body_util::BodyExt as _;
use ringbridge::http::settings;
use serde_json::{Value, json};
use tower::ServiceExt as _;

use super::world::{self, SettingsWorld};

async fn document(world: &SettingsWorld) -> Value {
    let request = Request::builder().uri("/api/openapi.json").body(Body::empty()).unwrap();
    let (status, document) = world.send(request).await;
    assert_eq!((status, &document["openapi"]), (StatusCode::OK, &json!("3.1.0")));
    document
}

#[tokio::test]
async fn every_described_operation_is_served_and_asks_for_the_key_that_it_says() {
    let world = SettingsWorld::connected().await;
    let document = document(&world).await;
    let mut operations = 0;
    for (path, described) in document["paths"].as_object().unwrap() {
        let uri = path.replace("{record_id}", "x").replace("{id}", "x").replace("{pbx}", "x");
        for (method, operation) in described.as_object().unwrap() {
            operations += 1;
            let name = Method::from_bytes(method.to_uppercase().as_bytes()).unwrap();
            let request = Request::builder().method(name.clone()).uri(&uri).body(Body::empty()).unwrap();
            let (status, answer) = world.send(request).await;
            let needs_key = operation["security"] != json!([]);
            assert_eq!(status == StatusCode::UNAUTHORIZED, needs_key, "{method} {path}: {status}");
            // A route that is not there says nothing; one that finds nothing says so.
            let served = answer["status"] == 404 || !matches!(status.as_u16(), 404 | 405);
            assert!(served, "{method} {path}: {status}");
            assert!(operation["responses"].get("5XX").is_some());
        }
        let odd = Request::builder().method(Method::TRACE).uri(&uri).body(Body::empty()).unwrap();
        assert_eq!(world.send(odd).await.0, StatusCode::METHOD_NOT_ALLOWED, "{path}");
    }
    assert!(operations >= 20, "{operations}");
}

#[tokio::test]
async fn whatever_is_asked_is_answered_alike_by_all_routes_at_once_and_on_demand() {
    let world = SettingsWorld::connected().await;
    let document = document(&world).await;
    let whole = settings::router(world::api(&world.deps));
    let described = document["paths"].as_object().unwrap().keys().map(|path| path.replace(['{', '}'], "x"));
    let others = [
        "/",
        "/app",
        "/app/",
        "/app/calls",
        "/app/nothing",
        "/apple",
        "/application/x",
        "/nothing",
        "/api/v1/",
        "/%zz",
    ];
    for path in described.chain(others.map(str::to_owned)) {
        for method in [Method::GET, Method::HEAD, Method::POST, Method::TRACE] {
            for accept in ["*/*", "text/html"] {
                let asked = || {
                    let request = Request::builder().method(&method).uri(&path).header("accept", accept);
                    request.body(Body::empty()).unwrap()
                };
                let answers = [whole.clone(), world.router.clone()].map(|router| router.oneshot(asked()));
                let mut shown = Vec::new();
                for answer in answers {
                    let (parts, body) = answer.await.unwrap().into_parts();
                    let mut headers: Vec<_> = parts.headers.keys().map(ToString::to_string).collect();
                    headers.sort();
                    shown.push((parts.status, headers, body.collect().await.unwrap().to_bytes()));
                }
                assert_eq!(shown[0], shown[1], "{method} {path} {accept}");
            }
        }
    }
}

#[tokio::test]
async fn routes_of_the_contract_are_described() {
    let world = SettingsWorld::start().await;
    let document = document(&world).await;
    let contract = [
        ("post", "/api/v1/connections"),
        ("get", "/api/v1/connection"),
        ("patch", "/api/v1/connection"),
        ("delete", "/api/v1/connection"),
        ("post", "/api/v1/connection/refresh"),
        ("get", "/api/v1/extensions"),
        ("put", "/api/v1/mapping"),
        ("patch", "/api/v1/mapping"),
        ("get", "/api/v1/provisioning"),
        ("post", "/api/v1/provisioning/retry"),
        ("get", "/api/v1/calls"),
        ("get", "/api/v1/calls/{record_id}"),
        ("post", "/api/v1/calls/{record_id}/resend"),
        ("get", "/api/v1/keys"),
        ("post", "/api/v1/keys"),
        ("delete", "/api/v1/keys/{id}"),
        ("get", "/api/v1/audit"),
        ("delete", "/api/v1/persons"),
        ("post", "/api/v1/extensions/{id}/rotate"),
        ("post", "/api/v1/extensions/rotate-all"),
        ("get", "/api/v1/agents"),
        ("get", "/api/v1/notices"),
        ("post", "/api/v1/notices/{id}/dismiss"),
        ("get", "/api/openapi.json"),
        ("get", "/healthz"),
    ];
    for (method, path) in contract {
        assert!(document["paths"][path][method].is_object(), "{method} {path}");
    }
}

#[tokio::test]
async fn operations_have_names_of_their_own_and_schemas_by_name() {
    let world = SettingsWorld::start().await;
    let document = document(&world).await;
    let mut names = std::collections::BTreeSet::new();
    for described in document["paths"].as_object().unwrap().values() {
        for operation in described.as_object().unwrap().values() {
            let name = operation["operationId"].as_str().unwrap();
            assert!(names.insert(name.to_owned()), "{name} twice");
        }
    }
    for schema in ["Connection", "Page_Call", "Call", "CallDetail", "Problem", "Page_Extension", "Key"] {
        assert!(document["components"]["schemas"][schema].is_object(), "{schema}");
    }
    let call = &document["components"]["schemas"]["Call"];
    assert_eq!(call["properties"]["started_at"]["format"], "date-time");
    assert!(call["required"].as_array().unwrap().contains(&json!("outcome")), "null, but there: {call}");
    assert_eq!(document["components"]["schemas"]["LogState"]["enum"].as_array().unwrap().len(), 5);
}

#[tokio::test]
async fn every_reference_and_every_link_leads_somewhere() {
    let world = SettingsWorld::start().await;
    let document = document(&world).await;
    let text = document.to_string();
    for part in text.split("#/components/schemas/").skip(1) {
        let name = part.split('"').next().unwrap();
        assert!(document["components"]["schemas"][name].is_object(), "{name}");
    }
    let mut links = 0;
    for described in document["paths"].as_object().unwrap().values() {
        for operation in described.as_object().unwrap().values() {
            let linked = operation["responses"].as_object().unwrap().values();
            for link in linked.filter_map(|answer| answer["links"].as_object()).flat_map(|all| all.values()) {
                links += 1;
                let wanted = format!("\"operationId\":{},\"parameters\"", link["operationId"]);
                assert!(text.contains(&wanted.replace(",\"parameters\"", "")), "{link}");
            }
        }
    }
    assert!(links >= 8, "{links}");
}

#[tokio::test]
async fn nothing_is_an_object_of_unknown_fields_or_a_part_that_may_be_null() {
    let world = SettingsWorld::start().await;
    let document = document(&world).await;
    let mut places = vec![(String::new(), &document)];
    let mut objects = 0;
    while let Some((place, value)) = places.pop() {
        let is_schema = value["type"] == "object" && !place.ends_with("/properties");
        objects += usize::from(is_schema);
        let says = |name| value.get(name).is_some();
        assert!(!is_schema || says("properties") || says("additionalProperties"), "{place}");
        let parts = value["allOf"].as_array().into_iter().flatten();
        // Nothing is an object and null at once, so such a whole would be nothing at all.
        assert!(parts.into_iter().all(|part| !part.to_string().contains("oneOf")), "{place}");
        // An example is no schema.
        let fields = value.as_object().into_iter().flatten().filter(|(name, _)| *name != "example");
        places.extend(fields.map(|(name, value)| (format!("{place}/{name}"), value)));
        let items = value.as_array().into_iter().flatten().enumerate();
        places.extend(items.map(|(at, value)| (format!("{place}/{at}"), value)));
    }
    assert!(objects >= 50, "{objects}");
}

#[tokio::test]
async fn every_setting_of_the_policy_can_be_changed_and_none_has_to_be() {
    let world = SettingsWorld::start().await;
    let schemas = &document(&world).await["components"]["schemas"];
    let fields =
        |name: &str| schemas[name]["properties"].as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!(fields("Policy"), fields("PolicyChange"));
    assert_eq!(schemas["Policy"]["required"].as_array().unwrap().len(), fields("Policy").len());
    assert_eq!(schemas["PolicyChange"]["required"], Value::Null);
}

#[tokio::test]
async fn filters_ids_and_refusals_are_typed_too() {
    let world = SettingsWorld::start().await;
    let document = document(&world).await;
    let list = &document["paths"]["/api/v1/calls"]["get"]["parameters"];
    assert_eq!(list[0]["schema"]["format"], "date-time");
    assert_eq!(list[2]["schema"]["$ref"], "#/components/schemas/LogState");
    let rotate = &document["paths"]["/api/v1/extensions/{id}/rotate"]["post"]["parameters"];
    assert_eq!(rotate[0]["schema"]["type"], "integer");
    let save = &document["paths"]["/api/v1/mapping"]["put"]["responses"]["409"]["content"];
    let problem = &save["application/problem+json"]["schema"]["$ref"];
    assert_eq!(*problem, "#/components/schemas/SavedMeanwhile");
}
