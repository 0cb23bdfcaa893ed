//! Incoming leads: the call comes with them and is logged once, whatever is lost.

use ringbridge::crm::Message;
use ringbridge::model::call::{CallRecord, RecordId, RecordKind};
use ringbridge::model::connection::UnknownContact;
use ringbridge::model::delivery::Progress;
use serde_json::json;
use simulators::kommo::KommoFault;

use super::{CONNECTION, Direct, NUMBER, RECORDING, answered, user};

const COME: &str = "POST leads/unsorted/sip";

#[tokio::test]
async fn strangers_call_is_an_incoming_lead_that_logs_it_by_itself() {
    let direct = Direct::making(UnknownContact::Lead);
    let (record, ann) = (answered(), user("1"));
    let message = Message { recording_url: Some(RECORDING), ..direct.message(&record, Some(&ann)) };
    let receipt = direct.deliver(&message, &mut Progress::default()).await.unwrap();
    assert_eq!(receipt.remark, None);
    let [lead] = direct.crm.state().unsorted.clone().try_into().unwrap();
    let expected = json!({ "is_call_event_needed": true, "uniq": record.record_id.to_string(),
        "duration": 74, "service_code": "ringbridge", "phone": "442079460100", "from": NUMBER,
        "called_at": record.started_at.secs(), "link": RECORDING, "call_responsible": 1 });
    assert_eq!(lead["metadata"], expected);
    assert_eq!(direct.crm.logged().len(), 1, "not twice");
    assert_eq!(direct.crm.state().count("POST contacts/notes"), 0);
}

#[tokio::test]
async fn answer_that_is_lost_makes_no_second_lead() {
    for fault in [KommoFault::LostAnswer, KommoFault::Endless, KommoFault::Reset, KommoFault::Status(504)] {
        let direct = Direct::making(UnknownContact::Lead);
        let (record, ann) = (answered(), user("1"));
        let message = direct.message(&record, Some(&ann));
        let mut progress = Progress::default();
        direct.crm.fail(Some(COME), fault);
        direct.deliver(&message, &mut progress).await.unwrap_err();
        let again = Message { perhaps_delivered: true, ..message };
        direct.deliver(&again, &mut progress).await.unwrap();
        let leads = direct.crm.state().unsorted.len();
        assert_eq!((leads, direct.crm.logged().len()), (1, 1), "{fault:?}");
    }
}

#[tokio::test]
async fn second_call_of_the_same_stranger_stands_on_the_first_ones_lead() {
    let direct = Direct::making(UnknownContact::Lead);
    let (first, ann) = (answered(), user("1"));
    let second = CallRecord { record_id: RecordId::of_missed(CONNECTION, &first.call_id), ..answered() };
    for record in [&first, &second] {
        direct.deliver(&direct.message(record, Some(&ann)), &mut Progress::default()).await.unwrap();
    }
    assert_eq!(direct.crm.state().unsorted.len(), 1);
    let on: Vec<_> = direct.crm.logged().into_iter().map(|note| note["kind"].clone()).collect();
    assert_eq!(on, ["contacts", "leads"]);
}

#[tokio::test]
async fn later_news_change_the_call_where_kommo_put_it_or_are_a_remark() {
    for found in [true, false] {
        let direct = Direct::making(UnknownContact::Lead);
        let (record, ann) = (answered(), user("1"));
        let mut progress = Progress::default();
        direct.deliver(&direct.message(&record, Some(&ann)), &mut progress).await.unwrap();
        if !found {
            direct.crm.state().notes.clear();
        }
        let recording = Message {
            kind: RecordKind::Recording,
            recording_url: Some(RECORDING),
            ..direct.message(&record, Some(&ann))
        };
        let receipt = direct.revise(&recording, 2, &mut progress).await.unwrap();
        let gone = Message { kind: RecordKind::Withdrawn, ..direct.message(&record, Some(&ann)) };
        if found {
            let [note] = direct.crm.logged().try_into().unwrap();
            assert_eq!((receipt.remark, &note["params"]["link"]), (None, &json!(RECORDING)));
            direct.revise(&gone, 3, &mut progress).await.unwrap();
            let result = direct.crm.logged()[0]["params"]["call_result"].clone();
            assert!(result.as_str().unwrap().contains("does not hold"));
        } else {
            assert!(receipt.remark.unwrap().contains("as it was told first"));
            let receipt = direct.revise(&gone, 3, &mut progress).await.unwrap();
            assert!(receipt.remark.is_some(), "it stands, and a person is told");
            assert!(direct.crm.logged().is_empty());
        }
    }
}
