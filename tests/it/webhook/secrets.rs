//! Which signing secrets are accepted, and what a person reads about others.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ringbridge::crm::CrmError;
use ringbridge::crm::webhook::{SecretProblem, generate_secret, parse_secret};
use ringbridge::http_client::Targets;
use ringbridge::model::ids::SystemRandomness;

use super::{SECRET, answered_call, connector, inbox, message, one_step, target};
use simulators::patience::PATIENT;

#[test]
fn both_spellings_of_a_secret_are_one() {
    let bare = &SECRET["whsec_".len()..];
    for text in [SECRET, bare, &format!("  {SECRET}\n")] {
        assert_eq!(parse_secret(text).unwrap().reveal(), SECRET);
    }
}

#[test]
fn a_secret_holds_24_to_64_bytes() {
    for bytes in 0..=80 {
        let secret = parse_secret(&STANDARD.encode(vec![7; bytes]));
        if (24..=64).contains(&bytes) {
            assert!(secret.is_ok(), "{bytes}");
        } else {
            assert_eq!(secret, Err(SecretProblem::Length { bytes }));
        }
    }
}

#[test]
fn what_is_no_secret_is_refused_without_repeating_it() {
    for (text, problem) in [
        ("whsec_open sesame", SecretProblem::NotBase64),
        ("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo", SecretProblem::NotBase64),
        ("whsk_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo=", SecretProblem::PublicKeyScheme),
        ("whpk_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo=", SecretProblem::PublicKeyScheme),
    ] {
        let error = parse_secret(text).unwrap_err();
        assert_eq!(error, problem);
        assert!(!format!("{error} {error:?}").contains(&text[6..]));
    }
}

#[test]
fn generated_secrets_are_accepted_and_differ() {
    let (one, two) =
        (generate_secret(&SystemRandomness::default()), generate_secret(&SystemRandomness::default()));
    assert_eq!(parse_secret(one.reveal()).unwrap(), one);
    assert_ne!(one, two);
    assert_eq!(format!("{one:?}"), "Secret(…)");
}

#[tokio::test]
async fn an_unusable_secret_sends_nothing() {
    let (inbox, record) = (inbox(), answered_call());
    let broken = target(&inbox.url(), "whsec_%%%");
    let error =
        one_step(&connector(PATIENT, Targets::AnyAddress), &broken, &message(&record)).await.unwrap_err();
    assert!(matches!(error, CrmError::Settings(_)));
    assert!(!format!("{error} {error:?}").contains("%%%"));
    assert_eq!(inbox.counters().requests, 0);
}
