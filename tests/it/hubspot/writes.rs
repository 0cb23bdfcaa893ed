//! What stands in the call, and what later news make of it.

use ringbridge::crm::Message;
use ringbridge::model::call::{CallRecord, Direction, Outcome, RecordKind};
use ringbridge::model::connection::Policy;
use ringbridge::model::delivery::Progress;
use ringbridge::model::ids::CrmUserId;
use ringbridge::model::number::PhoneNumber;
use simulators::hubspot::HubFault;
use simulators::world::NOON;

use super::{Direct, NUMBER, RECORDING, ann, answered};

const CALLS: &str = "POST crm/v3/objects/calls";
const UPSERT: &str = "POST crm/v3/objects/calls/batch/upsert";

#[tokio::test]
async fn answered_call_says_who_how_long_and_where_it_can_be_heard() {
    let (direct, contact) = Direct::knowing(Policy::default()).await;
    let (record, ann) = (answered(), ann());
    let message = Message { recording_url: Some(RECORDING), ..direct.message(&record, Some(&ann)) };
    let mut progress = Progress::default();
    let receipt = direct.deliver(&message, &mut progress).await.unwrap();
    let [call] = direct.account.logged().try_into().unwrap();
    for (name, value) in [
        ("hs_timestamp", "2026-09-01T12:00:00Z"),
        ("hs_call_title", "Call from +442079460555"),
        ("hs_call_direction", "INBOUND"),
        ("hs_call_from_number", NUMBER),
        ("hs_call_to_number", "442079460100"),
        ("hs_call_status", "COMPLETED"),
        ("hs_call_disposition", "f240bbac-87c9-4f6e-bf70-924b57d47db7"),
        ("hubspot_owner_id", "1"),
        ("ringbridge_record_id", &record.record_id.to_string()),
    ] {
        assert_eq!(call.text(name), value, "{name}");
    }
    assert_eq!(call.text("hs_call_duration"), (record.talk_micros / 1_000).to_string(), "milliseconds");
    let link = format!("<a href=\"{RECORDING}\">Recording</a>");
    assert_eq!(call.text("hs_call_body"), format!("Extension: 4821*205<br>Line: 442079460100<br>{link}"));
    assert_eq!((receipt.status, receipt.remark), (201, None));
    assert_eq!(progress.id(Progress::RECORD), Some(call.id.as_str()));
    let state = direct.account.state();
    assert_eq!(state.ties, [(call.id, contact)]);
    assert_eq!(state.asked.len(), 2, "one search, one call: {:?}", state.asked);
}

#[tokio::test]
async fn every_outcome_is_one_that_hubspot_knows() {
    for (outcome, known, words) in [
        (Outcome::Answered, "COMPLETED", "Call"),
        (Outcome::Missed, "MISSED", "Missed call"),
        (Outcome::NoAnswer, "NO_ANSWER", "Unanswered call"),
        (Outcome::Busy, "BUSY", "Busy call"),
        (Outcome::Cancelled, "CANCELED", "Cancelled call"),
        (Outcome::Unavailable, "NO_ANSWER", "Call in vain"),
        (Outcome::Failed, "FAILED", "Failed call"),
    ] {
        for (direction, way) in [(Direction::Inbound, "from"), (Direction::Outbound, "to")] {
            let (direct, _) = Direct::knowing(Policy::default()).await;
            let record = CallRecord { outcome: Some(outcome), direction, talk_micros: 0, ..answered() };
            let ann = ann();
            direct.deliver(&direct.message(&record, Some(&ann)), &mut Progress::default()).await.unwrap();
            let call = &direct.account.logged()[0];
            assert_eq!((call.text("hs_call_status"), call.text("hs_call_duration")), (known, "0"));
            assert_eq!(call.text("hs_call_title"), format!("{words} {way} {NUMBER}"));
        }
    }
}

#[tokio::test]
async fn associations_are_there_where_nobody_is_known() {
    let (direct, _) = Direct::knowing(Policy::default()).await;
    let (record, ann) = (CallRecord { external_number: None, ..answered() }, ann());
    direct.deliver(&direct.message(&record, Some(&ann)), &mut Progress::default()).await.unwrap();
    let state = direct.account.state();
    let (_, body) = state.asked.iter().find(|(name, _)| name == CALLS).unwrap();
    assert_eq!(body["associations"], serde_json::json!([]));
}

#[tokio::test]
async fn later_news_change_the_same_call_and_leave_what_people_wrote() {
    let (direct, _) = Direct::knowing(Policy::default()).await;
    let (record, ann, mut progress) = (answered(), ann(), Progress::default());
    direct.deliver(&direct.message(&record, Some(&ann)), &mut progress).await.unwrap();
    direct.account.state().calls[0].properties.insert("hs_call_body".to_owned(), "Wants a quote".to_owned());
    progress.done.clear();
    let longer = CallRecord { talk_micros: 90_000_000, ..answered() };
    let message = Message { revision: 2, ..direct.message(&longer, Some(&ann)) };
    direct.deliver(&message, &mut progress).await.unwrap();
    let [call] = direct.account.logged().try_into().unwrap();
    assert_eq!((call.text("hs_call_duration"), call.text("hs_call_body")), ("90000", "Wants a quote"));
    // A recording is news of the text.
    progress.done.clear();
    let message = Message { kind: RecordKind::Recording, recording_url: Some(RECORDING), ..message };
    direct.deliver(&message, &mut progress).await.unwrap();
    assert!(direct.account.logged()[0].text("hs_call_body").contains(RECORDING));
    assert_eq!(direct.account.state().ties.len(), 1);
}

