//! The calls: their events, delivery, and what history knows of them afterwards.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::routing::post;
use serde_json::json;
use simulators::pbx::player::{Cast, NAMED, Order, Recording, Scenario, encode, named, script};
use simulators::pbx::{Rng, Tenant};

use super::setup::{NOON, PHONE, SimulatorWorld};

/// A1 and H1 of docs/pbx.md §11.12.
const A1: &str = "EventType=dial-in&EventTime=1788264000000000&CallID=75599d9e49a8b73ba806026df26ee0fb&SubCallID=731205-cc6d894776355aa59fce1561d8f2c56d&CallAPIID=2719405518-75599d9e-49a8-b73b-a806-026df26ee0fb&CallFlow=in&CallStatus=CALLING&CalledDID=442079460100&CalledNumber=4821%2A205&CalledExtension=4821%2A205@sip.pbx.example&CalledExtensionID=731205&CallerIDNum=%2B442079460555&CallerIDName=%2B442079460555";
const H1: &str = "EventType=dial-out&EventTime=1788264600000000&CallID=73e17ab78af2f4cc5110e8d85438b2af&SubCallID=731205-73e17ab78af2f4cc5110e8d85438b2af&CallAPIID=2719405518-73e17ab7-8af2-f4cc-5110-e8d85438b2af&CallFlow=out&CallStatus=CALLING&CalledNumber=%2B442079460777&CallerIDNum=4821%2A205&CallerIDName=Mary%20Example&CallerExtension=4821%2A205@sip.pbx.example&CallerExtensionID=731205";

fn demo_cast() -> Cast {
    Cast::of(&Tenant::demo().with_second_queue().with_unheard_phone())
}

#[test]
fn the_wire_form_is_that_of_the_reference() {
    for (line, scenario) in [(A1, Scenario::Answered), (H1, Scenario::OutgoingAnswered)] {
        let fields: Vec<(String, String)> = form_urlencoded::parse(line.as_bytes()).into_owned().collect();
        assert_eq!(encode(&fields), line);
        let at = fields[1].1.parse().expect("a time");
        let mut cast = demo_cast();
        cast.call_id = Some(fields[2].1.clone());
        let mut first = script(&scenario, &cast, at, &mut Rng::new(7)).remove(0);
        if scenario == Scenario::Answered {
            first.set("SubCallID", &fields[3].1);
        }
        first.set("CallAPIID", &fields[4].1);
        assert_eq!(first.wire(), line);
    }
}

#[test]
fn scenarios_have_the_events_of_the_table() {
    // What is told, with three phones: dial-in, dial-out, answer, hangup.
    let expected = BTreeMap::from([
        ("A", [1, 0, 1, 1]),
        ("B", [1, 0, 0, 1]),
        ("B-cancel", [1, 0, 0, 1]),
        ("B-busy", [1, 0, 0, 1]),
        ("B-chanunavail", [1, 0, 0, 1]),
        ("B-congestion", [1, 0, 0, 1]),
        ("C", [1, 0, 1, 2]),
        ("C-noanswer", [1, 0, 0, 2]),
        ("D", [0, 0, 0, 1]),
        ("E", [3, 0, 1, 5]),
        ("E-direct", [3, 0, 1, 4]),
        ("F", [6, 0, 0, 8]),
        ("F-two-queues", [6, 0, 0, 9]),
        ("G", [2, 0, 2, 3]),
        ("G-direct", [2, 0, 2, 2]),
        ("H", [0, 1, 1, 1]),
        ("I", [0, 1, 0, 1]),
        ("J-transfer", [0, 2, 2, 2]),
        ("J", [0, 1, 1, 1]),
        ("J-noanswer", [0, 1, 0, 1]),
        ("J-inside", [1, 1, 2, 2]),
        ("J-inside-vain", [1, 1, 0, 2]),
        ("K", [1, 1, 2, 2]),
        ("K-noanswer", [1, 1, 0, 2]),
        ("L", [0, 1, 1, 1]),
        ("M", [0, 1, 1, 2]),
        ("M-bridged", [1, 1, 2, 3]),
        ("M-queue", [0, 1, 1, 2]),
        ("N", [2, 0, 1, 2]),
        ("N-vain", [2, 0, 0, 2]),
        ("O", [4, 0, 1, 6]),
        ("O-overflow", [1, 0, 1, 3]),
        ("P", [2, 0, 2, 2]),
        ("Q", [1, 0, 1, 2]),
        ("R", [2, 0, 1, 2]),
        ("S", [1, 0, 1, 0]),
        ("T", [1, 0, 0, 1]),
    ]);
    let counts = NAMED.iter().map(|one| {
        let emissions = script(&one.scenario, &demo_cast(), NOON, &mut Rng::new(7));
        let types = ["dial-in", "dial-out", "answer", "hangup"];
        (one.name, types.map(|kind| emissions.iter().filter(|e| !e.untold && e.event_type == kind).count()))
    });
    assert_eq!(counts.collect::<BTreeMap<_, _>>(), expected);
}

