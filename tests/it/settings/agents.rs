//! Queue agents: their events come and go with the mapping, and what they tell is shown.

use std::time::Duration;

use http::StatusCode;
use serde_json::{Value, json};
use simulators::pbx::{Agent, ExtensionKind, Matcher, PbxFault, Tenant};
use simulators::proxy::ProxyFault;
use simulators::settled;
use tokio::net::TcpListener;

use super::agent_events::{HERS, REMOTE, agents, form, mapped, path, post, state, told};
use super::world::{CLIENT, IVR, JOHN, MARY, NOON, QUEUE, SettingsWorld, ZOE};

const PATH: &str = "/api/v1/agents";

/// A world whose event URLs lead to it.
async fn reachable() -> SettingsWorld {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let own = format!("http://{}", listener.local_addr().unwrap());
    let tenants = vec![Tenant::demo()];
    let mut world = SettingsWorld::with(tenants, &[("RINGBRIDGE_PUBLIC_URL", own.as_str())]).await;
    world.connect().await;
    let router = settled::router(world.deps.calls.clone());
    tokio::spawn(async move { axum::serve(listener, router).await });
    world
}

#[tokio::test]
async fn agent_who_logs_in_is_shown_since_then_and_logged_out_again() {
    let world = reachable().await;
    assert_eq!(world.get(PATH).await.1["items"], json!([]), "nobody is asked for before anybody is mapped");
    world.map(&[("u1", &[MARY])]).await;
    world.requests();
    let expected = json!({"id": HERS, "kind": "local", "extension_id": MARY, "number": "4821*205",
        "label": "Mary Example", "crm_user": "u1", "status": "logged_out", "since": null,
        "events": {"state": "installed", "installed": ["agent-login", "agent-logout"], "foreign": 0, "problem": null}});
    assert_eq!(agents(&world).await[0], expected);
    world.clock.advance(Duration::from_mins(1));
    let report = world.pbx.set_agent_available(HERS, true, "api").await;
    assert_eq!((report.deliveries.len(), report.failed().len()), (1, 0), "{report:?}");
    assert_eq!(state(&world, HERS).await, told("available", NOON + Duration::from_mins(1)));
    world.clock.advance(Duration::from_mins(1));
    world.pbx.set_agent_available(REMOTE, true, "api").await;
    world.pbx.set_agent_available(HERS, false, "api").await;
    assert_eq!(state(&world, HERS).await, told("logged_out", NOON + Duration::from_mins(2)));
    assert_eq!(state(&world, REMOTE).await, told("available", NOON + Duration::from_mins(2)));
    assert!(world.requests().is_empty(), "reading costs the PBX nothing");
    let all = agents(&world).await;
    assert_eq!((&all[2]["kind"], &all[2]["number"]), (&json!("remote"), &json!("+442079460188")));
}

#[tokio::test]
async fn events_of_agents_go_with_the_last_mapping_and_foreign_ones_stay() {
    let world = SettingsWorld::connected().await;
    let foreign = world.pbx.add_foreign_agent_event(HERS, "https://other.example/", "agent-login");
    world.map_all().await;
    assert_eq!(agents(&world).await[0]["events"]["foreign"], 1);
    let url = path(&world, HERS);
    assert_eq!(post(&world, &url, form(HERS, "available")).await, StatusCode::OK);
    let (_, body) = world.map(&[]).await;
    assert_eq!(body["agents"], json!({"total": 0, "done": 0, "failed": 0}));
    world.assert_installed(&[]);
    assert_eq!(world.pbx.agent_events(HERS).iter().map(|one| one.id).collect::<Vec<_>>(), [foreign]);
    assert_eq!(state(&world, HERS).await, (json!("unknown"), Value::Null), "nobody tells any more");
    assert_eq!(post(&world, &url, form(HERS, "available")).await, StatusCode::NOT_FOUND);
    // Wanted again, the lists are read again, and say how they stand.
    world.pbx.set_agent_available(HERS, true, "api").await;
    world.map(&[("u1", &[MARY])]).await;
    assert_eq!(state(&world, HERS).await, (json!("available"), Value::Null));
}

#[tokio::test]
async fn agents_who_are_read_while_the_mapping_ends_are_wanted_by_nobody() {
    let world = SettingsWorld::connected().await;
    let slow = world.hand().await;
    // The first one stores what the mapping wants, the second one who is on the lists.
    slow.proxy.fail(Some("TransactWriteItems"), 2, ProxyFault::Hold);
    let emptied = async {
        slow.proxy.hangs().beyond(0).await;
        let saved = world.map(&[]).await;
        slow.proxy.release();
        saved
    };
    let (_, emptied) = tokio::join!(slow.map(&[("u1", &[MARY])]), emptied);
    assert!(emptied.0.is_success(), "{emptied:?}");
    world.retry_after(Duration::from_mins(2)).await;
    world.assert_installed(&[]);
    assert!(agents(&world).await.iter().all(|one| one["events"]["state"] == "none"));
}

