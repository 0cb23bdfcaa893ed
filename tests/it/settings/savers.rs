//! Two processes save mappings of one connection at once, at whatever pace: the one that was saved last is carried
//! out, and nothing of an older one comes after it.

use std::collections::BTreeMap;
use std::pin::pin;
use std::time::Duration;

use futures_util::future::{Either, select};
use http::{Method, StatusCode};
use ringbridge::model::extension::Extension;
use ringbridge::model::ids::{ExtensionId, Random as _};
use serde_json::{Value, json};
use simulators::proxy::ProxyFault;
use simulators::random::SeededRandomness;

use super::world::{IVR, JOHN, MARY, QUEUE, SettingsWorld, ZOE};

/// The user of each phone, as the extensions have it.
async fn users(world: &SettingsWorld) -> BTreeMap<u64, Value> {
    let list = world.get("/api/v1/extensions").await.1;
    let items = list["items"].as_array().expect("a list").iter();
    let phones = items.filter(|one| one["type"] == "phone");
    phones.map(|one| (one["id"].as_u64().expect("an id"), one["crm_user"].clone())).collect()
}

/// The same, as the mapping that was saved last wants it.
async fn wanted(world: &SettingsWorld) -> BTreeMap<u64, Value> {
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
    let world = SettingsWorld::connected().await;
    world.map(&[("u3", &[ZOE])]).await;
    let slow = world.hand().await;
    slow.proxy.fail(Some("TransactWriteItems"), 1, ProxyFault::Hold);
    let newer = async {
        slow.proxy.hangs().beyond(0).await;
        // What this one wants of John's phone is what it already is.
        let saved = world.map(&[("u3", &[ZOE]), ("u1", &[MARY])]).await;
        slow.proxy.release();
        saved
    };
    let (older, newer) = tokio::join!(slow.map(&[("u3", &[ZOE]), ("u2", &[JOHN])]), newer);
    assert_eq!((older.0, newer.0), (StatusCode::OK, StatusCode::OK));
    assert_eq!(users(&world).await, [(MARY, json!("u1")), (JOHN, json!(null)), (ZOE, json!("u3"))].into());
    world.assert_installed(&[MARY, ZOE, QUEUE, IVR]);
}

