//! A template for `CloudFormation`, read into JSON: `!Ref X` becomes `{"Ref": "X"}`, every other `!F` becomes
//! `{"Fn::F": …}`.

use saphyr::{LoadableYamlNode as _, ScalarOwned, YamlOwned};
use serde_json::{Map, Value, json};

/// Reads a template; `None`, if it is not one document of YAML.
pub fn read(text: &str) -> Option<Value> {
    let [document] = YamlOwned::load_from_str(text).ok()?.try_into().ok()?;
    plain(document)
}

fn plain(node: YamlOwned) -> Option<Value> {
    Some(match node {
        YamlOwned::Value(scalar) => match scalar {
            ScalarOwned::Null => Value::Null,
            ScalarOwned::Boolean(value) => value.into(),
            ScalarOwned::Integer(value) => value.into(),
            ScalarOwned::FloatingPoint(value) => value.into_inner().into(),
            ScalarOwned::String(value) => value.into(),
        },
        YamlOwned::Sequence(items) => items.into_iter().map(plain).collect::<Option<_>>()?,
        YamlOwned::Mapping(entries) => {
            let entry = |(key, value)| Some((words(&plain(key)?), plain(value)?));
            Value::Object(entries.into_iter().map(entry).collect::<Option<Map<_, _>>>()?)
        }
        YamlOwned::Tagged(tag, inner) => {
            let inner = plain(*inner)?;
            match tag.suffix.as_str() {
                name @ ("Ref" | "Condition") => json!({ name: inner }),
                "GetAtt" => json!({ "Fn::GetAtt": inner }),
                name => json!({ format!("Fn::{name}"): inner }),
            }
        }
        YamlOwned::Representation(..) | YamlOwned::Alias(_) | YamlOwned::BadValue => return None,
    })
}

/// A text without its quotes, anything else as JSON.
pub fn words(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