#[test]
fn every_script_keeps_the_rules_of_the_fields() {
    for one in NAMED {
        let emissions = script(&one.scenario, &demo_cast(), NOON, &mut Rng::new(7));
        assert!(emissions.is_sorted_by_key(|emission| emission.at), "{}", one.name);
        for emission in &emissions {
            let (id, sub) =
                (emission.get("CallID").expect("CallID"), emission.get("SubCallID").expect("SubCallID"));
            assert!(sub.starts_with(&format!("{}-", emission.extension_id)));
            assert_eq!((id.len(), emission.get("EventTime")), (32, Some(emission.at.to_string().as_str())));
            let entrance = [731_801, 731_802, 731_099].contains(&emission.extension_id);
            assert_eq!(emission.get("Bridged").is_some(), entrance, "{}", one.name);
            let answer =
                emissions.iter().find(|e| e.event_type == "answer" && e.get("SubCallID") == Some(sub));
            if let (Some(answer), "hangup") = (answer, emission.event_type.as_str()) {
                let talk = (emission.at - answer.at).to_string();
                assert_eq!(emission.get("Duration"), Some(talk.as_str()), "{}", one.name);
            }
        }
    }
}

#[test]
fn the_menu_hangs_up_before_the_queue_in_a_missed_call() {
    let scenario = named("f").expect("known").scenario;
    let emissions = script(&scenario, &demo_cast(), NOON, &mut Rng::new(7));
    let last: Vec<_> = emissions.iter().rev().take(2).map(|one| one.extension_id).collect();
    assert_eq!(last, [731_801, 731_099]);
}

/// A server that keeps the bodies that are posted to it.
async fn listen() -> (String, Arc<Mutex<Vec<String>>>) {
    let received = Arc::new(Mutex::new(Vec::new()));
    let kept = Arc::clone(&received);
    let keep = move |body: String| async move { kept.lock().expect("unpoisoned").push(body) };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}/hook", listener.local_addr().expect("an address"));
    let app = Router::new().route("/hook", post(keep));
    tokio::spawn(async move { axum::serve(listener, app).await });
    (url, received)
}

#[tokio::test]
async fn events_reach_those_who_registered_for_them() {
    let world = SimulatorWorld::demo().await;
    let (url, received) = listen().await;
    for event_type in ["dial-in", "hangup"] {
        world.subscribe(PHONE, event_type, &url).await;
    }
    world.pbx.add_foreign_event(PHONE, &format!("{url}?a=1"), "hangup", "GET");
    let cast = Cast::of(&Tenant::demo());
    let played = world.pbx.play(&Scenario::Answered, &cast, Order::InOrder).await.expect("playable");
    let statuses: Vec<_> = played.report.deliveries.iter().map(|one| one.status).collect();
    assert_eq!(statuses, [Some(200), Some(200), Some(405)]);
    assert_eq!((played.report.not_subscribed, played.report.failed().len()), (1, 1));
    let bodies = received.lock().expect("unpoisoned").clone();
    assert_eq!(bodies, [played.emissions[0].wire(), played.emissions[2].wire()]);
    for order in [Order::Duplicated, Order::Concurrent, Order::Shuffled(3), Order::Reversed] {
        world.pbx.emit(&played.emissions, order).await;
    }
    assert_eq!(received.lock().expect("unpoisoned").len(), 2 + 4 + 2 + 2 + 2);
}

