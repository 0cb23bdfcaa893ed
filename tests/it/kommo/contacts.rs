//! Whose call it is: spellings, several, companies, strangers.

use std::time::Duration;

use ringbridge::model::call::{CallRecord, Direction};
use ringbridge::model::connection::{Policy, SeveralContacts, UnknownContact};
use ringbridge::model::delivery::Progress;
use ringbridge::model::number::PhoneNumber;
use simulators::world::NOON;

use super::{Direct, NUMBER, answered, user};

async fn remark_of(direct: &Direct, record: &CallRecord) -> Option<&'static str> {
    let ann = user("1");
    direct.deliver(&direct.message(record, Some(&ann)), &mut Progress::default()).await.unwrap().remark
}

#[tokio::test]
async fn contact_is_found_however_its_number_is_written_and_no_other_is() {
    for written in ["+442079460555", "+44 20 7946 0555", "020 7946 0555", "(020) 7946-0555", "00442079460555"]
    {
        let direct = Direct::start(Policy { country: "GB".to_owned(), ..Policy::default() });
        // The same last digits in another country, and digits that are another number's.
        direct.crm.state().add_contact("+1 207 946 0555", 1, NOON);
        direct.crm.state().add_contact("+99920794605551", 1, NOON);
        let wanted = direct.crm.state().add_contact(written, 1, NOON);
        assert_eq!(remark_of(&direct, &answered()).await, None, "{written}");
        let [note] = direct.crm.logged().try_into().unwrap();
        assert_eq!(note["entity_id"], wanted, "{written}");
    }
}

#[tokio::test]
async fn of_several_the_policy_chooses_and_a_company_serves_where_there_is_no_contact() {
    for (several_contacts, logged) in [(SeveralContacts::Latest, 1), (SeveralContacts::None, 0)] {
        let direct = Direct::start(Policy { several_contacts, ..Policy::default() });
        direct.crm.state().add_contact(NUMBER, 1, NOON);
        let later = direct.crm.state().add_contact(NUMBER, 1, NOON + Duration::from_mins(1));
        direct.crm.state().add_company(NUMBER, 1, NOON);
        let remark = remark_of(&direct, &answered()).await;
        assert_eq!(direct.crm.logged().len(), logged);
        match direct.crm.logged().first() {
            Some(note) => {
                assert_eq!((&note["entity_id"], &note["kind"]), (&later.into(), &"contacts".into()));
            }
            None => assert!(remark.unwrap().contains("several share")),
        }
    }
    let direct = Direct::start(Policy::default());
    let company = direct.crm.state().add_company(NUMBER, 1, NOON);
    assert_eq!(remark_of(&direct, &answered()).await, None);
    assert_eq!(direct.crm.logged()[0]["entity_id"], company);
    assert_eq!(direct.crm.logged()[0]["kind"], "companies");
}

#[tokio::test]
async fn stranger_is_ignored_or_becomes_a_contact_that_is_theirs_who_took_the_call() {
    let direct = Direct::start(Policy::default());
    assert!(remark_of(&direct, &answered()).await.unwrap().contains("knows nobody"));
    assert!(direct.crm.logged().is_empty() && direct.crm.state().contacts.is_empty());
    for unknown in [UnknownContact::Contact, UnknownContact::Lead] {
        let direct = Direct::making(unknown);
        // Incoming leads come from incoming calls alone.
        let record = CallRecord { direction: Direction::Outbound, ..answered() };
        assert_eq!(remark_of(&direct, &record).await, None);
        let [contact] = direct.crm.state().contacts.clone().try_into().unwrap();
        assert_eq!((&contact["name"], &contact["responsible_user_id"]), (&NUMBER.into(), &1.into()));
        assert_eq!(direct.crm.logged()[0]["entity_id"], contact["id"]);
        assert!(direct.crm.state().unsorted.is_empty());
    }
}

#[tokio::test]
async fn two_calls_of_one_stranger_make_one_contact_although_the_index_lags() {
    let direct = Direct::making(UnknownContact::Contact);
    direct.crm.state().lags = true;
    let (first, ben) = (answered(), user("2"));
    let other = CallRecord {
        record_id: ringbridge::model::call::RecordId::of_missed(super::CONNECTION, &first.call_id),
        ..answered()
    };
    let (mut one, mut two) = (Progress::default(), Progress::default());
    let (message, second) = (direct.message(&first, Some(&ben)), direct.message(&other, Some(&ben)));
    let (a, b) = tokio::join!(direct.deliver(&message, &mut one), direct.deliver(&second, &mut two));
    assert!(a.is_ok() && b.is_ok());
    let contacts = direct.crm.state().contacts.len();
    assert_eq!((contacts, direct.crm.logged().len()), (1, 2));
}

#[tokio::test]
async fn numbers_that_no_customer_has_are_not_looked_up() {
    for number in [None, Some("100"), Some("442079460100")] {
        let direct = Direct::making(UnknownContact::Contact);
        let record = CallRecord { external_number: number.map(PhoneNumber::new), ..answered() };
        assert!(remark_of(&direct, &record).await.unwrap().contains("no outside number"), "{number:?}");
        assert!(direct.crm.state().asked.is_empty(), "{number:?}");
    }
}
