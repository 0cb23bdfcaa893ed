//! The delivery log over the settings API: every ending with its reason, events with their verdicts, resending.

use std::time::Duration;

use super::{AFTER_THE_HOLD, fixture, logged, post};
use http::Method;
use ringbridge::clock::Clock as _;
use ringbridge::flow::call::resend;
use ringbridge::model::delivery::Which;
use ringbridge::storage::Resend;
use serde_json::{Value, json};
use simulators::crm::CrmFault;
use simulators::posting::Posting;
use simulators::world::World;

async fn list(world: &World, query: &str) -> Vec<Value> {
    let (status, body) = world.api(Method::GET, &format!("/api/v1/calls{query}"), None).await;
    assert_eq!(status, 200, "{body}");
    body["items"].as_array().unwrap().clone()
}

async fn detail(world: &World, item: &Value) -> Value {
    let path = format!("/api/v1/calls/{}", item["record_id"].as_str().unwrap());
    let (status, body) = world.api(Method::GET, &path, None).await;
    assert_eq!(status, 200, "{body}");
    body
}

async fn resent(world: &World, item: &Value, body: Option<Value>) -> (u16, Value) {
    let path = format!("/api/v1/calls/{}/resend", item["record_id"].as_str().unwrap());
    let (status, body) = world.api(Method::POST, &path, body).await;
    (status.as_u16(), body)
}

