//! What the PBX tells of a queue agent by their event URL: taken, ordered, bounded and refused.

use std::time::Duration;

use axum::body::Body;
use futures_util::future::join_all;
use http::{Request, StatusCode};
use ringbridge::clock::Timestamp;
use ringbridge::model::agent::{Agent, AgentKey, AgentKind, AgentStatus, ListedAgent};
use ringbridge::model::ids::AgentId;
use serde_json::{Value, json};
use simulators::settled;
use tower::ServiceExt as _;

use super::world::{AGENTS, MARY, NOON, OURS_OF_AGENTS, SettingsWorld};

/// Mary's agent.
pub(super) const HERS: u64 = AGENTS[0];
/// The one at an outside number.
pub(super) const REMOTE: u64 = AGENTS[2];

/// The path of an agent's event URL, as it stands on the PBX.
pub(super) fn path(world: &SettingsWorld, agent: u64) -> String {
    let mut handlers = world.pbx.agent_events(agent).into_iter().map(|one| one.url);
    let url = handlers.find(|url| url.starts_with(OURS_OF_AGENTS)).expect("an event of ours");
    url.strip_prefix("https://bridge.example").unwrap().to_owned()
}

async fn send(world: &SettingsWorld, request: Request<Body>) -> StatusCode {
    let router = settled::router(world.deps.calls.clone());
    router.oneshot(request).await.unwrap().status()
}

pub(super) async fn post(world: &SettingsWorld, path: &str, body: impl Into<Body>) -> StatusCode {
    send(world, Request::post(path).body(body.into()).unwrap()).await
}

pub(super) fn form(agent: u64, status: &str) -> String {
    format!(
        "agent_id={agent}&agent_status={status}&agent_type=local&extension_name=4821%2A205&event_source=api"
    )
}

pub(super) async fn agents(world: &SettingsWorld) -> Vec<Value> {
    let (status, body) = world.get("/api/v1/agents").await;
    assert_eq!(status, StatusCode::OK, "{body}");
    body["items"].as_array().expect("a list").clone()
}

/// How an agent stands, and since when.
pub(super) async fn state(world: &SettingsWorld, agent: u64) -> (Value, Value) {
    let all = agents(world).await;
    let one = all.iter().find(|one| one["id"] == agent).expect("the agent");
    (one["status"].clone(), one["since"].clone())
}

pub(super) fn told(status: &str, since: Timestamp) -> (Value, Value) {
    (json!(status), json!(since.rfc3339()))
}

pub(super) async fn mapped() -> SettingsWorld {
    let world = SettingsWorld::connected().await;
    world.map_all().await;
    world
}

#[tokio::test]
async fn repeats_and_what_was_overtaken_change_nothing() {
    let world = mapped().await;
    let url = path(&world, HERS);
    let minute = Duration::from_mins(1);
    world.clock.advance(minute);
    assert_eq!(post(&world, &url, form(HERS, "available")).await, StatusCode::OK);
    world.clock.advance(minute);
    assert_eq!(post(&world, &url, form(HERS, "available")).await, StatusCode::OK);
    assert_eq!(state(&world, HERS).await, told("available", NOON + minute), "a repeat");
    // Many at once: each is answered, and one of the two states is the last.
    let bodies = ["available", "logged_out"].repeat(2);
    let all = join_all(bodies.iter().map(|status| post(&world, &url, form(HERS, status)))).await;
    assert!(all.iter().all(|status| *status == StatusCode::OK), "{all:?}");
    // By a query, as the PBX sends to a handler of GET.
    world.clock.advance(minute);
    let by_query = Request::get(format!("{url}?{}", form(HERS, "logged_out"))).body(Body::empty()).unwrap();
    assert_eq!(send(&world, by_query).await, StatusCode::OK);
    assert_eq!(state(&world, HERS).await.0, "logged_out");
}

/// An agent who was told of nothing yet.
fn agent() -> Agent {
    let key = AgentKey { kind: AgentKind::Local, id: AgentId::new(HERS).unwrap() };
    let mut agent = Agent::new(ListedAgent { key, extension: None, number: None, label: None });
    agent.want(true, NOON);
    agent
}

