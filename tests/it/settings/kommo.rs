//! Kommo in the settings: a token is tried before it is stored, an integration is consented to, and half of either is
//! refused by its field.

use http::StatusCode;
use serde_json::{Value, json};
use simulators::kommo::{ACCOUNT, CLIENT_ID, CLIENT_SECRET, CODE, Kommo, LONG_LIVED};
use simulators::pbx::Tenant;

use super::world::SettingsWorld;

async fn world() -> (SettingsWorld, Kommo) {
    let mut world = SettingsWorld::with(vec![Tenant::demo()], &[]).await;
    let crm = Kommo::start(0, world.clock.clone()).unwrap();
    world.redeploy(&[("RINGBRIDGE_KOMMO_API", &crm.url())]);
    (world, crm)
}

async fn connect(world: &mut SettingsWorld, crm: Value) -> (StatusCode, Value) {
    let mut form = world.form();
    form["crm"] = crm;
    let (status, body) = world.post("/api/v1/connections", &form).await;
    if let Some(key) = body["admin_key"].as_str() {
        key.clone_into(&mut world.key);
    }
    (status, body)
}

#[tokio::test]
async fn long_lived_token_connects_at_once_and_is_never_shown() {
    let (mut world, crm) = world().await;
    let account = format!("https://{ACCOUNT}/leads/pipeline/");
    let wrong = json!({ "kind": "kommo", "account": account, "token": "eyJ.revoked.token" });
    let (status, body) = connect(&mut world, wrong).await;
    assert!(status.is_client_error(), "{status} {body}");
    assert!(body.to_string().contains("does not take the token"), "{body}");
    let right = json!({ "kind": "kommo", "account": account, "token": LONG_LIVED });
    let (status, body) = connect(&mut world, right).await;
    assert_eq!(status, StatusCode::CREATED, "{body}");
    assert!(body["crm"]["authorize_url"].is_null(), "{body}");
    let shown = world.get("/api/v1/connection").await.1;
    assert_eq!(shown["crm"]["account"], ACCOUNT, "{shown}");
    assert!(!shown.to_string().contains(LONG_LIVED));
    let users = world.get("/api/v1/crm/users").await.1;
    assert_eq!(users["items"].as_array().unwrap().len(), 3, "{users}");
    let check = world.post("/api/v1/crm/check", &json!({})).await.1;
    assert_eq!(check["works"], true, "{check}");
    assert!(crm.logged().is_empty());
}

#[tokio::test]
async fn integration_is_consented_to_in_the_browser() {
    let (mut world, crm) = world().await;
    let form = json!({ "kind": "kommo", "account": ACCOUNT, "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET });
    let (status, body) = connect(&mut world, form).await;
    assert_eq!(status, StatusCode::CREATED, "{body}");
    let url = url::Url::parse(body["crm"]["authorize_url"].as_str().unwrap()).unwrap();
    let state = url.query_pairs().find(|(name, _)| name == "state").unwrap().1.into_owned();
    assert_eq!(world.get("/api/v1/crm/users").await.0, StatusCode::BAD_GATEWAY, "nobody has consented");
    let back = |code: &str| {
        let query = form_urlencoded::Serializer::new(String::new())
            .extend_pairs([("code", code), ("state", &state), ("referer", ACCOUNT), ("platform", "2")])
            .finish();
        format!("/api/v1/crm/callback?{query}")
    };
    assert_eq!(world.get(&back("another")).await.0, StatusCode::BAD_GATEWAY);
    assert_eq!(world.get(&back(CODE)).await.0, StatusCode::OK);
    assert_eq!(world.get("/api/v1/crm/users").await.0, StatusCode::OK);
    // Somebody makes a token instead: no consent is asked for any more.
    let token = json!({ "crm": { "kind": "kommo", "account": ACCOUNT, "token": LONG_LIVED } });
    let (status, body) = world.patch(&token).await;
    assert_eq!(status, StatusCode::OK, "{body}");
    assert!(world.get("/api/v1/connection").await.1["crm"]["authorize_url"].is_null());
    assert_eq!(world.get("/api/v1/crm/users").await.0, StatusCode::OK);
    assert_eq!(crm.state().renewals, 1);
}

#[tokio::test]
async fn half_of_either_way_in_is_refused_by_its_field() {
    let (mut world, crm) = world().await;
    for (fields, wrong) in [
        (json!({ "account": "https://example.com", "token": LONG_LIVED }), "crm.account"),
        (json!({ "account": "http://example.kommo.com", "token": LONG_LIVED }), "crm.account"),
        (json!({ "account": "https://127.0.0.1", "token": LONG_LIVED }), "crm.account"),
        (json!({ "account": ACCOUNT }), "crm.token"),
        (json!({ "account": ACCOUNT, "token": "two words" }), "crm.token"),
        (json!({ "account": ACCOUNT, "client_id": CLIENT_ID }), "crm.client_secret"),
        (json!({ "account": ACCOUNT, "client_secret": CLIENT_SECRET }), "crm.client_id"),
        (json!({ "account": ACCOUNT, "client_id": CLIENT_ID, "token": LONG_LIVED }), "crm.token"),
        (json!({ "token": LONG_LIVED }), "crm.account"),
    ] {
        let mut form = fields.clone();
        form["kind"] = json!("kommo");
        let (status, body) = connect(&mut world, form).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{fields}: {body}");
        assert!(body.to_string().contains(wrong), "{fields}: {body}");
    }
    assert!(crm.state().asked.is_empty(), "nothing is asked before all is complete");
}
