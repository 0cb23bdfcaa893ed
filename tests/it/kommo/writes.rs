//! One call, once: notes under their key, lost answers, later revisions, recordings, and what is no longer true.

use ringbridge::crm::{Connector as _, Message};
use ringbridge::model::call::{CallRecord, Direction, Outcome, RecordKind};
use ringbridge::model::connection::{MissedResponsible, Policy, UnknownContact};
use ringbridge::model::delivery::{AttemptClass, Progress};
use ringbridge::model::number::PhoneNumber;
use serde_json::json;
use simulators::kommo::KommoFault;
use simulators::world::NOON;

use super::{Direct, NUMBER, RECORDING, answered, user};

const ADD: &str = "POST contacts/notes";

#[tokio::test]
async fn known_callers_call_is_a_note_on_them_with_all_that_is_known() {
    let (direct, contact) = Direct::knowing(Policy::default());
    let (record, ann) = (answered(), user("1"));
    let message = Message { recording_url: Some(RECORDING), ..direct.message(&record, Some(&ann)) };
    let mut progress = Progress::default();
    let receipt = direct.deliver(&message, &mut progress).await.unwrap();
    let [note] = direct.crm.logged().try_into().unwrap();
    assert_eq!(
        (&note["entity_id"], &note["note_type"], &note["created_by"], &note["created_at"]),
        (&json!(contact), &json!("call_in"), &json!(1), &json!(NOON.secs()))
    );
    let expected = json!({ "uniq": record.record_id.to_string(), "duration": 74, "source": "Ringbridge",
        "phone": NUMBER, "link": RECORDING, "call_status": 4, "call_responsible": 1,
        "call_result": "Answered. Line: 442079460100. Extension: 4821*205" });
    assert_eq!(note["params"], expected);
    assert_eq!(receipt.remark, None);
    assert_eq!(receipt.progress.id(Progress::RECORD), Some(note["id"].to_string().as_str()));
}

#[tokio::test]
async fn every_outcome_has_its_status_and_direction_its_kind() {
    for (outcome, direction, kind, status) in [
        (Outcome::Answered, Direction::Inbound, "call_in", json!(4)),
        (Outcome::Missed, Direction::Inbound, "call_in", json!(6)),
        (Outcome::NoAnswer, Direction::Outbound, "call_out", json!(6)),
        (Outcome::Busy, Direction::Outbound, "call_out", json!(7)),
        (Outcome::Cancelled, Direction::Inbound, "call_in", json!(6)),
        (Outcome::Unavailable, Direction::Outbound, "call_out", json!(3)),
        (Outcome::Failed, Direction::Outbound, "call_out", json!(null)),
    ] {
        let (direct, _) = Direct::knowing(Policy::default());
        let record = CallRecord { outcome: Some(outcome), direction, talk_micros: 0, ..answered() };
        let ann = user("1");
        direct.deliver(&direct.message(&record, Some(&ann)), &mut Progress::default()).await.unwrap();
        let [note] = direct.crm.logged().try_into().unwrap();
        assert_eq!((&note["note_type"], &note["params"]["call_status"]), (&json!(kind), &status));
    }
}

#[tokio::test]
async fn answer_that_is_lost_at_any_request_makes_no_second_note_or_contact() {
    let faults = [KommoFault::LostAnswer, KommoFault::Endless, KommoFault::Html, KommoFault::Status(502)];
    for keys_are_unique in [true, false] {
        for lost in ["GET contacts", "GET companies", "POST contacts", ADD] {
            for fault in faults {
                let direct = Direct::making(UnknownContact::Contact);
                direct.crm.state().keys_are_unique = keys_are_unique;
                let (record, ann) = (answered(), user("1"));
                let message = direct.message(&record, Some(&ann));
                let mut progress = Progress::default();
                direct.crm.fail(Some(lost), fault);
                assert!(direct.deliver(&message, &mut progress).await.is_err(), "{lost} is not asked");
                let again = Message { perhaps_delivered: true, ..message };
                direct.deliver(&again, &mut progress).await.unwrap();
                let contacts = direct.crm.state().contacts.len();
                assert_eq!((contacts, direct.crm.logged().len()), (1, 1), "{lost} {fault:?}");
            }
        }
    }
}

