//! The REST API: who may see what, handlers and their limit, the hourly limit.

use serde_json::{Value, json};
use simulators::pbx::{Tenant, UserKind, Violation};

use super::setup::{PHONE, SimulatorWorld};

#[tokio::test]
async fn the_account_is_described_as_documented() {
    let world = SimulatorWorld::demo().await;
    let user = world.read("/user/").await;
    assert_eq!((&user["client_id"], &user["extension_id"]), (&json!(90_417), &Value::Null));
    let client = world.read("/client/@me/client/").await;
    assert_eq!((&client["prefix"], &client["extension_len"]), (&json!("4821"), &json!(3)));
    assert_eq!(world.read("/client/client_info/90417/").await, client);
    let phones = world.read("/client/@me/extension/?type=phone&page=1&per_page=2").await;
    assert_eq!(phones.as_array().map(Vec::len), Some(2));
    assert_eq!(phones[0]["name"], "4821*205");
    assert_eq!(world.read("/client/@me/extension/731205").await, phones[0]);
    assert_eq!(world.read("/client/@me/agent/local/").await[0]["id"], 5512);
}

#[tokio::test]
async fn a_page_has_20_extensions_unless_told() {
    let world = SimulatorWorld::with(vec![Tenant::demo().with_phones(400)], None).await;
    let length = |list: Value| list.as_array().map(Vec::len);
    assert_eq!(length(world.read("/client/@me/extension/").await), Some(20));
    assert_eq!(length(world.read("/client/@me/extension/?per_page=100&page=5").await), Some(6));
}

#[tokio::test]
async fn what_is_not_ones_own_is_refused() {
    let world = SimulatorWorld::demo().await;
    let answers = [
        ("/client/90532/extension/", 403, Some("access_denied")),
        ("/extension/742101/event/", 403, Some("access_denied")),
        ("/client/1/extension/", 404, Some("client_not_found")),
        ("/extension/1/event/", 404, None),
        ("/extension/731205/event", 404, None),
        ("/client/@me/client", 404, None),
    ];
    for (path, status, word) in answers {
        let answer = world.get(path).await;
        assert_eq!(answer.status(), status, "{path}");
        let body: Value = answer.json().await.expect("JSON");
        assert_eq!(body["status"].as_str(), word, "{path}");
    }
}

#[tokio::test]
async fn users_without_rights_are_told_so() {
    let world = SimulatorWorld::demo().await;
    let set = |user| world.pbx.edit_tenant(90_417, |tenant| tenant.user = user);
    set(UserKind::ReadOnly);
    assert_eq!(world.subscribe(PHONE, "hangup", "https://a.example/x").await.status(), 403);
    set(UserKind::ExtensionLevel(PHONE));
    assert_eq!(world.read("/client/@me/extension/").await.as_array().map(Vec::len), Some(1));
    assert_eq!(world.get("/extension/731206/event/").await.status(), 403);
    set(UserKind::Dealer(7));
    assert_eq!(world.read("/user/").await["client_id"], Value::Null);
    set(UserKind::Blocked);
    assert_eq!(world.read("/user/").await["status"], "user_blocked");
}

#[tokio::test]
async fn tokens_expire_and_wrong_secrets_are_rejected() {
    let world = SimulatorWorld::demo().await;
    world.pass(3_600);
    let answer = world.get("/user/").await;
    assert_eq!(answer.status(), 401);
    assert_eq!(answer.json::<Value>().await.expect("JSON"), json!({"message": "Unauthorized"}));
    let url = format!("{}/oauth/token?grant_type=client_credentials&client_id=x", world.pbx.origin());
    let answer = world.http.post(url).send().await.expect("an answer");
    assert_eq!(answer.status(), 400);
    assert_eq!(answer.json::<Value>().await.expect("JSON")["error"], "invalid_client");
}

#[tokio::test]
async fn consent_leads_to_a_code_and_the_code_to_a_token_once() {
    let back = "https://crm.example/back";
    let world =
        SimulatorWorld::with(vec![Tenant::demo().with_public_app("app", "secret", &[back])], None).await;
    let origin = world.pbx.origin();
    let query = "response_type=code&client_id=app&redirect_uri=https%3A%2F%2Fcrm.example%2Fback&state=s1";
    let answer = world.http.get(format!("{origin}/oauth/authorize?{query}")).send().await.expect("an answer");
    assert_eq!(answer.status(), 302);
    let location = answer.headers()["location"].to_str().expect("text");
    let code = location
        .strip_prefix("https://crm.example/back?code=")
        .and_then(|rest| rest.strip_suffix("&state=s1"))
        .expect("code and state");
    let mut form = vec![
        ("grant_type", "authorization_code"),
        ("code", code),
        ("client_id", "app"),
        ("client_secret", "secret"),
        ("redirect_uri", "https://other.example/"),
    ];
    for (redirect_uri, status) in [("https://other.example/", 400), (back, 200), (back, 400)] {
        form[4].1 = redirect_uri;
        let answer = world.http.post(format!("{origin}/oauth/token")).form(&form).send().await;
        assert_eq!(answer.expect("an answer").status(), status);
    }
}

