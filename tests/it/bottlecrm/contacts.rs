//! Whose call it is: found in any spelling, chosen by the policy, made once.

use std::time::Duration;

use ringbridge::crm::Message;
use ringbridge::model::call::{CallRecord, Outcome, RecordId, RecordKind};
use ringbridge::model::connection::{MissedResponsible, Policy, SeveralContacts, UnknownContact};
use ringbridge::model::delivery::Progress;
use ringbridge::model::ids::CallId;
use ringbridge::model::number::PhoneNumber;
use simulators::bottlecrm::{BottleFault, Kind};
use simulators::world::NOON;

use super::{CONNECTION, Direct, NUMBER, answered};

/// Delivers a record and gives what it stands on.
async fn home_of(direct: &Direct, record: &CallRecord) -> (String, String) {
    let ann = direct.profile(1);
    direct.deliver(&direct.message(record, Some(&ann)), &mut Progress::default()).await.unwrap();
    let [call] = direct.crm.logged().try_into().unwrap();
    let text = |name: &str| call[name].as_str().unwrap_or_default().to_owned();
    (text("contact"), text("lead"))
}

#[tokio::test]
async fn contact_is_found_however_its_number_is_written_and_before_a_lead() {
    for written in [NUMBER, "442079460555", "020 7946 0555", "(020) 7946-0555"] {
        let direct = Direct::start(Policy::default());
        let contact = direct.crm.state().add(Kind::Contact, written, NOON);
        direct.crm.state().add(Kind::Lead, written, NOON);
        assert_eq!(home_of(&direct, &answered()).await, (contact, String::new()), "{written}");
    }
    let direct = Direct::start(Policy::default());
    let lead = direct.crm.state().add(Kind::Lead, NUMBER, NOON);
    assert_eq!(home_of(&direct, &answered()).await, (String::new(), lead));
}

#[tokio::test]
async fn number_of_another_country_with_the_same_last_digits_is_somebody_else() {
    let direct = Direct::start(Policy::default());
    direct.crm.state().add(Kind::Contact, "+1 207 946 0555", NOON);
    assert!(direct.skipped(&answered()).await.contains("knows nobody"));
}

#[tokio::test]
async fn of_several_the_policy_chooses_and_the_call_is_logged_once() {
    let later = |minutes| NOON + Duration::from_mins(minutes);
    let several = |policy| {
        let direct = Direct::start(policy);
        let ids = [1, 9, 5].map(|minutes| direct.crm.state().add(Kind::Contact, NUMBER, later(minutes)));
        (direct, ids)
    };
    let (direct, ids) = several(Policy::default());
    assert_eq!(home_of(&direct, &answered()).await.0, ids[1], "the one changed last");
    let (direct, _) = several(Policy { several_contacts: SeveralContacts::None, ..Policy::default() });
    assert!(direct.skipped(&answered()).await.contains("several share this number"));
}

#[tokio::test]
async fn what_has_no_customers_number_is_settled_with_a_sentence() {
    let policy = || Policy { unknown_contact: UnknownContact::Contact, ..Policy::default() };
    let numbered =
        |number: Option<&str>| CallRecord { external_number: number.map(PhoneNumber::new), ..answered() };
    for number in [None, Some("112"), Some("anonymous"), Some("4821*206"), Some("+442079460100")] {
        let direct = Direct::start(policy());
        assert!(direct.skipped(&numbered(number)).await.contains("no outside number"), "{number:?}");
        assert!(direct.crm.state().cards.is_empty());
    }
    let direct = Direct::start(policy());
    direct.crm.state().profiles[1].phone = Some("020 7946 0555".to_owned());
    assert!(direct.skipped(&answered()).await.contains("colleague's own"));
    assert!(direct.crm.state().cards.is_empty(), "a colleague is made no contact");
    let direct = Direct::start(Policy::default());
    assert!(direct.skipped(&answered()).await.contains("knows nobody"));
    direct.crm.state().has_leads = false;
    assert!(direct.skipped(&answered()).await.contains("knows nobody"), "without leads there are none");
}

