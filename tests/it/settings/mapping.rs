//! A saved mapping puts exactly the wanted events on the PBX, with no request more than that takes.

use http::{HeaderValue, Method, Request, StatusCode};
use serde_json::{Value, json};

use super::world::{FAX, IVR, JOHN, MARY, QUEUE, SettingsWorld, ZOE, mapping};

#[tokio::test]
async fn mapped_phones_menus_and_queues_get_their_events() {
    let world = SettingsWorld::connected().await;
    let (status, body) = world.map_all().await;
    assert_eq!(status, StatusCode::OK, "{body}");
    let expected = json!({"version": 1, "progress": {"total": 5, "done": 5, "failed": 0},
        "agents": {"total": 3, "done": 3, "failed": 0}, "problems": [], "next_attempt_at": null, "removed": []});
    assert_eq!(body, expected);
    world.assert_installed(&[MARY, JOHN, ZOE, QUEUE, IVR]);
    let list = world.get("/api/v1/extensions").await.1;
    let mary = list["items"].as_array().unwrap().iter().find(|one| one["id"] == MARY).expect("Mary");
    assert_eq!(mary["crm_user"], "u1");
    assert_eq!(mary["events"]["state"], "installed");
    assert_eq!(mary["events"]["installed"], json!(["dial-in", "dial-out", "answer", "hangup"]));
}

#[tokio::test]
async fn no_request_without_cause() {
    let world = SettingsWorld::connected().await;
    world.requests();
    world.map_all().await;
    let requests = world.requests();
    let count = |line: &str| requests.iter().filter(|one| one.as_str() == line).count();
    for phone in [MARY, JOHN, ZOE] {
        assert_eq!(count(&format!("GET /extension/{phone}/event/")), 1);
        assert_eq!(count(&format!("POST /extension/{phone}/event/")), 4);
    }
    for place in [QUEUE, IVR] {
        assert_eq!(count(&format!("GET /extension/{place}/event/")), 1);
        assert_eq!(count(&format!("POST /extension/{place}/event/")), 1);
    }
    for list in ["local", "remote"] {
        assert_eq!(count(&format!("GET /client/@me/agent/{list}/")), 1);
    }
    for agent in ["local/5512", "local/5513", "remote/5601"] {
        assert_eq!(count(&format!("GET /client/@me/agent/{agent}/event/")), 1);
        assert_eq!(count(&format!("POST /client/@me/agent/{agent}/event/")), 2);
    }
    // The token of connecting still serves.
    assert_eq!(requests.len(), 5 + 14 + 2 + 3 + 6, "{requests:#?}");

    world.map_all().await;
    assert!(world.requests().is_empty(), "what was saved before costs nothing");

    // John's phone goes to Zoë: its events stay as they are, only the user changes.
    let (status, body) = world.map(&[("u1", &[MARY]), ("u3", &[ZOE, JOHN])]).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(body["removed"], json!([{"crm_user": "u2", "extension_ids": [JOHN]}]));
    assert!(world.requests().is_empty());

    world.map(&[("u3", &[ZOE, JOHN])]).await;
    let requests = world.requests();
    assert_eq!(requests.len(), 5, "{requests:#?}");
    assert!(requests.iter().all(|line| line.contains(&format!("/extension/{MARY}/event/"))));
    world.assert_installed(&[JOHN, ZOE, QUEUE, IVR]);
}

#[tokio::test]
async fn foreign_events_stay_when_ours_come_and_go() {
    let world = SettingsWorld::connected().await;
    let mut foreign = Vec::new();
    for extension in [MARY, JOHN, QUEUE, IVR, FAX] {
        for n in 0..3 {
            let url = format!("https://other.example/{extension}/{n}");
            foreign.push(world.pbx.add_foreign_event(extension, &url, "hangup", "POST"));
        }
    }
    world.map_all().await;
    world.assert_installed(&[MARY, JOHN, ZOE, QUEUE, IVR]);
    let list = world.get("/api/v1/extensions").await.1;
    let mary = list["items"].as_array().unwrap().iter().find(|one| one["id"] == MARY).expect("Mary");
    assert_eq!(mary["events"]["foreign"], 3);
    let (status, body) = world.map(&[]).await;
    assert_eq!(status, StatusCode::OK, "{body}");
    assert_eq!(body["removed"].as_array().unwrap().len(), 3, "{body}");
    assert_eq!(body["progress"], json!({"total": 0, "done": 0, "failed": 0}));
    world.assert_installed(&[]);
    let left = [MARY, JOHN, QUEUE, IVR, FAX].iter().flat_map(|one| world.pbx.events(*one));
    assert_eq!(left.map(|one| one.id).collect::<Vec<_>>(), foreign);
}

#[tokio::test]
async fn wrong_mappings_are_refused_by_path_and_change_nothing() {
    let world = SettingsWorld::connected().await;
    world.requests();
    let body = json!({"users": [
        {"crm_user": "u1", "extension_ids": [MARY, FAX, 5]},
        {"crm_user": " ", "extension_ids": [JOHN]},
        {"crm_user": "u2", "extension_ids": [MARY, 0]},
        {"crm_user": "u3"},
    ]});
    let (status, answer) = world.put("/api/v1/mapping", &body).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(paths(&answer), ["users[1].crm_user", "users[2].extension_ids[1]", "users[3].extension_ids"]);
    let users: &[(&str, &[u64])] = &[("u1", &[MARY, FAX, 5]), ("u2", &[MARY]), ("u2", &[ZOE, ZOE])];
    let (status, answer) = world.map(users).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    let expected = [
        "users[0].extension_ids[1]",
        "users[0].extension_ids[2]",
        "users[1].extension_ids[0]",
        "users[2].crm_user",
        "users[2].extension_ids[1]",
    ];
    assert_eq!(paths(&answer), expected);
    assert_eq!(world.get("/api/v1/mapping").await.1, json!({"version": 0, "users": []}));
    assert!(world.requests().is_empty());
}

#[tokio::test]
async fn second_of_two_administrators_is_told_what_the_first_saved() {
    let world = SettingsWorld::connected().await;
    let mut body = mapping(&[("u1", &[MARY])]);
    body["version"] = json!(0);
    assert_eq!(world.put("/api/v1/mapping", &body).await.0, StatusCode::OK);
    let (status, answer) = world.put("/api/v1/mapping", &body).await;
    assert_eq!(status, StatusCode::CONFLICT);
    let current = json!({"version": 1, "users": [{"crm_user": "u1", "extension_ids": [MARY]}]});
    assert_eq!(answer["current"], current);
    let stale = Request::builder().method(Method::PUT).uri("/api/v1/mapping").header("if-match", "\"0\"");
    let key = HeaderValue::from_str(&format!("Bearer {}", world.key)).unwrap();
    let stale = stale.header("authorization", key).body(mapping(&[]).to_string().into()).unwrap();
    assert_eq!(world.send(stale).await.0, StatusCode::CONFLICT);
    body["version"] = json!(1);
    assert_eq!(world.put("/api/v1/mapping", &body).await.0, StatusCode::OK);
}

/// The paths that a 422 names.
fn paths(body: &Value) -> Vec<&str> {
    let errors = body["errors"].as_array().expect("fields");
    errors.iter().map(|error| error["path"].as_str().expect("a path")).collect()
}
