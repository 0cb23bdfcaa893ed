//! What each of Bitrix24's errors means, and answers that are none.

use std::fmt::Write as _;

use ringbridge::crm::{Connector as _, CrmError};
use ringbridge::model::connection::Policy;
use ringbridge::model::delivery::Progress;
use simulators::bitrix24::PortalFault;

use super::{Direct, answered, user};

const FINISH: Option<&str> = Some("telephony.externalCall.finish");

/// The error of a call that rang and whose end meets a fault.
async fn failing(fault: PortalFault) -> CrmError {
    let direct = Direct::start(Policy::default());
    let (record, ann) = (answered(), user("1"));
    let mut progress = direct.ring(&record, &ann).await.unwrap();
    direct.portal.fail(FINISH, fault);
    let error = direct.deliver(&direct.message(&record, Some(&ann)), &mut progress).await.unwrap_err();
    for secret in [direct.portal.state().access(), "2079460555".to_owned(), direct.portal.url()] {
        let said = format!("{error} {error:?}");
        assert!(!said.contains(&secret), "{said}");
    }
    error
}

#[tokio::test]
async fn every_error_has_one_meaning() {
    let mut table = String::new();
    for (status, code, words) in [
        (503, "QUERY_LIMIT_EXCEEDED", "Too many requests"),
        (429, "OPERATION_TIME_LIMIT", ""),
        (503, "OVERLOAD_LIMIT", "REST API is blocked due to overload."),
        (401, "expired_token", ""),
        (401, "NO_AUTH_FOUND", ""),
        (403, "insufficient_scope", ""),
        (403, "ACCESS_DENIED", ""),
        (402, "PAYMENT_REQUIRED", ""),
        (403, "PORTAL_DELETED", ""),
        (403, "WRONG_AUTH_TYPE", ""),
        (500, "INTERNAL_SERVER_ERROR", ""),
        (200, "ERROR_UNEXPECTED_ANSWER", ""),
        (400, "ERROR_CORE", "User is not found or is not active"),
        (400, "", "UNSUPPORTED PHONE NUMBER FORMAT: x"),
        (400, "ERROR_CORE", "Server returns HTTP error code 404"),
        (400, "ERROR_CORE", "something new"),
        (500, "", ""),
        (200, "SOMETHING", "new, inside a success"),
    ] {
        let error = failing(PortalFault::Error(status, code, words)).await;
        writeln!(table, "{status} {code:24} {:?}", error.class()).unwrap();
    }
    insta::assert_snapshot!(table, @r"
    503 QUERY_LIMIT_EXCEEDED     Throttled
    429 OPERATION_TIME_LIMIT     Throttled
    503 OVERLOAD_LIMIT           Refused
    401 expired_token            Transient
    401 NO_AUTH_FOUND            Unauthorised
    403 insufficient_scope       Unauthorised
    403 ACCESS_DENIED            Unauthorised
    402 PAYMENT_REQUIRED         Unpaid
    403 PORTAL_DELETED           Unauthorised
    403 WRONG_AUTH_TYPE          Unauthorised
    500 INTERNAL_SERVER_ERROR    PerhapsDelivered
    200 ERROR_UNEXPECTED_ANSWER  PerhapsDelivered
    400 ERROR_CORE               Refused
    400                          Refused
    400 ERROR_CORE               Transient
    400 ERROR_CORE               Refused
    500                          PerhapsDelivered
    200 SOMETHING                Refused
    ");
}

#[tokio::test]
async fn answers_that_are_none_are_classified_and_bounded() {
    use ringbridge::model::delivery::AttemptClass::{PerhapsDelivered, Refused, Transient};
    for (fault, class) in [
        (PortalFault::Html, PerhapsDelivered),
        (PortalFault::Empty, PerhapsDelivered),
        (PortalFault::Endless, PerhapsDelivered),
        (PortalFault::Reset, PerhapsDelivered),
        (PortalFault::LostAnswer, PerhapsDelivered),
        (PortalFault::Status(502), PerhapsDelivered),
        (PortalFault::Status(404), Refused),
        // The portal has another address: a new token names it.
        (PortalFault::Moved, Transient),
    ] {
        assert_eq!(failing(fault).await.class(), class, "{fault:?}");
    }
    assert!(matches!(failing(PortalFault::Moved).await, CrmError::TokenEnded));
}

#[tokio::test]
async fn connecting_says_what_is_missing_and_makes_the_line_once() {
    let direct = Direct::start(Policy::default());
    direct.connector.check(direct.access()).await.unwrap();
    direct.connector.check(direct.access()).await.unwrap();
    let lines = direct.portal.state().lines.clone();
    assert_eq!((lines.len(), &lines[0]["CRM_AUTO_CREATE"]), (1, &"N".into()));
    direct.portal.fail(Some("telephony.externalLine.add"), PortalFault::Inside("insufficient_scope", ""));
    let error = direct.connector.check(direct.access()).await.unwrap_err();
    assert!(error.to_string().contains("telephony, crm and user"), "{error}");
    let users = direct.connector.users(direct.access()).await.unwrap();
    assert_eq!(users.len(), 3);
    assert_eq!((users[0].id.as_str(), users[0].extension.as_deref()), ("1", Some("205")));
    direct.portal.fail(Some("user.get"), PortalFault::Status(502));
    assert!(direct.connector.users(direct.access()).await.is_err(), "half a list is none");
    assert!(direct.connector.users(direct.access()).await.is_ok_and(|users| users[0].email.is_some()));
    assert!(Progress::default().is_empty());
}
