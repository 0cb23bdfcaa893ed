//! Each example beside its CRM's shapes: one record, known by its contact, changed or said to stay, removed, and errors.

use ringbridge::crm::{Access, Connector as _, CrmError, Message, Receipt, Step};
use ringbridge::model::call::{CallRecord, RecordKind};
use ringbridge::model::connection::{Policy, UnknownContact};
use ringbridge::model::crm_target::OpenCrmTarget;
use ringbridge::model::delivery::{AttemptClass, Progress};
use ringbridge::model::ids::CrmUserId;
use ringbridge::model::secret::Secret;
use simulators::retailcrm::RetailFault;
use simulators::template_crms::{Crm, TOKEN, TemplateCrm};
use simulators::world::NOON;

use super::{connector, target};
use crate::bitrix24::{CONNECTION, answered};

const NUMBER: &str = "+442079460555";

pub(super) async fn deliver(
    crm: &OpenCrmTarget,
    policy: &Policy,
    message: &Message<'_>,
    progress: &mut Progress,
) -> Result<Receipt, CrmError> {
    let access = Access { target: crm, grant: None, policy, makers: &ringbridge::crm::Unshared };
    let connector = connector();
    for _ in 0..12 {
        match connector.step(access, message, progress).await? {
            Step::Next(next) => *progress = next,
            Step::Done(receipt) => {
                *progress = receipt.progress.clone();
                return Ok(receipt);
            }
        }
    }
    panic!("the connector makes no progress");
}

pub(super) fn message<'a>(record: &'a CallRecord, user: Option<&'a CrmUserId>) -> Message<'a> {
    Message {
        connection_id: CONNECTION,
        kind: record.kind,
        record,
        crm_user: user,
        answered_by: None,
        recording_url: None,
        revision: 1,
        at: NOON,
        perhaps_delivered: false,
    }
}

fn every() -> Vec<TemplateCrm> {
    Crm::ALL.map(|(crm, _)| TemplateCrm::start(crm).unwrap()).into()
}

#[tokio::test]
async fn a_call_stands_on_its_contact_once_is_changed_where_that_can_be_and_removed() {
    for crm in every() {
        let (target, policy) = (target(&crm), Policy::default());
        crm.state().contacts.extend([(101, NUMBER.to_owned()), (102, "+442079460999".to_owned())]);
        let (record, user, mut progress) = (answered(), CrmUserId::parse("7"), Progress::default());
        let first = message(&record, user.as_ref());
        let receipt = deliver(&target, &policy, &first, &mut progress).await.unwrap();
        assert_eq!(receipt.remark, None, "{:?}", crm.crm);
        let sent = serde_json::to_string(&crm.state().calls[0].1).unwrap();
        let wanted = match crm.crm {
            Crm::Pipedrive => r#""duration":"74""#,
            Crm::Zoho => r#""Call_Duration":"01:14""#,
            Crm::EspoCrm => r#""contactsIds":["c101"]"#,
            Crm::Odoo => r#""res_id":101"#,
        };
        assert!(sent.contains(wanted) && sent.contains(&record.record_id.to_string()), "{sent}");
        assert!(!sent.contains('{') || !sent.contains("{record_id}"), "{sent}");
        progress.done.clear();
        let later = Message { revision: 2, ..first.clone() };
        let receipt = deliver(&target, &policy, &later, &mut progress).await.unwrap();
        assert_eq!(receipt.remark.is_some(), crm.crm == Crm::Pipedrive, "{:?}: {receipt:?}", crm.crm);
        assert_eq!(crm.state().calls.len(), 1, "{:?}", crm.crm);
        progress.done.clear();
        let gone = Message { kind: RecordKind::Withdrawn, revision: 3, ..first.clone() };
        deliver(&target, &policy, &gone, &mut progress).await.unwrap();
        assert!(crm.state().calls.is_empty(), "{:?}", crm.crm);
        // Removed by somebody else already: as good.
        deliver(&target, &policy, &gone, &mut progress).await.unwrap();
    }
}

