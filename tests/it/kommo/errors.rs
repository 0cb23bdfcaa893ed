//! What each of Kommo's answers means, and answers that are none.

use std::fmt::Write as _;
use std::time::Duration;

use ringbridge::crm::{Connector as _, CrmError};
use ringbridge::error::{Classified as _, Retryability};
use ringbridge::model::connection::Policy;
use ringbridge::model::delivery::{AttemptClass, Progress};
use simulators::kommo::KommoFault;

use super::{Direct, answered, grant, let_in_by_consent, user};

/// The error of a note that meets a fault, with the token or with a consent.
async fn failing(fault: KommoFault, consented: bool) -> CrmError {
    let (mut direct, _) = Direct::knowing(Policy::default());
    if consented {
        direct.target = let_in_by_consent();
        direct.grant = Some(grant(&direct.crm, simulators::world::NOON));
    }
    let (record, ann) = (answered(), user("1"));
    // Twice, since what has gone is looked for once more.
    direct.crm.fail(Some("POST contacts/notes"), fault);
    direct.crm.fail(Some("POST contacts/notes"), fault);
    let message = direct.message(&record, Some(&ann));
    let error = direct.deliver(&message, &mut Progress::default()).await.unwrap_err();
    for secret in [direct.crm.state().access(), "2079460555".to_owned(), "example.kommo".to_owned()] {
        let said = format!("{error} {error:?}");
        assert!(!said.contains(&secret), "{said}");
    }
    error
}

#[tokio::test]
async fn every_answer_has_one_meaning() {
    let mut table = String::new();
    for fault in [
        KommoFault::Problem(401),
        KommoFault::Problem(402),
        KommoFault::Problem(403),
        KommoFault::Status(403),
        KommoFault::Problem(404),
        KommoFault::Status(404),
        KommoFault::Problem(429),
        KommoFault::Status(429),
        KommoFault::Problem(400),
        KommoFault::Field("params.uniq"),
        KommoFault::Field("entity_id"),
        KommoFault::Field("0.responsible_user_id"),
        KommoFault::Field("params.phone"),
        KommoFault::Problem(500),
        KommoFault::Status(504),
        KommoFault::Moved,
        KommoFault::Html,
        KommoFault::Endless,
        KommoFault::Reset,
    ] {
        let (token, consent) = (failing(fault, false).await, failing(fault, true).await);
        writeln!(table, "{:36} {:?}, {:?}", format!("{fault:?}"), token.class(), consent.class()).unwrap();
    }
    insta::assert_snapshot!(table, @r#"
    Problem(401)                         Unauthorised, Transient
    Problem(402)                         Unpaid, Unpaid
    Problem(403)                         Unauthorised, Unauthorised
    Status(403)                          Throttled, Throttled
    Problem(404)                         Refused, Refused
    Status(404)                          Refused, Refused
    Problem(429)                         Throttled, Throttled
    Status(429)                          Throttled, Throttled
    Problem(400)                         Refused, Refused
    Field("params.uniq")                 Refused, Refused
    Field("entity_id")                   Refused, Refused
    Field("0.responsible_user_id")       Refused, Refused
    Field("params.phone")                Refused, Refused
    Problem(500)                         PerhapsDelivered, PerhapsDelivered
    Status(504)                          PerhapsDelivered, PerhapsDelivered
    Moved                                Refused, Transient
    Html                                 PerhapsDelivered, PerhapsDelivered
    Endless                              PerhapsDelivered, PerhapsDelivered
    Reset                                PerhapsDelivered, PerhapsDelivered
    "#);
}

#[tokio::test]
async fn being_shut_out_waits_longer_than_being_told_to_wait_and_a_right_that_lacks_is_said() {
    let wait = |error: &CrmError| match error.retryability() {
        Retryability::Transient { retry_after } => retry_after,
        Retryability::Permanent => None,
    };
    assert_eq!(wait(&failing(KommoFault::Problem(429), false).await), Some(Duration::from_secs(1)));
    assert_eq!(wait(&failing(KommoFault::Status(403), false).await), Some(Duration::from_mins(15)));
    let error = failing(KommoFault::Problem(403), false).await;
    assert!(error.to_string().contains("as an administrator"), "{error}");
    let error = failing(KommoFault::Problem(402), false).await;
    assert!(error.to_string().contains("paid"), "{error}");
    assert!(matches!(failing(KommoFault::Problem(401), true).await, CrmError::TokenEnded));
    assert!(matches!(failing(KommoFault::Moved, true).await, CrmError::TokenEnded));
}

#[tokio::test]
async fn account_whose_requests_others_use_up_asks_to_wait() {
    let (direct, _) = Direct::knowing(Policy::default());
    direct.crm.state().limit = Some(2);
    for _ in 0..2 {
        assert!(direct.connector.users(direct.access()).await.is_ok());
    }
    let error = direct.connector.users(direct.access()).await.unwrap_err();
    assert_eq!((error.class(), error.status()), (AttemptClass::Throttled, Some(429)));
}

#[tokio::test]
async fn checking_says_what_lacks_and_users_are_the_active_ones() {
    let direct = Direct::start(Policy::default());
    direct.connector.check(direct.access()).await.unwrap();
    assert!(direct.crm.state().notes.is_empty(), "nothing is changed");
    for asked in ["GET account", "GET users", "GET contacts", "GET leads/unsorted"] {
        let direct = Direct::start(Policy::default());
        direct.crm.fail(Some(asked), KommoFault::Problem(403));
        assert!(direct.connector.check(direct.access()).await.is_err(), "{asked}");
    }
    let users = direct.connector.users(direct.access()).await.unwrap();
    let names: Vec<_> = users.iter().map(|user| (user.id.as_str(), user.name.as_str())).collect();
    assert_eq!(names, [("1", "ann Example"), ("2", "ben Example"), ("3", "cid Example")]);
    direct.crm.fail(Some("GET users"), KommoFault::Html);
    assert!(direct.connector.users(direct.access()).await.is_err(), "half a list is none");
}
