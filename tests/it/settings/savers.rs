//! Two processes save mappings of one connection at once, at whatever pace: the one that was saved last is carried
//! out, and nothing of an older one comes after it.

use std::collections::BTreeMap;
use std::pin::pin;
use std::time::Duration;

use futures_util::future::{Either, select};
use http::{Method, StatusCode};
use integration_tests::proxy::Fault;
use integration_tests::random::SeededRandomness;
use ringbridge::ids::Random as _;
use serde_json::{Value, json};

use super::world::{IVR, JOHN, MARY, QUEUE, World, ZOE};

/// The user of each phone, as the extensions have it.
async fn users(world: &World) -> BTreeMap<u64, Value> {
    let list = world.get("/api/v1/extensions").await.1;
    let items = list["items"].as_array().expect("a list").iter();
    let phones = items.filter(|one| one["type"] == "phone");
    phones.map(|one| (one["id"].as_u64().expect("an id"), one["crm_user"].clone())).collect()
}

/// The same, as the mapping that was saved last wants it.
async fn wanted(world: &World) -> BTreeMap<u64, Value> {
    let mapping = world.get("/api/v1/mapping").await.1;
    let mut wanted: BTreeMap<_, _> = [MARY, JOHN, ZOE].map(|phone| (phone, Value::Null)).into();
    for user in mapping["users"].as_array().expect("users") {
        for phone in user["extension_ids"].as_array().expect("phones") {
            wanted.insert(phone.as_u64().expect("an id"), user["crm_user"].clone());
        }
    }
    wanted
}

#[tokio::test]
async fn slower_hand_of_an_older_mapping_writes_nothing_any_more() {
    let world = World::connected().await;
    let slow = world.hand().await;
    slow.proxy.fail(Some("TransactWriteItems"), 1, Fault::Hold);
    let newer = async {
        slow.proxy.hangs().beyond(0).await;
        // What this one wants of John's phone is what it already is.
        let saved = world.map(&[("u1", &[MARY])]).await;
        slow.proxy.release();
        saved
    };
    let (older, newer) = tokio::join!(slow.map(&[("u2", &[JOHN])]), newer);
    assert_eq!((older.0, newer.0), (StatusCode::OK, StatusCode::OK));
    assert_eq!(users(&world).await, [(MARY, json!("u1")), (JOHN, json!(null)), (ZOE, json!(null))].into());
    world.assert_installed(&[MARY, QUEUE, IVR]);
}

#[tokio::test]
async fn slower_hand_of_an_older_mapping_takes_nothing_away() {
    let world = World::connected().await;
    world.map(&[("u2", &[JOHN])]).await;
    let slow = world.hand().await;
    slow.proxy.fail(Some("TransactWriteItems"), 1, Fault::Hold);
    let newer = async {
        slow.proxy.hangs().beyond(0).await;
        let saved = world.map(&[("u2", &[JOHN]), ("u1", &[MARY])]).await;
        slow.proxy.release();
        saved
    };
    let (_, newer) = tokio::join!(slow.map(&[]), newer);
    assert_eq!(newer.0, StatusCode::OK);
    assert_eq!(users(&world).await, wanted(&world).await);
    world.assert_installed(&[MARY, JOHN, QUEUE, IVR]);
}

/// A mapping by the bits of a number: two for each phone, of which one combination is nobody.
fn drawn(random: &SeededRandomness) -> Vec<(&'static str, Vec<u64>)> {
    let mut byte = [0];
    random.fill(&mut byte);
    let of = |user: u8| {
        let phones = [MARY, JOHN, ZOE].into_iter().enumerate();
        phones.filter(|(at, _)| byte[0] >> (2 * at) & 3 == user).map(|(_, phone)| phone).collect()
    };
    vec![("u1", of(1)), ("u2", of(2)), ("u3", of(3))]
}

fn lent<'a>(users: &'a [(&'static str, Vec<u64>)]) -> Vec<(&'a str, &'a [u64])> {
    users.iter().map(|(user, phones)| (*user, phones.as_slice())).collect()
}

#[tokio::test]
async fn what_was_saved_last_is_what_is_carried_out_wherever_another_hand_stands_still_or_dies() {
    for seed in 0..32 {
        let random = SeededRandomness::new(seed);
        let mut bytes = [0; 3];
        random.fill(&mut bytes);
        let [request, others, dies] = bytes;
        let world = World::connected().await;
        world.map(&lent(&drawn(&random))).await;
        let slow = world.hand().await;
        slow.proxy.fail(None, usize::from(request % 14) + 1, Fault::Hold);
        let (older, newer) = (drawn(&random), [drawn(&random), drawn(&random)]);
        let older = lent(&older);
        let held = slow.proxy.hangs().beyond(0);
        match select(pin!(slow.map(&older)), pin!(held)).await {
            // It was through before.
            Either::Left(_) => {}
            Either::Right((_, saving)) => {
                for users in newer.iter().take(usize::from(others % 2) + 1) {
                    assert!(world.map(&lent(users)).await.0.is_success());
                }
                slow.proxy.release();
                if dies % 4 > 0 {
                    saving.await;
                }
            }
        }
        for _ in 0..3 {
            world.retry_after(Duration::from_mins(1)).await;
        }
        assert_eq!(users(&world).await, wanted(&world).await, "seed {seed}");
        let mut installed: Vec<_> =
            wanted(&world).await.into_iter().filter(|(_, user)| !user.is_null()).collect();
        installed.extend(
            [QUEUE, IVR]
                .map(|place| (place, json!("all")))
                .into_iter()
                .filter(|_| !installed.is_empty())
                .collect::<Vec<_>>(),
        );
        world.assert_installed(&installed.into_iter().map(|(id, _)| id).collect::<Vec<_>>());
    }
}

#[tokio::test]
async fn hands_that_carry_out_the_same_mapping_do_not_disturb_each_other() {
    let world = World::connected().await;
    let other = world.hand().await;
    let body = json!({});
    let mapped = [("u1", &[MARY][..]), ("u2", &[JOHN])];
    let (saved, again) =
        tokio::join!(world.map(&mapped), other.request(Method::POST, "/api/v1/provisioning/retry", &body));
    assert!(saved.0.is_success() && again.0.is_success(), "{saved:?} {again:?}");
    world.retry_after(Duration::from_mins(1)).await;
    assert_eq!(users(&world).await, wanted(&world).await);
    world.assert_installed(&[MARY, JOHN, QUEUE, IVR]);
}
