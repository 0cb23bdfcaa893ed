//! `infra/template.yaml`, read into JSON: `!Ref X` becomes `{"Ref": "X"}`, every other `!F` becomes `{"Fn::F": …}`.

use std::sync::OnceLock;

use saphyr::{LoadableYamlNode as _, ScalarOwned, YamlOwned};
use serde_json::{Map, Value, json};

use super::at;

/// The template, read once.
pub(super) fn template() -> &'static Value {
    static TEMPLATE: OnceLock<Value> = OnceLock::new();
    TEMPLATE.get_or_init(|| read(&std::fs::read_to_string(at("infra/template.yaml")).unwrap()))
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

fn read(text: &str) -> Value {
    let documents = YamlOwned::load_from_str(text).unwrap();
    let [document] = documents.try_into().unwrap();
    plain(document)
}

fn plain(node: YamlOwned) -> Value {
    match node {
        YamlOwned::Value(scalar) => match scalar {
            ScalarOwned::Null => Value::Null,
            ScalarOwned::Boolean(value) => value.into(),
            ScalarOwned::Integer(value) => value.into(),
            ScalarOwned::FloatingPoint(value) => value.into_inner().into(),
            ScalarOwned::String(value) => value.into(),
        },
        YamlOwned::Sequence(items) => items.into_iter().map(plain).collect(),
        YamlOwned::Mapping(entries) => {
            let entries = entries.into_iter().map(|(key, value)| (words(&plain(key)), plain(value)));
            Value::Object(entries.collect::<Map<_, _>>())
        }
        YamlOwned::Tagged(tag, inner) => {
            let inner = plain(*inner);
            match tag.suffix.as_str() {
                name @ ("Ref" | "Condition") => json!({ name: inner }),
                "GetAtt" => json!({ "Fn::GetAtt": inner }),
                name => json!({ format!("Fn::{name}"): inner }),
            }
        }
        YamlOwned::Representation(..) | YamlOwned::Alias(_) | YamlOwned::BadValue => {
            panic!("unreadable YAML: {node:?}")
        }
    }
}

/// A text without its quotes, anything else as JSON.
pub(super) fn words(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

#[test]
fn tags_and_anchors_are_understood() {
    let read = read("a: &x [!Ref B, !Sub '${C}', !GetAtt D.Arn]\nb: *x\nc: !If [E, 1, 'y']");
    let list = json!([{"Ref": "B"}, {"Fn::Sub": "${C}"}, {"Fn::GetAtt": "D.Arn"}]);
    assert_eq!(read, json!({"a": list, "b": list, "c": {"Fn::If": ["E", 1, "y"]}}));
}
