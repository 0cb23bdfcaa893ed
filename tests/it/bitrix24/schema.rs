//! Every request is held to the vendor's method schemas, which lie beside the repository (`RINGBRIDGE_SPECS`).

use std::path::PathBuf;

use serde_json::Value;
use simulators::bitrix24::Portal;

fn folder() -> Option<PathBuf> {
    #[expect(clippy::disallowed_methods, reason = "the folder is told from outside")]
    std::env::var_os("RINGBRIDGE_SPECS").filter(|value| !value.is_empty()).map(PathBuf::from)
}

/// Holds every request that a portal got to its method's schema.
pub(crate) fn check(portal: &Portal) {
    let Some(folder) = folder() else {
        eprintln!("RINGBRIDGE_SPECS names no folder: requests to Bitrix24 were not held to its schemas");
        return;
    };
    let asked = portal.state().asked.clone();
    for asked in asked {
        let file = folder.join("bitrix24").join(format!("{}.json", asked.method));
        let text = std::fs::read_to_string(&file).unwrap_or_else(|_| panic!("no schema of {}", asked.method));
        let schema: Value = serde_json::from_str(&text).unwrap();
        if let Err(problem) = fits(&schema, &asked.params, asked.batched) {
            panic!("{}: {problem}", asked.method);
        }
    }
}

/// `USER_ID` and `USER_PHONE_INNER` stand for each other.
const EITHER: [&str; 2] = ["USER_ID", "USER_PHONE_INNER"];

fn fits(schema: &Value, params: &Value, batched: bool) -> Result<(), String> {
    let known = schema["params"].as_array().unwrap();
    let given = params.as_object().ok_or("the parameters are no object")?;
    for (name, value) in given {
        let param = known.iter().find(|one| one["name"] == **name).ok_or(format!("{name} is not known"))?;
        let number =
            value.is_number() || batched && value.as_str().is_some_and(|text| text.parse::<f64>().is_ok());
        let right = match param["base"].as_str().unwrap_or_default() {
            "integer" | "number" => number,
            // The documentation calls the filter of `user.get` a string and shows an object.
            "string" => value.is_string() || name == "FILTER" && value.is_object(),
            "array" => value.is_array(),
            "object" => value.is_object(),
            _ => true,
        };
        if !right {
            return Err(format!("{name} is of another type: {value}"));
        }
        if let Some(fields) = schema["defs"]["fieldsFields"]["fields"].as_array().filter(|_| name == "fields")
        {
            for field in value.as_object().unwrap().keys() {
                fields.iter().find(|one| one["name"] == **field).ok_or(format!("{field} is no field"))?;
            }
        }
    }
    for param in known.iter().filter(|one| one["required"] == true) {
        let name = param["name"].as_str().unwrap();
        let either = EITHER.contains(&name) && EITHER.iter().any(|other| given.contains_key(*other));
        if !given.contains_key(name) && !either {
            return Err(format!("{name} is missing"));
        }
    }
    Ok(())
}

#[test]
fn the_schemas_refuse_what_they_should() {
    let Some(folder) = folder() else { return };
    let text = std::fs::read_to_string(folder.join("bitrix24/telephony.externalCall.finish.json")).unwrap();
    let schema: Value = serde_json::from_str(&text).unwrap();
    let fits = |params: Value| fits(&schema, &params, false);
    assert_eq!(fits(serde_json::json!({ "CALL_ID": "c", "USER_ID": 1 })), Ok(()));
    for wrong in [
        serde_json::json!({ "CALL_ID": "c" }),
        serde_json::json!({ "USER_ID": 1 }),
        serde_json::json!({ "CALL_ID": "c", "USER_ID": "one" }),
        serde_json::json!({ "CALL_ID": "c", "USER_ID": 1, "STATUS": "200" }),
    ] {
        assert!(fits(wrong.clone()).is_err(), "{wrong}");
    }
}