#[tokio::test]
async fn removal_of_the_connection_leaves_none_of_ours() {
    let world = SettingsWorld::connected().await;
    let foreign = world.pbx.add_foreign_agent_event(REMOTE, "https://other.example/", "agent-logout");
    world.map_all().await;
    let (status, body) = world.delete("/api/v1/connection").await;
    assert_eq!((status, &body["left_agents"]), (StatusCode::OK, &json!([])), "{body}");
    world.assert_installed(&[]);
    assert_eq!(world.pbx.agent_events(REMOTE).iter().map(|one| one.id).collect::<Vec<_>>(), [foreign]);
    assert_eq!(world.items().await, 0);
}

#[tokio::test]
async fn what_the_pbx_refuses_to_remove_of_an_agent_is_said() {
    let world = mapped().await;
    let refused = PbxFault::Status(403, json!({"message": "no", "status": "access_denied"}).to_string());
    world.pbx.fail_next(Matcher::new("DELETE", &format!("/agent/local/{HERS}/")), refused);
    let (status, body) = world.delete("/api/v1/connection").await;
    assert_eq!((status, &body["state"]), (StatusCode::OK, &json!("removed")));
    assert_eq!(body["left_agents"][0]["agent_id"], HERS);
    assert!(body["left_agents"][0]["message"].as_str().unwrap().contains("no right"), "{body}");
    assert_eq!((world.ours_of_agent(HERS).len(), world.items().await), (2, 0));
}

#[tokio::test]
async fn pbx_that_shows_no_agents_is_asked_once_and_calls_are_none_the_worse() {
    for (status, word) in [(404, "not_found"), (403, "access_denied"), (403, "app_access_type_deny")] {
        let world = SettingsWorld::connected().await;
        let body = json!({"message": "no", "status": word}).to_string();
        world.pbx.fail_next(Matcher::new("GET", "/agent/").times(9), PbxFault::Status(status, body));
        let (answered, body) = world.map_all().await;
        assert_eq!(answered, StatusCode::OK, "{body}");
        assert_eq!(body["progress"], json!({"total": 5, "done": 5, "failed": 0}));
        let asked = world.requests().iter().filter(|line| line.contains("/agent/")).count();
        assert!(asked <= 2, "{asked}");
        for _ in 0..4 {
            world.retry_after(Duration::from_hours(2)).await;
        }
        assert!(world.requests().iter().all(|line| !line.contains("/agent/")), "{status} {word}");
        let list = world.get(PATH).await.1["list"].clone();
        assert_eq!(list["state"], "failed", "{list}");
        assert!(list["problem"].as_str().unwrap().contains("queue agents"), "{list}");
        assert_eq!(world.notices().await, Vec::<String>::new());
        // Somebody who has acted tries again.
        world.pbx.heal();
        world.post("/api/v1/provisioning/retry", &json!({})).await;
        assert_eq!(world.get(PATH).await.1["list"]["state"], "installed");
        assert_eq!(world.ours_of_agent(REMOTE), ["agent-login", "agent-logout"]);
    }
}

#[tokio::test]
async fn list_of_one_kind_that_is_refused_leaves_the_other() {
    let world = SettingsWorld::connected().await;
    let missing = PbxFault::Status(404, json!({"message": "Not found"}).to_string());
    world.pbx.fail_next(Matcher::new("GET", "/agent/remote/"), missing);
    world.map_all().await;
    assert_eq!(agents(&world).await.len(), 2);
    let list = world.get(PATH).await.1["list"].clone();
    assert!(list["problem"].as_str().unwrap().contains("its remote queue agents"), "{list}");
    // Another shape than a list is no outage either.
    let world = SettingsWorld::connected().await;
    let odd = PbxFault::Status(200, json!({"agents": []}).to_string());
    world.pbx.fail_next(Matcher::new("GET", "/agent/local/"), odd);
    world.map_all().await;
    assert_eq!(agents(&world).await.len(), 1);
    assert_eq!(world.notices().await, Vec::<String>::new());
}

#[tokio::test]
async fn pbx_without_a_queue_is_not_asked_for_agents() {
    let mut tenant = Tenant::demo();
    tenant.extensions.retain(|one| one.kind != ExtensionKind::Queue);
    let mut world = SettingsWorld::with(vec![tenant], &[]).await;
    world.connect().await;
    world.map_all().await;
    assert!(world.requests().iter().all(|line| !line.contains("/agent/")));
    assert_eq!(world.get(PATH).await.1["list"]["state"], "none");
}

