//! What settings cost the store, counted on the wire: what does not change is not written, and what is much is written
//! in batches.

use futures_util::future::join_all;
use http::{Method, StatusCode};
use ringbridge::flow::RetryDeps;
use ringbridge::model::agent::AgentList;
use ringbridge::model::connection::Connection;
use ringbridge::model::extension::{Extension, ExtensionKind, SubscribedKind};
use ringbridge::model::ids::{ConnectionId, CrmUserId, HandlerId};
use ringbridge::model::mapping::{MappedUser, Mapping};
use ringbridge::model::token::{AdminKey, EventToken};
use ringbridge::storage::{Saved, Stored};
use serde_json::{Value, json};
use simulators::pbx::Tenant;

use super::hand::Hand;
use super::world::{CLIENT, SettingsWorld};

const PHONES: usize = 400;

/// The connection of the administrator's key.
fn connection(key: &str) -> ConnectionId {
    AdminKey::parse(key).expect("a key").connection
}

/// Marks every phone as mapped and provided for, as it is long after somebody mapped it, and says who has which.
async fn long_mapped(deps: &RetryDeps, id: ConnectionId) -> Vec<(String, u64)> {
    let store = &deps.settings.store;
    let mut users = Vec::new();
    for stored in store.extensions(id).await.unwrap() {
        let extension = &stored.value;
        let phone = extension.listed.kind == ExtensionKind::Phone;
        let user = format!("user-{}", extension.listed.id);
        if phone {
            users.push((user.clone(), extension.listed.id.get()));
        }
        let token = EventToken::random(id, extension.listed.id, deps.settings.random.as_ref());
        let put = |one: &mut Extension| {
            one.crm_user = CrmUserId::parse(&user).filter(|_| phone);
            one.mapping_version = 1;
            one.events.wanted = one.listed.kind != ExtensionKind::Fax;
            one.events.tokens = vec![token.digest()];
            one.events.installed = [(SubscribedKind::Hangup, HandlerId::new(7).unwrap())].into();
        };
        store.update_extension(id, stored, put).await.unwrap();
    }
    let list = store.agents(id).await.unwrap().list;
    let read = |list: &mut AgentList| *list = AgentList { wanted: true, ..AgentList::default() };
    store.update_agent_list(id, list, read).await.unwrap();
    let user = |(user, phone): &(String, u64)| MappedUser {
        crm_user: CrmUserId::parse(user).unwrap(),
        extension_ids: vec![ringbridge::model::ids::ExtensionId::new(*phone).unwrap()],
    };
    let mapping =
        Mapping { version: 1, users: users.iter().map(user).collect(), applied: true, due_at: None };
    assert!(matches!(store.save_mapping(id, &Stored::new(mapping)).await.unwrap(), Saved::Done(_)));
    users
}

/// A connection with 400 phones in long use, and another process to work on it.
async fn large() -> (SettingsWorld, Hand, Vec<(String, u64)>) {
    let mut world = SettingsWorld::with(vec![Tenant::demo().with_phones(PHONES - 3)], &[]).await;
    world.connect().await;
    let users = long_mapped(&world.deps, connection(&world.key)).await;
    let hand = world.hand().await;
    (world, hand, users)
}

fn body(users: &[(String, u64)]) -> Value {
    let users: Vec<_> =
        users.iter().map(|(user, phone)| json!({"crm_user": user, "extension_ids": [phone]})).collect();
    json!({ "users": users })
}

#[tokio::test]
async fn change_of_one_user_costs_as_much_among_400_phones_as_among_three() {
    let (world, hand, mut users) = large().await;
    assert_eq!(users.len(), PHONES);
    world.requests();
    users[7].0 = "somebody-else".to_owned();
    let (status, answer) = hand.request(Method::PUT, "/api/v1/mapping", &body(&users)).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    let requests = hand.proxy.requests();
    assert!(requests.len() <= 24, "{} requests: {requests:#?}", requests.len());
    assert_eq!(requests.iter().filter(|one| *one == "TransactWriteItems").count(), 1);
    let changed = world.get("/api/v1/extensions").await.1;
    let changed = changed["items"].as_array().unwrap().iter().find(|one| one["id"] == users[7].1).unwrap();
    assert_eq!(changed["crm_user"], "somebody-else");
    assert!(world.requests().is_empty(), "the PBX has nothing to do with it");
}

#[tokio::test]
async fn change_of_one_user_does_not_wait_for_what_is_left_of_400_phones() {
    let mut world = SettingsWorld::with(vec![Tenant::demo().with_phones(PHONES - 3)], &[]).await;
    world.connect().await;
    let extensions = world.deps.settings.store.extensions(connection(&world.key)).await.unwrap();
    let phones = extensions.iter().filter(|one| one.value.listed.kind == ExtensionKind::Phone);
    let mut users: Vec<_> =
        phones.map(|one| (format!("u{}", one.value.listed.id), one.value.listed.id.get())).collect();
    let hand = world.hand().await;
    assert_eq!(hand.request(Method::PUT, "/api/v1/mapping", &body(&users)).await.0, StatusCode::ACCEPTED);
    world.requests();
    hand.proxy.clear();
    users[399].0 = "somebody-else".to_owned();
    let (status, _) = hand.request(Method::PUT, "/api/v1/mapping", &body(&users)).await;
    assert_eq!(status, StatusCode::ACCEPTED, "the others are still under way");
    let (store, pbx) = (hand.proxy.requests(), world.requests());
    assert!(store.len() <= 32 && pbx.len() <= 5, "{} and {}: {store:?} {pbx:?}", store.len(), pbx.len());
    // The others go on by themselves.
    world.retry().await;
    assert!(!world.requests().is_empty());
}