#[tokio::test]
async fn call_that_may_be_there_is_written_under_its_key() {
    for fault in [HubFault::LostAnswer, HubFault::Reset] {
        let (direct, contact) = Direct::knowing(Policy::default()).await;
        let (record, ann, mut progress) = (answered(), ann(), Progress::default());
        direct.account.fail(Some(CALLS), fault);
        let message = direct.message(&record, Some(&ann));
        direct.deliver(&message, &mut progress).await.unwrap_err();
        let again = Message { perhaps_delivered: true, ..message };
        direct.deliver(&again, &mut progress).await.unwrap();
        let [call] = direct.account.logged().try_into().unwrap();
        assert_eq!(direct.account.state().ties, [(call.id, contact)]);
        assert_eq!(direct.account.state().count(UPSERT), 1);
    }
    // Nothing is known of the attempt before: HubSpot itself says that the key is taken.
    let (direct, _) = Direct::knowing(Policy::default()).await;
    let (record, ann) = (answered(), ann());
    for _ in 0..2 {
        direct.deliver(&direct.message(&record, Some(&ann)), &mut Progress::default()).await.unwrap();
    }
    assert_eq!(direct.account.logged().len(), 1);
}

#[tokio::test]
async fn missing_key_is_made_once_and_one_without_unique_values_is_refused() {
    let direct = Direct::start(Policy::default());
    let (record, ann) = (answered(), ann());
    direct.deliver(&direct.message(&record, Some(&ann)), &mut Progress::default()).await.unwrap();
    {
        let state = direct.account.state();
        assert_eq!(state.properties.get("ringbridge_record_id"), Some(&true));
        assert_eq!((state.groups.len(), state.calls.len()), (1, 1));
    }
    direct.account.state().properties.insert("ringbridge_record_id".to_owned(), false);
    let error = ringbridge::crm::Connector::check(&direct.connector, direct.access()).await.unwrap_err();
    assert!(error.to_string().contains("not unique"), "{error}");
}

#[tokio::test]
async fn call_of_another_number_moves_to_its_own_contact() {
    let (direct, _) = Direct::knowing(Policy::default()).await;
    let other = direct.account.state().add_contact("+442079460777", "", NOON);
    let (record, ann, mut progress) = (answered(), ann(), Progress::default());
    direct.deliver(&direct.message(&record, Some(&ann)), &mut progress).await.unwrap();
    progress.done.clear();
    let corrected = CallRecord { external_number: Some(PhoneNumber::new("+442079460777")), ..answered() };
    let message = Message { revision: 2, ..direct.message(&corrected, Some(&ann)) };
    direct.deliver(&message, &mut progress).await.unwrap();
    let [call] = direct.account.logged().try_into().unwrap();
    assert_eq!(direct.account.state().ties, [(call.id, other)]);
}

#[tokio::test]
async fn withdrawn_call_is_archived_and_may_come_back() {
    for lost in [false, true] {
        let (direct, _) = Direct::knowing(Policy::default()).await;
        let (record, ann, mut progress) = (answered(), ann(), Progress::default());
        if lost {
            direct.account.fail(Some(CALLS), HubFault::LostAnswer);
        }
        assert_eq!(direct.deliver(&direct.message(&record, Some(&ann)), &mut progress).await.is_err(), lost);
        progress.done.clear();
        let gone = Message {
            kind: RecordKind::Withdrawn,
            revision: 2,
            perhaps_delivered: lost,
            ..direct.message(&record, Some(&ann))
        };
        direct.deliver(&gone, &mut progress).await.unwrap();
        assert!(direct.account.logged().is_empty() && progress.is_empty());
        let back = Message { revision: 3, ..direct.message(&record, Some(&ann)) };
        direct.deliver(&back, &mut progress).await.unwrap();
        assert_eq!(direct.account.logged().len(), 1);
    }
}

#[tokio::test]
async fn owner_is_named_by_id_or_address_and_nobody_is_seen_as_such() {
    for (user, owner, remark) in [
        (Some("2"), "2", None),
        (Some("Bob@Example.com"), "", Some("none of HubSpot's owners")),
        (Some("bob@example.com"), "2", None),
        (Some("eve@example.com"), "", Some("none of HubSpot's owners")),
        (Some("bob"), "", Some("none of HubSpot's owners")),
        (None, "", Some("no user is mapped")),
    ] {
        let (direct, _) = Direct::knowing(Policy::default()).await;
        let (record, user) = (answered(), user.map(|user| CrmUserId::parse(user).unwrap()));
        let message = direct.message(&record, user.as_ref());
        let receipt = direct.deliver(&message, &mut Progress::default()).await.unwrap();
        assert_eq!(direct.account.logged()[0].text("hubspot_owner_id"), owner);
        let says = remark.is_none_or(|words| receipt.remark.is_some_and(|remark| remark.contains(words)));
        assert!(says && remark.is_some() == receipt.remark.is_some(), "{:?}", receipt.remark);
    }
}
