//! One call, once: cards, batches, lost answers, recordings, and what is no longer true.

use std::time::Duration;

use ringbridge::crm::{Connector as _, Message};
use ringbridge::model::call::{CallRecord, Outcome, RecordKind};
use ringbridge::model::connection::Policy;
use ringbridge::model::delivery::Progress;
use simulators::bitrix24::PortalFault;

use super::{Direct, RECORDING, answered, user};

const REGISTER: &str = "telephony.externalCall.register";
const FINISH: &str = "telephony.externalCall.finish";
const ATTACH: &str = "telephony.externalCall.attachRecord";

#[tokio::test]
async fn card_comes_and_goes_and_the_end_is_the_same_call() {
    let direct = Direct::start(Policy::default());
    let (record, ann) = (answered(), user("1"));
    let rang = direct.ring(&record, &ann).await.unwrap();
    let shown =
        |direct: &Direct| direct.portal.state().calls.values().map(|call| call.shown.len()).sum::<usize>();
    assert_eq!(
        (shown(&direct), direct.portal.state().requests),
        (1, 1),
        "shown before anything is looked up"
    );
    let stopped = Message { kind: RecordKind::Stopped, ..direct.message(&record, Some(&ann)) };
    for _ in 0..2 {
        direct.connector.signal(direct.access(), &stopped, &rang).await.unwrap();
    }
    assert_eq!(shown(&direct), 0);
    let mut progress = rang;
    let message = Message { recording_url: Some(RECORDING), ..direct.message(&record, Some(&ann)) };
    let receipt = direct.deliver(&message, &mut progress).await.unwrap();
    let [call] = direct.portal.logged().try_into().unwrap();
    assert_eq!(direct.portal.state().calls.len(), 1, "registered once");
    let row = call.row.unwrap();
    assert_eq!((&row["CALL_FAILED_CODE"], &row["CALL_DURATION"]), (&"200".into(), &"74".into()));
    assert_eq!(call.record.unwrap()["RECORD_URL"], RECORDING);
    assert_eq!((receipt.remark, receipt.progress.id(Progress::RECORD)), (None, Some("7001")));
}

#[tokio::test]
async fn what_did_not_ring_is_one_request_and_every_outcome_has_its_code() {
    for (outcome, code) in [
        (Outcome::Answered, "200"),
        (Outcome::Missed, "304"),
        (Outcome::NoAnswer, "304"),
        (Outcome::Busy, "486"),
        (Outcome::Cancelled, "603-S"),
        (Outcome::Unavailable, "480"),
        (Outcome::Failed, "OTHER"),
    ] {
        let direct = Direct::start(Policy::default());
        let record =
            CallRecord { outcome: Some(outcome), talk_micros: 0, external_number: None, ..answered() };
        let ann = user("1");
        let message = Message { recording_url: Some(RECORDING), ..direct.message(&record, Some(&ann)) };
        direct.deliver(&message, &mut Progress::default()).await.unwrap();
        let [call] = direct.portal.logged().try_into().unwrap();
        assert_eq!(call.row.unwrap()["CALL_FAILED_CODE"], code, "an answered call of no length stays one");
        assert!(call.record.is_some());
        assert_eq!(direct.portal.state().requests, 1, "register, finish and attach in one batch");
    }
}

#[tokio::test]
async fn lost_answers_and_late_retries_make_no_second_call() {
    for rings in [false, true] {
        for lost in ["batch", FINISH, ATTACH] {
            for wait in [Duration::from_mins(1), Duration::from_mins(45)] {
                let direct = Direct::start(Policy::default());
                let (record, ann) = (answered(), user("1"));
                let mut progress =
                    if rings { direct.ring(&record, &ann).await.unwrap() } else { Progress::default() };
                let what = format!("rings: {rings}, {lost}, {wait:?}");
                let url = (lost != FINISH).then_some(RECORDING);
                let message = Message { recording_url: url, ..direct.message(&record, Some(&ann)) };
                // The look-up of the contact goes first.
                let first = direct.connector.step(direct.access(), &message, &progress).await.unwrap();
                let ringbridge::crm::Step::Next(next) = first else { panic!("{what}") };
                progress = next;
                direct.portal.fail(Some(lost), PortalFault::LostAnswer);
                let failed = direct.deliver(&message, &mut progress).await.is_err();
                direct.clock.advance(wait);
                let again = Message { perhaps_delivered: failed, at: message.at + wait, ..message };
                direct.deliver(&again, &mut progress).await.unwrap();
                let [call] =
                    direct.portal.logged().try_into().unwrap_or_else(|calls| panic!("{what}: {calls:?}"));
                assert_eq!(call.record.is_some(), url.is_some(), "{what}");
            }
        }
    }
}

