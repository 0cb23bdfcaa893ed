//! What each of RetailCRM's refusals means, answers that are none, and settings that can't be used.

use std::fmt::Write as _;

use ringbridge::crm::retailcrm::{self, RetailCrmConnector};
use ringbridge::crm::{Connector as _, CrmError};
use ringbridge::model::connection::Policy;
use ringbridge::model::crm_target::OpenCrmTarget;
use ringbridge::model::delivery::AttemptClass::PerhapsDelivered;
use ringbridge::model::delivery::Progress;
use ringbridge::model::ids::CrmUserId;
use ringbridge::model::secret::Secret;
use simulators::retailcrm::{API_KEY, RetailFault, User};

use super::{Direct, answered, message};

/// The error of an upload that meets a fault.
async fn failing(fault: RetailFault) -> CrmError {
    let direct = Direct::start(Policy::default());
    let record = answered();
    direct.crm.fail(Some("POST telephony/calls/upload"), fault);
    let error = direct.deliver(&message(&record, None), &mut Progress::default()).await.unwrap_err();
    let said = format!("{error} {error:?} {}", ringbridge::error::chain(&error));
    for secret in [API_KEY, "2079460555", &direct.crm.url()] {
        assert!(!said.contains(secret), "{said}");
    }
    error
}

#[tokio::test]
async fn every_refusal_has_one_meaning() {
    let mut table = String::new();
    for (status, body) in [
        (403, r#"{"success":false,"errorMsg":"Wrong \"apiKey\" value."}"#),
        (403, r#"{"success":false,"errorMsg":"Access denied."}"#),
        (403, r#"{"success":false,"errorMsg":"something new"}"#),
        (400, r#"{"success":false,"errorMsg":"\"apiKey\" is missing."}"#),
        (400, r#"{"success":false,"errorMsg":"Account does not exist."}"#),
        (400, r#"{"success":false,"errorMsg":"Errors","errors":{"calls[0][phone]":"not valid"}}"#),
        (400, r#"{"success":false,"errorMsg":"Errors","errors":{"calls[0][userId]":"does not exist"}}"#),
        (400, r#"{"success":false,"errorMsg":"Errors","errors":["something"]}"#),
        (200, r#"{"success":false,"errorMsg":"inside a success"}"#),
        (200, r#"{"success":true,"processedCallsCount":0}"#),
        (402, r#"{"success":false,"errorMsg":"Payment required"}"#),
        (503, r#"{"success":false,"errorMsg":"Service Temporarily Unavailable"}"#),
        (429, r#"{"success":false,"errorMsg":"Too many"}"#),
        (500, r#"{"success":false,"errorMsg":"Internal \"apiKey\" error"}"#),
    ] {
        let error = failing(RetailFault::Says(status, body)).await;
        writeln!(table, "{status} {:?}: {error}", error.class()).unwrap();
    }
    insta::assert_snapshot!(table, @r"
    403 Unauthorised: RetailCRM does not know the API key: give one that is active
    403 Unauthorised: the API key lacks a permission: it needs telephony, users and integration modules
    403 Unauthorised: the CRM answered 403
    400 Unauthorised: RetailCRM does not know the API key: give one that is active
    400 Unauthorised: there is no RetailCRM at this address: check it
    400 Refused: RetailCRM does not take this telephone number
    400 Refused: the mapping names somebody whom RetailCRM does not know: choose from the list
    400 Refused: RetailCRM refused what it was sent
    200 Refused: RetailCRM refused what it was sent
    200 Refused: RetailCRM took the call, but logged none
    402 Unpaid: the RetailCRM account is frozen: it has to be paid for
    503 Throttled: RetailCRM is asked more often than it allows
    429 Throttled: the CRM answered 429
    500 PerhapsDelivered: the CRM answered 500
    ");
}

#[tokio::test]
async fn answers_that_are_none_are_classified_and_bounded() {
    for fault in [
        RetailFault::Html,
        RetailFault::Endless,
        RetailFault::Reset,
        RetailFault::LostAnswer,
        RetailFault::Says(200, "{}"),
        RetailFault::Status(502),
    ] {
        assert_eq!(failing(fault).await.class(), PerhapsDelivered, "{fault:?}");
    }
    assert!(failing(RetailFault::Status(404)).await.to_string().contains("no RetailCRM at this address"));
    assert!(failing(RetailFault::Status(302)).await.to_string().contains("no RetailCRM at this address"));
}

#[tokio::test]
async fn a_mapping_to_somebody_who_is_no_user_is_said() {
    let direct = Direct::start(Policy::default());
    let record = answered();
    for (user, words) in [("ann@example.com", "no RetailCRM user"), ("404", "does not know")] {
        let user = CrmUserId::parse(user);
        let error = direct.deliver(&message(&record, user.as_ref()), &mut Progress::default()).await;
        assert!(error.unwrap_err().to_string().contains(words));
    }
}

#[tokio::test]
async fn connecting_says_what_is_missing_and_users_come_whole() {
    let direct = Direct::start(Policy::default());
    direct.connector.check(direct.access()).await.unwrap();
    let users = direct.connector.users(direct.access()).await.unwrap();
    assert_eq!((users.len(), users[0].extension.as_deref()), (3, Some("205")));
    for id in 100..350 {
        direct.crm.state().users.push(User { id, name: "One More", code: None, active: id % 2 == 0 });
    }
    assert_eq!(direct.connector.users(direct.access()).await.unwrap().len(), 128);
    direct.crm.fail(Some("GET users"), RetailFault::Status(502));
    assert!(direct.connector.users(direct.access()).await.is_err(), "half a list is none");
    direct.crm.state().telephony = false;
    let error = direct.connector.check(direct.access()).await.unwrap_err();
    assert!(error.to_string().contains("lacks a permission"), "{error}");
    assert!(direct.crm.state().events.is_empty() && direct.crm.logged().is_empty());
}

#[test]
fn settings_take_the_form_that_requests_need() {
    let checked = |url: &str, key: &str| {
        let client = ringbridge::http_client::for_crm(
            simulators::patience::PATIENT,
            ringbridge::http_client::Targets::AnyAddress,
        );
        let fields = [(retailcrm::URL, Secret::new(url)), (retailcrm::API_KEY, Secret::new(key))];
        let mut target = OpenCrmTarget::new(retailcrm::KIND, fields);
        let problems = RetailCrmConnector::new(client.unwrap()).check_fields(&mut target);
        (problems.iter().map(|(name, _)| name.to_string()).collect::<Vec<_>>(), target)
    };
    for given in ["https://example.retailcrm.ru", "https://example.retailcrm.ru/api/"] {
        let (problems, target) = checked(given, &format!(" {API_KEY} "));
        assert!(problems.is_empty(), "{problems:?}");
        assert_eq!(target.text(retailcrm::URL), Some("https://example.retailcrm.ru"));
        assert_eq!(target.text(retailcrm::API_KEY), Some(API_KEY));
    }
    assert_eq!(checked("https://example.retailcrm.ru/?site=1", API_KEY).0, [retailcrm::URL]);
    for key in ["", "short", "with spaces in it", "with-dashes-in-it"] {
        assert_eq!(checked("https://example.retailcrm.ru", key).0, [retailcrm::API_KEY], "{key}");
    }
}
