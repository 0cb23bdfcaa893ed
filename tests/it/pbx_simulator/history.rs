//! The history of the simulated PBX: what happened, whoever was told of it.

use std::time::Duration;

use serde_json::{Value, json};
use simulators::pbx::player::{Cast, Emission, Order, Played, Recording, named};
use simulators::pbx::{HistoryAccess, Tenant};

use super::setup::{PHONE, SimulatorWorld};

fn tenant() -> Tenant {
    Tenant::demo().with_second_queue().with_unheard_phone()
}

async fn world() -> SimulatorWorld {
    SimulatorWorld::with(vec![tenant()], None).await
}

async fn play(world: &SimulatorWorld, scenario: &str) -> Played {
    let cast = Cast::of(&tenant()).with_recording(Recording::Told);
    let scenario = &named(scenario).expect("a scenario").scenario;
    world.pbx.play(scenario, &cast, Order::InOrder).await.expect("playable")
}

/// The history's word on a call that was just played.
async fn told(world: &SimulatorWorld, scenario: &str) -> Value {
    let played = play(world, scenario).await;
    world.read(&format!("/client/@me/call_history/{}", played.call_id)).await
}

/// Each leg in a line: extension, kind, direction, result, whether bridged, seconds until then and since.
fn lines(call: &Value) -> Vec<String> {
    let legs = call["cdr"].as_array().expect("legs");
    let words = |leg: &Value| {
        let text = |name: &str| leg[name].as_str().unwrap_or("-").to_owned();
        let (kind, flow, result) = (text("extension_type"), text("flow"), text("result"));
        format!(
            "{} {kind} {flow} {result} {} {}",
            leg["extension_id"], leg["bridged"], leg["bridged_duration"]
        )
    };
    legs.iter().map(words).collect()
}

#[tokio::test]
async fn queue_and_menu_say_whether_a_phone_took_the_caller_and_the_losers_that_another_did() {
    let world = world().await;
    let call = told(&world, "E").await;
    assert_eq!(
        lines(&call),
        [
            "731099 ivr in bridged true 40",
            "731801 queue in bridged true 40",
            "731205 phone in answered true 40",
            "731206 phone in answered elsewhere false null",
            "731207 phone in answered elsewhere false null",
        ]
    );
    assert_eq!(
        (&call["result"], &call["bridged"], &call["flow"]),
        (&json!("bridged"), &json!(true), &json!("in"))
    );
    assert_eq!(call["extension_id"], 731_099);
    let moment = &call["cdr"][2]["bridged_time_gmt"];
    assert!(
        moment.is_string()
            && call["bridged_time_gmt"] == *moment
            && call["cdr"][0]["bridged_time_gmt"] == *moment
    );
    let call = told(&world, "F-two-queues").await;
    let entrances: Vec<_> = lines(&call).into_iter().filter(|line| !line.contains("phone")).collect();
    assert_eq!(
        entrances,
        [
            "731099 ivr in not answered false null",
            "731801 queue in not answered false null",
            "731802 queue in not answered false null",
        ]
    );
    assert_eq!((&call["result"], &call["bridged_time_gmt"]), (&json!("not answered"), &Value::Null));
}

#[tokio::test]
async fn call_is_told_by_the_kind_of_its_legs() {
    let world = world().await;
    for (scenario, expected) in [
        ("B-busy", vec!["731205 phone in busy false null"]),
        ("J-transfer", vec!["731205 phone out answered true 40", "731205 phone transfer answered true 40"]),
        ("G-direct", vec!["731205 phone in answered true 40", "731206 phone in answered true 40"]),
        ("R", vec!["731205 phone in answered true 40", "731206 phone in busy false null"]),
        ("S", vec!["731205 phone in answered true 40"]),
        ("T", vec!["731205 phone in answered elsewhere false null", "731208 phone in answered true 40"]),
    ] {
        assert_eq!(lines(&told(&world, scenario).await), expected, "{scenario}");
    }
    // The outside party is named, not who passed the call on.
    let call = told(&world, "G-direct").await;
    assert_eq!(call["cdr"][1]["from_username"], "+442079460555");
}

#[tokio::test]
async fn call_appears_when_it_is_over() {
    let world = world().await;
    let played = play(&world, "A").await;
    let again: Vec<Emission> = renamed(&played.emissions);
    let path = format!("/client/@me/call_history/{}", again[0].get("CallID").expect("an id"));
    for (count, status) in [(1, 404), (2, 404), (3, 200)] {
        world.pbx.emit(&again[..count], Order::InOrder).await;
        assert_eq!(world.get(&path).await.status(), status, "after {count} events");
    }
    world.pbx.delay_history(Duration::from_mins(2));
    assert_eq!(world.get(&path).await.status(), 404);
    world.pass(121);
    assert_eq!(world.get(&path).await.status(), 200);
}

