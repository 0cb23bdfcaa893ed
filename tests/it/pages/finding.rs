//! Finding calls: in the log by what is known of them, among those that were not logged, and among those that go on.

use std::time::Duration;

use http::{Method, StatusCode};
use ringbridge::model::call::RecordId;
use ringbridge::model::ids::{CallId, ExtensionId};
use serde_json::json;
use simulators::world::World;

use super::browser::Browser;
use crate::calls::{AFTER_THE_HOLD, fixture, post};

const CALL: &str = "75599d9e49a8b73ba806026df26ee0fb";

async fn signed_in(world: &World) -> Browser {
    Browser::signed_in(world.router.clone(), world.key.reveal()).await
}

/// Takes the person from an extension.
async fn unmap(world: &World, extension: u64) {
    let store = &world.deps.store;
    let stored =
        store.extension(world.connection, ExtensionId::new(extension).unwrap()).await.unwrap().unwrap();
    store.update_extension(world.connection, stored, |one| one.crm_user = None).await.unwrap();
}

#[tokio::test]
async fn a_call_is_found_by_number_person_id_outcome_state_and_time() {
    let world = World::start().await;
    post(&world, &fixture!("answered")).await;
    post(&world, &fixture!("queue_missed_behind_menu")).await;
    world.retry_after(AFTER_THE_HOLD).await;
    let mut browser = signed_in(&world).await;
    let all = browser.get("/app/calls").await;
    assert_eq!(all.text.matches("href=\"/app/calls/").count(), 2, "{}", all.text);
    for (query, found) in [
        ("number=020+7946+0555", 2),
        ("number=%2B442079460555", 2),
        ("number=4821*205", 1),
        ("number=99999999", 0),
        ("person=u1", 1),
        ("person=Mary+%28u1%29", 1),
        ("person=u9", 0),
        (&format!("call={CALL}"), 1),
        ("call=other", 0),
        ("outcome=answered", 1),
        ("outcome=missed", 1),
        ("state=delivered", 2),
        ("state=parked", 0),
        // In London it is summer: an hour ahead.
        ("from=2026-09-01T12:59&to=2026-09-01T13:30", 2),
        ("from=2026-09-01T13:30", 0),
    ] {
        let page = browser.get(&format!("/app/calls?{query}")).await;
        assert_eq!(page.status, StatusCode::OK, "{query}");
        assert_eq!(page.text.matches("href=\"/app/calls/").count(), found, "{query}: {}", page.text);
    }
    let page = browser.get("/app/calls?number=12&from=soon").await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    page.must_say("give a telephone number of 5 to 20 digits");
    page.must_say("give a day and a time");
    browser.speaks("ru");
    browser.get("/app/calls?outcome=missed").await.must_say("входящий, пропущен");
}

#[tokio::test]
async fn programs_find_calls_by_the_same_filters() {
    let world = World::start().await;
    post(&world, &fixture!("answered")).await;
    post(&world, &fixture!("phone_to_phone")).await;
    world.retry_after(AFTER_THE_HOLD).await;
    let count = async |query: &str| {
        let (status, body) = world.api(Method::GET, &format!("/api/v1/calls?{query}"), None).await;
        assert_eq!(status, 200, "{query}: {body}");
        body["items"].as_array().unwrap().len()
    };
    for (query, found) in [
        (format!("call_id={CALL}"), 1),
        (format!("call_id={CALL}&crm_user=u2"), 0),
        ("number=02079460555".to_owned(), 1),
        ("crm_user=u1&outcome=answered".to_owned(), 1),
        ("outcome=busy".to_owned(), 0),
        (format!("state=not_logged&call_id={CALL}"), 0),
        ("state=not_logged&outcome=answered".to_owned(), 0),
    ] {
        assert_eq!(count(&query).await, found, "{query}");
    }
    assert!(count("state=not_logged&number=4821*206").await > 0);
    let (status, body) = world.api(Method::GET, "/api/v1/calls?number=1&outcome=fine&crm_user=", None).await;
    assert_eq!((status.as_u16(), body["errors"].as_array().map(Vec::len)), (422, Some(3)), "{body}");
    assert_eq!(body["errors"][0]["path"], json!("number"));
}

