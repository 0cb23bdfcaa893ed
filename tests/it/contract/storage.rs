//! The store: accept, claim, save, list, due.

use std::time::Duration;

use futures_util::future::join_all;
use ringbridge::clock::Timestamp;
use ringbridge::model::call::{ArrivedEvent, CallEvent, LegExtension, RecordId};
use ringbridge::model::extension::ExtensionKind;
use ringbridge::model::ids::{CallId, ConnectionId, ExtensionId, LegId};
use ringbridge::model::notice::NoticeCause;
use ringbridge::model::number::ExtensionNumber;
use ringbridge::storage::{
    Accepted, Arrival, CallItem, Due, HANGUP_BYTES, LEG_BYTES, LegItem, RecordHolder as _, Saved, Span,
    Stored, keys,
};
use simulators::world::{NOON, World};

use super::worlds;
use crate::calls::fixture;

const VISIBILITY: Duration = Duration::from_secs(30);

async fn accept(world: &World, body: &str) -> Accepted<LegItem> {
    accept_sized(world, body, Due::At(NOON)).await
}

async fn accept_sized(world: &World, body: &str, due: Due) -> Accepted<LegItem> {
    let event = CallEvent::parse(body.as_bytes()).unwrap();
    let leg: LegId = event.leg_id().cloned().unwrap();
    let extension = LegExtension {
        id: ExtensionId::new(731_205).unwrap(),
        kind: ExtensionKind::Phone,
        number: ExtensionNumber::parse("4821*205").unwrap(),
    };
    let arrival = Arrival {
        connection: world.connection,
        extension: &extension,
        main: None,
        leg: &leg,
        record: RecordId::of_leg(world.connection, event.call_id(), extension.id, &leg),
        event: &ArrivedEvent::new(NOON, event),
        due,
        tells: None,
        known_legs_only: false,
    };
    world.deps.store.accept(arrival).await.unwrap()
}

fn stored(accepted: Accepted<LegItem>) -> LegItem {
    match accepted {
        Accepted::New(leg) => leg.read().unwrap(),
        Accepted::Repeat(_) | Accepted::Full => panic!("it is new"),
    }
}

#[tokio::test]
async fn event_is_stored_once_and_brings_its_leg_back() {
    for world in worlds(VISIBILITY).await {
        let bodies = fixture!("answered");
        for (place, (_, body)) in bodies.iter().enumerate() {
            let leg = stored(accept(&world, body).await);
            assert_eq!(leg.leg.events().len(), place + 1);
            let event = CallEvent::parse(body.as_bytes()).unwrap();
            assert!(
                leg.leg.events().iter().any(|arrived| arrived.event == event),
                "every field is as it came"
            );
        }
        let Accepted::Repeat(repeated) = accept(&world, bodies[1].1).await else { panic!("it is there") };
        let repeated = repeated.read().unwrap();
        assert_eq!(repeated.leg.events().len(), 3, "the refusal brings the leg too");
        assert_eq!(repeated.record.revision(), 3, "and changes nothing");
    }
}

#[tokio::test]
async fn leg_takes_so_much_and_keeps_room_for_its_hangup() {
    for world in worlds(VISIBILITY).await {
        let [dial, _, hangup] = fixture!("answered").try_into().unwrap();
        let long = |body: &str, number: usize| {
            format!("{body}&Note={}", "x".repeat(3_000))
                .replace("1788264000000000", &format!("17882640000000{number:02}"))
        };
        let mut taken = 0;
        for number in 10..30 {
            taken += usize::from(matches!(accept(&world, &long(dial.1, number)).await, Accepted::New(_)));
        }
        assert!(
            ((LEG_BYTES - HANGUP_BYTES) / 4_096..8).contains(&taken),
            "{taken} events of three kilobytes"
        );
        let leg = stored(accept(&world, hangup.1).await);
        assert_eq!(leg.leg.events().len(), taken + 1);
    }
}

#[tokio::test]
async fn of_racing_claims_one_wins_and_the_others_see_it() {
    for world in worlds(VISIBILITY).await {
        let accepted = stored(accept(&world, fixture!("answered")[0].1).await);
        let claims = (1..=8).map(|number| {
            let (mut leg, store) = (accepted.clone(), &world.deps.store);
            leg.record_mut().due_at = Some(NOON + Duration::from_secs(number));
            async move { (leg.record().due_at, leg.save(store).await.unwrap()) }
        });
        let (mut winners, mut seen) = (Vec::new(), Vec::new());
        for (wanted, saved) in join_all(claims).await {
            match saved {
                Saved::Done(leg) => winners.push((wanted, leg.record().due_at)),
                Saved::Changed(newer) => seen.push(newer.record().due_at),
            }
        }
        let [(wanted, stored)] = winners.try_into().unwrap();
        assert_eq!(wanted, stored);
        assert_eq!(seen, [wanted; 7]);
    }
}

#[tokio::test]
async fn missed_record_is_created_by_one_of_two() {
    for world in worlds(VISIBILITY).await {
        let mut missed = CallItem::blank(world.connection, &CallId::parse("x").unwrap());
        missed.record_mut().due_at = Some(NOON);
        assert!(matches!(missed.save(&world.deps.store).await.unwrap(), Saved::Done(_)));
        let Saved::Changed(newer) = missed.save(&world.deps.store).await.unwrap() else {
            panic!("it exists")
        };
        assert_eq!(newer.record().due_at, Some(NOON));
    }
}