/// The same call under another id.
fn renamed(emissions: &[Emission]) -> Vec<Emission> {
    let mut again = emissions.to_vec();
    for emission in &mut again {
        emission.set("CallID", "0123456789abcdef0123456789abcdef");
    }
    again
}

#[tokio::test]
async fn recording_appears_later_if_it_is_delayed() {
    let world = world().await;
    world.pbx.delay_recordings(Duration::from_mins(10));
    let played = play(&world, "A").await;
    let path = format!("/client/@me/call_history/{}", played.call_id);
    let record = played.emissions[2].get("RecID").expect("a recording").to_owned();
    let storage = format!("/client/@me/record/{record}/storage_url/");
    assert_eq!(world.read(&path).await["cdr"][0]["record_uuid"], Value::Null);
    assert_eq!(world.get(&storage).await.status(), 404);
    world.pass(601);
    assert_eq!(world.read(&path).await["cdr"][0]["record_uuid"], record.to_uppercase());
    let address = world.read(&storage).await["record_url"].as_str().expect("an address").to_owned();
    let file = world.http.get(&address).send().await.expect("an answer");
    assert_eq!(
        (file.status().as_u16(), &file.headers()["content-type"]),
        (200, &"audio/mpeg".parse().unwrap())
    );
    let unsigned = address.split('?').next().expect("an address").to_owned();
    assert_eq!(world.http.get(unsigned).send().await.expect("an answer").status(), 403);
}

#[tokio::test]
async fn history_can_be_closed() {
    let world = world().await;
    play(&world, "A").await;
    world.pbx.set_history(HistoryAccess::Forbidden);
    let refused = world.get("/client/@me/call_history/").await;
    assert_eq!(refused.status(), 403);
    assert_eq!(refused.json::<Value>().await.expect("JSON")["status"], "access_denied");
    world.pbx.set_history(HistoryAccess::Unreachable);
    assert!(world.request("GET", "/client/@me/call_history/").send().await.is_err());
    world.pbx.heal();
    let page = world.read("/client/@me/call_history/").await;
    assert_eq!(page["call_history"].as_array().map(Vec::len), Some(1));
}

#[tokio::test]
async fn bare_history_lacks_what_the_public_capture_lacks() {
    let world = world().await;
    world.pbx.bare_history(true);
    let call = told(&world, "A").await;
    let leg = call["cdr"][0].as_object().expect("a leg");
    assert!(!leg.contains_key("bridged") && !leg.contains_key("bridged_time_gmt"));
    // When the talk began, and how long it was, are told by other names.
    assert_eq!((&leg["start_time_gmt"], &leg["duration"]), (&call["bridged_time_gmt"], &json!(40)));
}

#[tokio::test]
async fn lost_repeated_and_held_events_are_in_the_history_all_the_same() {
    let world = world().await;
    world.pbx.add_foreign_event(PHONE, "http://127.0.0.1:9/hook", "hangup", "POST");
    world.pbx.add_foreign_event(PHONE, "http://127.0.0.1:9/hook", "answer", "POST");
    let posts = |played: &Played| -> Vec<String> {
        played.report.deliveries.iter().map(|one| one.event_type.clone()).collect()
    };
    world.pbx.lose_next("hangup", 1);
    world.pbx.repeat_next("answer", 1);
    let played = play(&world, "A").await;
    assert_eq!(posts(&played), ["answer", "answer"]);
    let call = world.read(&format!("/client/@me/call_history/{}", played.call_id)).await;
    assert_eq!(lines(&call), ["731205 phone in answered true 40"]);
    world.pbx.hold_next("answer", 1);
    assert_eq!(posts(&play(&world, "A").await), ["hangup"]);
    let late: Vec<_> = world.pbx.post_held().await.into_iter().map(|one| one.event_type).collect();
    assert_eq!(late, ["answer"]);
    assert_eq!(posts(&play(&world, "A").await), ["answer", "hangup"]);
}

#[tokio::test]
async fn a_person_can_lose_an_event() {
    let world = world().await;
    world.pbx.add_foreign_event(PHONE, "http://127.0.0.1:9/hook", "hangup", "POST");
    let url = format!("{}/simulator/lose/hangup", world.pbx.origin());
    assert_eq!(world.http.post(url).send().await.expect("an answer").status(), 204);
    assert!(play(&world, "A").await.report.deliveries.is_empty());
    assert_eq!(play(&world, "A").await.report.deliveries.len(), 1);
}
