//! Tokens: both change with each renewal, the account may move, and an answer may be lost.

use std::collections::BTreeMap;

use ringbridge::crm::{Connector as _, Consent, CrmError};
use ringbridge::model::connection::Policy;
use ringbridge::model::delivery::AttemptClass::{self, PerhapsDelivered, Throttled, Unauthorised, Unpaid};
use ringbridge::model::secret::Secret;
use simulators::kommo::{ACCOUNT, CODE, KommoFault, REDIRECT};
use simulators::world::NOON;
use url::Url;

use super::{Direct, grant, let_in_by_consent};

const TOKENS: Option<&str> = Some("POST oauth2/access_token");

fn consented() -> Direct {
    let mut direct = Direct::start(Policy::default());
    direct.target = let_in_by_consent();
    direct.grant = Some(grant(&direct.crm, NOON));
    direct
}

fn answer(fields: &[(&str, &str)]) -> BTreeMap<String, Secret> {
    fields.iter().map(|(name, value)| ((*name).to_owned(), Secret::new(*value))).collect()
}

impl Direct {
    fn consent(&self) -> &dyn Consent {
        self.connector.consent(&self.target).unwrap()
    }

    async fn renew(&mut self) -> Result<(), CrmError> {
        let old = self.grant.clone().unwrap();
        let renewed = self.consent().renew(&self.target, &old, NOON).await?;
        self.grant = Some(renewed);
        Ok(())
    }
}

#[tokio::test]
async fn token_that_lives_long_needs_no_consent_and_an_integration_does() {
    let direct = Direct::start(Policy::default());
    assert!(direct.connector.consent(&direct.target).is_none());
    assert!(direct.connector.consent(&let_in_by_consent()).is_some());
}

#[tokio::test]
async fn consent_becomes_tokens_of_the_account_where_it_was_given() {
    let mut direct = consented();
    let redirect = Url::parse(REDIRECT).unwrap();
    let url = direct.consent().authorise_url(&direct.target, "the-state", &redirect).unwrap();
    let query: BTreeMap<_, _> = url.query_pairs().into_owned().collect();
    assert_eq!((query["state"].as_str(), query["mode"].as_str()), ("the-state", "popup"));
    direct.crm.state().account = "renamed.kommo.com".to_owned();
    let given = answer(&[("code", CODE), ("referer", "renamed.kommo.com")]);
    let new = direct.consent().exchange(&direct.target, &given, &redirect, NOON).await.unwrap();
    direct.grant = Some(new);
    direct.connector.check(direct.access()).await.unwrap();
    // Whoever sends the browser back names nothing but an account.
    let forged = answer(&[("code", CODE), ("referer", "elsewhere.example")]);
    let error = direct.consent().exchange(&direct.target, &forged, &redirect, NOON).await.unwrap_err();
    assert_eq!(error.class(), Unauthorised, "the account that was entered is asked");
    let used = direct.consent().exchange(&direct.target, &given, &redirect, NOON).await.unwrap_err();
    assert!(used.to_string().contains("redirect address"), "{used}");
}

#[tokio::test]
async fn renewal_changes_both_tokens_and_follows_an_account_that_has_moved() {
    let mut direct = consented();
    let first = direct.grant.clone().unwrap();
    direct.renew().await.unwrap();
    let second = direct.grant.clone().unwrap();
    assert_ne!((&first.access, &first.refresh), (&second.access, &second.refresh));
    direct.connector.check(direct.access()).await.unwrap();
    direct.crm.state().account = "renamed.kommo.com".to_owned();
    let error = direct.connector.check(direct.access()).await.unwrap_err();
    assert!(matches!(error, CrmError::TokenEnded), "a renewal finds out where it is: {error}");
    direct.renew().await.unwrap();
    assert_eq!(direct.grant.as_ref().unwrap().fact("account"), Some("renamed.kommo.com"));
    direct.connector.check(direct.access()).await.unwrap();
    let state = direct.crm.state();
    assert_eq!((state.renewals, state.spent_twice), (2, 0));
    assert_eq!(first.fact("account"), Some(ACCOUNT));
}

#[tokio::test]
async fn whether_a_lost_renewal_happened_is_asked_without_spending_anything() {
    for (fault, unspent) in [(KommoFault::LostAnswer, false), (KommoFault::Reset, true)] {
        let mut direct = consented();
        direct.crm.fail(TOKENS, fault);
        let error = direct.renew().await.unwrap_err();
        assert_eq!(error.class(), PerhapsDelivered, "{fault:?}");
        let grant = direct.grant.clone().unwrap();
        let said = direct.consent().is_unspent(&direct.target, &grant, NOON).await.unwrap();
        assert_eq!((said, direct.crm.state().spent_twice), (unspent, 0), "{fault:?}");
    }
}

#[tokio::test]
async fn every_refusal_of_the_tokens_has_its_class() {
    for (fault, class) in [
        (KommoFault::Problem(400), Unauthorised),
        (KommoFault::Problem(401), Unauthorised),
        (KommoFault::Problem(402), Unpaid),
        (KommoFault::Problem(403), Unauthorised),
        (KommoFault::Status(403), Throttled),
        (KommoFault::Problem(429), Throttled),
        (KommoFault::Problem(500), PerhapsDelivered),
        (KommoFault::Html, PerhapsDelivered),
        (KommoFault::Moved, AttemptClass::Unauthorised),
    ] {
        let mut direct = consented();
        direct.crm.fail(TOKENS, fault);
        assert_eq!(direct.renew().await.unwrap_err().class(), class, "{fault:?}");
    }
}
