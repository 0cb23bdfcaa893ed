//! DynamoDB leaves part of a batch undone, as it does when it is asked too much: the rest is asked for again, later each
//! time, and not for ever.

use std::time::Duration;

use http::StatusCode;
use ringbridge::clock::Clock as _;
use ringbridge::model::extension::{Extension, ExtensionKind, ListedExtension};
use ringbridge::model::ids::ExtensionId;
use ringbridge::model::number::ExtensionNumber;
use ringbridge::storage::Stored;
use simulators::proxy::ProxyFault;
use simulators::world::World;

use crate::calls::fixture;

/// More than two batches of a read.
const PHONES: u64 = 240;

async fn with_phones() -> (World, simulators::proxy::Proxies, Vec<ExtensionId>) {
    let (world, proxies) = World::behind_proxies().await;
    let new = (1..=PHONES).map(|number| {
        let id = ExtensionId::new(number).unwrap();
        let full = ExtensionNumber::parse(&format!("4821*{:03}", 300 + number)).unwrap();
        Stored::new(Extension::new(ListedExtension {
            id,
            number: full,
            kind: ExtensionKind::Phone,
            label: None,
            active: true,
        }))
    });
    let new: Vec<_> = new.collect();
    world.deps.store.save_new_extensions(world.connection, &new).await.unwrap();
    proxies.dynamodb.clear();
    (world, proxies, new.into_iter().map(|one| one.value.listed.id).collect())
}

#[tokio::test]
async fn all_extensions_that_are_asked_for_are_read() {
    let (world, proxies, ids) = with_phones().await;
    let twice: Vec<_> = ids.iter().chain(&ids).copied().collect();
    let (connection, found) = world.deps.store.connection_with(world.connection, &twice).await.unwrap();
    assert!(connection.is_some());
    let mut found: Vec<_> = found.into_iter().map(|one| one.listed.id).collect();
    found.sort();
    assert_eq!(found, ids);
    assert_eq!(proxies.dynamodb.requests(), ["BatchGetItem"; 3]);
}

#[tokio::test]
async fn read_that_is_left_undone_is_repeated_later_each_time() {
    let (world, proxies) = World::behind_proxies().await;
    for _ in 0..3 {
        proxies.dynamodb.fail(Some("BatchGetItem"), 1, ProxyFault::Undone);
    }
    let (began, (extension, body)) = (world.clock.now(), fixture!("answered")[0]);
    assert_eq!(world.post(extension, body).await, StatusCode::OK);
    let waited = world.clock.now().since(began);
    let (least, most) = (Duration::from_millis(87), Duration::from_millis(176));
    assert!(least < waited && waited < most, "25, 50 and 100 ms at most, half of it at least: {waited:?}");
    assert_eq!(proxies.dynamodb.requests()[..4], ["BatchGetItem"; 4]);
}

#[tokio::test]
async fn read_that_is_left_undone_for_ever_fails_within_seconds() {
    let (world, proxies) = World::behind_proxies().await;
    proxies.dynamodb.fail_all(Some("BatchGetItem"), ProxyFault::Undone);
    let (began, (extension, body)) = (world.clock.now(), fixture!("answered")[0]);
    assert_eq!(world.post(extension, body).await, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(proxies.dynamodb.requests(), ["BatchGetItem"; 8]);
    assert!(world.clock.now().since(began) < Duration::from_secs(3));
}

#[tokio::test]
async fn removal_that_is_left_undone_is_repeated() {
    let (world, proxies, ids) = with_phones().await;
    for nth in [1, 4] {
        proxies.dynamodb.fail(Some("BatchWriteItem"), nth, ProxyFault::Undone);
    }
    world.deps.store.delete_extensions(world.connection, ids.iter().copied()).await.unwrap();
    assert_eq!(proxies.dynamodb.requests(), ["BatchWriteItem"; 12], "25 at a time, and two once more");
    let (_, left) = world.deps.store.connection_with(world.connection, &ids).await.unwrap();
    assert!(left.is_empty());
}