#[tokio::test]
async fn crash_between_two_steps_repeats_none() {
    let direct = Direct::start(Policy::default());
    let (record, ann) = (answered(), user("1"));
    let message = Message { recording_url: Some(RECORDING), ..direct.message(&record, Some(&ann)) };
    direct.portal.fail(Some(ATTACH), PortalFault::Inside("ERROR_CORE", "Server returns HTTP error code 404"));
    direct.portal.fail(
        Some(ATTACH),
        PortalFault::Inside("ERROR_CORE", "Call is not found in the statistic table. Looks like"),
    );
    let mut progress = Progress::default();
    let error = direct.deliver(&message, &mut progress).await.unwrap_err();
    assert_eq!(error.class(), ringbridge::model::delivery::AttemptClass::Transient, "the file comes later");
    assert!(progress.id("finished").is_some(), "what worked is kept");
    // The process died, and another one goes on from what was stored.
    let again = Message { perhaps_delivered: true, ..message };
    direct.deliver(&again, &mut progress).await.unwrap();
    let state = direct.portal.state();
    assert_eq!((state.count(REGISTER), state.count(FINISH), state.count(ATTACH)), (1, 1, 3));
}

#[tokio::test]
async fn later_recording_is_attached_and_later_news_is_a_remark() {
    let direct = Direct::start(Policy::default());
    let (record, ann) = (answered(), user("1"));
    let mut progress = Progress::default();
    direct.deliver(&direct.message(&record, Some(&ann)), &mut progress).await.unwrap();
    progress.done.clear();
    let recording = Message {
        kind: RecordKind::Recording,
        recording_url: Some(RECORDING),
        revision: 2,
        ..direct.message(&record, Some(&ann))
    };
    let receipt = direct.deliver(&recording, &mut progress).await.unwrap();
    assert_eq!(receipt.remark, None);
    assert!(direct.portal.logged()[0].record.is_some());
    progress.done.clear();
    let longer = CallRecord { talk_micros: 90_000_000, ..record.clone() };
    let changed = Message { revision: 3, ..direct.message(&longer, Some(&ann)) };
    let receipt = direct.deliver(&changed, &mut progress).await.unwrap();
    assert!(receipt.remark.unwrap().contains("changes no call"));
    progress.done.clear();
    let gone = Message { kind: RecordKind::Withdrawn, revision: 4, ..direct.message(&record, Some(&ann)) };
    let receipt = direct.deliver(&gone, &mut progress).await.unwrap();
    assert!(receipt.remark.unwrap().contains("takes back no call"));
    assert_eq!(direct.portal.logged().len(), 1);
}

#[tokio::test]
async fn unmapped_call_is_logged_and_seen_as_such() {
    let direct = Direct::start(Policy::default());
    let record = answered();
    let receipt = direct.deliver(&direct.message(&record, None), &mut Progress::default()).await.unwrap();
    assert!(receipt.remark.unwrap().contains("no user is mapped"));
    let gone = user("99");
    let error =
        direct.deliver(&direct.message(&record, Some(&gone)), &mut Progress::default()).await.unwrap_err();
    assert!(error.to_string().contains("not active"), "{error}");
    let foreign = user("u1");
    let error =
        direct.deliver(&direct.message(&record, Some(&foreign)), &mut Progress::default()).await.unwrap_err();
    assert!(error.to_string().contains("no Bitrix24 user"), "{error}");
}