#[tokio::test]
async fn key_that_is_there_already_is_found_instead_of_refused() {
    let (direct, _) = Direct::knowing(Policy::default());
    let (record, ann) = (answered(), user("1"));
    let message = direct.message(&record, Some(&ann));
    direct.deliver(&message, &mut Progress::default()).await.unwrap();
    // A process that knows nothing of that tells it again.
    direct.deliver(&message, &mut Progress::default()).await.unwrap();
    assert_eq!(direct.crm.logged().len(), 1);
    direct.crm.state().notes.clear();
    direct.crm.fail(Some(ADD), KommoFault::Field("params.uniq"));
    let error = direct.deliver(&message, &mut Progress::default()).await.unwrap_err();
    assert_eq!(error.class(), AttemptClass::Refused, "nobody can find it");
}

#[tokio::test]
async fn later_revisions_change_the_note_and_withdrawing_marks_it() {
    let (direct, _) = Direct::knowing(Policy::default());
    let (record, ann) = (answered(), user("1"));
    let mut progress = Progress::default();
    direct.deliver(&direct.message(&record, Some(&ann)), &mut progress).await.unwrap();
    let recording = Message {
        kind: RecordKind::Recording,
        recording_url: Some(RECORDING),
        ..direct.message(&record, Some(&ann))
    };
    direct.revise(&recording, 2, &mut progress).await.unwrap();
    assert_eq!(direct.crm.logged()[0]["params"]["link"], RECORDING);
    let longer = CallRecord { talk_micros: 90_000_000, ..record.clone() };
    let changed = Message { recording_url: Some(RECORDING), ..direct.message(&longer, Some(&ann)) };
    assert_eq!(direct.revise(&changed, 3, &mut progress).await.unwrap().remark, None);
    assert_eq!(direct.crm.logged()[0]["params"]["duration"], 90);
    let gone = Message { kind: RecordKind::Withdrawn, ..direct.message(&longer, Some(&ann)) };
    let receipt = direct.revise(&gone, 4, &mut progress).await.unwrap();
    assert!(receipt.remark.unwrap().contains("takes back no call"));
    let [note] = direct.crm.logged().try_into().unwrap();
    assert_eq!((&note["params"]["duration"], &note["params"]["link"]), (&json!(0), &json!(null)));
    assert!(note["params"]["call_result"].as_str().unwrap().contains("does not hold"));
    // It turns out to be true after all.
    direct.revise(&changed, 5, &mut progress).await.unwrap();
    let [note] = direct.crm.logged().try_into().unwrap();
    assert!(note["params"]["call_result"].as_str().unwrap().starts_with("Answered."));
}

#[tokio::test]
async fn what_was_perhaps_delivered_and_is_withdrawn_is_looked_for_and_marked() {
    for lost in [KommoFault::LostAnswer, KommoFault::Reset] {
        let (direct, _) = Direct::knowing(Policy::default());
        let (record, ann) = (answered(), user("1"));
        let message = direct.message(&record, Some(&ann));
        let mut progress = Progress::default();
        direct.crm.fail(Some(ADD), lost);
        direct.deliver(&message, &mut progress).await.unwrap_err();
        let gone = Message { kind: RecordKind::Withdrawn, perhaps_delivered: true, ..message };
        let receipt = direct.revise(&gone, 2, &mut progress).await.unwrap();
        let arrived = lost == KommoFault::LostAnswer;
        assert_eq!(receipt.remark.is_some(), arrived);
        let marked = direct.crm.logged().into_iter().filter(|note| {
            note["params"]["call_result"].as_str().is_some_and(|result| result.contains("does not hold"))
        });
        assert_eq!((marked.count(), direct.crm.logged().len()), (usize::from(arrived), usize::from(arrived)));
    }
}