#[test]
fn order_of_arrival_decides_whatever_is_written_first() {
    use AgentStatus::{Available, LoggedOut};
    let at = |seconds| NOON + Duration::from_secs(seconds);
    let hear = |events: &[(AgentStatus, u64)]| {
        let mut agent = agent();
        for (status, seconds) in events {
            agent.hear(*status, at(*seconds));
        }
        agent.presence.map(|presence| (presence.status, presence.since))
    };
    let out = Some((LoggedOut, Some(at(6))));
    assert_eq!(hear(&[(Available, 5), (LoggedOut, 6)]), out);
    assert_eq!(hear(&[(LoggedOut, 6), (Available, 5)]), out, "written late, it was overtaken");
    let again = Some((Available, Some(at(7))));
    assert_eq!(hear(&[(Available, 5), (LoggedOut, 6), (Available, 7)]), again);
    assert_eq!(hear(&[(Available, 5), (Available, 7), (LoggedOut, 6)]).map(|one| one.0), Some(Available));
    assert_eq!(hear(&[(Available, 600), (LoggedOut, 5)]), Some((LoggedOut, Some(at(5)))), "a clock set back");
}

#[tokio::test]
async fn unknown_tokens_and_what_is_no_event_of_an_agent_are_refused() {
    let world = mapped().await;
    let url = path(&world, HERS);
    let of_a_phone =
        world.pbx.events(MARY)[0].url.replace("https://bridge.example/ext-event/", "/agent-event/");
    let altered = format!("{}{}", &url[..url.len() - 4], if url.ends_with("AAAA") { "BBBB" } else { "AAAA" });
    for unknown in ["/agent-event/none", &of_a_phone, &altered, &url.replace("agent-event", "ext-event")] {
        assert_eq!(post(&world, unknown, form(HERS, "available")).await, StatusCode::NOT_FOUND, "{unknown}");
    }
    for (body, expected) in [
        ("agent_id=5512".to_owned(), StatusCode::BAD_REQUEST),
        ("agent_status=available".to_owned(), StatusCode::BAD_REQUEST),
        ("agent_id=&agent_status=".to_owned(), StatusCode::BAD_REQUEST),
        ("agent_id=me&agent_status=available".to_owned(), StatusCode::BAD_REQUEST),
        ("agent_id=5512&agent_status=%zz".to_owned(), StatusCode::BAD_REQUEST),
        (format!("{}&x={}", form(HERS, "available"), "y".repeat(9_000)), StatusCode::PAYLOAD_TOO_LARGE),
        (format!("{}&new_field=1&AGENT_NUMBER=x", form(HERS, "available")), StatusCode::OK),
    ] {
        assert_eq!(post(&world, &url, body.clone()).await, expected, "{body}");
    }
    assert_eq!(post(&world, &url, form(HERS, "on_a_break")).await, StatusCode::OK);
    assert_eq!(state(&world, HERS).await.0, "unknown", "a word that nobody knows says nothing");
    world.fuse.burn_after(0);
    assert_eq!(post(&world, &url, form(HERS, "available")).await, StatusCode::SERVICE_UNAVAILABLE);
    world.fuse.mend();
}

#[tokio::test]
async fn event_costs_two_requests_to_the_store_and_a_flood_none() {
    let world = mapped().await;
    let (url, hand) = (path(&world, HERS), world.hand().await);
    hand.proxy.clear();
    let router = settled::router(hand.deps.calls.clone());
    let post = |status: &str| {
        router.clone().oneshot(Request::post(&url).body(Body::from(form(HERS, status))).unwrap())
    };
    assert_eq!(post("available").await.unwrap().status(), StatusCode::OK);
    assert_eq!(hand.proxy.requests(), ["BatchGetItem", "PutItem"]);
    let mut refused = None;
    for _ in 0..1_200 {
        if post("available").await.unwrap().status() == StatusCode::TOO_MANY_REQUESTS {
            refused = Some(());
            break;
        }
    }
    assert!(refused.is_some(), "a flood is refused");
    hand.proxy.clear();
    assert_eq!(post("available").await.unwrap().status(), StatusCode::TOO_MANY_REQUESTS);
    assert!(hand.proxy.requests().is_empty());
    assert_eq!(world.notices().await, [format!("event-flood-agent-local-{HERS}")]);
}
