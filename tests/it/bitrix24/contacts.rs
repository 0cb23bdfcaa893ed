//! Whose call it is: found in any spelling, chosen by the policy, made once.

use ringbridge::crm::Message;
use ringbridge::model::call::{CallRecord, Outcome, RecordId, RecordKind};
use ringbridge::model::connection::{MissedResponsible, Policy, SeveralContacts, UnknownContact};
use ringbridge::model::delivery::Progress;
use ringbridge::model::ids::CallId;
use ringbridge::model::number::PhoneNumber;
use simulators::bitrix24::PortalFault;

use super::{CONNECTION, Direct, answered, user};

async fn entity_of(direct: &Direct, record: &CallRecord) -> Option<String> {
    let ann = user("1");
    direct.deliver(&direct.message(record, Some(&ann)), &mut Progress::default()).await.unwrap();
    let call = direct.portal.logged().pop().unwrap();
    call.registered["CRM_ENTITY_ID"].as_str().map(str::to_owned)
}

#[tokio::test]
async fn contact_is_found_however_its_number_is_written() {
    for written in ["+442079460555", "442079460555", "02079460555", "020 7946 0555"] {
        let direct = Direct::start(Policy::default());
        direct.portal.state().add_contact(797, written, 2, "2026-01-01");
        assert_eq!(entity_of(&direct, &answered()).await.as_deref(), Some("797"), "{written}");
        assert_eq!(direct.portal.logged().len(), 1);
        let registered = &direct.portal.logged()[0].registered;
        assert_eq!(registered["PHONE_NUMBER"], "+442079460555", "one form, whatever the PBX wrote");
    }
}

#[tokio::test]
async fn of_several_contacts_the_policy_chooses_and_the_call_is_logged_once() {
    for (several, wanted) in [(SeveralContacts::Latest, Some("12")), (SeveralContacts::None, None)] {
        let direct = Direct::start(Policy { several_contacts: several, ..Policy::default() });
        for (id, modified) in [(11, "2026-01-01"), (12, "2026-03-01"), (13, "2026-02-01")] {
            direct.portal.state().add_contact(id, "+442079460555", 1, modified);
        }
        assert_eq!(entity_of(&direct, &answered()).await.as_deref(), wanted);
        assert_eq!(direct.portal.logged().len(), 1, "never one call per contact");
    }
}

#[tokio::test]
async fn own_numbers_are_nobodys_contact() {
    let policy = || Policy { unknown_contact: UnknownContact::Contact, ..Policy::default() };
    let direct = Direct::start(policy());
    direct.portal.state().users[1]["PERSONAL_MOBILE"] = "+442079460555".into();
    assert_eq!(entity_of(&direct, &answered()).await, None);
    assert!(direct.portal.state().contacts.is_empty(), "an employee is made no contact");
    let direct = Direct::start(policy());
    let own = CallRecord { external_number: Some(PhoneNumber::new("+442079460100")), ..answered() };
    assert_eq!(entity_of(&direct, &own).await, None);
    assert_eq!(direct.portal.state().count("crm.duplicate.findbycomm"), 0, "the dialled number is our own");
    for short in ["112", "anonymous"] {
        let direct = Direct::start(policy());
        let record = CallRecord { external_number: Some(PhoneNumber::new(short)), ..answered() };
        assert_eq!(entity_of(&direct, &record).await, None, "{short}");
        assert_eq!(direct.portal.state().count("crm.contact.add"), 0);
    }
}

#[tokio::test]
async fn stranger_becomes_one_contact_under_a_burst_and_a_lost_answer() {
    let direct = Direct::start(Policy { unknown_contact: UnknownContact::Contact, ..Policy::default() });
    let (ann, ben) = (user("1"), user("2"));
    let other = CallId::parse("call-2").unwrap();
    let (one, two) = (
        answered(),
        CallRecord { record_id: RecordId::of_missed(CONNECTION, &other), call_id: other, ..answered() },
    );
    let (first, second) = (direct.message(&one, Some(&ann)), direct.message(&two, Some(&ben)));
    let (mut there, mut here) = (Progress::default(), Progress::default());
    let (a, b) = tokio::join!(direct.deliver(&first, &mut there), direct.deliver(&second, &mut here));
    assert!(a.is_ok() && b.is_ok());
    assert_eq!(direct.portal.state().contacts.len(), 1);
    assert_eq!(direct.portal.logged().len(), 2);

    let direct = Direct::start(Policy { unknown_contact: UnknownContact::Contact, ..Policy::default() });
    direct.portal.fail(Some("crm.contact.add"), PortalFault::LostAnswer);
    let mut progress = Progress::default();
    let message = direct.message(&one, Some(&ann));
    assert!(direct.deliver(&message, &mut progress).await.is_err());
    direct.deliver(&Message { perhaps_delivered: true, ..message }, &mut progress).await.unwrap();
    assert_eq!(direct.portal.state().contacts.len(), 1, "looked up before it is made again");
    assert_eq!(direct.portal.state().contacts[0]["PHONE"][0]["VALUE"], "+442079460555");
}

#[tokio::test]
async fn lead_that_the_portal_refuses_is_a_remark_and_the_call_is_logged() {
    let direct = Direct::start(Policy { unknown_contact: UnknownContact::Lead, ..Policy::default() });
    direct.portal.fail(Some("telephony.externalCall.register"), PortalFault::NoLead);
    let (record, ann) = (answered(), user("1"));
    let receipt =
        direct.deliver(&direct.message(&record, Some(&ann)), &mut Progress::default()).await.unwrap();
    assert!(receipt.remark.unwrap().contains("refused to make a lead"));
    assert_eq!((direct.portal.logged().len(), direct.portal.state().leads), (1, 0));
    let direct = Direct::start(Policy { unknown_contact: UnknownContact::Lead, ..Policy::default() });
    let rang = direct.ring(&record, &ann).await.unwrap();
    assert_eq!(direct.portal.state().leads, 0, "a phone that rings makes no lead");
    let receipt = direct.deliver(&direct.message(&record, Some(&ann)), &mut rang.clone()).await.unwrap();
    let leads = direct.portal.state().leads;
    assert_eq!((receipt.remark, leads, direct.portal.logged().len()), (None, 1, 1));
}

#[tokio::test]
async fn missed_call_goes_to_the_contacts_owner_if_the_policy_says_so() {
    for (responsible, wanted) in [(MissedResponsible::Owner, "3"), (MissedResponsible::Default, "1")] {
        let direct = Direct::start(Policy { missed_responsible: responsible, ..Policy::default() });
        direct.portal.state().add_contact(797, "+442079460555", 3, "2026-01-01");
        let record = CallRecord {
            kind: RecordKind::Missed,
            outcome: Some(Outcome::Missed),
            talk_micros: 0,
            ..answered()
        };
        assert_eq!(entity_of(&direct, &record).await.as_deref(), Some("797"));
        let row = direct.portal.logged()[0].row.clone().unwrap();
        assert_eq!((&row["PORTAL_USER_ID"], &row["CALL_FAILED_CODE"]), (&wanted.into(), &"304".into()));
    }
}
