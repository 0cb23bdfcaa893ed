//! What HubSpot's refusals mean.

use std::time::Duration;

use ringbridge::crm::CrmError;
use ringbridge::error::{Classified as _, Retryability};
use ringbridge::model::connection::Policy;
use ringbridge::model::crm_target::OpenCrmTarget;
use ringbridge::model::delivery::AttemptClass::{
    self, PerhapsDelivered, Refused, Throttled, Transient, Unauthorised, Unpaid,
};
use ringbridge::model::delivery::Progress;
use ringbridge::model::ids::CrmUserId;
use ringbridge::model::secret::Secret;
use simulators::hubspot::HubFault;

use super::{Direct, ann, answered};

const CALLS: &str = "POST crm/v3/objects/calls";
const UPSERT: &str = "POST crm/v3/objects/calls/batch/upsert";

async fn failed(asked: &'static str, fault: HubFault) -> CrmError {
    let (direct, _) = Direct::knowing(Policy::default()).await;
    direct.account.fail(Some(asked), fault);
    let (record, ann) = (answered(), ann());
    let mut message = direct.message(&record, Some(&ann));
    message.perhaps_delivered = asked == UPSERT;
    let error = direct.deliver(&message, &mut Progress::default()).await.unwrap_err();
    // Once more, and it is there once.
    message.perhaps_delivered = true;
    direct.deliver(&message, &mut Progress::default()).await.unwrap();
    assert_eq!(direct.account.logged().len(), 1);
    error
}

#[tokio::test]
async fn every_refusal_has_its_class() {
    let daily = r#"{"status":"error","policyName":"DAILY","category":"RATE_LIMITS","message":"m","correlationId":"c"}"#;
    let scopes = r#"{"status":"error","category":"MISSING_SCOPES","message":"m","correlationId":"c"}"#;
    let wrong = r#"{"category":"VALIDATION_ERROR","message":"m","correlationId":"c","errors":[{"code":"INVALID_OPTION"}]}"#;
    for (fault, class, words) in [
        (HubFault::Status(429), Throttled, "for the moment"),
        (HubFault::Says(429, daily), Throttled, "of the day"),
        (HubFault::Says(403, scopes), Unauthorised, "scope"),
        (HubFault::Says(400, wrong), Refused, "refused what it was sent"),
        (HubFault::Status(400), Refused, "refused what it was sent"),
        (HubFault::Status(401), Unauthorised, "does not take the token"),
        (HubFault::Status(402), Unpaid, "paid"),
        (HubFault::Status(423), Transient, "locked"),
        (HubFault::Status(477), Throttled, "data centre"),
        (HubFault::Status(503), PerhapsDelivered, "503"),
        (HubFault::Html, PerhapsDelivered, "can't be read"),
        (HubFault::Empty, PerhapsDelivered, "can't be read"),
        (HubFault::Endless, PerhapsDelivered, "can't be read"),
        (HubFault::LostAnswer, PerhapsDelivered, "did not answer"),
    ] {
        let error = failed(CALLS, fault).await;
        assert_eq!(error.class(), class, "{fault:?}: {error}");
        assert!(error.to_string().contains(words), "{fault:?}: {error}");
    }
}

#[tokio::test]
async fn batch_that_failed_inside_is_no_success() {
    for (category, class) in [
        ("RATE_LIMITS", Throttled),
        ("VALIDATION_ERROR", Refused),
        ("MISSING_SCOPES", Unauthorised),
        ("INTERNAL_ERROR", PerhapsDelivered),
        ("CONFLICT", PerhapsDelivered),
        ("OBJECT_LOCKED", Transient),
    ] {
        let error = failed(UPSERT, HubFault::Partial(category, "m")).await;
        assert_eq!(error.class(), class, "{category}: {error}");
    }
    let nothing = r#"{"status":"COMPLETE","results":[]}"#;
    let error = failed(UPSERT, HubFault::Says(200, nothing)).await;
    assert_eq!(error.class(), PerhapsDelivered);
}

#[tokio::test]
async fn searches_have_a_limit_of_their_own() {
    let (direct, _) = Direct::knowing(Policy::default()).await;
    direct.account.state().searches = 0;
    let (record, ann) = (answered(), ann());
    let message = direct.message(&record, Some(&ann));
    let error = direct.deliver(&message, &mut Progress::default()).await.unwrap_err();
    assert_eq!(error.class(), Throttled);
    assert!(error.to_string().contains("searches"), "{error}");
    let error = failed(CALLS, HubFault::Says(429, r#"{"policyName":"DAILY"}"#)).await;
    let wait = Some(Duration::from_hours(1));
    assert_eq!(error.retryability(), Retryability::Transient { retry_after: wait });
}

#[tokio::test]
async fn owner_who_has_gone_is_named_in_the_mapping() {
    let (direct, _) = Direct::knowing(Policy::default()).await;
    let (record, gone) = (answered(), CrmUserId::parse("77").unwrap());
    for perhaps_delivered in [false, true] {
        let mut message = direct.message(&record, Some(&gone));
        message.perhaps_delivered = perhaps_delivered;
        let error = direct.deliver(&message, &mut Progress::default()).await.unwrap_err();
        assert_eq!(error.class(), Refused);
        assert!(error.to_string().contains("change the mapping"), "{error}");
    }
}

#[tokio::test]
async fn settings_are_a_token_or_an_application() {
    let direct = Direct::start(Policy::default());
    for (given, wrong) in [
        (&[("token", " pat-1 ")][..], None),
        (&[("client_id", "a"), ("client_secret", "b")], None),
        (&[("token", "a b")], Some("token")),
        (&[("token", "a"), ("client_id", "a")], Some("token")),
        (&[("client_id", "a")], Some("client_secret")),
        (&[("client_secret", "a")], Some("client_id")),
        (&[], Some("token")),
    ] {
        let mut target =
            OpenCrmTarget::new("hubspot", given.iter().map(|(name, value)| (*name, Secret::new(*value))));
        let problems = ringbridge::crm::Connector::check_fields(&direct.connector, &mut target);
        assert_eq!(problems.first().map(|(name, _)| *name), wrong, "{given:?}");
    }
}

#[tokio::test]
async fn wrong_token_is_refused_by_the_check() {
    let mut direct = Direct::start(Policy::default());
    direct.target = OpenCrmTarget::new("hubspot", [("token", Secret::new("pat-wrong"))]);
    let error = ringbridge::crm::Connector::check(&direct.connector, direct.access()).await.unwrap_err();
    assert_eq!(error.class(), AttemptClass::Unauthorised);
}