#[tokio::test]
async fn due_index_holds_what_is_due_and_nothing_else() {
    for world in worlds(VISIBILITY).await {
        let first = stored(accept(&world, fixture!("answered")[0].1).await);
        accept(&world, fixture!("rang_in_vain")[0].1).await;
        assert_eq!(world.due().await, 2);
        for shard in keys::due_shards() {
            let early = world.deps.store.due(&shard, NOON - Duration::from_secs(1), None, 10).await.unwrap();
            assert!(early.items.is_empty(), "not before its time");
        }
        let mut leg = first;
        leg.record_mut().due_at = None;
        assert!(matches!(leg.save(&world.deps.store).await.unwrap(), Saved::Done(_)));
        assert_eq!(world.due().await, 1);
    }
}

#[tokio::test]
async fn due_index_is_read_page_by_page() {
    for world in worlds(VISIBILITY).await {
        let shard = "D0";
        let mut calls = Vec::new();
        // Which calls fall into a shard depends on the connection's random id.
        let all = (0..=u8::MAX).map(|call| CallId::parse(&format!("call{call}")).unwrap());
        let shard_of = |call: &CallId| {
            let key = RecordId::call_key(world.connection, call);
            keys::due_shard(&keys::call(world.connection, key))
        };
        for call in all.filter(|call| shard_of(call) == shard).take(5) {
            let mut missed = CallItem::blank(world.connection, &call);
            missed.record_mut().due_at = Some(NOON);
            missed.save(&world.deps.store).await.unwrap();
            calls.push(call);
        }
        assert_eq!(calls.len(), 5);
        let (mut cursor, mut found) = (None, 0);
        for _ in 0..=calls.len() {
            let page = world.deps.store.due(shard, NOON, cursor, 2).await.unwrap();
            assert!(page.items.len() <= 2);
            found += page.items.len();
            cursor = page.cursor;
            if cursor.is_none() {
                break;
            }
        }
        assert_eq!(found, calls.len());
    }
}

#[tokio::test]
async fn records_are_listed_newest_first_and_page_by_page() {
    for world in worlds(VISIBILITY).await {
        for bodies in [fixture!("answered"), fixture!("called_out"), fixture!("transferred")] {
            crate::calls::post(&world, &bodies).await;
        }
        let (mut cursor, mut started) = (None, Vec::new());
        loop {
            let span = Span {
                from: NOON - Duration::from_hours(9),
                to: NOON + Duration::from_hours(9),
                cursor: cursor.as_deref(),
                limit: 1,
            };
            let page = world.deps.store.records(world.connection, span).await.unwrap();
            started.extend(page.items.iter().map(|listed| listed.delivery.record.started_at));
            cursor = page.cursor;
            if cursor.is_none() {
                break;
            }
        }
        assert_eq!(started.len(), 4);
        assert!(started.is_sorted_by(|newer, older| newer >= older));
        let before = Span { from: Timestamp::default(), to: started[3], cursor: None, limit: 10 };
        assert!(world.deps.store.records(world.connection, before).await.unwrap().items.is_empty());
    }
}

#[tokio::test]
async fn document_is_written_only_as_it_was_read() {
    for world in worlds(VISIBILITY).await {
        let stored = world.deps.store.connection(world.connection).await.unwrap().unwrap();
        let mut renamed = stored.clone();
        renamed.value.name = "Renamed".to_owned();
        assert!(matches!(world.deps.store.save_connection(&renamed).await.unwrap(), Saved::Done(_)));
        let Saved::Changed(newer) = world.deps.store.save_connection(&stored).await.unwrap() else {
            panic!("it changed")
        };
        assert_eq!(newer.value.name, "Renamed");
        let again = Stored::new(stored.value);
        assert!(
            matches!(world.deps.store.save_connection(&again).await.unwrap(), Saved::Changed(_)),
            "it exists"
        );
        let nobody = ConnectionId::random(world.deps.random.as_ref());
        assert!(world.deps.store.connection(nobody).await.unwrap().is_none());
    }
}

#[tokio::test]
async fn notice_is_counted_and_taken_back() {
    for world in worlds(VISIBILITY).await {
        for second in 1..=3 {
            let now = NOON + Duration::from_secs(second);
            world
                .deps
                .store
                .raise_notice(world.connection, &NoticeCause::GaveUp, "text", "advice", now)
                .await
                .unwrap();
        }
        let notices = world.deps.store.notices(world.connection).await.unwrap();
        assert_eq!((notices.len(), notices[0].count), (1, 3));
        assert_eq!(
            (notices[0].first_at, notices[0].last_at),
            (NOON + Duration::from_secs(1), NOON + Duration::from_secs(3))
        );
        world.deps.store.resolve_notice(world.connection, &NoticeCause::GaveUp.key()).await.unwrap();
        assert!(world.deps.store.notices(world.connection).await.unwrap().is_empty());
    }
}
