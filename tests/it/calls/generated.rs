//! Many generated calls at once, in any order, repeated, concurrent, against a CRM that fails at random: every
//! expected record once, none else, none missing (P1 to P4).

use std::collections::BTreeMap;
use std::time::Duration;

use simulators::pbx::player::{Cast, NAMED, Scenario, encode, script};
use simulators::pbx::{Rng, Tenant};
use simulators::world::World;

use super::logged;

/// What the vendor's rules make of a scenario, read independently of the code: records ended and missed.
#[expect(clippy::match_same_arms, reason = "in the order of the vendor's table, scenario by scenario")]
fn expected(scenario: &Scenario) -> (usize, usize) {
    match scenario {
        Scenario::Answered | Scenario::IvrAnswered | Scenario::QueueAnswered { .. } => (1, 0),
        Scenario::Unanswered(_) | Scenario::IvrAbandoned | Scenario::QueueMissed { .. } => (0, 1),
        // The IVR passed the caller to a phone that nobody took up: its hangup says Bridged=no.
        Scenario::IvrUnanswered(_) => (0, 1),
        Scenario::Transferred { .. } | Scenario::OutgoingTransferred => (2, 0),
        Scenario::OutgoingAnswered | Scenario::OutgoingUnanswered(_) | Scenario::Callback => (1, 0),
        // The rule forwards at once, so the phone itself never rings: one outgoing leg, and nobody missed.
        Scenario::Forwarded { .. } => (1, 0),
        Scenario::ForwardedInside { answered: true } => (1, 0),
        // Forwarded from phone to phone in vain: missed where it rang last.
        Scenario::ForwardedInside { answered: false } => (0, 1),
        Scenario::Internal { .. } => (0, 0),
        Scenario::Widget { bridged: false, .. } => (1, 1),
        Scenario::Widget { bridged: true, .. } => (2, 0),
        Scenario::Hunt { answered } => {
            if *answered {
                (1, 0)
            } else {
                (0, 1)
            }
        }
        // The talk came after the first queue's "no".
        Scenario::SecondQueue { .. } | Scenario::MenuLeavesFirst => (1, 0),
        Scenario::TransferredWithheld => (2, 0),
        Scenario::ConsultationRefused => (1, 0),
        // What the events alone tell; there is no history here to mend it from.
        Scenario::HangupLost => (0, 0),
        Scenario::AnsweredUnheard => (0, 1),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_expected_record_arrives_once() {
    let world = World::start().await;
    let cast = Cast::of(&Tenant::demo().with_second_queue().with_unheard_phone());
    let mut random = Rng::new(20_261);
    let mut wanted = BTreeMap::new();
    let mut posts = Vec::new();
    for round in 0..6_i64 {
        for (place, named) in NAMED.iter().enumerate() {
            let at = 1_788_264_000_000_000 + (round * 100 + i64::try_from(place).unwrap()) * 60_000_000;
            let emissions = script(&named.scenario, &cast, at, &mut random);
            let call = emissions[0].get("CallID").unwrap().to_owned();
            wanted.insert(call, (named.name, expected(&named.scenario)));
            for emission in emissions.into_iter().filter(|emission| !emission.untold) {
                let copies = 1 + random.next_u64() % 2;
                posts.extend((0..copies).map(|_| (emission.extension_id, encode(&emission.fields))));
            }
        }
    }
    random.shuffle(&mut posts);
    world.inbox.fail_at_random(7, 300);
    // Ten at a time, so that events of one call meet.
    for batch in posts.chunks(10) {
        let posted = batch.iter().map(|(extension, body)| world.post(*extension, body.clone()));
        for status in futures_util::future::join_all(posted).await {
            assert_eq!(status, 200);
        }
    }
    world.idle().await;
    world.inbox.heal();
    for _ in 0..8 {
        world.retry_after(Duration::from_mins(8)).await;
    }
    let mut found: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    for record in logged(&world) {
        let counts = found.entry(record.data["call_id"].as_str().unwrap().to_owned()).or_default();
        if record.kind == "call.ended" { counts.0 += 1 } else { counts.1 += 1 }
    }
    let wrong: Vec<_> = wanted
        .iter()
        .map(|(call, (name, counts))| (name, found.remove(call).unwrap_or_default(), counts))
        .filter(|(_, found, wanted)| found != *wanted)
        .collect();
    assert_eq!(wrong, [], "scenario, records found and wanted (ended, missed)");
    assert!(found.is_empty(), "records of calls that never were");
    assert_eq!(world.due_soon().await, 0, "nothing is left due, but legs whose end was lost");
}