fn verdicts(detail: &Value) -> Vec<&str> {
    detail["events"].as_array().unwrap().iter().map(|event| event["verdict"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn every_ending_is_shown_with_its_reason() {
    let world = World::start().await;
    post(&world, &fixture!("answered")).await;
    let delivered = list(&world, "?state=delivered").await;
    let id = delivered[0]["record_id"].clone();
    let expected = json!({
        "record_id": id, "call_id": "75599d9e49a8b73ba806026df26ee0fb",
        "leg_id": "731205-cc6d894776355aa59fce1561d8f2c56d", "type": "call.ended", "direction": "inbound",
        "outcome": "answered", "external_number": "+442079460555", "internal_number": "4821*205",
        "crm_user": "u1", "started_at": "2026-09-01T12:00:00Z", "talk_seconds": 74,
        "delivery": {"state": "delivered", "attempts": 1, "next_attempt_at": null, "reason": null},
    });
    assert_eq!(delivered, [expected]);
    world.inbox.fail_next(1, &CrmFault::Status(422, None));
    post(&world, &fixture!("called_out")[2..]).await;
    world.retry_after(AFTER_THE_HOLD).await;
    world.inbox.fail_next(1, &CrmFault::Status(503, None));
    post(&world, &fixture!("called_out_busy")).await;
    let parked = list(&world, "?state=parked").await;
    assert_eq!(parked[0]["delivery"]["reason"], "the CRM answered 422");
    let waiting = list(&world, "?state=waiting").await;
    assert_eq!(waiting.len(), 0, "the pop-up took the fault");
    world.inbox.fail_next(1, &CrmFault::Status(503, None));
    post(&world, &fixture!("forwarded_to_mobile")[2..]).await;
    world.retry_after(AFTER_THE_HOLD).await;
    let waiting = list(&world, "?state=waiting").await;
    assert_eq!(waiting[0]["delivery"]["attempts"], 1);
    assert!(waiting[0]["delivery"]["next_attempt_at"].is_string());
    let shown = detail(&world, &waiting[0]).await;
    let attempt = &shown["attempts"][0];
    assert_eq!((&attempt["status"], &attempt["class"]), (&json!(503), &json!("perhaps_delivered")));
    assert_eq!(list(&world, "").await.len(), 4);
    assert_eq!(list(&world, "?from=2026-09-01T12:11:00Z&to=2026-09-01T12:12:00Z").await.len(), 1);
}

#[tokio::test]
async fn every_event_has_a_verdict() {
    let world = World::start().await;
    for bodies in [
        fixture!("queue_one_answers"),
        fixture!("queue_missed_behind_menu"),
        fixture!("phone_to_phone"),
        fixture!("rang_in_vain"),
    ] {
        post(&world, &bodies).await;
    }
    world.retry_after(AFTER_THE_HOLD).await;
    let all = list(&world, "").await;
    let of = |internal: &str, kind: &str| {
        let found = all.iter().find(|item| item["internal_number"] == internal && item["type"] == kind);
        found.unwrap().clone()
    };
    let answered = detail(&world, &of("4821*205", "call.ended")).await;
    let expected = [
        "answered on this phone: logged as an incoming call",
        "not answered on this phone: taken elsewhere",
        "answered on this phone: logged as an incoming call",
        "not answered on this phone: taken elsewhere",
        "answered on this phone: logged as an incoming call",
        "queue hangup, bridged: logged from the phone's leg",
    ];
    assert_eq!(verdicts(&answered), expected);
    let missed = detail(&world, &of("4821*801", "call.missed")).await;
    let expected =
        ["IVR hangup, not bridged: a queue's hangup decides", "queue hangup, not bridged: missed here"];
    assert_eq!(verdicts(&missed), expected);
    let direct = detail(&world, &of("4821*205", "call.missed")).await;
    assert_eq!(verdicts(&direct)[1], "rang in vain with no queue or IVR in the way: missed here");
    // Nothing of an internal call is logged, and all of it is found.
    let unlogged = list(&world, "?state=not_logged").await;
    let internal: Vec<_> = unlogged
        .iter()
        .filter(|item| item["delivery"]["reason"] == "internal call: both numbers are extensions")
        .collect();
    assert_eq!(internal.len(), 2);
    let events = detail(&world, internal[0]).await;
    assert_eq!(events["events"].as_array().unwrap().len(), 6);
    assert_eq!(events["events"][0]["fields"]["CallStatus"], "CALLING");
}

#[tokio::test]
async fn list_goes_on_page_by_page_without_gap_or_repeat() {
    let world = World::start().await;
    for call in 0..120 {
        let (phone, body) =
            Posting::from(fixture!("called_out_busy")[1]).in_call(&format!("call{call:03}")).posted();
        world.post(phone, body).await;
    }
    world.idle().await;
    world.retry_after(AFTER_THE_HOLD).await;
    let (mut seen, mut query, mut pages) = (Vec::new(), String::new(), 0);
    loop {
        let (_, body) = world.api(Method::GET, &format!("/api/v1/calls{query}"), None).await;
        let items = body["items"].as_array().unwrap();
        seen.extend(items.iter().map(|item| item["call_id"].as_str().unwrap().to_owned()));
        pages += 1;
        let Some(cursor) = body["cursor"].as_str() else { break };
        query = format!("?cursor={}", cursor.replace('#', "%23"));
    }
    seen.sort();
    seen.dedup();
    assert_eq!((seen.len(), pages), (120, 3));
}

#[tokio::test]
async fn parked_record_is_resent_with_a_budget_of_its_own() {
    let world = World::start().await;
    world.inbox.fail_next(1, &CrmFault::Status(422, None));
    post(&world, &fixture!("hung_up_in_menu")).await;
    world.retry_after(AFTER_THE_HOLD).await;
    let parked = list(&world, "?state=parked").await.remove(0);
    world.inbox.fail_next(1, &CrmFault::Status(500, None));
    let (status, tried) = resent(&world, &parked, None).await;
    assert_eq!((status, &tried["delivery"]["state"]), (200, &json!("waiting")));
    world.retry_after(Duration::from_mins(2)).await;
    assert_eq!(list(&world, "").await[0]["delivery"]["state"], "delivered");
    assert_eq!(logged(&world)[0].message_ids.len(), 1, "the same key all the way");
}

#[tokio::test]
async fn delivered_record_is_sent_again_only_when_forced() {
    let world = World::start().await;
    post(&world, &fixture!("answered")).await;
    let delivered = list(&world, "").await.remove(0);
    assert_eq!(resent(&world, &delivered, None).await.0, 409);
    assert_eq!(world.inbox.counters().requests, 3);
    assert_eq!(resent(&world, &delivered, Some(json!({"force": "yes"}))).await.0, 422);
    assert_eq!(resent(&world, &delivered, Some(json!({"force": true}))).await.0, 200);
    assert_eq!(logged(&world)[0].revision, 2);
}

#[tokio::test]
async fn missed_call_whose_legs_have_expired_is_sent_again_as_it_was_told() {
    let world = World::start().await;
    post(&world, &fixture!("rang_in_vain")).await;
    world.retry_after(AFTER_THE_HOLD).await;
    let told = list(&world, "").await.remove(0);
    world.clock.advance(Duration::from_hours(30 * 24 - 12));
    let dynamodb = world.aws.dynamodb();
    let items = dynamodb.scan().table_name(&world.table).send().await.unwrap();
    for leg in items.items().iter().filter(|item| item["sk"].as_s().unwrap().starts_with("L#")) {
        let gone = dynamodb.delete_item().table_name(&world.table);
        gone.key("pk", leg["pk"].clone()).key("sk", leg["sk"].clone()).send().await.unwrap();
    }
    let (status, tried) = resent(&world, &told, Some(json!({"force": true}))).await;
    assert_eq!((status, &tried["delivery"]["state"]), (200, &json!("delivered")));
    let standing = logged(&world);
    assert_eq!((standing.len(), standing[0].kind.as_str(), standing[0].revision), (1, "call.missed", 2));
}

#[tokio::test]
async fn parked_and_given_up_records_are_resent_together_by_the_retry_job() {
    let world = World::start().await;
    world.inbox.fail_next(3, &CrmFault::Status(404, None));
    for bodies in
        [fixture!("hung_up_in_menu"), fixture!("queue_missed_behind_menu"), fixture!("rang_in_vain")]
    {
        post(&world, &bodies[bodies.len() - 1..]).await;
    }
    world.retry_after(AFTER_THE_HOLD).await;
    assert_eq!(list(&world, "?state=parked").await.len(), 3);
    let (status, body) = world.api(Method::POST, "/api/v1/calls/resend", None).await;
    assert_eq!((status.as_u16(), &body["done"], &body["resent"]), (202, &json!(false), &json!(0)));
    world.retry().await;
    let (_, progress) = world.api(Method::GET, "/api/v1/calls/resend", None).await;
    assert_eq!(
        (&progress["done"], &progress["resent"], &progress["looked_at"]),
        (&json!(true), &json!(3), &json!(3))
    );
    world.retry().await;
    assert_eq!(list(&world, "?state=delivered").await.len(), 3);
}

#[tokio::test]
async fn span_that_ends_before_it_begins_is_refused_and_one_that_was_taken_ends() {
    let world = World::start().await;
    let span = json!({ "from": "2026-09-02T00:00:00Z", "to": "2026-09-01T00:00:00Z" });
    let (status, body) = world.api(Method::POST, "/api/v1/calls/resend", Some(span)).await;
    assert_eq!((status.as_u16(), &body["errors"][0]["path"]), (422, &json!("from")), "{body}");
    assert_eq!(world.api(Method::GET, "/api/v1/calls/resend", None).await.0, 404, "nothing was begun");
    // As it could be before.
    let now = world.clock.now();
    let wanted = Resend::begun(Which::Failed, now, now - Duration::from_secs(1), now);
    resend::begin(&world.deps.store, &world.deps.queue, world.connection, wanted).await.unwrap();
    world.retry().await;
    let (_, progress) = world.api(Method::GET, "/api/v1/calls/resend", None).await;
    assert_eq!((&progress["done"], &progress["looked_at"]), (&json!(true), &json!(0)));
    assert_eq!(world.due().await, 0, "nothing of it is tried again and again");
}

#[tokio::test]
async fn unknown_records_and_wrong_filters_are_said() {
    let world = World::start().await;
    for id in ["x", &"0".repeat(48), &"f".repeat(48)] {
        let path = format!("/api/v1/calls/{id}");
        assert_eq!(world.api(Method::GET, &path, None).await.0, 404);
        assert_eq!(world.api(Method::POST, &format!("{path}/resend"), None).await.0, 404);
    }
    let (status, body) = world.api(Method::GET, "/api/v1/calls?from=yesterday&state=lost", None).await;
    assert_eq!((status.as_u16(), body["errors"].as_array().unwrap().len()), (422, 2));
}
