//! What can't be read: messages, items of a newer release, damaged items. Each is set aside, and the rest goes on.

use std::time::Duration;

use aws_sdk_dynamodb::types::AttributeValue;
use ringbridge::model::connection::Policy;
use ringbridge::model::ids::ConnectionId;
use ringbridge::queue::Task;
use ringbridge::storage::keys;
use simulators::aws::Servers;
use simulators::world::World;

use super::{Bodies, expected, post_until_taken, recover, remind, task, verify};
use crate::calls::{AFTER_THE_HOLD, fixture, logged};

/// Changes an item behind the product's back.
async fn set(world: &World, pk: &str, sk: &str, attribute: &str, value: AttributeValue) {
    let client = world.aws.dynamodb();
    let update = client.update_item().table_name(&world.table).update_expression("SET #a = :value");
    let update =
        update.expression_attribute_names("#a", attribute).expression_attribute_values(":value", value);
    let text = |text: &str| AttributeValue::S(text.to_owned());
    update.key("pk", text(pk)).key("sk", text(sk)).send().await.unwrap();
}

fn number(value: u32) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

fn broken() -> AttributeValue {
    AttributeValue::S("{\"broken\": +442079460555".to_owned())
}

/// The partition of a call.
fn partition(world: &World, bodies: &Bodies) -> String {
    match task(world, bodies) {
        Task::Settle { connection, call } => keys::call(connection, call),
        Task::Provision { .. } => panic!("not a call"),
    }
}

/// The items of a call as they are stored.
async fn items(world: &World, bodies: &Bodies) -> Vec<std::collections::HashMap<String, AttributeValue>> {
    let query = world.aws.dynamodb().query().table_name(&world.table).key_condition_expression("pk = :pk");
    let pk = AttributeValue::S(partition(world, bodies));
    query.expression_attribute_values(":pk", pk).send().await.unwrap().items.unwrap()
}

/// The sort key of the leg of an extension, and the name of its first event's attribute.
async fn leg_of(world: &World, bodies: &Bodies, extension: &str) -> (String, String) {
    let items = items(world, bodies).await;
    let leg =
        items.iter().find(|item| item.get("ext").is_some_and(|ext| ext.as_s().unwrap().contains(extension)));
    let leg = leg.unwrap();
    let event = leg.keys().find(|name| name.len() == 17 && name.starts_with('e')).unwrap().clone();
    (leg["sk"].as_s().unwrap().clone(), event)
}

#[tokio::test]
async fn poisoned_messages_end_in_the_dead_letter_queue_and_the_rest_goes_on() {
    // Received again at once, so that no test waits for a visibility timeout.
    let world = World::on(Servers::embedded(Duration::ZERO).await.unwrap(), Policy::default()).await;
    let bodies = fixture!("queue_missed_behind_menu");
    let expected = expected(&bodies).await;
    post_until_taken(&world, &bodies).await;
    let queue = world.aws.sqs();
    for poison in [
        "garbage",
        "{\"v\":99,\"not_before\":0,\"task\":\"settle\"}",
        "{\"v\":1,\"not_before\":0,\"task\":\"new\"}",
    ] {
        queue.send_message().queue_url(&world.queue).message_body(poison).send().await.unwrap();
    }
    remind(&world, &bodies).await;
    let report = world.retry_after(AFTER_THE_HOLD).await;
    assert_eq!((report.unreadable, report.failed), (15, 0), "each was received five times");
    recover(&world).await;
    verify(&world, &expected, "beside poison").await;
    let dead = queue
        .receive_message()
        .queue_url(&world.dead_letters)
        .max_number_of_messages(10)
        .send()
        .await
        .unwrap();
    assert_eq!(dead.messages().len(), 3);
    assert_eq!(world.retry().await.messages, 0);
}

#[tokio::test]
async fn damaged_item_is_quarantined_and_named_without_its_content() {
    for (attribute, named) in [("delivery", "delivery"), ("ext", "ext"), ("rev", "rev"), ("e", "event")] {
        let world = World::start().await;
        let (bodies, healthy) = (fixture!("queue_one_answers"), fixture!("queue_missed_behind_menu"));
        post_until_taken(&world, &bodies[..2]).await;
        post_until_taken(&world, &healthy).await;
        let (sk, event) = leg_of(&world, &bodies, "731206").await;
        let attribute = if attribute == "e" { event.as_str() } else { attribute };
        let pk = partition(&world, &bodies);
        set(&world, &pk, &sk, attribute, broken()).await;
        set(&world, &pk, &sk, "due_at", number(1)).await;
        set(&world, &pk, &sk, "due_shard", AttributeValue::S(keys::due_shard(&pk))).await;
        let Task::Settle { connection, call } = task(&world, &bodies) else { panic!("not a call") };
        let unreadable = world.deps.store.call(connection, call).await.unwrap().unreadable;
        assert_eq!(unreadable.len(), 1);
        assert_eq!(unreadable[0].problem, format!("the item {pk} {sk} can't be read: {named}"));
        assert_eq!(world.retry().await.failed, 0);
        let item =
            items(&world, &bodies).await.into_iter().find(|item| item["sk"].as_s().unwrap() == &sk).unwrap();
        assert!(item.contains_key("quarantined_at") && !item.contains_key("due_at"), "{named}");
        assert!(item.contains_key(attribute), "nothing of it is thrown away");
        // The rest of its call, and other calls, go on.
        let rest: Bodies =
            bodies[2..].iter().copied().filter(|(extension, _)| *extension != 731_206).collect();
        post_until_taken(&world, &rest).await;
        recover(&world).await;
        let places: Vec<_> =
            logged(&world).iter().map(|record| record.data["internal_number"].clone()).collect();
        assert_eq!(places, ["4821*205", "4821*801"], "{named}");
        assert_eq!(world.due().await, 0, "{named}: nothing is found for ever");
    }
}

