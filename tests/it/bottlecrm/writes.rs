//! What stands in the interaction, and what later news make of it.

use std::time::Duration;

use ringbridge::crm::Message;
use ringbridge::model::call::{CallRecord, Direction, Outcome, RecordKind};
use ringbridge::model::connection::Policy;
use ringbridge::model::delivery::Progress;
use ringbridge::model::ids::CrmUserId;
use ringbridge::model::number::PhoneNumber;
use serde_json::Value;
use simulators::bottlecrm::{BottleFault, Kind};
use simulators::world::NOON;

use super::{Direct, NUMBER, RECORDING, answered};

#[tokio::test]
async fn answered_call_says_who_how_long_and_where_it_can_be_heard() {
    let (direct, contact) = Direct::knowing(Policy::default());
    let (record, ann) = (answered(), direct.profile(1));
    let message = Message { recording_url: Some(RECORDING), ..direct.message(&record, Some(&ann)) };
    let mut progress = Progress::default();
    let receipt = direct.deliver(&message, &mut progress).await.unwrap();
    let [call] = direct.crm.logged().try_into().unwrap();
    assert_eq!(call["contact"], contact);
    assert_eq!((&call["direction"], &call["outcome"]), (&"inbound".into(), &"connected".into()));
    assert_eq!(
        (&call["duration_seconds"], &call["occurred_at"]),
        (&74.into(), &"2026-09-01T12:00:00Z".into())
    );
    assert_eq!(call["subject"], format!("Call from {NUMBER} – Ann Example"));
    let body = call["body"].as_str().unwrap();
    let lines: Vec<_> = body.lines().collect();
    let mark = format!("Ringbridge: {}", record.record_id);
    let recording = format!("Recording: {RECORDING}");
    assert_eq!(lines, ["Extension: 4821*205", "Line: 442079460100", &recording, &mark]);
    assert_eq!((receipt.status, receipt.remark), (201, None));
    assert_eq!(progress.id(Progress::RECORD), call["id"].as_str());
    let requests = direct.crm.state().asked.len();
    assert_eq!(requests, 3, "users, one look-up, one interaction");
}

#[tokio::test]
async fn every_outcome_is_one_that_bottlecrm_knows() {
    for (outcome, known, words) in [
        (Outcome::Answered, "connected", "Call"),
        (Outcome::Missed, "no_answer", "Missed call"),
        (Outcome::NoAnswer, "no_answer", "Unanswered call"),
        (Outcome::Busy, "busy", "Busy call"),
        (Outcome::Cancelled, "no_answer", "Cancelled call"),
        (Outcome::Unavailable, "no_answer", "Call in vain"),
        (Outcome::Failed, "no_answer", "Failed call"),
    ] {
        for (direction, way) in [(Direction::Inbound, "from"), (Direction::Outbound, "to")] {
            let (direct, _) = Direct::knowing(Policy::default());
            let record = CallRecord { outcome: Some(outcome), direction, talk_micros: 0, ..answered() };
            let ann = direct.profile(1);
            direct.deliver(&direct.message(&record, Some(&ann)), &mut Progress::default()).await.unwrap();
            let call = &direct.crm.logged()[0];
            assert_eq!((&call["outcome"], &call["duration_seconds"]), (&known.into(), &0.into()));
            assert_eq!(call["subject"], format!("{words} {way} {NUMBER} – Ann Example"));
        }
    }
}

#[tokio::test]
async fn call_that_nobody_answers_for_is_logged_and_seen_as_such() {
    let record = answered();
    let gone = CrmUserId::parse("00000007-0000-4000-8000-000000000000").unwrap();
    for (user, words) in [(None, "no user is mapped"), (Some(&gone), "none of BottleCRM's active ones")] {
        let (direct, _) = Direct::knowing(Policy::default());
        let message = direct.message(&record, user);
        let receipt = direct.deliver(&message, &mut Progress::default()).await.unwrap();
        assert!(receipt.remark.unwrap().contains(words));
        assert_eq!(direct.crm.logged()[0]["subject"], format!("Call from {NUMBER}"));
    }
}

/// What stands there once a record was delivered, and was told anew after something was done to it.
async fn told_anew(
    direct: &Direct,
    between: impl AsyncFnOnce(&Direct),
    later: &CallRecord,
    kind: RecordKind,
    url: Option<&str>,
) -> (Vec<Value>, Progress) {
    let (record, ann) = (answered(), direct.profile(1));
    let mut progress = Progress::default();
    direct.deliver(&direct.message(&record, Some(&ann)), &mut progress).await.unwrap();
    between(direct).await;
    progress.done.clear();
    let message = Message { kind, recording_url: url, revision: 2, ..direct.message(later, Some(&ann)) };
    direct.deliver(&message, &mut progress).await.unwrap();
    (direct.crm.logged(), progress)
}

#[tokio::test]
async fn later_news_change_the_same_interaction_and_leave_what_people_wrote() {
    let (direct, _) = Direct::knowing(Policy::default());
    let note = async |direct: &Direct| {
        let mut state = direct.crm.state();
        let body = state.interactions[0]["body"].as_str().unwrap().to_owned();
        state.interactions[0]["body"] = format!("Wants a quote.\nCall on Monday\n{body}").into();
    };
    let longer = CallRecord { talk_micros: 90_000_000, ..answered() };
    let (calls, _) = told_anew(&direct, note, &longer, RecordKind::Recording, Some(RECORDING)).await;
    let [call] = calls.try_into().unwrap();
    assert_eq!(call["duration_seconds"], 90);
    let body = call["body"].as_str().unwrap();
    assert!(body.starts_with("Wants a quote.\nCall on Monday\nExtension: 4821*205\n"), "{body}");
    assert_eq!((body.matches("Ringbridge: ").count(), body.matches(RECORDING).count()), (1, 1));
}

