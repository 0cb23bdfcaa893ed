//! What each of BottleCRM's refusals means, answers that are none, and settings that can't be used.

use std::fmt::Write as _;

use ringbridge::crm::{Connector as _, CrmError, Message, bottlecrm};
use ringbridge::error::{Classified as _, Retryability};
use ringbridge::model::call::RecordKind;
use ringbridge::model::connection::{Policy, UnknownContact};
use ringbridge::model::crm_target::OpenCrmTarget;
use ringbridge::model::delivery::AttemptClass::{self, PerhapsDelivered, Refused};
use ringbridge::model::delivery::Progress;
use ringbridge::model::secret::Secret;
use simulators::bottlecrm::{BottleFault, TOKEN};

use super::{Direct, NUMBER, answered};

/// The error of a call whose creation meets a fault.
async fn failing(fault: BottleFault) -> CrmError {
    let (direct, _) = Direct::knowing(Policy::default());
    let (record, ann) = (answered(), direct.profile(1));
    direct.crm.fail(Some("POST interactions"), fault);
    let message = direct.message(&record, Some(&ann));
    let error = direct.deliver(&message, &mut Progress::default()).await.unwrap_err();
    let said = format!("{error} {error:?} {}", ringbridge::error::chain(&error));
    for secret in [TOKEN, "2079460555", "Ann", &direct.crm.url()] {
        assert!(!said.contains(secret), "{said}");
    }
    error
}