#[tokio::test]
async fn new_mapping_of_400_phones_is_carried_out_in_batches() {
    let mut world = SettingsWorld::with(vec![Tenant::demo().with_phones(PHONES - 3)], &[]).await;
    world.connect().await;
    let id = connection(&world.key);
    let hand = world.hand().await;
    let extensions = world.deps.settings.store.extensions(id).await.unwrap();
    let phones = extensions.iter().filter(|one| one.value.listed.kind == ExtensionKind::Phone);
    let users: Vec<_> =
        phones.map(|one| (format!("u{}", one.value.listed.id), one.value.listed.id.get())).collect();
    let (status, _) = hand.request(Method::PUT, "/api/v1/mapping", &body(&users)).await;
    assert!(status.is_success());
    let batches = hand.proxy.requests().iter().filter(|one| *one == "TransactWriteItems").count();
    // 400 phones, a menu and a queue, 25 at a time.
    assert_eq!(batches, 17);
    let extensions = world.deps.settings.store.extensions(id).await.unwrap();
    assert_eq!(extensions.iter().filter(|one| one.value.crm_user.is_some()).count(), PHONES);
}

#[tokio::test]
async fn connecting_and_disconnecting_400_phones_takes_batches() {
    let mut world = SettingsWorld::with(vec![Tenant::demo().with_phones(PHONES - 3)], &[]).await;
    let hand = world.hand().await;
    let (status, answer) = hand.request(Method::POST, "/api/v1/connections", &world.form()).await;
    assert_eq!(status, StatusCode::CREATED, "{answer}");
    let requests = hand.proxy.requests();
    assert!(requests.len() <= 30, "{} requests: {requests:#?}", requests.len());
    answer["admin_key"].as_str().unwrap().clone_into(&mut world.key);
    let listed = world.get("/api/v1/extensions").await.1;
    assert_eq!(listed["items"].as_array().unwrap().len(), PHONES + 3);

    let hand = world.hand().await;
    assert_eq!(hand.request(Method::DELETE, "/api/v1/connection", &json!({})).await.0, StatusCode::OK);
    let requests = hand.proxy.requests();
    assert!(requests.len() <= 56, "{} requests: {requests:#?}", requests.len());
    assert_eq!(world.items().await, 0);
}

#[tokio::test]
async fn account_that_is_connected_twice_at_once_keeps_what_the_first_one_mapped() {
    let mut world = SettingsWorld::start().await;
    let slow = world.hand().await;
    slow.proxy.fail(Some("TransactWriteItems"), 1, simulators::proxy::ProxyFault::Hold);
    let form = world.form();
    let connecting = slow.request(Method::POST, "/api/v1/connections", &form);
    let quicker = async {
        slow.proxy.hangs().beyond(0).await;
        world.connect().await;
        world.map_all().await;
        slow.proxy.release();
    };
    let (later, ()) = tokio::join!(connecting, quicker);
    assert_eq!(later.0, StatusCode::CREATED, "{}", later.1);
    later.1["admin_key"].as_str().unwrap().clone_into(&mut world.key);
    let list = world.get("/api/v1/extensions").await.1;
    let mapped = list["items"].as_array().unwrap().iter().filter(|one| !one["crm_user"].is_null());
    assert_eq!(mapped.count(), 3);
    assert_eq!(later.1["pbx"]["client_id"], CLIENT);
}

#[tokio::test]
async fn change_that_changes_nothing_is_not_written() {
    let world = SettingsWorld::connected().await;
    let hand = world.hand().await;
    let name = hand.request(Method::GET, "/api/v1/connection", &json!({})).await.1["name"].clone();
    hand.proxy.clear();
    let (status, _) = hand.request(Method::PATCH, "/api/v1/connection", &json!({ "name": name })).await;
    assert_eq!(status, StatusCode::OK);
    let requests = hand.proxy.requests();
    assert!(!requests.iter().any(|one| one == "PutItem"), "{requests:?}");
}

#[tokio::test]
async fn hundred_recoveries_side_by_side_write_the_connection_once() {
    let world = SettingsWorld::connected().await;
    let hand = world.hand().await;
    let (store, id) = (&hand.deps.calls.store, connection(&world.key));
    let failing = |connection: &mut Connection| connection.failing_since = Some(super::world::NOON);
    let stored = store.connection(id).await.unwrap().unwrap();
    let stored = store.update_connection(stored, failing).await.unwrap();
    hand.proxy.clear();
    let recovered = |connection: &mut Connection| connection.failing_since = None;
    let all = (0..100).map(|_| store.update_connection(stored.clone(), recovered));
    assert!(join_all(all).await.iter().all(|one| one.as_ref().unwrap().value.failing_since.is_none()));
    // The first one wrote; each of the others was told so by its one attempt.
    assert_eq!(hand.proxy.requests().len(), 100);
    hand.proxy.clear();
    let again = store.connection(id).await.unwrap().unwrap();
    store.update_connection(again, recovered).await.unwrap();
    assert_eq!(hand.proxy.requests(), ["GetItem"]);
}
