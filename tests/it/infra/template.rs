//! `infra/template.yaml`, for the tests beside.

use std::sync::OnceLock;

use serde_json::Value;
use simulators::template::read;
pub(super) use simulators::template::words;

use super::at;

/// The template, read once.
pub(super) fn template() -> &'static Value {
    static TEMPLATE: OnceLock<Value> = OnceLock::new();
    TEMPLATE.get_or_init(|| read(&std::fs::read_to_string(at("infra/template.yaml")).unwrap()).unwrap())
}

/// A resource of the template.
pub(super) fn resource(name: &str) -> &'static Value {
    let found = &template()["Resources"][name];
    assert!(found.is_object(), "no resource {name}");
    found
}

/// The resources of a type, by name.
pub(super) fn resources(kind: &str) -> Vec<(&'static str, &'static Value)> {
    let all = template()["Resources"].as_object().unwrap().iter();
    all.filter(|(_, one)| one["Type"] == kind).map(|(name, one)| (name.as_str(), one)).collect()
}

#[test]
fn tags_and_anchors_are_understood() {
    let read = read("a: &x [!Ref B, !Sub '${C}', !GetAtt D.Arn]\nb: *x\nc: !If [E, 1, 'y']").unwrap();
    let list = serde_json::json!([{"Ref": "B"}, {"Fn::Sub": "${C}"}, {"Fn::GetAtt": "D.Arn"}]);
    assert_eq!(read, serde_json::json!({"a": list, "b": list, "c": {"Fn::If": ["E", 1, "y"]}}));
}
