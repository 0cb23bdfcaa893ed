//! `ringbridge-ops`, the program itself, on the world of the call tests: what an operator asks and does at the terminal.

use std::time::Duration;

use ringbridge::clock::{Clock as _, SystemClock};
use ringbridge::model::call::RecordId;
use ringbridge::model::delivery::{AttemptClass, DeliveryState};
use ringbridge::model::ids::CallId;
use serde_json::{Value, json};
use simulators::crm::CrmFault;
use simulators::lambda::binaries;
use simulators::world::{SEALING_KEY, SECRET, World};
use tokio::process::Command;

use crate::calls::{AFTER_THE_HOLD, fixture, post};
use crate::faults::deliveries;
use crate::lambda::environment;

/// What it printed, and how it ended.
struct Said {
    code: Option<i32>,
    out: String,
    err: String,
}

impl Said {
    fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|_| panic!("{} {}", self.out, self.err))
    }
}

async fn with(variables: &[(&'static str, String)], arguments: &[&str]) -> Said {
    let program = binaries::path("ringbridge-ops").await.unwrap();
    let mut command = Command::new(program);
    command.env_clear().envs(variables.iter().map(|(name, value)| (*name, value))).args(arguments);
    let output = command.output().await.unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Said { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
}

async fn ops(world: &World, arguments: &[&str]) -> Said {
    let said = with(&environment(world).await, arguments).await;
    assert_eq!(said.code, Some(0), "{arguments:?}: {}", said.err);
    said
}

/// A world that has the machine's time, which is the program's.
async fn present() -> World {
    let world = World::start().await;
    world.clock.advance(SystemClock.now().since(world.clock.now()));
    world
}

/// A world with a call whose record the CRM refuses in this way.
async fn refused(status: u16) -> (World, String) {
    let world = present().await;
    world.inbox.fail_next(1, &CrmFault::Status(status, None));
    post(&world, &fixture!("called_out")[2..]).await;
    world.retry_after(AFTER_THE_HOLD).await;
    let id = world.connection.to_string();
    (world, id)
}

#[tokio::test]
async fn connections_are_listed_with_their_health_page_by_page() {
    let (world, id) = refused(401).await;
    let all = ops(&world, &["connections", "--json"]).await.json();
    let [one] = &all["connections"].as_array().unwrap()[..] else { panic!("{all}") };
    assert_eq!((&one["connection"], &one["deliveries"]), (&json!(id), &json!("paused")));
    assert_eq!((&one["paused_because"], &one["notices"]), (&json!("crm_refused_credentials"), &json!(1)));
    assert_eq!(all["from"], Value::Null, "that was all");
    let plain = ops(&world, &["connections"]).await.out;
    assert!(plain.contains(&format!("connection={id}")) && plain.contains("deliveries=paused"), "{plain}");
    // Nothing was looked through: it says where to go on, which is the beginning.
    let none = ops(&world, &["connections", "--pages", "0", "--json"]).await.json();
    assert_eq!(none["connections"], json!([]));
}

#[tokio::test]
async fn one_connection_says_what_its_administrator_was_told() {
    let (world, id) = refused(401).await;
    let one = ops(&world, &["connection", &id, "--json"]).await.json();
    assert_eq!(one["notices"][0]["notice"], "crm-credentials");
    assert!(one["notices"][0]["advice"].as_str().unwrap().len() > 10);
    let plain = ops(&world, &["connection", &id]).await.out;
    assert!(plain.contains("paused_because: crm_refused_credentials"), "{plain}");
    let none = with(&environment(&world).await, &["connection", &"0".repeat(32)]).await;
    assert_eq!((none.code, none.err.as_str()), (Some(1), "ringbridge-ops: there is no such connection\n"));
}

#[tokio::test]
async fn a_call_is_found_by_digest_record_and_name_and_nobody_is_named_unasked() {
    let (world, id) = refused(422).await;
    let [delivery] = deliveries(&world).await.try_into().unwrap();
    let record = delivery.record.record_id;
    let (digest, name) = (record.call_digest(), delivery.record.call_id.to_string());
    let number = delivery.record.external_number.as_ref().unwrap().reveal().to_owned();
    let mut answers = Vec::new();
    for called in [digest.clone(), record.to_string(), name.to_uppercase()] {
        answers.push(ops(&world, &["call", &id, &called, "--json"]).await.json());
    }
    assert!(answers.windows(2).all(|pair| pair[0] == pair[1]), "{answers:?}");
    let call = &answers[0];
    assert_eq!(call["call"], json!(digest));
    assert_eq!(call["events"][0]["kind"], "hangup");
    assert!(call["events"][0]["verdict"].as_str().unwrap().contains("logged"), "{call}");
    let [one] = &call["records"].as_array().unwrap()[..] else { panic!("{call}") };
    assert_eq!((&one["record_id"], &one["state"]), (&json!(record), &json!("parked")));
    let attempt = &one["attempts"][0];
    assert_eq!((&attempt["class"], &attempt["status"]), (&json!("refused"), &json!(422)));
    let digits = &number[number.len() - 7..];
    for hidden in [digits, name.as_str(), "4821*205", SEALING_KEY, &SECRET[6..]] {
        assert!(!call.to_string().contains(hidden), "{hidden} in {call}");
    }
    let shown = ops(&world, &["call", &id, &digest, "--show-personal", "--json"]).await.json();
    assert!(shown["personal"].to_string().contains(digits), "{shown}");
    let plain = ops(&world, &["call", &id, &digest]).await.out;
    assert!(plain.contains("class=refused") && !plain.contains(digits), "{plain}");
    let strange = RecordId::of_missed(world.connection, &CallId::parse("x").unwrap()).to_string();
    let none = with(&environment(&world).await, &["call", &id, &strange]).await;
    assert_eq!(none.code, Some(1), "{}", none.err);
}

#[tokio::test]
async fn what_is_parked_is_tried_again_when_an_operator_says_so() {
    let (world, id) = refused(422).await;
    assert_eq!(deliveries(&world).await[0].state, DeliveryState::Parked);
    ops(&world, &["redrive", &id]).await;
    for _ in 0..3 {
        world.retry_after(Duration::from_mins(2)).await;
    }
    assert_eq!(deliveries(&world).await[0].state, DeliveryState::Delivered);
}

#[tokio::test]
async fn a_paused_connection_rests_until_it_is_resumed_and_nothing_is_lost() {
    let world = present().await;
    let id = world.connection.to_string();
    let paused = ops(&world, &["pause", &id, "--json"]).await.json();
    assert_eq!(paused["paused_because"], "operator");
    post(&world, &fixture!("called_out")).await;
    world.retry_after(AFTER_THE_HOLD).await;
    assert_eq!(world.inbox.counters().requests, 0, "neither a pop-up nor a record");
    let (_, shown) = world.api(http::Method::GET, "/api/v1/connection", None).await;
    assert_eq!(shown["pause"]["reason"], "operator", "and its administrator sees why");
    let resumed = ops(&world, &["resume", &id, "--json"]).await.json();
    assert_eq!(resumed["deliveries"], "active");
    for _ in 0..3 {
        world.retry_after(Duration::from_mins(2)).await;
    }
    let [delivery] = deliveries(&world).await.try_into().unwrap();
    assert_eq!(delivery.state, DeliveryState::Delivered);
    assert!(delivery.attempts.iter().any(|one| one.class == AttemptClass::Delivered));
}

#[tokio::test]
async fn dead_letters_come_back_each_once() {
    let world = World::start().await;
    let sqs = world.aws.sqs();
    for n in 0..12 {
        let body = format!("letter {n}");
        sqs.send_message().queue_url(&world.dead_letters).message_body(body).send().await.unwrap();
    }
    let back = ops(&world, &["redrive", "--dead-letters", &world.dead_letters, "--json"]).await.json();
    assert_eq!(back["brought_back"], 12);
    let mut found = Vec::new();
    while let Some(messages) = receive(&sqs, &world.queue).await {
        found.extend(messages);
    }
    found.sort();
    found.dedup();
    assert_eq!(found.len(), 12, "{found:?}");
    assert_eq!(receive(&sqs, &world.dead_letters).await, None);
}

async fn receive(sqs: &aws_sdk_sqs::Client, url: &str) -> Option<Vec<String>> {
    let receive = sqs.receive_message().queue_url(url).max_number_of_messages(10).send().await.unwrap();
    let bodies = receive.messages?.into_iter().filter_map(|message| message.body);
    Some(bodies.collect()).filter(|bodies: &Vec<_>| !bodies.is_empty())
}

#[tokio::test]
async fn it_is_told_which_key_the_secrets_need() {
    let world = World::start().await;
    let id = world.connection.to_string();
    let one = ops(&world, &["reseal", &id, "--json"]).await.json();
    assert_eq!((&one["former"], &one["unopenable"]), (&json!(0), &json!(0)));
    let all = one["current"].as_u64().unwrap();
    assert!(all >= 2, "of the PBX and of the CRM: {one}");
    let other = "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=";
    for (keys, expected) in [(format!("{other},{SEALING_KEY}"), [0, all, 0]), (other.to_owned(), [0, 0, all])]
    {
        let mut variables = environment(&world).await;
        variables.retain(|(name, _)| *name != "RINGBRIDGE_SEALING_KEY");
        variables.push(("RINGBRIDGE_SEALING_KEY", keys));
        let said = with(&variables, &["reseal", "--json"]).await.json();
        let one = &said["connections"][0];
        assert_eq!(
            [&one["current"], &one["former"], &one["unopenable"]],
            expected.map(Value::from).each_ref()
        );
    }
}

#[tokio::test]
async fn what_is_asked_wrongly_is_said_in_a_line() {
    let said = with(&[], &["connection", "mary"]).await;
    assert_eq!(said.code, Some(2));
    assert!(said.err.contains("32 hexadecimal digits") && said.err.lines().count() == 1, "{}", said.err);
    let said = with(&[], &["connections"]).await;
    assert_eq!(said.code, Some(1));
    assert!(said.err.contains("RINGBRIDGE_") && said.err.contains("is not set"), "{}", said.err);
    let help = with(&[], &["--help"]).await;
    for command in ["connections", "connection", "call", "pause", "resume", "redrive", "reseal"] {
        assert!(help.out.contains(&format!("\n  {command} ")), "{command} is not explained");
    }
}
