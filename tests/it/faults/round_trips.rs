//! The budget, counted on the wire: two DynamoDB requests before the CRM is called for a dial and an answer, three for
//! a hangup, none of them a scan, and their number does not grow.

use ringbridge::model::extension::{Extension, ExtensionKind, ListedExtension};
use ringbridge::model::ids::{ConnectionId, ExtensionId};
use ringbridge::model::number::ExtensionNumber;
use ringbridge::storage::Stored;
use simulators::crm::CrmFault;
use simulators::patience::PATIENCE;
use simulators::proxy::Proxies;
use simulators::world::World;

use super::recover;
use crate::calls::{fixture, post};

/// The store's requests until the CRM has this event's last message in hand, which it then keeps waiting.
async fn requests_before_the_crm(world: &World, proxies: &Proxies, event: (u64, &str)) -> Vec<String> {
    let before = world.inbox.counters().requests;
    world.inbox.fail_next(1, &CrmFault::Held);
    proxies.dynamodb.clear();
    let asked = world.inbox.wait_until(|state| state.counters.requests > before, PATIENCE);
    let (status, asked) = tokio::join!(world.post(event.0, event.1.to_owned()), asked);
    assert_eq!((status.as_u16(), asked), (200, true));
    let requests = proxies.dynamodb.requests();
    world.inbox.release();
    world.idle().await;
    requests
}

#[tokio::test]
async fn event_costs_three_requests_before_the_crm_is_called() {
    let (world, proxies) = World::behind_proxies().await;
    // Dial: a pop-up. Answer: another. Hangup: the record, which is claimed.
    for (event, requests) in fixture!("answered").into_iter().zip([2, 2, 3]) {
        let made = requests_before_the_crm(&world, &proxies, event).await;
        assert_eq!(made, ["BatchGetItem", "UpdateItem", "UpdateItem"][..requests]);
    }
}

#[tokio::test]
async fn repeated_event_costs_two_requests() {
    let (world, proxies) = World::behind_proxies().await;
    post(&world, &fixture!("answered")).await;
    recover(&world).await;
    proxies.dynamodb.clear();
    post(&world, &fixture!("answered")).await;
    let requests = proxies.dynamodb.requests();
    assert_eq!(requests, ["BatchGetItem", "UpdateItem"].repeat(3));
}

#[tokio::test]
async fn requests_do_not_grow_with_extensions_connections_or_earlier_calls() {
    let (world, proxies) = World::behind_proxies().await;
    for number in 1_u16..=120 {
        let id = ExtensionId::new(u64::from(number)).unwrap();
        let full = ExtensionNumber::parse(&format!("4821*{:03}", 300 + number)).unwrap();
        let listed =
            ListedExtension { id, number: full, kind: ExtensionKind::Phone, label: None, active: true };
        let extension = Stored::new(Extension::new(listed));
        world.deps.store.save_extension(world.connection, &extension).await.unwrap();
        let mut other = world.deps.store.connection(world.connection).await.unwrap().unwrap().value;
        other.id = ConnectionId::random(world.deps.random.as_ref());
        world.deps.store.save_connection(&Stored::new(other)).await.unwrap();
    }
    // Earlier legs of the same call: a queue rings for the fortieth time.
    let event = fixture!("answered")[0];
    for round in 0..40 {
        let leg = event.1.replace("731205-cc6d", &format!("731205-{round:04}"));
        assert_eq!(world.post(event.0, leg).await, 200);
        world.idle().await;
    }
    for (event, requests) in fixture!("answered").into_iter().zip([2, 2, 3]) {
        let made = requests_before_the_crm(&world, &proxies, event).await;
        assert_eq!(made, ["BatchGetItem", "UpdateItem", "UpdateItem"][..requests]);
    }
}

#[tokio::test]
async fn nothing_is_ever_scanned() {
    let (world, proxies) = World::behind_proxies().await;
    for bodies in [
        fixture!("answered"),
        fixture!("queue_one_answers"),
        fixture!("queue_missed_behind_menu"),
        fixture!("transferred"),
        fixture!("site_callback_lost_in_menu"),
    ] {
        post(&world, &bodies).await;
        recover(&world).await;
    }
    let mut kinds = proxies.dynamodb.requests();
    kinds.sort();
    kinds.dedup();
    assert_eq!(kinds, ["BatchGetItem", "Query", "UpdateItem"]);
}
