//! Who is told is chosen in the connection's settings: checked, sealed, and written into the trail without values.

use http::StatusCode;
use ringbridge::model::notify::EmailAddress;
use serde_json::{Value, json};
use simulators::world::SECRET;

use super::{A_MINUTE, ANNA, BORIS, Telling};
use crate::settings::world::SettingsWorld;

async fn shown(telling: &Telling) -> Value {
    telling.world.get("/api/v1/connection").await.1["notify"].clone()
}

#[tokio::test]
async fn nobody_is_told_until_somebody_is_chosen() {
    let telling = Telling::nobody().await;
    let none = json!({ "email": [], "webhook": null, "digest": true, "language": "en", "sends_email": true });
    assert_eq!(shown(&telling).await, none);
}

#[tokio::test]
async fn what_is_left_out_stays_and_the_secret_is_never_shown() {
    let telling = Telling::start().await;
    let url = telling.inbox.url();
    telling.choose(&json!({ "email": [ANNA, BORIS, ANNA], "language": "ru" })).await;
    let expected = json!({
        "email": [ANNA, BORIS], "webhook": { "url": url }, "digest": true, "language": "ru", "sends_email": true,
    });
    assert_eq!(shown(&telling).await, expected);
    // The address alone: the secret stays.
    let moved = format!("{url}?from=ringbridge");
    telling.choose(&json!({ "webhook": { "url": moved }, "email": null })).await;
    telling.unpaid().await;
    telling.after(A_MINUTE).await;
    assert_eq!((telling.mails().len(), telling.hooks().len()), (0, 1), "signed as before");
    telling.choose(&json!({ "webhook": null })).await;
    assert_eq!(shown(&telling).await["webhook"], Value::Null);
}

#[tokio::test]
async fn addresses_and_secrets_are_sealed_and_the_trail_names_fields() {
    let telling = Telling::start().await;
    let stored = telling.world.stored("").await.join("\n");
    for secret in [ANNA, SECRET, "127.0.0.1:"] {
        let secret = if secret == "127.0.0.1:" { telling.inbox.url() } else { secret.to_owned() };
        assert!(!stored.contains(&secret), "{secret}");
    }
    let trail = telling.world.get("/api/v1/audit").await.1;
    let entries = trail["items"].as_array().unwrap();
    let changed = entries.iter().find(|entry| entry["action"] == "changed").unwrap();
    assert_eq!(changed["details"]["fields"], json!(["notify.email", "notify.webhook"]), "{trail}");
    let address = EmailAddress::parse(ANNA).unwrap();
    assert!(!format!("{address:?}").contains("anna"));
}

#[tokio::test]
async fn every_field_that_is_wrong_is_named() {
    let telling = Telling::nobody().await;
    let hook = |url: &str, secret: Value| json!({ "webhook": { "url": url, "secret": secret } });
    let long = format!("{}@customer.example", "a".repeat(65));
    for (notify, path) in [
        (json!("anna"), "notify"),
        (json!({ "mail": [ANNA] }), "notify.mail"),
        (json!({ "email": ANNA }), "notify.email"),
        (json!({ "email": vec![ANNA; 6] }), "notify.email"),
        (json!({ "email": [ANNA, "anna"] }), "notify.email[1]"),
        (json!({ "email": ["anna@customer"] }), "notify.email[0]"),
        (json!({ "email": ["Anna <anna@customer.example>"] }), "notify.email[0]"),
        (json!({ "email": ["anna@customer.example\r\nBcc: x@y.example"] }), "notify.email[0]"),
        (json!({ "email": ["анна@customer.example"] }), "notify.email[0]"),
        (json!({ "email": [long] }), "notify.email[0]"),
        (json!({ "email": [7] }), "notify.email[0]"),
        (json!({ "webhook": "https://customer.example" }), "notify.webhook"),
        (hook("ftp://customer.example", json!(SECRET)), "notify.webhook.url"),
        (hook("https://customer.example/n", json!("short")), "notify.webhook.secret"),
        (json!({ "webhook": { "url": "https://customer.example/n" } }), "notify.webhook.secret"),
        (json!({ "digest": "daily" }), "notify.digest"),
        (json!({ "language": "de" }), "notify.language"),
    ] {
        let (status, body) = telling.world.patch(&json!({ "notify": notify })).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{notify}");
        assert_eq!(body["errors"][0]["path"], path, "{body}");
    }
}

#[tokio::test]
async fn webhook_may_not_lead_into_a_private_network() {
    let mut world = SettingsWorld::start().await;
    world.connect().await;
    world.redeploy(&[("RINGBRIDGE_ALLOW_PRIVATE_TARGETS", "false")]);
    for url in
        ["http://customer.example/n", "https://10.0.0.1/n", "https://localhost/n", "https://169.254.169.254/"]
    {
        let hook = json!({ "notify": { "webhook": { "url": url, "secret": SECRET } } });
        let (status, body) = world.patch(&hook).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{url}");
        assert_eq!(body["errors"][0]["path"], "notify.webhook.url", "{body}");
    }
}

#[tokio::test]
async fn installation_without_a_mail_server_says_so() {
    let mut world = SettingsWorld::start().await;
    world.connect().await;
    let (status, body) = world.patch(&json!({ "notify": { "email": [ANNA] } })).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(body["errors"][0]["message"].as_str().unwrap().contains("sends no e-mail"), "{body}");
    assert_eq!(world.get("/api/v1/connection").await.1["notify"]["sends_email"], false);
}
