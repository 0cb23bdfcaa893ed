//! Clicks on numbers in a CRM in which nobody consents: it is told where to post, and the address is the proof.

use std::time::Duration;

use axum::body::Body;
use http::{Request, StatusCode};
use serde_json::{Value, json};
use simulators::retailcrm::{self, RetailCrm, RetailFault};

use super::calling::calls;
use super::crm::{event_path, shown};
use super::world::{MARY, SettingsWorld};

const NUMBER: &str = "+442079460777";

#[tokio::test]
async fn a_click_in_a_crm_without_consent_rings_the_users_phone_once_and_a_look_ahead_rings_nobody() {
    let mut world = SettingsWorld::start().await;
    let crm = RetailCrm::start(0).unwrap();
    crm.fail(Some("POST integration-modules/ringbridge/edit"), RetailFault::Status(502));
    let mut form = world.form();
    form["crm"] = json!({ "kind": "retailcrm", "url": crm.url(), "api_key": retailcrm::API_KEY });
    let (status, body) = world.post("/api/v1/connections", &form).await;
    assert_eq!(
        status,
        StatusCode::CREATED,
        "a telephony that can't be registered now refuses nothing: {body}"
    );
    assert_eq!(body["crm"]["authorize_url"], Value::Null, "nobody consents");
    body["admin_key"].as_str().unwrap().clone_into(&mut world.key);
    assert!(crm.state().modules.is_empty());
    let (_, check) = world.post("/api/v1/crm/check", &json!({})).await;
    assert_eq!(check["works"], true, "{check}");
    let address = crm.state().modules[0]["integrations"]["telephony"]["makeCallUrl"].clone();
    assert_eq!(address, shown(&world, "event_url").await.as_str());
    assert_eq!(world.map(&[("27", &[MARY])]).await.0, StatusCode::OK);
    world.clock.advance(Duration::from_mins(3));
    world.requests();
    let path = event_path(&world).await;
    let query = form_urlencoded::Serializer::new(String::new())
        .extend_pairs([("clientId", "ringbridge"), ("code", "205"), ("userId", "27"), ("phone", NUMBER)])
        .finish();
    let head = Request::head(format!("{path}?{query}")).body(Body::empty()).unwrap();
    assert_eq!(world.send(head).await.0, StatusCode::METHOD_NOT_ALLOWED);
    let get = async |query: &str| {
        world.send(Request::get(format!("{path}?{query}")).body(Body::empty()).unwrap()).await.0
    };
    assert_eq!(get("clientId=other&userId=27&phone=1").await, StatusCode::NOT_FOUND);
    assert_eq!(calls(&world), 0);
    for _ in 0..3 {
        assert_eq!(get(&query).await, StatusCode::OK);
    }
    assert_eq!(calls(&world), 1, "a repeat rings nobody");
}
