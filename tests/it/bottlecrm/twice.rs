//! One call, once: lost answers, crashes, attempts that met, and long timelines.

use std::time::Duration;

use ringbridge::crm::{Connector as _, Message, Step};
use ringbridge::model::call::CallRecord;
use ringbridge::model::connection::{Policy, UnknownContact};
use ringbridge::model::delivery::Progress;
use serde_json::json;
use simulators::bottlecrm::BottleFault;
use simulators::world::NOON;

use super::{Direct, answered};

const CREATE: &str = "POST interactions";

#[tokio::test]
async fn answer_that_is_lost_at_any_request_makes_no_second_call_or_contact() {
    let whole = ["GET users", "POST contacts/duplicates", "POST leads/duplicates", "POST contacts", CREATE];
    for lost in whole {
        for fault in
            [BottleFault::LostAnswer, BottleFault::Endless, BottleFault::Html, BottleFault::Status(502)]
        {
            let direct =
                Direct::start(Policy { unknown_contact: UnknownContact::Contact, ..Policy::default() });
            let (record, ann) = (answered(), direct.profile(1));
            let message = direct.message(&record, Some(&ann));
            let mut progress = Progress::default();
            direct.crm.fail(Some(lost), fault);
            assert!(direct.deliver(&message, &mut progress).await.is_err(), "{lost} is not asked");
            let again = Message { perhaps_delivered: true, ..message };
            direct.deliver(&again, &mut progress).await.unwrap();
            let contacts = direct.crm.state().cards.len();
            assert_eq!((contacts, direct.crm.logged().len()), (1, 1), "{lost} {fault:?}");
        }
    }
}

#[tokio::test]
async fn later_revision_finds_what_an_earlier_one_may_have_made_wherever_the_number_leads_by_then() {
    let (direct, first) = Direct::knowing(Policy::default());
    let (record, ann) = (answered(), direct.profile(1));
    let mut progress = Progress::default();
    direct.crm.fail(Some(CREATE), BottleFault::LostAnswer);
    let message = direct.message(&record, Some(&ann));
    direct.deliver(&message, &mut progress).await.unwrap_err();
    direct.crm.state().add(
        simulators::bottlecrm::Kind::Contact,
        super::NUMBER,
        NOON + Duration::from_mins(1),
    );
    progress.done.clear();
    let longer = CallRecord { talk_micros: 90_000_000, ..record.clone() };
    let again = Message { revision: 2, perhaps_delivered: true, ..direct.message(&longer, Some(&ann)) };
    direct.deliver(&again, &mut progress).await.unwrap();
    let [call] = direct.crm.logged().try_into().unwrap();
    assert_eq!((&call["contact"], &call["duration_seconds"]), (&first.into(), &90.into()));
}

#[tokio::test]
async fn crash_after_the_contact_was_made_goes_on_with_it() {
    let direct = Direct::start(Policy { unknown_contact: UnknownContact::Contact, ..Policy::default() });
    let (record, ann) = (answered(), direct.profile(1));
    let message = direct.message(&record, Some(&ann));
    let mut progress = Progress::default();
    // Looked up, then made; the process dies before the contact's id is stored.
    for _ in 0..2 {
        let step = direct.connector.step(direct.access(), &message, &progress).await.unwrap();
        let Step::Next(next) = step else { panic!("{step:?}") };
        if direct.crm.state().cards.is_empty() {
            progress = next;
        }
    }
    assert_eq!(direct.crm.state().cards.len(), 1);
    let again = Message { perhaps_delivered: true, ..message };
    direct.deliver(&again, &mut progress).await.unwrap();
    assert_eq!((direct.crm.logged().len(), direct.crm.state().cards.len()), (1, 1));
    assert_eq!(direct.crm.state().count("POST contacts"), 1);
}

#[tokio::test]
async fn twins_of_two_attempts_that_met_become_one() {
    let (direct, contact) = Direct::knowing(Policy::default());
    let (record, ann) = (answered(), direct.profile(1));
    let message = direct.message(&record, Some(&ann));
    for _ in 0..2 {
        direct.deliver(&message, &mut Progress::default()).await.unwrap();
    }
    assert_eq!(direct.crm.logged().len(), 2, "there is no key against repeats");
    let mut progress = Progress::default().with_id("bound", format!("contact:{contact}"));
    let again = Message { perhaps_delivered: true, ..message };
    let noted = format!("Call back!\n{}", direct.crm.logged()[1]["body"].as_str().unwrap());
    direct.crm.state().interactions[1]["body"] = noted.into();
    direct.deliver(&again, &mut progress).await.unwrap();
    assert_eq!(direct.crm.logged().len(), 2, "what a person wrote into is not ours to remove");
    direct.crm.state().interactions.remove(1);
    direct.deliver(&direct.message(&record, Some(&ann)), &mut Progress::default()).await.unwrap();
    direct.deliver(&again, &mut progress).await.unwrap();
    assert_eq!(direct.crm.logged().len(), 1);
}

/// Entries on the caller's contact since their call.
fn crowd(direct: &Direct, contact: &str, count: u64) {
    let mut state = direct.crm.state();
    for place in 0..count {
        let at = NOON + Duration::from_secs(60 + place);
        state
            .interactions
            .push(json!({ "id": format!("e-{place}"), "kind": "email", "contact": contact, "lead": null,
            "occurred_at": at.rfc3339(), "body": "x".repeat(2_000) }));
    }
}

#[tokio::test]
async fn call_is_found_behind_what_came_after_it_and_a_timeline_without_an_end_is_said() {
    for (count, found) in [(250, true), (600, false)] {
        let (direct, contact) = Direct::knowing(Policy::default());
        let (record, ann) = (answered(), direct.profile(1));
        let message = direct.message(&record, Some(&ann));
        let mut progress = Progress::default();
        direct.crm.fail(Some(CREATE), BottleFault::LostAnswer);
        direct.deliver(&message, &mut progress).await.unwrap_err();
        crowd(&direct, &contact, count);
        let again = Message { perhaps_delivered: true, ..message };
        let told = direct.deliver(&again, &mut progress).await;
        assert_eq!(direct.crm.logged().len(), 1, "{count}");
        assert_eq!(told.is_ok(), found, "{count}");
        if let Err(error) = told {
            assert!(error.to_string().contains("look there by hand"), "{error}");
        }
    }
}

#[tokio::test]
async fn look_ends_where_older_entries_begin() {
    let (direct, contact) = Direct::knowing(Policy::default());
    crowd(&direct, &contact, 300);
    for entry in &mut direct.crm.state().interactions {
        entry["occurred_at"] = "2026-08-01T12:00:00Z".into();
    }
    let (record, ann) = (answered(), direct.profile(1));
    let message = Message { perhaps_delivered: true, ..direct.message(&record, Some(&ann)) };
    direct.deliver(&message, &mut Progress::default()).await.unwrap();
    assert_eq!((direct.crm.logged().len(), direct.crm.state().count("GET interactions")), (1, 1));
}