#[tokio::test]
async fn stranger_becomes_one_contact_or_lead_under_a_burst_and_a_lost_answer() {
    for (policy, kind, made) in [
        (UnknownContact::Contact, Kind::Contact, "POST contacts"),
        (UnknownContact::Lead, Kind::Lead, "POST leads"),
    ] {
        let direct = Direct::start(Policy { unknown_contact: policy, ..Policy::default() });
        let (ann, ben) = (direct.profile(1), direct.profile(2));
        let other = CallId::parse("call-2").unwrap();
        let record_id = RecordId::of_missed(CONNECTION, &other);
        let (one, two) = (answered(), CallRecord { record_id, call_id: other, ..answered() });
        let (first, second) = (direct.message(&one, Some(&ann)), direct.message(&two, Some(&ben)));
        let (mut there, mut here) = (Progress::default(), Progress::default());
        let (a, b) = tokio::join!(direct.deliver(&first, &mut there), direct.deliver(&second, &mut here));
        assert!(a.is_ok() && b.is_ok());
        assert_eq!((direct.crm.logged().len(), direct.crm.state().of(kind).len()), (2, 1));

        let direct = Direct::start(Policy { unknown_contact: policy, ..Policy::default() });
        direct.crm.fail(Some(made), BottleFault::LostAnswer);
        let mut progress = Progress::default();
        let message = direct.message(&one, Some(&ann));
        assert!(direct.deliver(&message, &mut progress).await.is_err());
        direct.deliver(&Message { perhaps_delivered: true, ..message }, &mut progress).await.unwrap();
        let state = direct.crm.state();
        let [card] = state.of(kind).try_into().unwrap();
        assert_eq!(card.phone(), NUMBER, "looked for before it is made again");
        assert_eq!(card.assigned(), [ann.as_str()]);
        assert_eq!(card.fields["last_name"], NUMBER, "a name that a person finds by the number");
    }
}

#[tokio::test]
async fn missed_call_names_the_contacts_owner_if_the_policy_says_so() {
    for (responsible, name) in
        [(MissedResponsible::Owner, "Ben Example"), (MissedResponsible::Default, "Ann Example")]
    {
        let policy = Policy { missed_responsible: responsible, ..Policy::default() };
        let (direct, _) = Direct::knowing(policy);
        let ben = direct.profile(2);
        direct.crm.state().cards[0].fields["assigned_to"] = serde_json::json!([ben.as_str()]);
        let missed = CallRecord {
            kind: RecordKind::Missed,
            outcome: Some(Outcome::Missed),
            talk_micros: 0,
            ..answered()
        };
        home_of(&direct, &missed).await;
        let subject = format!("Missed call from {NUMBER} – {name}");
        assert_eq!(direct.crm.logged()[0]["subject"], subject);
    }
}

#[tokio::test]
async fn contact_that_goes_meanwhile_is_looked_for_once_more() {
    let (direct, contact) = Direct::knowing(Policy::default());
    let (record, ann) = (answered(), direct.profile(1));
    let message = direct.message(&record, Some(&ann));
    let mut progress = Progress::default();
    direct.crm.fail(Some("POST interactions"), BottleFault::Status(503));
    direct.deliver(&message, &mut progress).await.unwrap_err();
    let other = direct.crm.state().add(Kind::Contact, NUMBER, NOON);
    direct.crm.state().remove(&contact);
    direct.deliver(&Message { perhaps_delivered: true, ..message }, &mut progress).await.unwrap();
    assert_eq!(direct.crm.logged()[0]["contact"], other);
    // One that stays hidden is said, and not asked for for ever.
    let (direct, _) = Direct::knowing(Policy::default());
    for _ in 0..2 {
        direct.crm.fail(Some("POST interactions"), BottleFault::Says(404, r#"{"detail":"No such record."}"#));
    }
    let message = direct.message(&record, Some(&ann));
    let error = direct.deliver(&message, &mut Progress::default()).await.unwrap_err();
    assert!(error.to_string().contains("does not show the contact"), "{error}");
}
