//! Settings on their page: their effect before they are saved, saving, and two who save at once.

use std::time::Duration;

use http::{Method, StatusCode};
use serde_json::Value;
use simulators::world::World;

use super::browser::Browser;
use crate::calls::{AFTER_THE_HOLD, fixture, post};

async fn policy(world: &World) -> Value {
    world.api(Method::GET, "/api/v1/connection", None).await.1["policy"].clone()
}

#[tokio::test]
async fn the_effect_on_yesterdays_calls_is_shown_and_nothing_is_saved() {
    let world = World::start().await;
    for bodies in [fixture!("answered"), fixture!("phone_to_phone"), fixture!("rang_in_vain")] {
        post(&world, &bodies).await;
    }
    world.retry_after(AFTER_THE_HOLD).await;
    world.clock.advance(Duration::from_hours(18));
    let mut browser = Browser::signed_in(world.router.clone(), world.key.reveal()).await;
    let page = browser.get("/app/settings").await;
    let effect = [("do", "effect"), ("policy.log_internal", "on")];
    let before = policy(&world).await;
    let shown = browser.submit(&page, "/app/settings", &effect).await;
    shown.must_say("3 calls: 2 records as it is now, ");
    shown.must_say("Newly logged: ");
    assert!(!shown.says("No longer logged"), "{}", shown.text);
    assert!(shown.form("/app/settings").contains(&("policy.log_internal".to_owned(), "on".to_owned())));
    let effect = [("do", "effect"), ("policy.direct_missed", ""), ("policy.ignore_numbers", "020 7946 0555")];
    browser.submit(&page, "/app/settings", &effect).await.must_say("No longer logged: ");
    let effect = [("do", "effect")];
    browser
        .submit(&page, "/app/settings", &effect)
        .await
        .must_say("Nothing would have been logged differently.");
    assert_eq!(policy(&world).await, before);
}

#[tokio::test]
async fn settings_are_saved_and_what_is_wrong_is_named_beside_its_field() {
    let world = World::start().await;
    let mut browser = Browser::signed_in(world.router.clone(), world.key.reveal()).await;
    let page = browser.get("/app/settings").await;
    let wrong = [("policy.timezone", "Europe/Atlantis"), ("policy.country", "gb"), ("name", "<b>Ltd</b>")];
    let refused = browser.submit(&page, "/app/settings", &wrong).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    refused.must_say("this must be a country's two capital letters, such as GB");
    refused.must_say("<b>Ltd</b>");
    assert!(!refused.text.contains("<b>Ltd"));
    let atlantis = [("policy.timezone", "Europe/Atlantis")];
    let refused = browser.submit(&page, "/app/settings", &atlantis).await;
    refused.must_say("this must be a time zone's name, such as Europe/London");
    let right = [
        ("policy.timezone", "Europe/Moscow"),
        ("policy.log_internal", "on"),
        ("policy.ignore_numbers", "+44 20 7946 0555\r\n\r\n02079460556"),
        ("policy.default_crm_user", "Mary (u1)"),
        ("policy.missed_responsible", "queue"),
    ];
    browser.submit(&page, "/app/settings", &right).await.must_say("Saved.");
    let saved = policy(&world).await;
    assert_eq!((&saved["timezone"], &saved["log_internal"]), (&"Europe/Moscow".into(), &true.into()));
    assert_eq!(saved["ignore_numbers"].as_array().map(Vec::len), Some(2));
    assert_eq!((&saved["default_crm_user"], &saved["missed_responsible"]), (&"u1".into(), &"queue".into()));
    browser.speaks("ru");
    browser.get("/app/settings").await.must_say("Записывать внутренние звонки");
}

#[tokio::test]
async fn whoever_saves_second_is_shown_what_differs() {
    let world = World::start().await;
    let mut browser = Browser::signed_in(world.router.clone(), world.key.reveal()).await;
    let page = browser.get("/app/settings").await;
    browser.submit(&page, "/app/settings", &[("policy.country", "DE")]).await.must_say("Saved.");
    let conflict = browser.submit(&page, "/app/settings", &[("policy.country", "FR")]).await;
    assert_eq!(conflict.status, StatusCode::CONFLICT);
    for words in ["Somebody saved meanwhile", "Country", "DE", "FR"] {
        conflict.must_say(words);
    }
    assert_eq!(policy(&world).await["country"], "DE");
    browser.submit(&conflict, "/app/settings", &[]).await.must_say("Saved.");
    assert_eq!(policy(&world).await["country"], "FR");
}
