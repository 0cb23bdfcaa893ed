//! Mapping people on the page: what is taken away is said first, and whoever saves second is told who saved first.

use http::StatusCode;
use serde_json::json;

use super::browser::Browser;
use crate::settings::world::SettingsWorld;

const PAGE: &str = "/app/people";
const MARY: &str = "x.731205";
const JOHN: &str = "x.731206";

async fn people(world: &SettingsWorld) -> serde_json::Value {
    world.get("/api/v1/mapping").await.1["users"].clone()
}

#[tokio::test]
async fn a_save_that_takes_somebody_away_asks_first() {
    let mut world = SettingsWorld::start().await;
    world.connect().await;
    let mut browser = Browser::signed_in(world.router.clone(), &world.key).await;
    let page = browser.get(PAGE).await;
    let saved = browser.submit(&page, PAGE, &[(MARY, "mary"), (JOHN, "john")]).await;
    saved.must_say("Saved.");
    let both = json!([
        { "crm_user": "john", "extension_ids": [731_206] },
        { "crm_user": "mary", "extension_ids": [731_205] }
    ]);
    assert_eq!(people(&world).await, both);
    // Nobody in John's place: as a browser sends an empty field.
    let page = browser.get(PAGE).await;
    let mut fields = page.form(PAGE);
    fields.iter_mut().filter(|(name, _)| name == JOHN).for_each(|(_, value)| value.clear());
    let fields: Vec<_> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let asked = browser.post(PAGE, &fields).await;
    asked.must_say("After saving, calls of these extensions no longer go to these people:");
    assert_eq!(people(&world).await, both, "nothing is saved before the answer");
    browser.submit(&asked, PAGE, &[]).await.must_say("Saved.");
    assert_eq!(people(&world).await, json!([{ "crm_user": "mary", "extension_ids": [731_205] }]));
}

#[tokio::test]
async fn whoever_saves_second_is_told_who_saved_first_and_what() {
    let mut world = SettingsWorld::start().await;
    world.connect().await;
    let made = world.post("/api/v1/keys", &json!({ "name": "Ann's key" })).await.1;
    let mut ann = Browser::signed_in(world.router.clone(), made["admin_key"].as_str().unwrap()).await;
    let mut bob = Browser::signed_in(world.router.clone(), &world.key).await;
    let (hers, his) = (ann.get(PAGE).await, bob.get(PAGE).await);
    ann.submit(&hers, PAGE, &[(MARY, "mary")]).await.must_say("Saved.");
    let refused = bob.submit(&his, PAGE, &[(MARY, "mary-anne")]).await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
    for words in ["Ann's key", "mary", "mary-anne"] {
        refused.must_say(words);
    }
    assert_eq!(people(&world).await, json!([{ "crm_user": "mary", "extension_ids": [731_205] }]));
    bob.submit(&refused, PAGE, &[]).await.must_say("Saved.");
    assert_eq!(people(&world).await, json!([{ "crm_user": "mary-anne", "extension_ids": [731_205] }]));
}

#[tokio::test]
async fn script_in_a_label_is_text() {
    let mut world = SettingsWorld::start().await;
    let script = "<script>alert(1)</script>";
    world.pbx.edit_tenant(90_417, |tenant| {
        tenant.extensions.iter_mut().for_each(|one| one.label = Some(script.to_owned()));
    });
    world.connect().await;
    let mut browser = Browser::signed_in(world.router.clone(), &world.key).await;
    let page = browser.get(PAGE).await;
    page.must_say(script);
    assert!(!page.text.contains(script));
}

#[tokio::test]
async fn a_connection_is_removed_only_under_its_own_name() {
    let mut world = SettingsWorld::start().await;
    world.connect().await;
    let mut browser = Browser::signed_in(world.router.clone(), &world.key).await;
    let page = browser.get("/app/disconnect").await;
    let refused = browser.submit(&page, "/app/disconnect", &[("name", "Another")]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    let name = world.get("/api/v1/connection").await.1["name"].as_str().unwrap().to_owned();
    browser.submit(&page, "/app/disconnect", &[("name", &name)]).await.must_say("Disconnected");
    assert_eq!(world.get("/api/v1/connection").await.0, StatusCode::UNAUTHORIZED);
}