#[tokio::test]
async fn slower_hand_of_an_older_mapping_takes_nothing_away() {
    let world = SettingsWorld::connected().await;
    world.map(&[("u2", &[JOHN])]).await;
    let slow = world.hand().await;
    slow.proxy.fail(Some("TransactWriteItems"), 1, ProxyFault::Hold);
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

/// Who has which phone: nobody, or one of three.
#[derive(Clone, Copy)]
struct Users([u8; 3]);

impl Users {
    /// Anybody.
    fn drawn(random: &SeededRandomness) -> Self {
        let mut users = [0; 3];
        random.fill(&mut users);
        Self(users.map(|user| user % 4))
    }

    /// One phone given to somebody else, as an administrator does.
    fn changed(mut self, random: &SeededRandomness) -> Self {
        let mut bytes = [0; 2];
        random.fill(&mut bytes);
        let phone = &mut self.0[usize::from(bytes[0] % 3)];
        *phone = (*phone + 1 + bytes[1] % 3) % 4;
        self
    }

    fn phones(self) -> [Vec<u64>; 3] {
        [1, 2, 3].map(|user| {
            let phones = [MARY, JOHN, ZOE].into_iter().zip(self.0);
            phones.filter(|(_, of)| *of == user).map(|(phone, _)| phone).collect()
        })
    }
}

async fn map(world: &SettingsWorld, users: Users) {
    let [first, second, third] = users.phones();
    let (status, body) = world.map(&[("u1", &first), ("u2", &second), ("u3", &third)]).await;
    assert!(status.is_success(), "{body}");
}

/// One administrator's request stands still somewhere, or at its write; others save; it goes on, or never does.
async fn interleaved(seed: u64) -> SettingsWorld {
    let random = SeededRandomness::new(seed);
    let mut bytes = [0; 4];
    random.fill(&mut bytes);
    let [request, at_its_write, again, dies] = bytes;
    let world = SettingsWorld::connected().await;
    let before = Users::drawn(&random);
    map(&world, before).await;
    let slow = world.hand().await;
    let (operation, nth) = match at_its_write % 2 {
        0 => (None, usize::from(request % 14) + 1),
        _ => (Some("TransactWriteItems"), 1),
    };
    slow.proxy.fail(operation, nth, ProxyFault::Hold);
    let [first, second, third] = before.changed(&random).phones();
    let older = [("u1", first.as_slice()), ("u2", &second), ("u3", &third)];
    if let Either::Right((_, saving)) =
        select(pin!(slow.map(&older)), pin!(slow.proxy.hangs().beyond(0))).await
    {
        let newer = before.changed(&random);
        map(&world, newer).await;
        if again % 2 > 0 {
            map(&world, newer.changed(&random)).await;
        }
        slow.proxy.release();
        if dies % 4 > 0 {
            saving.await;
        }
    }
    world
}

#[tokio::test]
async fn what_was_saved_last_is_what_is_carried_out_wherever_another_hand_stands_still_or_dies() {
    for seed in 0..32 {
        let world = interleaved(seed).await;
        for _ in 0..3 {
            world.retry_after(Duration::from_hours(2)).await;
        }
        let wanted = wanted(&world).await;
        assert_eq!(users(&world).await, wanted, "seed {seed}");
        let mapped = wanted.into_iter().filter(|(_, user)| !user.is_null()).map(|(phone, _)| phone);
        let mut installed: Vec<_> = mapped.collect();
        if !installed.is_empty() {
            installed.extend([QUEUE, IVR]);
        }
        world.assert_installed(&installed);
    }
}

#[tokio::test]
async fn hand_that_is_overtaken_before_its_first_event_installs_none() {
    // The first write says when the key was last used.
    for nth in 2..40 {
        let world = SettingsWorld::connected().await;
        let slow = world.hand().await;
        slow.proxy.fail(Some("PutItem"), nth, ProxyFault::Hold);
        let mapped = [("u2", [JOHN].as_slice())];
        match select(pin!(slow.map(&mapped)), pin!(slow.proxy.hangs().beyond(0))).await {
            Either::Left(_) => return,
            Either::Right((_, saving)) => {
                world.map(&[]).await;
                slow.proxy.release();
                saving.await;
            }
        }
        world.retry_after(Duration::from_mins(1)).await;
        // Until the mapping itself is written, the slow one finds a newer one and is refused.
        assert_eq!(users(&world).await, wanted(&world).await, "held at write {nth}");
        world.assert_installed(&[]);
    }
    panic!("a mapping takes fewer writes");
}

#[tokio::test]
async fn hands_that_carry_out_the_same_mapping_do_not_disturb_each_other() {
    let world = SettingsWorld::connected().await;
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

#[tokio::test]
async fn schedule_leaves_the_work_to_the_hand_that_a_person_waits_for() {
    for nth in 1..40 {
        let world = SettingsWorld::connected().await;
        let saving = world.hand().await;
        saving.proxy.fail(Some("PutItem"), nth, ProxyFault::Hold);
        let mapped = [("u1", [MARY].as_slice())];
        match select(pin!(saving.map(&mapped)), pin!(saving.proxy.hangs().beyond(0))).await {
            Either::Left(_) => return,
            Either::Right((_, saved)) => {
                world.requests();
                assert_eq!(world.retry_after(Duration::from_secs(10)).await.failed, 0);
                assert_eq!(world.requests(), Vec::<String>::new(), "held at write {nth}");
                saving.proxy.release();
                let (status, body) = saved.await;
                assert_eq!(status, StatusCode::OK, "held at write {nth}: {body}");
            }
        }
        world.assert_installed(&[MARY, QUEUE, IVR]);
    }
    panic!("a mapping takes fewer writes");
}

#[tokio::test]
async fn extensions_that_change_one_after_the_other_hold_up_no_mapping() {
    let world = SettingsWorld::connected().await;
    let saving = world.hand().await;
    saving.proxy.fail_all(Some("Query"), ProxyFault::Hold);
    let changes = async {
        let mut seen = 0;
        for of in [MARY, JOHN, ZOE, QUEUE, IVR].into_iter().cycle() {
            seen = saving.proxy.hangs().beyond(seen).await;
            let id = ExtensionId::new(of).expect("an id");
            let stored = world.deps.settings.store.extensions(world.id()).await.expect("extensions");
            let stored = stored.into_iter().find(|one| one.value.listed.id == id).expect("it is known");
            let change = |extension: &mut Extension| extension.events.foreign += 1;
            world.deps.settings.store.update_extension(world.id(), stored, change).await.expect("a change");
            saving.proxy.release();
        }
    };
    let mapped = [("u1", &[MARY][..]), ("u2", &[JOHN]), ("u3", &[ZOE])];
    match select(pin!(saving.map(&mapped)), pin!(changes)).await {
        Either::Left(((status, body), _)) => assert!(status.is_success(), "{body}"),
        Either::Right(_) => unreachable!("changes have no end"),
    }
    world.retry_after(Duration::from_mins(1)).await;
    assert_eq!(users(&world).await, wanted(&world).await);
    world.assert_installed(&[MARY, JOHN, ZOE, QUEUE, IVR]);
}