#[tokio::test]
async fn browser_is_asked_before_it_consents() {
    let back = "https://crm.example/back";
    let world =
        SimulatorWorld::with(vec![Tenant::demo().with_public_app("app", "secret", &[back])], None).await;
    let query = "response_type=code&client_id=app&redirect_uri=https%3A%2F%2Fcrm.example%2Fback&state=s1";
    let address = format!("{}/oauth/authorize?{query}", world.pbx.origin());
    let go = async |address: String| {
        let answer = world.http.get(address).header("accept", "text/html,*/*").send().await;
        answer.expect("an answer")
    };
    let asked = go(address.clone()).await;
    assert_eq!(asked.status(), 200);
    let page = asked.text().await.expect("a page");
    assert!(page.contains("Example Trading Ltd") && page.contains("value=\"allow\""), "{page}");
    for (answer, wanted) in [("allow", "?code="), ("refuse", "?error=access_denied&state=s1")] {
        let sent = go(format!("{address}&answer={answer}")).await;
        assert_eq!(sent.status(), 302);
        let location = sent.headers()["location"].to_str().expect("text");
        assert!(location.starts_with(&format!("{back}{wanted}")), "{location}");
    }
}

#[tokio::test]
async fn the_17th_handler_is_refused_and_duplicates_are_not() {
    let world = SimulatorWorld::demo().await;
    for _ in 0..16 {
        assert_eq!(world.subscribe(PHONE, "hangup", "https://a.example/x").await.status(), 201);
    }
    let answer = world.subscribe(PHONE, "answer", "https://a.example/x").await;
    assert_eq!(answer.status(), 400);
    assert!(answer.json::<Value>().await.expect("JSON")["message"].is_string());
    assert_eq!(world.pbx.events(PHONE).len(), 16);
    assert_eq!(world.subscribe(731_206, "answer", "https://a.example/x").await.status(), 201);
}

#[tokio::test]
async fn handlers_are_replaced_and_deleted_by_id() {
    let world = SimulatorWorld::demo().await;
    world.pbx.set_ours("https://ours.example/");
    let foreign = world.pbx.add_foreign_event(PHONE, "https://other.example/cb", "hangup", "GET");
    let created = world.subscribe(PHONE, "hangup", "https://ours.example/a").await;
    let id = created.json::<Value>().await.expect("JSON")["id"].as_u64().expect("an id");
    let path = format!("/extension/{PHONE}/event/{id}");
    let body = json!({"url": "https://ours.example/b", "event_type": "hangup", "method": "POST"});
    let put = world.request("PUT", &path).json(&body).send().await.expect("an answer");
    assert_eq!(put.status(), 200);
    assert_eq!(world.read(&path).await["url"], "https://ours.example/b");
    let deleted = world.request("DELETE", &path).send().await.expect("an answer");
    assert_eq!((deleted.status().as_u16(), deleted.content_length()), (204, Some(0)));
    assert_eq!(world.pbx.events(PHONE).iter().map(|one| one.id).collect::<Vec<_>>(), [foreign]);
    assert_eq!(world.pbx.violations(), []);

    let path = format!("/extension/{PHONE}/event/{foreign}");
    world.request("DELETE", &path).send().await.expect("an answer");
    assert!(
        matches!(&world.pbx.violations()[..], [Violation::ForeignHandler { method, .. }] if method == "DELETE")
    );
}

#[tokio::test]
async fn delete_on_the_collection_wipes_all_and_is_a_violation() {
    let world = SimulatorWorld::demo().await;
    world.pbx.add_foreign_event(PHONE, "https://other.example/cb", "hangup", "GET");
    let answer = world.request("DELETE", "/extension/731205/event/").send().await.expect("an answer");
    assert_eq!(answer.status(), 204);
    assert_eq!(world.pbx.events(PHONE), []);
    let path = "/api/ver1.0/extension/731205/event/".to_owned();
    assert_eq!(world.pbx.violations(), [Violation::CollectionDelete { path }]);
}

#[tokio::test]
async fn the_hourly_limit_is_announced_enforced_and_reset() {
    let mut world = SimulatorWorld::demo().await;
    world.pbx.set_rate_limit(90_417, 2);
    let header = |answer: &reqwest::Response, name: &str| {
        answer.headers()[name].to_str().expect("text").parse::<i64>().expect("a number")
    };
    world.pass(600);
    let first = world.get("/user/").await;
    assert_eq!(header(&first, "x-ratelimit-limit"), 2);
    assert_eq!(header(&first, "x-ratelimit-remaining"), 1);
    assert_eq!(header(&first, "x-ratelimit-reset"), 3_000);
    world.get("/user/").await;
    assert_eq!(world.pbx.violations(), []);
    let refused = world.get("/user/").await;
    assert_eq!(refused.status(), 429);
    assert_eq!(header(&refused, "x-ratelimit-remaining"), 0);
    assert_eq!(refused.json::<Value>().await.expect("JSON")["status"], "rate_limit_exceeded");
    assert_eq!(world.pbx.violations(), []);
    world.get("/user/").await;
    assert!(matches!(&world.pbx.violations()[..], [Violation::SentWhileLimited { client_id: 90_417, .. }]));
    world.pass(3_000);
    world.log_in().await;
    assert_eq!(world.get("/user/").await.status(), 200);
    let statuses: Vec<_> = world.pbx.ledger().iter().filter_map(|entry| entry.status).collect();
    assert_eq!(statuses, [200, 200, 200, 429, 429, 200, 200]);
}

#[tokio::test]
async fn handlers_survive_a_restart() {
    let directory = std::env::temp_dir().join(format!("pbx-simulator-{}", std::process::id()));
    std::fs::create_dir_all(&directory).expect("a directory");
    let file = directory.join("pbx.json");
    let world = SimulatorWorld::with(vec![Tenant::demo()], Some(file.clone())).await;
    world.subscribe(PHONE, "hangup", "https://a.example/x").await;
    let before = world.pbx.events(PHONE);
    world.pbx.stop().await;
    let world = SimulatorWorld::with(vec![Tenant::demo()], Some(file)).await;
    assert_eq!(world.pbx.events(PHONE), before);
    std::fs::remove_dir_all(directory).expect("removed");
}
