//! What RetailCRM is told of a call: its card, its one entry, and what becomes of news.

use ringbridge::crm::{Connector as _, CrmEvent, Message};
use ringbridge::model::call::{Direction, Outcome, RecordKind};
use ringbridge::model::connection::{MissedResponsible, Policy};
use ringbridge::model::delivery::Progress;
use ringbridge::model::ids::CrmUserId;
use serde_json::json;
use simulators::retailcrm::RetailFault;

use super::{Direct, RECORDING, answered, message};

#[tokio::test]
async fn a_call_is_uploaded_once_under_our_key_and_its_card_is_shown_and_closed() {
    let direct = Direct::start(Policy::default());
    let record = answered();
    let mut progress = direct.signal(&record, RecordKind::Ringing, &Progress::default()).await;
    let user = CrmUserId::parse("27");
    let receipt = direct.deliver(&message(&record, user.as_ref()), &mut progress).await.unwrap();
    assert_eq!(receipt.remark, None);
    let id = record.record_id.to_string();
    assert_eq!(
        direct.crm.logged(),
        [json!({ "externalId": id, "date": "2026-09-01 13:00:00", "type": "in", "phone": "+442079460555",
            "userId": 27, "result": "answered", "duration": 74, "durationWaiting": 5,
            "externalPhone": "442079460100", "recordUrl": RECORDING })]
    );
    let events = direct.crm.state().events.clone();
    assert_eq!(events.len(), 2, "{events:?}");
    assert_eq!(
        events[0],
        json!({ "type": "in", "phone": "+442079460555", "callExternalId": id, "codes": ["205"], "userIds": [27],
            "externalPhone": "442079460100" })
    );
    assert_eq!((&events[1]["type"], &events[1]["hangupStatus"]), (&json!("hangup"), &json!("answered")));
    assert_eq!(progress.id(Progress::RECORD), Some(id.as_str()));
}

#[tokio::test]
async fn a_lost_answer_leaves_one_call_since_the_repeat_is_told_to_be_a_duplicate() {
    let direct = Direct::start(Policy::default());
    let record = answered();
    direct.crm.fail(Some("POST telephony/calls/upload"), RetailFault::LostAnswer);
    let mut progress = Progress::default();
    let user = CrmUserId::parse("27");
    let first = message(&record, user.as_ref());
    direct.deliver(&first, &mut progress).await.unwrap_err();
    let again = Message { perhaps_delivered: true, ..first };
    let receipt = direct.deliver(&again, &mut progress).await.unwrap();
    assert_eq!((direct.crm.logged().len(), receipt.remark), (1, None));
    assert_eq!(direct.crm.state().count("POST telephony/calls/upload"), 2);
}

#[tokio::test]
async fn news_of_a_logged_call_change_nothing_and_say_so() {
    for (kind, words) in [
        (RecordKind::Ended, "changes no call"),
        (RecordKind::Recording, "only with the call itself"),
        (RecordKind::Withdrawn, "removes no call"),
    ] {
        let direct = Direct::start(Policy::default());
        let (record, mut progress) = (answered(), Progress::default());
        direct.deliver(&message(&record, None), &mut progress).await.unwrap();
        progress.done.clear();
        let later = Message { kind, revision: 2, ..message(&record, None) };
        let receipt = direct.deliver(&later, &mut progress).await.unwrap();
        assert!(receipt.remark.unwrap().contains(words), "{kind:?}: {receipt:?}");
        assert_eq!(direct.crm.logged().len(), 1);
    }
    // What never arrived needs no taking back; what may have is looked for by a person.
    let direct = Direct::start(Policy::default());
    let record = answered();
    let gone = Message { kind: RecordKind::Withdrawn, ..message(&record, None) };
    assert_eq!(direct.deliver(&gone, &mut Progress::default()).await.unwrap().remark, None);
    let perhaps = Message { perhaps_delivered: true, ..gone };
    let receipt = direct.deliver(&perhaps, &mut Progress::default()).await.unwrap();
    assert!(receipt.remark.unwrap().contains("may have logged"));
    assert!(direct.crm.logged().is_empty());
}

