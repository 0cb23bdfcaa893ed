//! The overview: how calls went, who waits for a call back, and the button that calls them.

use http::StatusCode;
use simulators::world::World;

use super::browser::Browser;
use crate::calls::{AFTER_THE_HOLD, fixture, post};
use crate::settings::world::SettingsWorld;

#[tokio::test]
async fn the_overview_says_how_calls_went_and_who_waits_in_both_languages() {
    let world = World::start().await;
    let mut browser = Browser::signed_in(world.router.clone(), world.key.reveal()).await;
    browser.get("/app/overview").await.must_say("No calls in the last seven days.");
    post(&world, &fixture!("answered")).await;
    post(&world, &fixture!("queue_missed_behind_menu")).await;
    world.retry_after(AFTER_THE_HOLD).await;
    let page = browser.get("/app/overview").await;
    for words in
        ["2 calls", "The PBX answers.", "Deliveries go on.", "Incoming, answered", "1 min 14 s · 1 call"]
    {
        page.must_say(words);
    }
    assert_eq!(page.text.matches("action=\"/app/call-back\"").count(), 1, "{}", page.text);
    assert!(page.text.matches("role=\"img\"").count() == 3 && !page.text.contains("style="));
    browser.speaks("ru");
    let page = browser.get("/app/overview").await;
    for words in ["2 звонка", "АТС отвечает.", "Пропущенные, кому ещё не перезвонили"]
    {
        page.must_say(words);
    }
}

#[tokio::test]
async fn a_caller_who_was_missed_is_called_back_from_the_page() {
    let mut world = SettingsWorld::start().await;
    world.connect().await;
    assert_eq!(world.map_all().await.0, StatusCode::OK);
    let mut browser = Browser::signed_in(world.router.clone(), &world.key).await;
    let proof = browser.get("/app/overview").await.form("/app/sign-out");
    let proof = proof.iter().find(|(name, _)| name == "_proof").map(|(_, value)| value.clone()).unwrap();
    let wish = [("_proof", proof.as_str()), ("number", "+442079460777"), ("crm_user", "u1")];
    for _ in 0..2 {
        browser.post("/app/call-back", &wish).await.must_say("The phone rings now.");
    }
    assert_eq!(world.pbx.callbacks().len(), 1, "two clicks are one wish");
    let nobody = [("_proof", proof.as_str()), ("number", "+442079460777"), ("crm_user", "u9")];
    let refused = browser.post("/app/call-back", &nobody).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    refused.must_say("no phone that rings is mapped to this user");
}
