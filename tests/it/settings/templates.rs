//! A template in the settings: refused by path, tried with a test record, and shown again without its secret.

use http::StatusCode;
use serde_json::{Value, json};
use simulators::template_crms::{Crm, TOKEN, TemplateCrm};

use super::world::SettingsWorld;

fn settings(crm: &TemplateCrm, template: &Value) -> Value {
    json!({ "crm": { "kind": "template", "url": crm.url(), "secret": TOKEN, "template": template } })
}

#[tokio::test]
async fn a_template_is_refused_by_path_and_tried_with_a_record_that_is_removed() {
    let world = SettingsWorld::connected().await;
    let crm = TemplateCrm::start(Crm::EspoCrm).unwrap();
    let fine: Value = serde_json::from_str(Crm::EspoCrm.example()).unwrap();
    let mut wrong = fine.clone();
    wrong["create"]["body"]["name"] = json!("{record}");
    wrong["look"]["path"] = json!("https://10.0.0.1/x");
    let (status, body) = world.patch(&settings(&crm, &wrong)).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    let paths: Vec<_> = body["errors"].as_array().unwrap().iter().map(|one| one["path"].clone()).collect();
    assert_eq!(paths, ["crm.template.look.path", "crm.template.create.body.name"], "{body}");
    for none in [json!(7), json!("no JSON"), Value::Null] {
        let (status, body) = world.patch(&settings(&crm, &none)).await;
        assert_eq!(
            (status, &body["errors"][0]["path"]),
            (StatusCode::UNPROCESSABLE_ENTITY, &json!("crm.template"))
        );
    }
    // As a text too, since a form has texts alone.
    assert_eq!(world.patch(&settings(&crm, &json!(fine.to_string()))).await.0, StatusCode::OK);
    let (status, shown) = world.patch(&settings(&crm, &fine)).await;
    assert_eq!(status, StatusCode::OK, "{shown}");
    let document: Value = serde_json::from_str(shown["crm"]["template"].as_str().unwrap()).unwrap();
    assert_eq!(document, fine);
    assert!(!shown.to_string().contains(TOKEN));
    let (_, check) = world.post("/api/v1/crm/check", &json!({})).await;
    assert_eq!((&check["works"], &check["test_record"]), (&json!(true), &json!("removed")), "{check}");
    let asked: Vec<_> = crm.state().asked.iter().map(|(name, _)| name.clone()).collect();
    assert!(asked.contains(&"POST /api/v1/Call".to_owned()), "{asked:?}");
    assert!(crm.state().calls.is_empty());
}
