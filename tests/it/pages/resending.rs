//! Sending again from the pages, and who may.

use http::{Method, StatusCode};
use serde_json::json;
use simulators::crm::CrmFault;
use simulators::world::World;

use super::browser::Browser;
use crate::calls::{AFTER_THE_HOLD, fixture, logged, post};

/// A world with one record that the CRM refused.
async fn parked() -> World {
    let world = World::start().await;
    world.inbox.fail_next(1, &CrmFault::Status(422, None));
    post(&world, &fixture!("hung_up_in_menu")).await;
    world.retry_after(AFTER_THE_HOLD).await;
    world
}

#[tokio::test]
async fn a_parked_record_is_delivered_from_its_page_and_again_only_after_a_question() {
    let world = parked().await;
    let mut browser = Browser::signed_in(world.router.clone(), world.key.reveal()).await;
    let page = browser.open("/app/calls", "/app/calls/").await;
    page.must_say("the CRM answered 422");
    let action = format!("{}/resend", browser.get("/app/calls").await.link("/app/calls/"));
    let page = browser.submit(&page, &action, &[]).await;
    page.must_say("It was sent again");
    page.must_say("delivered");
    assert_eq!(logged(&world)[0].revision, 1);
    let page = browser.submit(&page, &action, &[]).await;
    page.must_say("The CRM has this record already");
    assert_eq!(logged(&world)[0].revision, 1);
    browser.submit(&page, &action, &[]).await.must_say("It was sent again");
    assert_eq!(logged(&world)[0].revision, 2);
}

#[tokio::test]
async fn records_of_a_span_are_sent_again_with_progress() {
    let world = parked().await;
    let mut browser = Browser::signed_in(world.router.clone(), world.key.reveal()).await;
    let page = browser.get("/app/calls").await;
    let wrong = browser.submit(&page, "/app/calls/resend", &[("resend_from", "soon")]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    let typed = [("resend_from", "2026-09-01T00:00"), ("resend_to", "2026-09-02T00:00")];
    let page = browser.submit(&page, "/app/calls/resend", &typed).await;
    page.must_say("Sending again since");
    assert!(page.text.contains("hx-select=\"#resending\""));
    world.retry().await;
    world.retry().await;
    let page = browser.get("/app/calls").await;
    page.must_say("1 records looked at, 1 of them were sent.");
    assert_eq!(logged(&world).len(), 1);
}

#[tokio::test]
async fn whoever_may_only_look_is_told_so_and_changes_nothing() {
    let world = parked().await;
    let made =
        world.api(Method::POST, "/api/v1/keys", Some(json!({ "name": "Reader", "scope": "read" }))).await.1;
    let key = made["admin_key"].as_str().or(made["key"].as_str()).unwrap_or_else(|| panic!("{made}"));
    let mut browser = Browser::signed_in(world.router.clone(), key).await;
    let page = browser.open("/app/calls", "/app/calls/").await;
    let action = format!("{}/resend", browser.get("/app/calls").await.link("/app/calls/"));
    for (page, action) in [(&page, action.as_str()), (&browser.get("/app/settings").await, "/app/settings")] {
        let refused = browser.submit(page, action, &[]).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN);
        refused.must_say("Your key may look and change nothing.");
    }
    assert_eq!(logged(&world).len(), 0);
}

#[tokio::test]
async fn a_forged_form_is_refused_and_an_ended_session_keeps_what_was_typed() {
    let world = parked().await;
    let mut browser = Browser::signed_in(world.router.clone(), world.key.reveal()).await;
    let forged = browser.post("/app/calls/resend", &[("_proof", "0123456789abcdef")]).await;
    assert_eq!(forged.status, StatusCode::FORBIDDEN);
    forged.must_say("This form is from another session.");
    let page = browser.get("/app/settings").await;
    browser.forget();
    let two = "+442079460555\r\n+442079460556";
    let typed = [("name", "Renamed Ltd"), ("policy.ignore_numbers", two)];
    let kept = browser.submit(&page, "/app/settings", &typed).await;
    assert_eq!(kept.status, StatusCode::UNAUTHORIZED);
    let again = browser.submit(&kept, "/app/sign-in", &[("key", world.key.reveal())]).await;
    again.must_say("Renamed Ltd");
    browser.submit(&again, "/app/settings", &[]).await;
    let saved = world.api(Method::GET, "/api/v1/connection", None).await.1;
    assert_eq!(saved["name"], "Renamed Ltd");
    assert_eq!(saved["policy"]["ignore_numbers"], json!(["+442079460555", "+442079460556"]));
}