#[tokio::test]
async fn history_finds_the_call_and_its_recording() {
    let world = SimulatorWorld::demo().await;
    let cast = Cast::of(&Tenant::demo()).with_recording(Recording::Untold);
    let played = world.pbx.play(&Scenario::Answered, &cast, Order::InOrder).await.expect("playable");
    assert_eq!(played.emissions[2].get("RecID"), None);
    let call = world.read(&format!("/client/@me/call_history/{}", played.call_id)).await;
    assert_eq!(call["call_uuid"], played.call_id.to_uppercase());
    assert_eq!((&call["result"], &call["bridged"]), (&json!("bridged"), &json!(true)));
    let record = call["cdr"][0]["record_uuid"].as_str().expect("a recording");
    let url = world.read(&format!("/client/@me/record/{record}/storage_url/")).await;
    assert!(url["record_url"].is_string());
    assert_eq!(world.get("/client/@me/record/731205-0/storage_url/").await.status(), 404);
    assert_eq!(world.read("/client/@me/call_history/").await["call_history"][0], call);
}

#[tokio::test]
async fn only_one_history_request_at_a_time() {
    let world = SimulatorWorld::demo().await;
    world.pbx.hold_history(true);
    let first = tokio::spawn(world.request("GET", "/client/@me/call_history/").send());
    while world.pbx.ledger().len() < 2 {
        tokio::task::yield_now().await;
    }
    let refused = world.get("/client/@me/call_history/?page=2").await;
    assert_eq!(refused.status(), 429);
    let body: serde_json::Value = refused.json().await.expect("JSON");
    assert_eq!(body["message"], "Stats request already exists, concurrent request not allowed");
    world.pbx.hold_history(false);
    assert_eq!(first.await.expect("joined").expect("an answer").status(), 200);
    assert_eq!(world.pbx.violations(), []);
}

#[tokio::test]
async fn a_person_can_play_a_call() {
    let world = SimulatorWorld::demo().await;
    let origin = world.pbx.origin();
    let url = format!("{origin}/simulator/play/e?caller=+441632960001");
    let played: serde_json::Value =
        world.http.post(url).send().await.expect("an answer").json().await.expect("JSON");
    assert_eq!((&played["events"], &played["not_subscribed"]), (&json!(9), &json!(9)));
    let overview = world.http.get(format!("{origin}/simulator/")).send().await.expect("an answer");
    assert_eq!(overview.json::<serde_json::Value>().await.expect("JSON")["calls"], 1);
    assert_eq!(world.pbx.ledger().len(), 1);
}

#[tokio::test]
async fn a_callback_is_accepted_for_a_phone() {
    let world = SimulatorWorld::demo().await;
    let body = json!({"src_num": ["4821*205"], "dst_num": "+442079460777"});
    let answer = world.request("POST", "/extension/@205/callback/").json(&body).send().await;
    assert_eq!(answer.expect("an answer").status(), 201);
    assert_eq!(world.pbx.callbacks()[0].extension_id, PHONE);
    let answer = world.request("POST", "/extension/731801/callback/").json(&body).send().await;
    assert_eq!(answer.expect("an answer").status(), 400);
}

#[tokio::test]
async fn agents_are_told_only_of_changes() {
    let world = SimulatorWorld::demo().await;
    let (url, received) = listen().await;
    let body = json!({"url": url, "event_type": "agent-login", "method": "POST"});
    let path = "/client/@me/agent/local/5512/event/";
    assert_eq!(world.request("POST", path).json(&body).send().await.expect("an answer").status(), 201);
    for _ in 0..2 {
        world.pbx.set_agent_available(5512, true, "api").await;
    }
    let line =
        "agent_id=5512&agent_status=available&agent_type=local&extension_name=4821%2A205&event_source=api";
    assert_eq!(*received.lock().expect("unpoisoned"), [line]);
}