#[tokio::test]
async fn item_of_a_newer_release_waits_for_that_release() {
    let (world, bodies) = (World::start().await, fixture!("called_out"));
    let expected = expected(&bodies).await;
    post_until_taken(&world, &bodies[..2]).await;
    let (sk, _) = leg_of(&world, &bodies, "731205").await;
    let pk = partition(&world, &bodies);
    set(&world, &pk, &sk, "v", number(99)).await;
    let (extension, body) = bodies[2];
    // This release can't settle it; the event is kept all the same, and that is what an answer says.
    assert_eq!(world.post(extension, body).await, 200);
    world.idle().await;
    let item = items(&world, &bodies).await.pop().unwrap();
    assert_eq!(item["v"], number(99), "the newer release's mark is not taken away");
    assert_eq!(item.keys().filter(|name| name.len() == 17 && name.starts_with('e')).count(), 3);
    world.retry_after(AFTER_THE_HOLD).await;
    assert_eq!(world.retry_after(Duration::from_mins(30)).await.swept, 0, "not in every run");
    assert!(world.due().await > 0, "but it is not forgotten");
    // The newer release, which reads it.
    set(&world, &pk, &sk, "v", number(1)).await;
    world.retry_after(Duration::from_mins(31)).await;
    recover(&world).await;
    verify(&world, &expected, "after the deploy").await;
}

#[tokio::test]
async fn connection_that_cannot_be_read_holds_its_calls_until_it_is_repaired() {
    for (attribute, value) in [("v", number(99)), ("data", broken())] {
        let (world, bodies) = (World::start().await, fixture!("queue_missed_behind_menu"));
        let expected = expected(&bodies).await;
        post_until_taken(&world, &bodies).await;
        let pk = keys::connection(world.connection);
        let client = world.aws.dynamodb();
        let get = client.get_item().table_name(&world.table).key("pk", AttributeValue::S(pk.clone()));
        let before =
            get.key("sk", AttributeValue::S(keys::META.to_owned())).send().await.unwrap().item.unwrap();
        set(&world, &pk, keys::META, attribute, value).await;
        let (extension, body) = fixture!("answered")[0];
        assert_eq!(world.post(extension, body).await, 503, "nothing is pretended");
        for _ in 0..3 {
            let report = world.retry_after(AFTER_THE_HOLD).await;
            assert_eq!((report.swept, report.settled, report.failed), (1, 0, 1), "once in each run");
        }
        set(&world, &pk, keys::META, attribute, before[attribute].clone()).await;
        recover(&world).await;
        verify(&world, &expected, attribute).await;
    }
}

#[tokio::test]
async fn work_that_fails_does_not_stand_in_the_way_of_other_work() {
    let (world, bodies) = (World::start().await, fixture!("queue_missed_behind_menu"));
    let expected = expected(&bodies).await;
    let broken_one = ConnectionId::random(world.deps.random.as_ref());
    set(&world, &keys::connection(broken_one), keys::META, "v", number(99)).await;
    let shard = keys::due_shard(&partition(&world, &bodies));
    // More than one look at the index takes in, all due for longer than the healthy call, in its shard.
    let mut planted = 0;
    let (client, text) = (world.aws.dynamodb(), |text: &str| AttributeValue::S(text.to_owned()));
    for call in 0..u32::MAX {
        let mut bytes = [0; 16];
        bytes[..4].copy_from_slice(&call.to_be_bytes());
        let pk = keys::call(broken_one, bytes);
        let put =
            client.put_item().table_name(&world.table).item("pk", text(&pk)).item("sk", text(keys::CALL));
        let put = put
            .item("call_id", text("x"))
            .item("rev", number(1))
            .item("due_at", number(1))
            .item("due_shard", text(&shard));
        put.send().await.unwrap();
        planted += 1;
        if planted == 130 {
            break;
        }
    }
    post_until_taken(&world, &bodies).await;
    let report = world.retry_after(AFTER_THE_HOLD).await;
    assert_eq!((report.failed, report.settled, report.out_of_time), (130, 1, false));
    let found: Vec<_> = logged(&world).iter().map(super::essence).collect();
    assert_eq!(found, expected);
}