#[tokio::test]
async fn interaction_that_was_moved_or_removed_is_followed_or_made_again() {
    // Merged with another contact: found by its id alone, and its text is left as it is.
    let (direct, contact) = Direct::knowing(Policy::default());
    let merged = async |direct: &Direct| {
        let mut state = direct.crm.state();
        let into = state.add(Kind::Contact, NUMBER, NOON);
        state.merge(&contact, &into);
    };
    let longer = CallRecord { talk_micros: 90_000_000, ..answered() };
    let (calls, _) = told_anew(&direct, merged, &longer, RecordKind::Ended, None).await;
    let [call] = calls.try_into().unwrap();
    assert_eq!(call["duration_seconds"], 90);
    // Removed by a person: it is there again.
    let (direct, _) = Direct::knowing(Policy::default());
    let removed = async |direct: &Direct| direct.crm.state().interactions.clear();
    let (calls, progress) = told_anew(&direct, removed, &longer, RecordKind::Ended, None).await;
    let [call] = calls.try_into().unwrap();
    assert_eq!(progress.id(Progress::RECORD), call["id"].as_str());
}

#[tokio::test]
async fn call_of_another_number_moves_to_its_own_contact() {
    let (direct, _) = Direct::knowing(Policy::default());
    let other = direct.crm.state().add(Kind::Contact, "+442079460777", NOON);
    let corrected = CallRecord { external_number: Some(PhoneNumber::new("+442079460777")), ..answered() };
    let (calls, _) = told_anew(&direct, async |_| {}, &corrected, RecordKind::Ended, None).await;
    let [call] = calls.try_into().unwrap();
    assert_eq!(call["contact"], other);
}

#[tokio::test]
async fn withdrawn_call_goes_and_may_come_back() {
    let (direct, _) = Direct::knowing(Policy::default());
    let record = answered();
    let (calls, mut progress) = told_anew(&direct, async |_| {}, &record, RecordKind::Withdrawn, None).await;
    assert!(calls.is_empty() && progress.is_empty());
    let ann = direct.profile(1);
    let back = Message { revision: 3, ..direct.message(&record, Some(&ann)) };
    direct.deliver(&back, &mut progress).await.unwrap();
    assert_eq!(direct.crm.logged().len(), 1);
    // One that a person removed already is as good, and so is one that was never logged.
    let (direct, _) = Direct::knowing(Policy::default());
    let removed = async |direct: &Direct| direct.crm.state().interactions.clear();
    assert!(told_anew(&direct, removed, &record, RecordKind::Withdrawn, None).await.0.is_empty());
    let direct = Direct::start(Policy::default());
    let gone = Message { kind: RecordKind::Withdrawn, ..direct.message(&record, Some(&ann)) };
    direct.deliver(&gone, &mut Progress::default()).await.unwrap();
    assert!(direct.crm.state().asked.is_empty());
}

#[tokio::test]
async fn withdrawal_finds_what_may_have_arrived() {
    let (direct, _) = Direct::knowing(Policy::default());
    let (record, ann) = (answered(), direct.profile(1));
    let mut progress = Progress::default();
    direct.crm.fail(Some("POST interactions"), BottleFault::LostAnswer);
    let message = direct.message(&record, Some(&ann));
    direct.deliver(&message, &mut progress).await.unwrap_err();
    assert_eq!(direct.crm.logged().len(), 1);
    let gone = Message { kind: RecordKind::Withdrawn, revision: 2, perhaps_delivered: true, ..message };
    direct.deliver(&gone, &mut progress).await.unwrap();
    assert!(direct.crm.logged().is_empty());
}

#[tokio::test]
async fn list_of_users_is_read_once_in_a_while_and_for_who_is_new() {
    let (direct, _) = Direct::knowing(Policy::default());
    let (record, ann) = (answered(), direct.profile(1));
    let message = direct.message(&record, Some(&ann));
    for _ in 0..3 {
        direct.deliver(&message, &mut Progress::default()).await.unwrap();
    }
    let read = || direct.crm.state().count("GET users");
    assert_eq!(read(), 1);
    let cid = CrmUserId::parse("00000003-0000-4000-8000-000000000009").unwrap();
    let mut profile = direct.crm.state().profiles[1].clone();
    (profile.id, profile.name) = (cid.as_str().to_owned(), "Cid Example".to_owned());
    direct.crm.state().profiles.push(profile);
    direct.clock.advance(Duration::from_secs(10));
    direct.deliver(&direct.message(&record, Some(&cid)), &mut Progress::default()).await.unwrap();
    assert!(direct.crm.logged()[3]["subject"].as_str().unwrap().ends_with("– Cid Example"));
    direct.clock.advance(Duration::from_mins(6));
    direct.deliver(&direct.message(&record, Some(&ann)), &mut Progress::default()).await.unwrap();
    assert_eq!(read(), 3);
}
