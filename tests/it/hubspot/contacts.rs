//! Whose call it is: every way of writing a number, the policy, and strangers.

use std::time::Duration;

use ringbridge::crm::{Connector as _, Message, Step};
use ringbridge::model::call::{CallRecord, Outcome, RecordId, RecordKind};
use ringbridge::model::connection::{MissedResponsible, Policy, SeveralContacts, UnknownContact};
use ringbridge::model::delivery::Progress;
use ringbridge::model::ids::LegId;
use ringbridge::model::number::PhoneNumber;
use simulators::world::NOON;

use crate::bitrix24::CONNECTION;

use super::{Direct, ann, answered};

const SEARCH: &str = "POST crm/v3/objects/contacts/search";

async fn logged(direct: &Direct) -> Option<String> {
    let (record, ann) = (answered(), ann());
    direct.deliver(&direct.message(&record, Some(&ann)), &mut Progress::default()).await.unwrap();
    direct.account.state().ties.first().map(|(_, contact)| contact.clone())
}

#[tokio::test]
async fn contact_is_found_however_its_number_is_written_by_one_search() {
    for (written, found) in [
        ("+442079460555", true),
        ("+44 20 7946 0555", true),
        ("442079460555", true),
        ("02079460555", true),
        ("020 7946 0555", true),
        ("(020) 7946-0555", true),
        ("+442079460556", false),
    ] {
        let direct = Direct::start(Policy::default());
        let contact = direct.account.state().add_contact(written, "", NOON);
        let tied = logged(&direct).await;
        assert_eq!(tied.is_some(), found, "{written}");
        assert!(tied.is_none_or(|tied| tied == contact));
        assert_eq!(direct.account.state().count(SEARCH), 1);
    }
}

#[tokio::test]
async fn number_of_another_country_with_the_same_digits_is_not_the_callers() {
    let direct = Direct::start(Policy::default());
    // HubSpot finds it, since it keeps numbers without their country.
    direct.account.state().add_contact("+12079460555", "", NOON);
    let number = PhoneNumber::new("+442079460555");
    let (record, ann) = (CallRecord { external_number: Some(number), ..answered() }, ann());
    direct.deliver(&direct.message(&record, Some(&ann)), &mut Progress::default()).await.unwrap();
    assert!(direct.account.state().ties.is_empty());
}

#[tokio::test]
async fn of_several_the_policy_chooses_the_latest_or_none() {
    for (several_contacts, chosen) in [(SeveralContacts::Latest, true), (SeveralContacts::None, false)] {
        let direct = Direct::start(Policy { several_contacts, ..Policy::default() });
        let later = {
            let mut state = direct.account.state();
            state.add_contact("+442079460555", "", NOON - Duration::from_hours(2));
            let later = state.add_contact("020 7946 0555", "", NOON);
            state.add_contact("02079460555", "", NOON - Duration::from_hours(1));
            later
        };
        assert_eq!(logged(&direct).await, chosen.then_some(later));
        assert_eq!(direct.account.logged().len(), 1, "the call is logged all the same");
    }
}

#[tokio::test]
async fn stranger_becomes_what_the_policy_says_once() {
    for (unknown_contact, stage) in [
        (UnknownContact::Ignore, None),
        (UnknownContact::Contact, Some("")),
        (UnknownContact::Lead, Some("lead")),
    ] {
        let direct = Direct::start(Policy { unknown_contact, ..Policy::default() });
        direct.account.state().lags = true;
        let (first, first_call) = (logged(&direct).await, answered());
        let other = LegId::parse("leg-2").unwrap();
        let record_id = RecordId::of_leg(CONNECTION, &first_call.call_id, first_call.extension_id, &other);
        let second = CallRecord { record_id, leg_id: Some(other), ..first_call };
        let ann = ann();
        direct.deliver(&direct.message(&second, Some(&ann)), &mut Progress::default()).await.unwrap();
        let state = direct.account.state();
        assert_eq!(state.contacts.len(), usize::from(stage.is_some()), "{unknown_contact:?}");
        assert_eq!(first.is_some(), stage.is_some());
        assert_eq!(state.calls.len(), 2);
        if let Some(stage) = stage {
            let contact = &state.contacts[0];
            assert_eq!((contact.text("phone"), contact.text("lifecyclestage")), ("+442079460555", stage));
            assert_eq!(contact.text("hubspot_owner_id"), "1");
        }
    }
}

#[tokio::test]
async fn missed_call_is_the_contacts_owners_where_the_policy_says_so() {
    let policy = Policy { missed_responsible: MissedResponsible::Owner, ..Policy::default() };
    let (direct, _) = Direct::knowing(policy).await;
    let record = CallRecord { kind: RecordKind::Missed, outcome: Some(Outcome::Missed), ..answered() };
    let ann = ann();
    let message = Message { kind: RecordKind::Missed, ..direct.message(&record, Some(&ann)) };
    direct.deliver(&message, &mut Progress::default()).await.unwrap();
    assert_eq!(direct.account.logged()[0].text("hubspot_owner_id"), "2");
}

#[tokio::test]
async fn contact_that_was_removed_meanwhile_is_looked_for_once_more() {
    let (direct, _) = Direct::knowing(Policy::default()).await;
    let (record, ann) = (answered(), ann());
    let message = direct.message(&record, Some(&ann));
    let none = Progress::default();
    let step = direct.connector.step(direct.access(), &message, &none);
    let Step::Next(mut progress) = step.await.unwrap() else { panic!("it looks first") };
    let other = {
        let mut state = direct.account.state();
        state.contacts.clear();
        state.add_contact("02079460555", "", NOON)
    };
    direct.deliver(&message, &mut progress).await.unwrap();
    assert_eq!(direct.account.state().ties[0].1, other);
}
