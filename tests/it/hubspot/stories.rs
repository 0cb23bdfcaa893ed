//! HubSpot behind the whole flow: connected by a token or by a consent, tried, and calls under faults.

use std::collections::BTreeSet;

use http::StatusCode;
use ringbridge::crm::Step;
use ringbridge::model::call::{CallRecord, RecordId};
use ringbridge::model::connection::{Policy, UnknownContact};
use ringbridge::model::delivery::{AttemptClass, Progress};
use ringbridge::model::ids::LegId;
use serde_json::{Value, json};
use simulators::hubspot::{CLIENT_ID, CLIENT_SECRET, CODE, HubFault, HubSpot, TOKEN};
use simulators::pbx::Tenant;

use super::{Direct, account, ann, answered};
use crate::bitrix24::CONNECTION;
use crate::settings::world::SettingsWorld;

/// The demo client, connected to an account; and what the connection was answered with.
async fn connected(crm: Value) -> (SettingsWorld, HubSpot, (StatusCode, Value)) {
    let mut world = SettingsWorld::with(vec![Tenant::demo()], &[]).await;
    let account = account(world.clock.clone());
    world.redeploy(&[("RINGBRIDGE_HUBSPOT_API", &account.url())]);
    let mut form = world.form();
    form["crm"] = crm;
    let answer = world.post("/api/v1/connections", &form).await;
    if let Some(key) = answer.1["admin_key"].as_str() {
        key.clone_into(&mut world.key);
    }
    (world, account, answer)
}

#[tokio::test]
async fn token_connects_without_a_consent_and_its_test_record_is_removed() {
    let (world, account, (status, body)) = connected(json!({ "kind": "hubspot", "token": TOKEN })).await;
    assert_eq!(status, StatusCode::CREATED, "{body}");
    assert_eq!(body["crm"]["authorize_url"], Value::Null);
    assert_eq!(account.state().properties.get("ringbridge_record_id"), Some(&true), "made when it connected");
    let check = world.post("/api/v1/crm/check", &json!({})).await.1;
    assert_eq!((&check["works"], &check["test_record"]), (&json!(true), &json!("removed")), "{check}");
    assert_eq!(account.logged().len(), 0);
    assert_eq!(account.state().calls.len(), 1, "in the bin");
    let users = world.get("/api/v1/crm/users").await.1;
    assert_eq!(users["items"].as_array().unwrap().len(), 2, "{users}");
    let (_, _, (status, _)) = connected(json!({ "kind": "hubspot", "token": "pat-wrong" })).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    let both = json!({ "kind": "hubspot", "token": TOKEN, "client_id": CLIENT_ID });
    let (_, _, (status, body)) = connected(both).await;
    assert_eq!((status, &body["errors"][0]["path"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!("crm.token")));
}

#[tokio::test]
async fn application_is_consented_to_and_its_token_renewed_when_it_ends() {
    let crm = json!({ "kind": "hubspot", "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET });
    let (world, account, (status, body)) = connected(crm).await;
    assert_eq!(status, StatusCode::CREATED, "{body}");
    let shown = world.get("/api/v1/connection").await.1;
    let authorise = url::Url::parse(shown["crm"]["authorize_url"].as_str().unwrap()).unwrap();
    let state = authorise.query_pairs().find(|(name, _)| name == "state").unwrap().1.into_owned();
    let query = form_urlencoded::Serializer::new(String::new())
        .append_pair("code", CODE)
        .append_pair("state", &state)
        .finish();
    let (status, body) = world.get(&format!("/api/v1/crm/callback?{query}")).await;
    assert!(status.is_success() || status.is_redirection(), "{status} {body}");
    let check = world.post("/api/v1/crm/check", &json!({})).await.1;
    assert_eq!(check["works"], true, "{check}");
    assert_eq!(account.state().renewals, 0);
    world.clock.advance(std::time::Duration::from_mins(31));
    assert_eq!(world.get("/api/v1/crm/users").await.0, StatusCode::OK);
    assert_eq!(account.state().renewals, 1);
}

const UPSERT: &str = "POST crm/v3/objects/calls/batch/upsert";

/// A small generator: what follows from a seed is the same everywhere.
fn next(seed: &mut u64) -> u64 {
    *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    *seed >> 33
}

#[tokio::test]
async fn two_hundred_calls_under_faults_are_there_once_each() {
    const FAULTS: [HubFault; 9] = [
        HubFault::LostAnswer,
        HubFault::LostAnswer,
        HubFault::Reset,
        HubFault::Status(500),
        HubFault::Status(429),
        HubFault::Status(423),
        HubFault::Html,
        HubFault::Empty,
        HubFault::Partial("INTERNAL_ERROR", "m"),
    ];
    let policy = Policy { unknown_contact: UnknownContact::Contact, ..Policy::default() };
    let (direct, ann, mut seed) = (Direct::start(policy), ann(), 7);
    for number in 0..200 {
        let leg = LegId::parse(&format!("leg-{number}")).unwrap();
        let first = answered();
        let record_id = RecordId::of_leg(CONNECTION, &first.call_id, first.extension_id, &leg);
        let record = CallRecord { record_id, leg_id: Some(leg), ..first };
        let (mut progress, mut perhaps) = (Progress::default(), false);
        for turn in 0.. {
            assert!(turn < 200, "call {number} comes to no end");
            if next(&mut seed).is_multiple_of(3) {
                let fault = FAULTS[usize::try_from(next(&mut seed)).unwrap() % FAULTS.len()];
                let only = matches!(fault, HubFault::Partial(..)).then_some(UPSERT);
                direct.account.fail(only, fault);
            }
            let mut message = direct.message(&record, Some(&ann));
            message.perhaps_delivered = perhaps;
            let step =
                ringbridge::crm::Connector::step(&direct.connector, direct.access(), &message, &progress)
                    .await;
            match step {
                Ok(Step::Done(_)) => break,
                // A crash: what was learnt is not stored.
                Ok(Step::Next(_)) if next(&mut seed).is_multiple_of(5) => perhaps = true,
                Ok(Step::Next(next)) => progress = next,
                Err(error) => perhaps |= error.class() == AttemptClass::PerhapsDelivered,
            }
        }
        direct.account.state().faults.clear();
    }
    let logged = direct.account.logged();
    let keys: BTreeSet<_> = logged.iter().map(|call| call.text("ringbridge_record_id").to_owned()).collect();
    assert_eq!((logged.len(), keys.len()), (200, 200));
    let state = direct.account.state();
    assert_eq!((state.ties.len(), state.contacts.len()), (200, 1));
}