#[tokio::test]
async fn a_lost_answer_of_any_request_leaves_one_record_and_one_contact() {
    for at in 0..5 {
        for crm in every() {
            let target = target(&crm);
            let policy = Policy { unknown_contact: UnknownContact::Contact, ..Policy::default() };
            let (record, user, mut progress) = (answered(), CrmUserId::parse("7"), Progress::default());
            let fine = RetailFault::Status(503);
            // Faults are met in turn; those before the one that counts are refusals that leave nothing.
            crm.state().faults.extend(std::iter::repeat_n(fine, at).chain([RetailFault::LostAnswer]));
            let mut perhaps = false;
            for _ in 0..12 {
                let message = Message { perhaps_delivered: perhaps, ..message(&record, user.as_ref()) };
                match deliver(&target, &policy, &message, &mut progress).await {
                    Ok(_) => break,
                    Err(error) => perhaps |= error.class() == AttemptClass::PerhapsDelivered,
                }
            }
            assert_eq!(crm.state().calls.len(), 1, "{:?} at {at}", crm.crm);
            assert!(crm.state().contacts.len() <= 1, "{:?} at {at}", crm.crm);
        }
    }
}

#[tokio::test]
async fn a_stranger_is_nobody_unless_the_policy_makes_a_contact() {
    for crm in every() {
        let target = target(&crm);
        let (record, user) = (answered(), CrmUserId::parse("7"));
        let message = message(&record, user.as_ref());
        let receipt = deliver(&target, &Policy::default(), &message, &mut Progress::default()).await.unwrap();
        let required = crm.crm == Crm::Odoo;
        assert_eq!(receipt.remark.is_some_and(|remark| remark.starts_with("not logged:")), required);
        assert_eq!(crm.state().calls.len(), usize::from(!required));
        assert!(crm.state().contacts.is_empty());
    }
}

#[tokio::test]
async fn credentials_users_and_errors_are_read_as_the_template_says() {
    for crm in every() {
        let target = target(&crm);
        let policy = Policy::default();
        let access =
            Access { target: &target, grant: None, policy: &policy, makers: &ringbridge::crm::Unshared };
        connector().check(access).await.unwrap();
        let users = connector().users(access).await.unwrap();
        assert_eq!((users.len(), users[0].name.as_str()), (1, "Ann Example"), "{:?}", crm.crm);
        let mut wrong = target.clone();
        wrong.fields.insert("secret".to_owned(), Secret::new("wrong"));
        let error = connector().check(Access { target: &wrong, ..access }).await.unwrap_err();
        assert_eq!(error.class(), AttemptClass::Unauthorised, "{:?}", crm.crm);
        for fault in [RetailFault::Html, RetailFault::Endless, RetailFault::Reset, RetailFault::Status(500)] {
            crm.fail(fault);
            let error = connector().users(access).await.unwrap_err();
            assert_eq!(error.class(), AttemptClass::PerhapsDelivered, "{fault:?}");
            let said = format!("{error} {error:?} {}", ringbridge::error::chain(&error));
            assert!(!said.contains(TOKEN) && !said.contains(&crm.url()), "{said}");
        }
    }
}

#[tokio::test]
async fn an_error_inside_a_success_is_one_and_codes_have_their_class() {
    let crm = TemplateCrm::start(Crm::Zoho).unwrap();
    let (target, record, policy) = (target(&crm), answered(), Policy::default());
    for (says, class) in [
        (r#"{"data":[{"code":"MANDATORY_NOT_FOUND","status":"error"}]}"#, AttemptClass::Refused),
        (r#"{"data":[{"code":"INTERNAL_ERROR","status":"error"}]}"#, AttemptClass::PerhapsDelivered),
        (r#"{"code":"TOO_MANY_REQUESTS","status":"error"}"#, AttemptClass::Throttled),
        (r#"{"data":[{"status":"success","details":{}}]}"#, AttemptClass::PerhapsDelivered),
    ] {
        let mut progress = Progress::default().with_done("contact");
        crm.fail(RetailFault::Says(200, says));
        let error = deliver(&target, &policy, &message(&record, None), &mut progress).await.unwrap_err();
        assert_eq!(error.class(), class, "{says}");
    }
    assert!(crm.state().calls.is_empty());
}
