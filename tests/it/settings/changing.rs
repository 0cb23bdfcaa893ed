//! A mapping that is changed for those alone who are named: everybody else stays who they were.

use axum::body::Body;
use http::{Method, StatusCode};
use serde_json::{Value, json};
use simulators::proxy::ProxyFault;

use super::world::{Answer, FAX, IVR, JOHN, MARY, QUEUE, SettingsWorld, ZOE};

/// Who is named with which extensions; none at all is `null`.
fn change(users: &[(&str, Option<&[u64]>)]) -> Value {
    let users = users.iter().map(|(user, ids)| json!({"crm_user": user, "extension_ids": ids}));
    json!({ "users": users.collect::<Vec<_>>() })
}

async fn patch(world: &SettingsWorld, body: &Value) -> Answer {
    world.request(Method::PATCH, "/api/v1/mapping", Body::from(body.to_string())).await
}

/// The stored mapping.
async fn stored(world: &SettingsWorld) -> Vec<(String, Vec<u64>)> {
    let mapping = world.get("/api/v1/mapping").await.1;
    let users = mapping["users"].as_array().unwrap().iter().map(|user| {
        let ids = user["extension_ids"].as_array().unwrap().iter().map(|id| id.as_u64().unwrap());
        (user["crm_user"].as_str().unwrap().to_owned(), ids.collect())
    });
    let mut users: Vec<_> = users.collect();
    users.sort();
    users
}

fn owned(users: &[(&str, &[u64])]) -> Vec<(String, Vec<u64>)> {
    users.iter().map(|(user, ids)| ((*user).to_owned(), ids.to_vec())).collect()
}

/// What is changed, what is stored then, and who lost what.
type Case<'a> = (&'a [(&'a str, Option<&'a [u64]>)], &'a [(&'a str, &'a [u64])], Value);

#[tokio::test]
async fn named_users_get_what_is_named_and_all_others_stay() {
    let cases: [Case<'_>; 7] = [
        (
            &[("u4", Some(&[QUEUE]))],
            &[("u1", &[MARY]), ("u2", &[JOHN]), ("u3", &[ZOE]), ("u4", &[QUEUE])],
            json!([]),
        ),
        (&[("u1", Some(&[MARY, IVR]))], &[("u1", &[MARY, IVR]), ("u2", &[JOHN]), ("u3", &[ZOE])], json!([])),
        (&[("u1", Some(&[MARY]))], &[("u1", &[MARY]), ("u2", &[JOHN]), ("u3", &[ZOE])], json!([])),
        (
            &[("u1", None)],
            &[("u2", &[JOHN]), ("u3", &[ZOE])],
            json!([{"crm_user": "u1", "extension_ids": [MARY]}]),
        ),
        (
            &[("u1", Some(&[]))],
            &[("u2", &[JOHN]), ("u3", &[ZOE])],
            json!([{"crm_user": "u1", "extension_ids": [MARY]}]),
        ),
        (
            &[("u1", Some(&[JOHN])), ("u2", None)],
            &[("u1", &[JOHN]), ("u3", &[ZOE])],
            json!([{"crm_user": "u1", "extension_ids": [MARY]}, {"crm_user": "u2", "extension_ids": [JOHN]}]),
        ),
        (&[], &[("u1", &[MARY]), ("u2", &[JOHN]), ("u3", &[ZOE])], json!([])),
    ];
    for (named, expected, removed) in cases {
        let world = SettingsWorld::connected().await;
        world.map_all().await;
        let (status, body) = patch(&world, &change(named)).await;
        assert_eq!(status, StatusCode::OK, "{named:?}: {body}");
        assert_eq!(stored(&world).await, owned(expected), "{named:?}");
        assert_eq!(body["removed"], removed, "{named:?}");
        assert_eq!(body["version"], 2, "{named:?}");
    }
}

#[tokio::test]
async fn change_reaches_the_pbx_and_the_trail() {
    let world = SettingsWorld::connected().await;
    world.map_all().await;
    world.requests();
    patch(&world, &change(&[("u1", None)])).await;
    world.assert_installed(&[JOHN, ZOE, QUEUE, IVR]);
    assert!(world.requests().iter().all(|line| line.contains(&format!("/extension/{MARY}/event/"))));
    let trail = world.get("/api/v1/audit").await.1;
    assert_eq!(trail["items"][0]["action"], "mapping_saved", "{trail}");
}

#[tokio::test]
async fn wrong_changes_are_refused_by_path_and_change_nothing() {
    let world = SettingsWorld::connected().await;
    world.map_all().await;
    let cases = [
        (json!({}), "users"),
        (json!({"users": null}), "users"),
        (json!({"users": [{"extension_ids": [MARY]}]}), "users[0].crm_user"),
        (json!({"users": [{"crm_user": "u1"}]}), "users[0].extension_ids"),
        (json!({"users": [{"crm_user": "u1", "extension_ids": ["x"]}]}), "users[0].extension_ids[0]"),
        (change(&[("u1", Some(&[MARY, FAX]))]), "users[0].extension_ids[1]"),
        (change(&[("u1", Some(&[5]))]), "users[0].extension_ids[0]"),
        // John is not named, so nobody takes his phone without saying so.
        (change(&[("u1", Some(&[MARY, JOHN]))]), "users[0].extension_ids[1]"),
        (change(&[("u1", Some(&[MARY])), ("u4", Some(&[MARY]))]), "users[1].extension_ids[0]"),
        (change(&[("u1", None), ("u1", Some(&[MARY]))]), "users[1].crm_user"),
        (json!({"users": [], "version": "x"}), "version"),
        (json!({"users": [], "user": []}), "user"),
    ];
    for (body, path) in cases {
        let (status, answer) = patch(&world, &body).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{body}: {answer}");
        assert_eq!(answer["errors"][0]["path"], path, "{body}: {answer}");
    }
    assert_eq!(stored(&world).await, owned(&[("u1", &[MARY]), ("u2", &[JOHN]), ("u3", &[ZOE])]));
}

#[tokio::test]
async fn whoever_changes_second_is_told_what_the_first_saved() {
    let world = SettingsWorld::connected().await;
    world.map_all().await;
    let mut seen = change(&[("u1", None)]);
    seen["version"] = json!(0);
    let (status, answer) = patch(&world, &seen).await;
    assert_eq!((status, &answer["current"]["version"]), (StatusCode::CONFLICT, &json!(1)), "{answer}");
    seen["version"] = json!(1);
    let changed = patch(&world, &seen).await;
    assert_eq!(changed.0, StatusCode::OK, "{}", changed.1);
}

#[tokio::test]
async fn change_that_loses_the_race_undoes_nothing_of_the_winner() {
    let world = SettingsWorld::connected().await;
    world.map_all().await;
    let slow = world.hand().await;
    // The slower one has read what was stored, and stands still at its write.
    slow.proxy.fail(Some("PutItem"), 1, ProxyFault::Hold);
    let newer = async {
        slow.proxy.hangs().beyond(0).await;
        let saved = patch(&world, &change(&[("u3", None)])).await;
        slow.proxy.release();
        saved
    };
    let first = change(&[("u1", None)]);
    let (older, newer) = tokio::join!(slow.request(Method::PATCH, "/api/v1/mapping", &first), newer);
    assert_eq!(newer.0, StatusCode::OK, "{}", newer.1);
    assert_eq!(older.0, StatusCode::CONFLICT, "{}", older.1);
    assert_eq!(older.1["current"]["version"], 2);
    assert_eq!(stored(&world).await, owned(&[("u1", &[MARY]), ("u2", &[JOHN])]));
}
