//! An application that is consented to: its tokens, and what it may do with recordings.

use std::collections::BTreeMap;
use std::time::Duration;

use ringbridge::crm::{Connector as _, CrmError, Message};
use ringbridge::model::connection::Policy;
use ringbridge::model::delivery::{AttemptClass, Progress};
use ringbridge::model::secret::Secret;
use simulators::hubspot::{CODE, HubFault};
use simulators::world::NOON;
use url::Url;

use super::{Direct, RECORDING, ann, answered, application, grant};

const READY: &str = "POST crm/v3/extensions/calling/recordings/ready";

/// An account that knows the caller, and an application that was let in an hour ago.
async fn consented() -> Direct {
    let (mut direct, _) = Direct::knowing(Policy::default()).await;
    direct.target = application();
    direct.grant = Some(grant(&direct.account, NOON - Duration::from_hours(1)));
    direct
}

#[tokio::test]
async fn code_becomes_tokens_and_those_are_renewed() {
    let direct = consented().await;
    let consent = direct.connector.consent(&direct.target).unwrap();
    let redirect = Url::parse("https://bridge.example/api/v1/crm/callback").unwrap();
    let url = consent.authorise_url(&direct.target, "the-state", &redirect).unwrap();
    let query: BTreeMap<_, _> = url.query_pairs().into_owned().collect();
    assert_eq!((query["state"].as_str(), query["redirect_uri"].as_str()), ("the-state", redirect.as_str()));
    assert!(query["scope"].contains("crm.objects.owners.read"));
    let answer = |code: &str| BTreeMap::from([("code".to_owned(), Secret::new(code))]);
    let wrong = consent.exchange(&direct.target, &answer("wrong"), &redirect, NOON).await.unwrap_err();
    assert_eq!(wrong.class(), AttemptClass::Unauthorised);
    let given = consent.exchange(&direct.target, &answer(CODE), &redirect, NOON).await.unwrap();
    assert_eq!(given.expires_at, NOON + Duration::from_mins(30));
    assert_eq!((given.fact("hub_id"), given.fact("app_id")), (Some("62515"), Some("1160452")));
    direct.account.fail(Some("GET oauth/v1/access-tokens/access-1"), HubFault::Status(404));
    let unnamed = consent.exchange(&direct.target, &answer(CODE), &redirect, NOON).await.unwrap();
    assert_eq!(unnamed.fact("app_id"), None, "an answer less is no reason to refuse a consent");
    let renewed = consent.renew(&direct.target, &given, NOON).await.unwrap();
    assert_ne!(renewed.access, given.access);
    assert_eq!(direct.account.state().renewals, 1);
    // Renewed once more elsewhere: a refresh token that is void asks for another consent.
    direct.account.state().tokens.1 = "another".to_owned();
    let void = consent.renew(&direct.target, &renewed, NOON).await.unwrap_err();
    assert_eq!(void.class(), AttemptClass::Unauthorised);
    direct.account.fail(None, HubFault::Html);
    let down = consent.renew(&direct.target, &renewed, NOON).await.unwrap_err();
    assert_ne!(down.class(), AttemptClass::Unauthorised, "a page is no refusal");
}

#[tokio::test]
async fn token_needs_no_consent_and_an_application_does() {
    let direct = consented().await;
    assert!(direct.connector.consent(&direct.target).is_some());
    assert!(direct.connector.consent(&super::target()).is_none());
}

#[tokio::test]
async fn token_that_has_ended_is_renewed() {
    let direct = consented().await;
    direct.account.state().tokens.0 = "access-9".to_owned();
    let (record, ann) = (answered(), ann());
    let error = direct.deliver(&direct.message(&record, Some(&ann)), &mut Progress::default()).await;
    assert!(matches!(error, Err(CrmError::TokenEnded)), "{error:?}");
}

#[tokio::test]
async fn recording_is_announced_at_its_own_endpoint() {
    let direct = consented().await;
    let (record, ann, mut progress) = (answered(), ann(), Progress::default());
    let message = Message { recording_url: Some(RECORDING), ..direct.message(&record, Some(&ann)) };
    let receipt = direct.deliver(&message, &mut progress).await.unwrap();
    let [call] = direct.account.logged().try_into().unwrap();
    assert_eq!(receipt.remark, None);
    assert_eq!(direct.account.state().ready, [call.id.parse::<u64>().unwrap()]);
    assert!(!call.text("hs_call_body").contains(RECORDING), "the text has no link");
    // By the token HubSpot asks for the link when somebody presses play.
    assert_eq!(call.text("hs_call_external_id"), "token");
    assert_eq!((call.text("hs_call_external_account_id"), call.text("hs_call_app_id")), ("62515", "1160452"));
}

#[tokio::test]
async fn application_without_an_endpoint_for_recordings_logs_the_call_and_says_so() {
    for (fault, final_) in
        [(HubFault::Status(403), true), (HubFault::Status(404), true), (HubFault::Status(503), false)]
    {
        let direct = consented().await;
        direct.account.fail(Some(READY), fault);
        let (record, ann, mut progress) = (answered(), ann(), Progress::default());
        let message = Message { recording_url: Some(RECORDING), ..direct.message(&record, Some(&ann)) };
        let receipt = direct.deliver(&message, &mut progress).await;
        assert_eq!(direct.account.logged().len(), 1);
        match receipt {
            Ok(receipt) => assert!(final_ && receipt.remark.unwrap().contains("recording")),
            Err(error) => assert!(!final_, "{error}"),
        }
    }
}

#[tokio::test]
async fn users_are_all_owners_who_are_persons() {
    let direct = consented().await;
    for place in 10..260 {
        let owner = serde_json::json!({ "id": place.to_string(), "email": format!("p{place}@example.com"),
            "firstName": "P", "lastName": place.to_string(), "type": "PERSON" });
        direct.account.state().owners.push(owner);
    }
    let users = direct.connector.users(direct.access()).await.unwrap();
    assert_eq!(users.len(), 252);
    assert_eq!((users[0].id.as_str(), users[0].name.as_str()), ("1", "Ann Example"));
    assert_eq!(users[0].email.as_deref(), Some("ann@example.com"));
    direct.account.fail(None, HubFault::Status(500));
    assert!(direct.connector.users(direct.access()).await.is_err(), "half a list would look like a list");
}