#[tokio::test]
async fn another_number_marks_the_first_note_and_logs_the_call_anew() {
    let (direct, first) = Direct::knowing(Policy::default());
    let second = direct.crm.state().add_contact("020 7946 0777", 1, NOON);
    let (record, ann) = (answered(), user("1"));
    let mut progress = Progress::default();
    direct.deliver(&direct.message(&record, Some(&ann)), &mut progress).await.unwrap();
    let moved = CallRecord { external_number: Some(PhoneNumber::new("02079460777")), ..record.clone() };
    direct.revise(&direct.message(&moved, Some(&ann)), 2, &mut progress).await.unwrap();
    let [old, new] = direct.crm.logged().try_into().unwrap();
    assert_eq!((&old["entity_id"], &new["entity_id"]), (&json!(first), &json!(second)));
    assert!(old["params"]["call_result"].as_str().unwrap().contains("does not hold"));
    assert_ne!(old["params"]["uniq"], new["params"]["uniq"]);
    let longer = CallRecord { talk_micros: 90_000_000, ..moved };
    direct.revise(&direct.message(&longer, Some(&ann)), 3, &mut progress).await.unwrap();
    assert_eq!(direct.crm.logged()[1]["params"]["duration"], 90, "from now on that one is changed");
}

#[tokio::test]
async fn note_or_contact_that_a_person_removed_is_made_where_the_number_leads_by_now() {
    for contact_too in [false, true] {
        let (direct, first) = Direct::knowing(Policy::default());
        let (record, ann) = (answered(), user("1"));
        let mut progress = Progress::default();
        direct.deliver(&direct.message(&record, Some(&ann)), &mut progress).await.unwrap();
        direct.crm.state().notes.clear();
        let mut wanted = first;
        if contact_too {
            direct.crm.state().contacts.clear();
            wanted = direct.crm.state().add_contact(NUMBER, 1, NOON);
        }
        direct.revise(&direct.message(&record, Some(&ann)), 2, &mut progress).await.unwrap();
        let [note] = direct.crm.logged().try_into().unwrap();
        assert_eq!(note["entity_id"], wanted);
    }
}

#[tokio::test]
async fn missed_call_is_the_owners_where_the_policy_says_so_and_nobodys_is_a_remark() {
    let policy = Policy { missed_responsible: MissedResponsible::Owner, ..Policy::default() };
    let (direct, _) = Direct::knowing(policy);
    let missed = CallRecord {
        kind: RecordKind::Missed,
        outcome: Some(Outcome::Missed),
        talk_micros: 0,
        leg_id: None,
        ..answered()
    };
    let ann = user("1");
    direct.deliver(&direct.message(&missed, Some(&ann)), &mut Progress::default()).await.unwrap();
    assert_eq!(direct.crm.logged()[0]["responsible_user_id"], 3);
    let (direct, _) = Direct::knowing(Policy::default());
    let receipt = direct.deliver(&direct.message(&missed, None), &mut Progress::default()).await.unwrap();
    assert!(receipt.remark.unwrap().contains("no user is mapped"));
    for (wrong, words) in [("u1", "no Kommo user"), ("4", "not there or not active")] {
        let (direct, _) = Direct::knowing(Policy::default());
        let wrong = user(wrong);
        let error = direct.deliver(&direct.message(&missed, Some(&wrong)), &mut Progress::default()).await;
        let error = error.unwrap_err();
        assert_eq!(error.class(), AttemptClass::Refused);
        assert!(error.to_string().contains(words), "{error}");
    }
}

#[tokio::test]
async fn ringing_phone_is_told_to_its_user_alone_and_never_twice() {
    let direct = Direct::start(Policy::default());
    let (record, ann) = (answered(), user("1"));
    let told = direct.ring(&record, Some(&ann), &Progress::default()).await.unwrap();
    let asked = direct.crm.state().asked.clone();
    assert_eq!(asked, ["POST events"], "nothing is looked up before");
    let expected = json!({ "type": "phone_call", "phone_number": NUMBER, "users": [1] });
    assert_eq!(direct.crm.state().events, [expected]);
    // The same leg again; nobody's phone; one's own call; a caller who withheld their number.
    direct.ring(&record, Some(&ann), &told).await.unwrap();
    direct.ring(&record, None, &Progress::default()).await.unwrap();
    let outgoing = CallRecord { direction: Direction::Outbound, ..answered() };
    direct.ring(&outgoing, Some(&ann), &Progress::default()).await.unwrap();
    let withheld = CallRecord { external_number: None, ..answered() };
    direct.ring(&withheld, Some(&ann), &Progress::default()).await.unwrap();
    let stopped = Message { kind: RecordKind::Stopped, ..direct.message(&record, Some(&ann)) };
    direct.connector.signal(direct.access(), &stopped, &told).await.unwrap();
    assert_eq!(direct.crm.state().asked.len(), 1);
}
