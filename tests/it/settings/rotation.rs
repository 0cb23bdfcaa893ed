//! A new sealing key is put in front of the old one; once every connection was looked at, the old one goes. The calls
//! here are known to the history alone, which is asked with the PBX's credentials; the CRM's sign their records.

use std::time::Duration;

use serde_json::json;
use simulators::world::SECRET;

use super::world::{SEALING_KEY, SettingsWorld};

const NEW_KEY: &str = "ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8=";
/// Until each connection's history was looked at again, which is when its secrets are sealed anew.
const AN_HOUR: Duration = Duration::from_hours(1);

fn keys(text: &str) -> [(&str, &str); 1] {
    [("RINGBRIDGE_SEALING_KEY", text)]
}

#[tokio::test]
async fn old_key_may_go_after_an_hour() {
    let (mut world, inbox) = SettingsWorld::deaf().await;
    let both = format!("{NEW_KEY},{SEALING_KEY}");
    world.redeploy(&keys(&both));
    world.retry_after(AN_HOUR).await;
    world.redeploy(&keys(NEW_KEY));
    world.play("A").await;
    world.retry_after(AN_HOUR).await;
    assert_eq!(inbox.records().len(), 1, "{:?}", world.notices().await);
    assert_eq!((world.notices().await, world.pbx.violations()), (vec![], vec![]));
}

#[tokio::test]
async fn token_is_kept_while_keys_change() {
    let (mut world, _inbox) = SettingsWorld::deaf().await;
    let tokens =
        |world: &SettingsWorld| world.requests().iter().filter(|line| line.contains("oauth")).count();
    tokens(&world);
    let both = format!("{NEW_KEY},{SEALING_KEY}");
    world.redeploy(&keys(&both));
    world.retry_after(Duration::from_mins(30)).await;
    world.redeploy(&keys(NEW_KEY));
    assert_eq!(world.post("/api/v1/connection/refresh", &json!({})).await.0, 200);
    assert_eq!(tokens(&world), 0, "the token is sealed anew, not asked for again");
}

#[tokio::test]
async fn secret_entered_meanwhile_stays() {
    let (mut world, inbox) = SettingsWorld::deaf().await;
    let both = format!("{NEW_KEY},{SEALING_KEY}");
    world.redeploy(&keys(&both));
    let crm = json!({ "crm": { "kind": "webhook", "url": inbox.url(), "secret": SECRET } });
    assert_eq!(world.patch(&crm).await.0, 200);
    world.retry_after(AN_HOUR).await;
    world.redeploy(&keys(NEW_KEY));
    world.play("A").await;
    world.retry_after(AN_HOUR).await;
    assert_eq!(inbox.records().len(), 1);
}

#[tokio::test]
async fn without_the_old_key_too_soon_nothing_is_lost_and_the_old_one_mends_it() {
    let (mut world, inbox) = SettingsWorld::deaf().await;
    world.redeploy(&keys(NEW_KEY));
    world.play("A").await;
    world.retry_after(AN_HOUR).await;
    assert_eq!(inbox.records().len(), 0);
    let both = format!("{NEW_KEY},{SEALING_KEY}");
    world.redeploy(&keys(&both));
    for _ in 0..3 {
        world.retry_after(AN_HOUR).await;
    }
    assert_eq!(inbox.records().len(), 1, "{:?}", world.notices().await);
}