#[tokio::test]
async fn every_outcome_has_its_word_and_an_unmapped_phone_its_extension() {
    for (outcome, kind, result) in [
        (Outcome::Answered, RecordKind::Ended, "answered"),
        (Outcome::NoAnswer, RecordKind::Ended, "no answer"),
        (Outcome::Busy, RecordKind::Ended, "busy"),
        (Outcome::Cancelled, RecordKind::Ended, "no answer"),
        (Outcome::Failed, RecordKind::Ended, "failed"),
        (Outcome::Unavailable, RecordKind::Ended, "failed"),
        (Outcome::Missed, RecordKind::Missed, "no answer"),
    ] {
        let direct = Direct::start(Policy::default());
        let mut record = answered();
        (record.outcome, record.kind, record.direction) = (Some(outcome), kind, Direction::Outbound);
        direct.deliver(&message(&record, None), &mut Progress::default()).await.unwrap();
        let logged = direct.crm.logged();
        assert_eq!(
            (&logged[0]["result"], &logged[0]["type"]),
            (&json!(result), &json!("out")),
            "{outcome:?}"
        );
        assert_eq!((&logged[0]["code"], &logged[0]["userId"]), (&json!("205"), &json!(null)));
    }
}

#[tokio::test]
async fn a_missed_call_goes_to_the_customers_manager_where_the_policy_wants_it() {
    let policy = Policy { missed_responsible: MissedResponsible::Owner, ..Policy::default() };
    for (known, user) in [(true, 28), (false, 27)] {
        let direct = Direct::start(policy.clone());
        if known {
            direct.crm.state().customers.push(("442079460555".to_owned(), 28));
        }
        let mut record = answered();
        (record.kind, record.outcome) = (RecordKind::Missed, Some(Outcome::Missed));
        let mapped = CrmUserId::parse("27");
        direct.deliver(&message(&record, mapped.as_ref()), &mut Progress::default()).await.unwrap();
        assert_eq!(direct.crm.logged()[0]["userId"], user);
        assert_eq!(direct.crm.state().count("GET telephony/manager"), 1);
    }
}

#[tokio::test]
async fn an_extension_that_nobody_has_there_is_told_with_the_record() {
    let direct = Direct::start(Policy::default());
    direct.crm.state().users[0].code = Some("999");
    let record = answered();
    let mut progress = direct.signal(&record, RecordKind::Ringing, &Progress::default()).await;
    let receipt = direct.deliver(&message(&record, None), &mut progress).await.unwrap();
    assert!(receipt.remark.unwrap().contains("knows no user with this extension"));
    let stopped = direct.signal(&record, RecordKind::Stopped, &progress).await;
    assert!(stopped.is_empty());
    assert_eq!(direct.crm.state().events.last().unwrap()["type"], "hangup");
    // Of a phone of which nothing was shown there is nothing to close.
    let before = direct.crm.state().events.len();
    direct.signal(&record, RecordKind::Stopped, &Progress::default()).await;
    direct.signal(&record, RecordKind::Answered, &progress).await;
    assert_eq!(direct.crm.state().events.len(), before);
}

#[tokio::test]
async fn a_caller_without_a_number_is_not_logged_and_that_is_said() {
    let direct = Direct::start(Policy::default());
    let mut record = answered();
    record.external_number = None;
    let receipt = direct.deliver(&message(&record, None), &mut Progress::default()).await.unwrap();
    assert!(receipt.remark.unwrap().starts_with("not logged:"));
    assert!(direct.signal(&record, RecordKind::Ringing, &Progress::default()).await.is_empty());
    assert!(direct.crm.state().asked.is_empty());
}

#[tokio::test]
async fn our_telephony_is_registered_with_its_address_and_a_click_is_read() {
    let direct = Direct::start(Policy::default());
    let address = url::Url::parse("https://bridge.example/crm-event/token").unwrap();
    for _ in 0..2 {
        direct.connector.subscribe(direct.access(), &address).await.unwrap();
    }
    let modules = direct.crm.state().modules.clone();
    assert_eq!(modules.len(), 1);
    let telephony = &modules[0]["integrations"]["telephony"];
    assert_eq!(telephony["makeCallUrl"], address.as_str());
    assert_eq!(telephony["allowEdit"], true);
    let read = |pairs: &[(&str, &str)]| {
        let body = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        direct.connector.event(&direct.target, &body)
    };
    let client = ("clientId", "ringbridge");
    let click = [client, ("code", "205"), ("userId", "27"), ("phone", "+442079460777")];
    let CrmEvent::Call(wish) = read(&click) else { panic!("no call") };
    assert_eq!((wish.crm_user, wish.number.as_str()), (CrmUserId::parse("27"), "+442079460777"));
    assert_eq!(read(&click[1..]), CrmEvent::Forged);
    assert_eq!(read(&[client, ("phone", "+442079460777")]), CrmEvent::Other);
    assert_eq!(read(&[client, ("userId", "27"), ("phone", " ")]), CrmEvent::Other);
}