#[tokio::test]
async fn new_agent_is_listed_by_a_refresh_and_heard_from_the_next_mapping_on() {
    let world = mapped().await;
    world.pbx.edit_tenant(CLIENT, |tenant| {
        tenant.agents.retain(|one| one.id != REMOTE);
        tenant.agents.push(Agent::remote(5602, "+442079460189"));
    });
    assert_eq!(world.post("/api/v1/connection/refresh", &json!({})).await.0, StatusCode::OK);
    assert_eq!(world.pbx.agent_events(5602), [], "events change when a mapping is saved, not otherwise");
    let listed = agents(&world).await.iter().any(|one| one["id"] == 5602 && one["events"]["state"] == "none");
    assert!(listed);
    world.map(&[("u1", &[MARY])]).await;
    assert_eq!(world.ours_of_agent(5602), ["agent-login", "agent-logout"]);
    let gone = agents(&world).await.iter().all(|one| one["id"] != REMOTE);
    assert!(gone, "one who is gone needs nothing removed, and is not shown");
}

#[tokio::test]
async fn rotation_replaces_the_urls_of_agents_too() {
    let world = mapped().await;
    let (hers, others) = (path(&world, HERS), path(&world, REMOTE));
    let rotate = format!("/api/v1/extensions/{MARY}/rotate");
    assert_eq!(world.post(&rotate, &json!({})).await.0, StatusCode::OK);
    assert_ne!(path(&world, HERS), hers);
    assert_eq!(path(&world, REMOTE), others, "nobody else's changes");
    assert_eq!(post(&world, &hers, form(HERS, "available")).await, StatusCode::NOT_FOUND);
    assert_eq!(post(&world, &path(&world, HERS), form(HERS, "available")).await, StatusCode::OK);
    assert_eq!(world.post("/api/v1/extensions/rotate-all", &json!({})).await.0, StatusCode::OK);
    assert_ne!(path(&world, REMOTE), others);
    assert_eq!(post(&world, &others, form(REMOTE, "available")).await, StatusCode::NOT_FOUND);
    assert_eq!(state(&world, HERS).await.0, "available", "how they stand is kept");
}

#[tokio::test]
async fn erasing_a_number_forgets_the_agent_who_takes_calls_there() {
    let world = mapped().await;
    post(&world, &path(&world, REMOTE), form(REMOTE, "available")).await;
    let (status, _) = world.delete("/api/v1/persons?number=02079460188").await;
    assert_eq!(status, StatusCode::OK);
    let all = agents(&world).await;
    let remote = all.iter().find(|one| one["id"] == REMOTE).expect("the agent");
    assert_eq!((&remote["number"], &remote["since"]), (&Value::Null, &Value::Null));
    let stored = world.stored("C#").await;
    assert!(!stored.iter().any(|item| item.contains("2079460188")));
}

#[tokio::test]
async fn agent_without_room_for_our_events_is_shown_with_the_reason() {
    let world = SettingsWorld::connected().await;
    for n in 0..15 {
        world.pbx.add_foreign_agent_event(HERS, &format!("https://other.example/{n}"), "agent-login");
    }
    let (status, body) = world.map_all().await;
    assert_eq!((status, &body["agents"]), (StatusCode::OK, &json!({"total": 3, "done": 2, "failed": 1})));
    let hers = agents(&world).await[0]["events"].clone();
    assert_eq!((&hers["state"], &hers["foreign"]), (&json!("failed"), &json!(15)));
    assert!(hers["problem"].as_str().unwrap().contains("This queue agent may have 16 events"), "{hers}");
    assert_eq!(world.ours_of_agent(HERS).len(), 0);
}

#[tokio::test]
async fn lists_are_read_again_after_an_outage_by_the_job() {
    let world = SettingsWorld::connected().await;
    let down = PbxFault::Status(503, String::new());
    world.pbx.fail_next(Matcher::new("GET", "/agent/"), down);
    let (status, body) = world.map_all().await;
    assert_eq!(status, StatusCode::ACCEPTED, "{body}");
    assert_eq!(world.get(PATH).await.1["list"]["state"], "pending");
    assert_eq!(world.ours(JOHN).len(), 4, "calls do not wait for agents");
    world.retry_after(Duration::from_mins(2)).await;
    world.assert_installed(&[MARY, JOHN, ZOE, QUEUE, IVR]);
    assert_eq!(world.notices().await, Vec::<String>::new());
}