#[tokio::test]
async fn every_refusal_has_one_meaning() {
    let mut table = String::new();
    for (status, body) in [
        (403, r#"{"detail":"Organization context is required. Please login again."}"#),
        (403, r#"{"error":true,"errors":"Permission Denied"}"#),
        (403, r#"{"detail":"This token is not scoped for write access to interactions."}"#),
        (403, r#"{"error":true,"errors":"Only the person who logged this, or an admin, can change it."}"#),
        (403, r#"{"detail":"something new"}"#),
        (401, r#"{"detail":"Authentication credentials were not provided."}"#),
        (400, r#"{"error":true,"errors":{"occurred_at":["This is more than five minutes in the future."]}}"#),
        (
            400,
            r#"{"error":true,"errors":{"subject":["Ensure this field has no more than 200 characters."]}}"#,
        ),
        (415, r#"{"detail":"Unsupported media type"}"#),
        (429, r#"{"detail":"Request was throttled."}"#),
        (500, r#"{"detail":"A server error occurred."}"#),
        (200, r#"{"error":true,"errors":"Something, inside a success"}"#),
        (200, r#"{"error":"Organization context required"}"#),
    ] {
        let error = failing(BottleFault::Says(status, body)).await;
        writeln!(table, "{status} {:?}: {error}", error.class()).unwrap();
    }
    insta::assert_snapshot!(table, @r"
    403 Unauthorised: BottleCRM does not know the token: it was revoked, has expired, or its owner was deactivated
    403 Unauthorised: the token's owner is no administrator of BottleCRM: give an administrator's token
    403 Unauthorised: the token lacks a scope: it needs contacts, leads and interactions, read and write, and users, read
    403 Refused: BottleCRM lets the token's owner not change this call
    403 Unauthorised: the CRM answered 403
    401 Unauthorised: the CRM answered 401
    400 Transient: BottleCRM takes no call of the future: the PBX's clock or its own is wrong
    400 Refused: BottleCRM refused what it was sent
    415 Refused: the CRM answered 415
    429 Throttled: the CRM answered 429
    500 PerhapsDelivered: the CRM answered 500
    200 Refused: BottleCRM refused what it was sent
    200 Refused: BottleCRM refused what it was sent
    ");
}

#[tokio::test]
async fn answers_that_are_none_are_classified_and_bounded() {
    for (fault, class) in [
        (BottleFault::Html, PerhapsDelivered),
        (BottleFault::Empty, PerhapsDelivered),
        (BottleFault::Endless, PerhapsDelivered),
        (BottleFault::Reset, PerhapsDelivered),
        (BottleFault::LostAnswer, PerhapsDelivered),
        (BottleFault::Says(200, "{}"), PerhapsDelivered),
        (BottleFault::Says(200, r#"{"id":"../../etc"}"#), PerhapsDelivered),
        (BottleFault::Status(502), PerhapsDelivered),
        (BottleFault::Status(404), Refused),
        (BottleFault::Moved, Refused),
    ] {
        assert_eq!(failing(fault).await.class(), class, "{fault:?}");
    }
    assert!(failing(BottleFault::Moved).await.to_string().contains("another address"));
    assert!(failing(BottleFault::Status(404)).await.to_string().contains("no BottleCRM at this address"));
}

#[tokio::test]
async fn page_that_asks_to_sign_in_is_no_success_of_a_change_or_removal() {
    for (asked, kind) in
        [("PATCH interactions/{id}", RecordKind::Ended), ("DELETE interactions/{id}", RecordKind::Withdrawn)]
    {
        let (direct, _) = Direct::knowing(Policy::default());
        let (record, ann) = (answered(), direct.profile(1));
        let mut progress = Progress::default();
        direct.deliver(&direct.message(&record, Some(&ann)), &mut progress).await.unwrap();
        progress.done.clear();
        direct.crm.fail(Some(asked), BottleFault::Html);
        let later = Message { kind, revision: 2, ..direct.message(&record, Some(&ann)) };
        let error = direct.deliver(&later, &mut progress).await.unwrap_err();
        assert_eq!(error.class(), PerhapsDelivered, "{asked}");
        direct.deliver(&Message { perhaps_delivered: true, ..later }, &mut progress).await.unwrap();
        assert_eq!(direct.crm.logged().len(), usize::from(kind == RecordKind::Ended));
    }
}

#[tokio::test]
async fn rate_limit_is_waited_for_as_told() {
    let (direct, _) = Direct::knowing(Policy::default());
    direct.crm.state().rate = 0;
    let (record, ann) = (answered(), direct.profile(1));
    let message = direct.message(&record, Some(&ann));
    let error = direct.deliver(&message, &mut Progress::default()).await.unwrap_err();
    assert_eq!(error.class(), AttemptClass::Throttled);
    let Retryability::Transient { retry_after } = error.retryability() else { panic!("{error}") };
    assert_eq!(retry_after.map(|wait| wait.as_secs()), Some(55));
}

#[tokio::test]
async fn number_that_bottlecrm_does_not_take_is_said() {
    let direct = Direct::start(Policy { unknown_contact: UnknownContact::Contact, ..Policy::default() });
    let (record, ann) = (answered(), direct.profile(1));
    let refused = r#"{"error":true,"errors":{"phone":["Enter a valid phone number"]}}"#;
    direct.crm.fail(Some("POST contacts"), BottleFault::Says(400, refused));
    let message = direct.message(&record, Some(&ann));
    let error = direct.deliver(&message, &mut Progress::default()).await.unwrap_err();
    assert!(error.to_string().contains("telephone number") && !error.to_string().contains(NUMBER));
}

#[tokio::test]
async fn connecting_says_what_is_missing_and_changes_nothing() {
    let direct = Direct::start(Policy::default());
    direct.connector.check(direct.access()).await.unwrap();
    assert!(direct.crm.state().cards.is_empty() && direct.crm.logged().is_empty());
    direct.crm.state().has_leads = false;
    direct.connector.check(direct.access()).await.unwrap();
    let scope = r#"{"detail":"This token is not scoped for write access to interactions."}"#;
    direct.crm.fail(Some("PATCH interactions/{id}"), BottleFault::Says(403, scope));
    let error = direct.connector.check(direct.access()).await.unwrap_err();
    assert!(error.to_string().contains("lacks a scope"), "{error}");
    direct.crm.state().profiles[0].admin = false;
    let error = direct.connector.check(direct.access()).await.unwrap_err();
    assert!(error.to_string().contains("no administrator"), "{error}");
    direct.crm.state().profiles[0].active = false;
    let error = direct.connector.check(direct.access()).await.unwrap_err();
    assert!(error.to_string().contains("does not know the token"), "{error}");
}

#[tokio::test]
async fn users_are_all_active_profiles_however_many_pages() {
    let direct = Direct::start(Policy::default());
    let users = direct.connector.users(direct.access()).await.unwrap();
    assert_eq!((users.len(), users[1].name.as_str()), (3, "Ann Example"));
    assert!(users[1].email.is_some() && users[1].extension.is_none());
    {
        let mut state = direct.crm.state();
        state.profiles[2].active = false;
        for place in 0..450 {
            let mut more = state.profiles[1].clone();
            more.id = format!("00000009-0000-4000-8000-{place:012}");
            state.profiles.push(more);
        }
    }
    assert_eq!(direct.connector.users(direct.access()).await.unwrap().len(), 452);
    direct.crm.fail(Some("GET users"), BottleFault::Status(502));
    assert!(direct.connector.users(direct.access()).await.is_err(), "half a list is none");
}

#[test]
fn settings_take_the_form_that_requests_need() {
    let checked = |url: &str, token: &str| {
        let client = ringbridge::http_client::for_crm(
            simulators::patience::PATIENT,
            ringbridge::http_client::Targets::AnyAddress,
        );
        let connector = bottlecrm::BottleCrmConnector::new(client.unwrap());
        let fields = [(bottlecrm::URL, Secret::new(url)), (bottlecrm::TOKEN, Secret::new(token))];
        let mut target = OpenCrmTarget::new(bottlecrm::KIND, fields);
        let problems = connector.check_fields(&mut target);
        (problems.iter().map(|(name, _)| *name).collect::<Vec<_>>(), target)
    };
    for (given, kept) in [
        ("https://crm.example.com", "https://crm.example.com"),
        ("https://crm.example.com/api/", "https://crm.example.com"),
        ("https://example.com/bottle/", "https://example.com/bottle"),
    ] {
        let (problems, target) = checked(given, " bcrm_pat_abc ");
        assert!(problems.is_empty(), "{problems:?}");
        assert_eq!(target.text(bottlecrm::URL), Some(kept));
        assert_eq!(target.text(bottlecrm::TOKEN), Some("bcrm_pat_abc"));
    }
    assert_eq!(checked("https://crm.example.com/?org=1", "bcrm_pat_abc").0, [bottlecrm::URL]);
    for token in ["", "eyJhbGciOi", "bcrm_pat_a b"] {
        assert_eq!(checked("https://crm.example.com", token).0, [bottlecrm::TOKEN], "{token}");
    }
}