#[tokio::test]
async fn a_call_opened_shows_legs_events_and_attempts_and_script_as_text() {
    let world = World::start().await;
    let script = |body: &str| {
        body.replace("CallerIDName=%2B442079460555", "CallerIDName=%3Cscript%3Ealert(1)%3C/script%3E")
    };
    let bodies: Vec<_> =
        fixture!("answered").into_iter().map(|(phone, body)| (phone, script(body))).collect();
    post(&world, &bodies).await;
    let mut browser = signed_in(&world).await;
    let page = browser.open("/app/calls", "/app/calls/").await;
    for words in [
        "answered on this phone: logged as an incoming call",
        "phone 4821*205 rang at 13:00:00, answered at 13:00:06, ended at 13:01:19",
        "<script>alert(1)</script>",
        "1 min 14 s",
        "204",
        "Listen to the recording",
    ] {
        page.must_say(words);
    }
    // By which whoever runs the service finds it in the logs.
    let call_id = CallId::parse(CALL).unwrap();
    page.must_say(&RecordId::of_missed(world.connection, &call_id).call_digest());
    assert!(!page.text.contains("<script>alert"));
    assert!(page.text.contains("<svg") && !page.text.contains("style="));
    browser.speaks("ru");
    let page = browser.open("/app/calls", "/app/calls/").await;
    page.must_say("отвечен на этом телефоне: записан как входящий");
    let missing = browser.get(&format!("/app/calls/{}", "0".repeat(48))).await;
    assert_eq!(missing.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn calls_without_a_record_are_listed_once_each_with_the_reason_and_the_unmapped_phone() {
    let world = World::start().await;
    post(&world, &fixture!("answered")).await;
    post(&world, &fixture!("queue_one_answers")).await;
    post(&world, &fixture!("phone_to_phone")).await;
    world.retry_after(AFTER_THE_HOLD).await;
    let mut browser = signed_in(&world).await;
    let page = browser.get("/app/unlogged").await;
    assert_eq!(page.text.matches("href=\"/app/calls/").count(), 1, "{}", page.text);
    page.must_say("internal call: both numbers are extensions");
    assert!(!page.says("Extension not mapped"));
    unmap(&world, 731_205).await;
    browser.get("/app/unlogged").await.must_say("Extension not mapped: 4821*205 has no person");
    let opened = browser.get(&page.link("/app/calls/")).await;
    opened.must_say("not logged");
    browser.speaks("ru");
    browser.get("/app/unlogged").await.must_say("внутренний звонок: оба номера добавочные");
}

#[tokio::test]
async fn a_call_that_goes_on_is_seen_ringing_and_talking_until_it_ends() {
    let world = World::start().await;
    let mut browser = signed_in(&world).await;
    browser.get("/app/live").await.must_say("No call at this moment.");
    let bodies = fixture!("answered");
    post(&world, &bodies[..1]).await;
    world.clock.advance(Duration::from_secs(4));
    let page = browser.get("/app/live").await;
    for words in ["+442079460555", "4821*205", "rings", "4 s"] {
        page.must_say(words);
    }
    assert!(page.text.contains("hx-trigger=\"every 3s\""));
    post(&world, &bodies[1..2]).await;
    browser.get("/app/live").await.must_say("talks");
    post(&world, &bodies[2..]).await;
    browser.get("/app/live").await.must_say("No call at this moment.");
}

#[tokio::test]
async fn a_phone_whose_hangup_was_lost_does_not_ring_for_ever() {
    let world = World::start().await;
    post(&world, &fixture!("answered")[..1]).await;
    let mut browser = signed_in(&world).await;
    browser.get("/app/live").await.must_say("rings");
    world.clock.advance(Duration::from_mins(6));
    browser.get("/app/live").await.must_say("No call at this moment.");
}
